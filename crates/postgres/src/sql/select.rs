//! SELECT.

use super::ast::{OrderKey, Select};
use super::parser::Parser;
use crate::error::Stop;

impl Parser<'_> {
    /// A SELECT after its first word.
    pub(super) fn select(&mut self) -> Result<Select, Stop> {
        let mut select = Select::default();
        self.accept("all");
        // The list of output columns may be empty.
        if !self.is_at_statement_end() && !self.is_any(&["from", "where", "order", "limit"]) {
            select.targets = self.targets()?;
        }
        if self.accept("from") {
            select.from = Some(self.aliased_table()?);
        }
        select.filter = self.filter()?;
        if self.accept("order") {
            self.expect("by")?;
            select.order = self.list(Self::order_key)?;
        }
        // LIMIT and OFFSET may come in either order.
        loop {
            if select.limit.is_none() && self.accept("limit") {
                if !self.accept("all") {
                    select.limit = Some(self.expression()?);
                }
            } else if select.offset.is_none() && self.accept("offset") {
                select.offset = Some(self.expression()?);
                self.accept_any(&["row", "rows"]);
            } else {
                return Ok(select);
            }
        }
    }

    fn order_key(&mut self) -> Result<OrderKey, Stop> {
        let expr = self.expression()?;
        let descending = self.is("desc");
        self.accept_any(&["asc", "desc"]);
        let nulls_first = if self.accept("nulls") {
            let first = self.is("first");
            if !self.accept_any(&["first", "last"]) {
                return Err(self.unexpected());
            }
            first
        } else {
            descending
        };
        Ok(OrderKey { expr, descending, nulls_first })
    }
}
