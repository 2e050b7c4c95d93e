//! Uses of modules: the parser knows from a variable's declaration that it holds a module. A member that the real module has
//! and the simulated one lacks is refused where it is written, because at run time it would be `undefined`.

use super::super::ast::{Element, Expression, ExpressionKind, Name, Pattern, PatternKind, PropertyKey, Span};
use super::super::subset;
use super::{Parsed, Parser};

/// A variable that holds a module.
pub(super) struct Holder {
    name: Name,
    /// The number of scopes around its declaration.
    depth: usize,
    module: &'static str,
}

impl Parser<'_> {
    /// Records the variables of a declaration that hold a module. Refuses a pattern with a member that the module lacks.
    pub(super) fn note_module(&mut self, pattern: &Pattern, value: &Expression) -> Parsed<()> {
        let Some(module) = self.module(value) else { return Ok(()) };
        match &pattern.kind {
            PatternKind::Name(name) => {
                self.holders.push(Holder { name: name.clone(), depth: self.scopes.len(), module });
            }
            PatternKind::Object { properties, .. } => {
                for (key, element) in properties {
                    let PropertyKey::Name(key) = key else { continue };
                    self.refuse_in_module(module, key, element.pattern.span)?;
                    if let (Some(module), PatternKind::Name(name)) = (member(module, key), &element.pattern.kind) {
                        self.holders.push(Holder { name: name.clone(), depth: self.scopes.len(), module });
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Refuses `object.name` if the object is a module that lacks the member.
    pub(super) fn refuse_member_of(&self, object: &Expression, name: &str, span: Span) -> Parsed<()> {
        match self.module(object) {
            Some(module) => self.refuse_in_module(module, name, span),
            None => Ok(()),
        }
    }

    /// Refuses `callee(…)` if the callee is a client of Knex.
    pub(super) fn refuse_call_of(&self, callee: &Expression) -> Parsed<()> {
        if self.module(callee) != Some(subset::KNEX_CLIENT) {
            return Ok(());
        }
        let advice = "`raw`, with the statement as text";
        Err(self.wrong(callee.span, &subset::message("the query builder of Knex"), Some(advice)))
    }

    /// Refuses `require('module')` of a module that Node has and the simulation lacks.
    pub(super) fn refuse_module(&self, callee: &Expression, arguments: &[Element]) -> Parsed<()> {
        match required(callee, arguments) {
            Some((module, span)) if subset::is_missing_module(module) => {
                let name = format!("the module `{module}`");
                Err(self.wrong(span, &subset::message(&name), Some(subset::MODULES)))
            }
            _ => Ok(()),
        }
    }

    /// Forgets the variables of closed scopes.
    pub(super) fn forget_modules(&mut self) {
        let depth = self.scopes.len();
        self.holders.retain(|holder| holder.depth <= depth);
    }

    fn refuse_in_module(&self, module: &'static str, member: &str, span: Span) -> Parsed<()> {
        let Some(advice) = subset::missing_in_module(module, member) else { return Ok(()) };
        let name = format!("`{member}` of {module}");
        Err(self.wrong(span, &subset::message(&name), Some(&advice)))
    }

    /// Returns the module that is the value of an expression.
    fn module(&self, value: &Expression) -> Option<&'static str> {
        match &value.kind {
            ExpressionKind::Name(name) => {
                let (at, _) = self.scopes.iter().enumerate().rev().find(|(_, scope)| scope.declares(name))?;
                let holder = self.holders.iter().find(|it| it.depth == at + 1 && it.name == *name)?;
                Some(holder.module)
            }
            ExpressionKind::Call { callee, arguments, .. } => {
                let own = || (self.module(callee)? == "knex").then_some(subset::KNEX_CLIENT);
                required(callee, arguments).map_or_else(own, |(module, _)| subset::module_of(module))
            }
            ExpressionKind::Member { object, name, .. } => member(self.module(object)?, name),
            _ => None,
        }
    }
}

/// Returns the module that is the value of a member of a module.
fn member(module: &str, name: &str) -> Option<&'static str> {
    match (module, name) {
        ("fs", "promises") => Some("fs/promises"),
        ("knex", "knex" | "default") => Some("knex"),
        _ => None,
    }
}

/// Returns the text of `require('text')` and its place.
fn required<'e>(callee: &Expression, arguments: &'e [Element]) -> Option<(&'e str, Span)> {
    match (&callee.kind, arguments) {
        (ExpressionKind::Name(name), [first]) if &**name == "require" => match &first.value.kind {
            ExpressionKind::String(module) => Some((module, first.value.span)),
            _ => None,
        },
        _ => None,
    }
}
