//! Statements.

use super::super::ast::{
    Case, Catch, Declaration, Declarator, Expression, ExpressionKind, ForBinding, ForInit, Pattern, PatternKind,
    Statement, StatementKind,
};
use super::super::lexer::TokenKind;
use super::super::subset;
use super::functions::{Binds, name_function};
use super::{Jumps, Parsed, Parser};

impl Parser<'_> {
    /// Parses a statement. `listed` is true in a list of statements, where declarations are allowed.
    pub(super) fn statement(&mut self, listed: bool) -> Parsed<Statement> {
        let outer = self.enter()?;
        let start = self.token().span.start;
        let kind = match self.token().kind {
            TokenKind::Punctuator if self.at_mark("{") => StatementKind::Block(self.block()?),
            TokenKind::Punctuator if self.take_mark(";") => StatementKind::Empty,
            TokenKind::Name => self.statement_by_word(listed)?,
            _ => self.expression_statement()?,
        };
        self.leave(outer);
        Ok(Statement { span: self.span_from(start), kind })
    }

    fn statement_by_word(&mut self, listed: bool) -> Parsed<StatementKind> {
        let word = self.token();
        let first = self.token_text();
        if let Some(refusal) = subset::refused_statement(first) {
            return Err(self.refuse(word.span, refusal));
        }
        let is_async = first == "async" && self.next_is_word("function") && !self.next_token().newline_before;
        if !listed && (is_async || matches!(first, "const" | "let" | "function")) {
            let message = "a declaration cannot be the whole body of a statement";
            return Err(self.wrong(word.span, message, Some("a block `{ … }` around it")));
        }
        match first {
            "const" | "let" => {
                let declaration = self.declaration()?;
                self.end_statement()?;
                Ok(StatementKind::Declaration(declaration))
            }
            "function" => self.function_declaration(),
            "async" if is_async => self.function_declaration(),
            "return" => {
                self.advance();
                let bare = self.at_mark(";") || self.at_mark("}") || self.token().newline_before;
                let value = if bare || self.token().kind == TokenKind::End { None } else { Some(self.expression()?) };
                self.end_statement()?;
                Ok(StatementKind::Return(value))
            }
            "if" => {
                self.advance();
                let test = self.parenthesised()?;
                let then = Box::new(self.statement(false)?);
                let otherwise = if self.take_word("else") { Some(Box::new(self.statement(false)?)) } else { None };
                Ok(StatementKind::If { test, then, otherwise })
            }
            "for" => self.for_statement(),
            "while" => {
                self.advance();
                let test = self.parenthesised()?;
                let body = self.loop_body()?;
                Ok(StatementKind::While { test, body })
            }
            "break" | "continue" => self.jump(),
            "switch" => self.switch(),
            "throw" => {
                self.advance();
                if self.token().newline_before {
                    let message = "what is thrown must begin on the line of `throw`";
                    return Err(self.wrong(word.span, message, None));
                }
                let value = self.expression()?;
                self.end_statement()?;
                Ok(StatementKind::Throw(value))
            }
            "try" => self.try_statement(),
            _ if self.next_is_mark(":") && !subset::is_reserved(first) => Err(self.refuse(word.span, &subset::LABEL)),
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Parsed<StatementKind> {
        let expression = self.expression()?;
        self.end_statement()?;
        Ok(StatementKind::Expression(expression))
    }

    /// Returns true if the statement that was just parsed is a
    /// [directive](https://tc39.es/ecma262/#directive-prologue). `'use strict'` turns on strict mode.
    pub(super) fn directive(&mut self, statement: &Statement) -> bool {
        let StatementKind::Expression(Expression { span, kind: ExpressionKind::String(_) }) = &statement.kind else {
            return false;
        };
        // A string in parentheses is no directive.
        if span.start != statement.span.start {
            return false;
        }
        self.context.strict |= matches!(self.text_of(*span), "'use strict'" | "\"use strict\"");
        true
    }

    /// Parses a block.
    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.push_scope(false);
        let body = self.braced_statements()?;
        self.pop_scope()?;
        Ok(body)
    }

    fn braced_statements(&mut self) -> Parsed<Vec<Statement>> {
        self.expect_mark("{")?;
        let mut body = Vec::new();
        while !self.take_mark("}") {
            if self.token().kind == TokenKind::End {
                return Err(self.unexpected("`}`"));
            }
            body.push(self.statement(true)?);
        }
        Ok(body)
    }

    fn parenthesised(&mut self) -> Parsed<Expression> {
        self.expect_mark("(")?;
        let expression = self.expression()?;
        self.expect_mark(")")?;
        Ok(expression)
    }

    fn loop_body(&mut self) -> Parsed<Box<Statement>> {
        let outer = core::mem::replace(&mut self.context.jumps, Jumps::BreakAndContinue);
        let body = self.statement(false)?;
        self.context.jumps = outer;
        Ok(Box::new(body))
    }

    fn jump(&mut self) -> Parsed<StatementKind> {
        let word = self.advance();
        let breaks = self.text_of(word.span) == "break";
        if self.token().kind == TokenKind::Name && !self.token().newline_before {
            return Err(self.refuse(self.token().span, &subset::LABEL));
        }
        let needed = if breaks { Jumps::Break } else { Jumps::BreakAndContinue };
        if self.context.jumps < needed {
            let message = if breaks { "`break` outside a loop or `switch`" } else { "`continue` outside a loop" };
            return Err(self.wrong(word.span, message, None));
        }
        self.end_statement()?;
        Ok(if breaks { StatementKind::Break } else { StatementKind::Continue })
    }

    /// Parses `const` or `let` with its declarators, without the end of the statement.
    fn declaration(&mut self) -> Parsed<Declaration> {
        let constant = self.at_word("const");
        self.advance();
        let mut declarators = vec![self.declarator(constant)?];
        while self.take_mark(",") {
            declarators.push(self.declarator(constant)?);
        }
        Ok(Declaration { constant, declarators })
    }

    fn declarator(&mut self, constant: bool) -> Parsed<Declarator> {
        let start = self.token().span.start;
        let pattern = self.pattern(Binds::Declares)?;
        self.declarator_value(constant, start, pattern)
    }

    fn declarator_value(&mut self, constant: bool, start: u32, pattern: Pattern) -> Parsed<Declarator> {
        let value = if self.take_mark("=") {
            let mut value = self.assignment()?;
            if let PatternKind::Name(name) = &pattern.kind {
                name_function(&mut value, name);
            }
            self.note_module(&pattern, &value)?;
            Some(value)
        } else if constant || !matches!(pattern.kind, PatternKind::Name(_)) {
            let what = if constant { "`const`" } else { "a pattern" };
            return Err(self.wrong(pattern.span, &format!("{what} needs a value: expected `=` after it"), None));
        } else {
            None
        };
        Ok(Declarator { span: self.span_from(start), pattern, value })
    }

    fn for_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        if self.at_word("await") {
            return Err(self.refuse(self.token().span, &subset::FOR_AWAIT));
        }
        self.push_scope(false);
        self.expect_mark("(")?;
        let kind = if self.at_word("const") || self.at_word("let") {
            self.for_declaration()?
        } else if self.at_word("var") {
            return Err(self.refuse(self.token().span, &subset::VAR));
        } else if self.at_mark(";") {
            self.for_rest(None)?
        } else if (self.at_mark("[") || self.at_mark("{"))
            && self.after_partner(self.at).is_some_and(|next| self.text_of(next.span) == "of")
        {
            let pattern = self.pattern(Binds::Assigns)?;
            self.for_of(ForBinding::Assign(pattern))?
        } else {
            let start = self.token();
            let first = self.expression()?;
            if self.at_word("in") {
                return Err(self.refuse(self.token().span, &subset::FOR_IN));
            }
            if self.at_word("of") {
                let is_async = self.text_of(start.span) == "async" && self.end_of_previous() == start.span.end;
                if is_async {
                    return Err(self.unexpected("`;`"));
                }
                let target = self.simple_target(first)?;
                self.for_of(ForBinding::Assign(target))?
            } else {
                self.for_rest(Some(ForInit::Expression(first)))?
            }
        };
        self.pop_scope()?;
        Ok(kind)
    }

    fn for_declaration(&mut self) -> Parsed<StatementKind> {
        let constant = self.at_word("const");
        self.advance();
        let start = self.token().span.start;
        let pattern = self.pattern(Binds::Declares)?;
        if self.at_word("of") {
            return self.for_of(ForBinding::Declare { constant, pattern });
        }
        if self.at_word("in") {
            return Err(self.refuse(self.token().span, &subset::FOR_IN));
        }
        let mut declarators = vec![self.declarator_value(constant, start, pattern)?];
        while self.take_mark(",") {
            declarators.push(self.declarator(constant)?);
        }
        self.for_rest(Some(ForInit::Declaration(Declaration { constant, declarators })))
    }

    fn for_of(&mut self, binding: ForBinding) -> Parsed<StatementKind> {
        self.advance();
        let iterable = self.assignment()?;
        self.expect_mark(")")?;
        let body = self.loop_body()?;
        Ok(StatementKind::ForOf { binding, iterable, body })
    }

    fn for_rest(&mut self, init: Option<ForInit>) -> Parsed<StatementKind> {
        self.expect_mark(";")?;
        let test = if self.at_mark(";") { None } else { Some(self.expression()?) };
        self.expect_mark(";")?;
        let update = if self.at_mark(")") { None } else { Some(self.expression()?) };
        self.expect_mark(")")?;
        let body = self.loop_body()?;
        Ok(StatementKind::For { init, test, update, body })
    }

    fn switch(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let on = self.parenthesised()?;
        self.expect_mark("{")?;
        self.push_scope(false);
        let outer = self.context.jumps;
        self.context.jumps = outer.max(Jumps::Break);
        let mut cases: Vec<Case> = Vec::new();
        while !self.take_mark("}") {
            let word = self.token();
            let test = if self.take_word("case") {
                Some(self.expression()?)
            } else if self.take_word("default") {
                if cases.iter().any(|case| case.test.is_none()) {
                    return Err(self.wrong(word.span, "a `switch` has one `default`", None));
                }
                None
            } else {
                return Err(self.unexpected("`case`, `default` or `}`"));
            };
            self.expect_mark(":")?;
            let mut body = Vec::new();
            while !(self.at_word("case") || self.at_word("default") || self.at_mark("}")) {
                body.push(self.statement(true)?);
            }
            cases.push(Case { test, body });
        }
        self.context.jumps = outer;
        self.pop_scope()?;
        Ok(StatementKind::Switch { on, cases })
    }

    fn try_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let block = self.block()?;
        let catch = if self.take_word("catch") {
            self.push_scope(false);
            let pattern = if self.take_mark("(") {
                let pattern = self.pattern(Binds::Declares)?;
                self.expect_mark(")")?;
                Some(pattern)
            } else {
                None
            };
            let body = self.braced_statements()?;
            self.pop_scope()?;
            Some(Catch { pattern, body })
        } else {
            None
        };
        let finally = if self.take_word("finally") { Some(self.block()?) } else { None };
        if catch.is_none() && finally.is_none() {
            return Err(self.unexpected("`catch` or `finally`"));
        }
        Ok(StatementKind::Try { block, catch, finally })
    }
}
