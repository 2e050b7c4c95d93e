//! The grammar of the mock's SQL: text to tokens (`lexer`), tokens to statements (`parser`, `commands`,
//! `expression`), and what statements are (`ast`). Places are byte offsets here; they become PostgreSQL's characters from 1
//! where an error leaves the database.

pub(super) mod ast;
mod commands;
mod expression;
mod lexer;
mod parser;

pub(super) use parser::parse;
