//! The grammar of the mock's SQL.
//!
//! | module | contents |
//! |---|---|
//! | `lexer` | query text to tokens |
//! | `keywords` | lists of keywords |
//! | `parser` | the parser's position in the tokens, and what all statements share |
//! | `select`, `statement` | SELECT; all other statements |
//! | `expression`, `types` | expressions; names of types |
//! | `ast` | the syntax tree |
//!
//! Positions are byte offsets from 0 here. They become PostgreSQL's characters from 1 where an error leaves the database.

pub(crate) mod ast;
mod expression;
mod keywords;
mod lexer;
mod parser;
mod select;
mod statement;
mod types;

pub(crate) use parser::{Parsed, parse};
