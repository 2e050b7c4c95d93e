//! Names of types.

use super::ast::{TypeModifier, TypeName};
use super::lexer::TokenKind;
use super::parser::Parser;
use crate::SqlState;
use crate::error::Stop;
use crate::value::SqlType;

/// The largest scale that a column can have. Sums and products of such numbers are exact or an overflow.
const MAX_COLUMN_SCALE: u32 = 30;

/// The type with a name of one word.
pub(super) fn type_named(name: &str) -> Option<SqlType> {
    Some(match name {
        "int" | "integer" | "int4" => SqlType::Int4,
        "bigint" | "int8" => SqlType::Int8,
        "smallint" | "int2" => SqlType::Int2,
        "numeric" | "decimal" => SqlType::Numeric,
        "float8" | "float" | "double" => SqlType::Float8,
        "text" => SqlType::Text,
        "varchar" | "character" => SqlType::Varchar,
        "bool" | "boolean" => SqlType::Bool,
        "timestamptz" => SqlType::Timestamptz,
        "name" => SqlType::Name,
        "void" => SqlType::Void,
        _ => return None,
    })
}

/// The integer type of a serial column (PostgreSQL's documentation, "Serial Types").
pub(super) fn serial_named(name: &str) -> Option<SqlType> {
    Some(match name {
        "serial" | "serial4" => SqlType::Int4,
        "bigserial" | "serial8" => SqlType::Int8,
        "smallserial" | "serial2" => SqlType::Int2,
        _ => return None,
    })
}

impl Parser<'_> {
    /// A type and its modifiers.
    pub(super) fn type_name(&mut self) -> Result<TypeName, Stop> {
        let position = self.position();
        let word = self.name()?;
        let data_type = match &*word {
            "double" => {
                self.expect("precision")?;
                Some(SqlType::Float8)
            }
            "character" => {
                self.expect("varying")?;
                Some(SqlType::Varchar)
            }
            "timestamp" if self.is("with") => {
                self.expect_all(&["with", "time", "zone"])?;
                Some(SqlType::Timestamptz)
            }
            word => type_named(word),
        };
        let Some(data_type) = data_type else {
            let message = format!("type \"{word}\" does not exist");
            return Err(Stop::error(SqlState::UNDEFINED_OBJECT, message).at(position).unknown_to_mock());
        };
        let modifier = match data_type {
            SqlType::Varchar if self.accept("(") => {
                let length = self.small_number()?.max(1);
                self.expect(")")?;
                Some(TypeModifier::Length(length))
            }
            SqlType::Numeric if self.accept("(") => {
                let precision = self.small_number()?.max(1);
                let scale = if self.accept(",") { self.small_number()?.min(MAX_COLUMN_SCALE) as u8 } else { 0 };
                self.expect(")")?;
                Some(TypeModifier::Precision { precision, scale })
            }
            _ => None,
        };
        // An array type.
        if self.is("[") {
            return Err(self.unexpected());
        }
        Ok(TypeName { data_type, modifier })
    }

    fn small_number(&mut self) -> Result<u32, Stop> {
        match self.text().parse() {
            Ok(number) if self.kind() == TokenKind::Number => {
                self.advance();
                Ok(number)
            }
            _ => Err(self.unexpected()),
        }
    }
}
