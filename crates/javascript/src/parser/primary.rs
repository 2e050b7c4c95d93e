//! Primary expressions, array and object literals among them, and the members, indexes and calls after them: the operands of
//! operators.

use std::rc::Rc;

use super::super::ast::{Element, Expression, ExpressionKind, FunctionKind, Name, Property, PropertyKey, Span};
use super::super::lexer::TokenKind;
use super::super::{number, subset};
use super::functions::name_function;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// Parses a primary expression with the members, indexes and calls after it.
    pub(super) fn postfix(&mut self) -> Parsed<Expression> {
        let start = self.token().span.start;
        let mut value = if self.at_word("new") { self.construct()? } else { self.primary()? };
        let mut chain = false;
        loop {
            let token = self.token();
            match token.kind {
                TokenKind::Punctuator => {}
                TokenKind::Template | TokenKind::TemplateHead => {
                    return Err(self.refuse(token.span, &subset::TAGGED_TEMPLATE));
                }
                _ => break,
            }
            let optional = self.take_mark("?.");
            chain |= optional;
            let object = Box::new(value);
            let kind = if self.at_mark("(") {
                self.note_call(&object);
                self.refuse_call_of(&object)?;
                let arguments = self.elements("(", ")")?;
                self.refuse_module(&object, &arguments)?;
                ExpressionKind::Call { callee: object, arguments, optional }
            } else if self.take_mark("[") {
                let key = Box::new(self.expression()?);
                self.expect_mark("]")?;
                ExpressionKind::Index { object, key, optional }
            } else if optional || self.take_mark(".") {
                self.member(object, optional)?
            } else {
                value = *object;
                break;
            };
            self.link()?;
            value = Expression { span: self.span_from(start), kind };
        }
        if chain {
            self.link()?;
            value = Expression { span: value.span, kind: ExpressionKind::Chain(Box::new(value)) };
        }
        Ok(value)
    }

    /// Parses the name after a `.`, which may be a keyword.
    fn member(&mut self, object: Box<Expression>, optional: bool) -> Parsed<ExpressionKind> {
        let name_span = self.token().span;
        if self.token().kind != TokenKind::Name {
            return Err(self.unexpected("the name of a property"));
        }
        let name = self.take_name();
        if let Some(refusal) = subset::refused_member(&name) {
            return Err(self.refuse(name_span, refusal));
        }
        if let ExpressionKind::Name(base) = &object.kind {
            let base = base.clone();
            self.note_member(&base, &name, name_span);
        }
        self.refuse_member_of(&object, &name, name_span)?;
        Ok(ExpressionKind::Member { object, name, name_span, optional })
    }

    fn construct(&mut self) -> Parsed<Expression> {
        let word = self.advance();
        if self.at_mark(".") {
            return Err(self.refuse(word.span, &subset::NEW_TARGET));
        }
        let token = self.token();
        let text = self.token_text();
        let known = token.kind == TokenKind::Name && (text == "Promise" || subset::is_error(text));
        let goes_on = [".", "[", "?."].into_iter().any(|mark| self.next_is_mark(mark));
        if !known || goes_on {
            if token.kind == TokenKind::End || matches!(token.kind, TokenKind::Wrong(_)) {
                return Err(self.unexpected("`Promise` or an error after `new`"));
            }
            if let Some(advice) = self.layers.refused_global(text) {
                let message = subset::message(&format!("`new {text}`"));
                return Err(self.wrong(token.span, &message, Some(advice)));
            }
            let advice = subset::refused_static(text, subset::CALLED);
            if !advice.is_empty() {
                let message = subset::message(&format!("`new {text}`"));
                return Err(self.wrong(token.span, &message, Some(advice)));
            }
            return Err(self.refuse(token.span, &subset::NEW));
        }
        let name = self.take_name();
        self.note_use(&name, token.span);
        let callee = Box::new(Expression { span: token.span, kind: ExpressionKind::Name(name) });
        let arguments = if self.at_mark("(") { self.elements("(", ")")? } else { Vec::new() };
        self.link()?;
        Ok(Expression { span: self.span_from(word.span.start), kind: ExpressionKind::New { callee, arguments } })
    }

    /// Parses an array literal or a list of arguments, with its brackets.
    fn elements(&mut self, open: &str, close: &str) -> Parsed<Vec<Element>> {
        self.expect_mark(open)?;
        let mut elements = Vec::new();
        while !self.take_mark(close) {
            if open == "[" && self.at_mark(",") {
                return Err(self.refuse(self.token().span, &subset::HOLE));
            }
            let spread = self.take_mark("...");
            elements.push(Element { spread, value: self.assignment()? });
            if !self.at_mark(close) && !self.take_mark(",") {
                return Err(self.unexpected(if open == "[" { "`,` or `]`" } else { "`,` or `)`" }));
            }
        }
        Ok(elements)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let token = self.token();
        let kind = match token.kind {
            TokenKind::Number => {
                self.advance();
                ExpressionKind::Number(number::literal(self.text_of(token.span)))
            }
            TokenKind::String => {
                self.advance();
                let inside = Span { start: token.span.start + 1, end: token.span.end - 1 };
                ExpressionKind::String(self.unescape(inside, false)?)
            }
            TokenKind::Template | TokenKind::TemplateHead => self.template()?,
            TokenKind::Name => return self.primary_by_word(),
            TokenKind::Punctuator => match self.token_text() {
                "(" => {
                    if self.partner_is_followed_by(self.at, "=>") {
                        let message = "an arrow function cannot stand here without parentheses around it";
                        return Err(self.wrong(token.span, message, None));
                    }
                    self.advance();
                    let inside = self.expression()?;
                    self.expect_mark(")")?;
                    return Ok(inside);
                }
                "[" => ExpressionKind::Array(self.elements("[", "]")?),
                "{" => ExpressionKind::Object(self.object()?),
                "/" | "/=" => return Err(self.refuse(token.span, &subset::REGULAR_EXPRESSION)),
                _ => return Err(self.unexpected("an expression")),
            },
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(Expression { span: self.span_from(token.span.start), kind })
    }

    fn primary_by_word(&mut self) -> Parsed<Expression> {
        let span = self.token().span;
        let text = self.token_text();
        let kind = match text {
            "null" => ExpressionKind::Null,
            "true" => ExpressionKind::Boolean(true),
            "false" => ExpressionKind::Boolean(false),
            "function" => return self.function_expression(),
            "async" if self.next_is_word("function") && !self.next_token().newline_before => {
                return self.function_expression();
            }
            _ => {
                if let Some(refusal) = subset::refused_word(text) {
                    return Err(self.refuse(span, refusal));
                }
                if subset::is_reserved(text) {
                    return Err(self.unexpected("an expression"));
                }
                let name = self.take_name();
                self.note_use(&name, span);
                return Ok(Expression { span, kind: ExpressionKind::Name(name) });
            }
        };
        self.advance();
        Ok(Expression { span, kind })
    }

    fn template(&mut self) -> Parsed<ExpressionKind> {
        let (mut texts, mut expressions) = (Vec::new(), Vec::new());
        loop {
            let token = self.advance();
            let last = matches!(token.kind, TokenKind::Template | TokenKind::TemplateTail);
            let end = token.span.end - if last { 1 } else { 2 };
            texts.push(self.unescape(Span { start: token.span.start + 1, end }, true)?);
            if last {
                return Ok(ExpressionKind::Template { texts, expressions });
            }
            expressions.push(self.expression()?);
            if !matches!(self.token().kind, TokenKind::TemplateMiddle | TokenKind::TemplateTail) {
                return Err(self.unexpected("`}`"));
            }
        }
    }

    fn object(&mut self) -> Parsed<Vec<Property>> {
        self.advance();
        let mut properties = Vec::new();
        while !self.take_mark("}") {
            if self.take_mark("...") {
                properties.push(Property::Spread(self.assignment()?));
            } else {
                properties.push(self.property()?);
            }
            if !self.at_mark("}") && !self.take_mark(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Ok(properties)
    }

    fn property(&mut self) -> Parsed<Property> {
        let start = self.token();
        let text = self.token_text();
        let next_ends = [",", "}", ":", "(", "="].into_iter().any(|mark| self.next_is_mark(mark));
        let modifier = start.kind == TokenKind::Name && !next_ends;
        if self.at_mark("*") {
            return Err(self.refuse(start.span, &subset::GENERATOR));
        }
        if modifier && matches!(text, "get" | "set") {
            return Err(self.refuse(start.span, &subset::ACCESSOR));
        }
        let is_async = modifier && text == "async";
        if is_async {
            self.advance();
            if self.token().newline_before {
                return Err(self.wrong(start.span, "`async` must stand on the line of the method's name", None));
            }
            self.refuse_star()?;
        }
        let token = self.token();
        let key = self.property_key()?;
        if let PropertyKey::Name(name) = &key
            && let Some(refusal) = subset::refused_key(name)
        {
            return Err(self.refuse(token.span, refusal));
        }
        let name = match &key {
            PropertyKey::Name(name) => name.clone(),
            PropertyKey::Computed(_) => self.intern(""),
        };
        if is_async || self.at_mark("(") {
            let outer = self.enter()?;
            let function = self.function_rest(start.span.start, name, FunctionKind::function(is_async))?;
            self.leave(outer);
            let value = Expression { span: function.span, kind: ExpressionKind::Function(Rc::new(function)) };
            return Ok(Property::Value { key, value });
        }
        if self.take_mark(":") {
            let mut value = self.assignment()?;
            name_function(&mut value, &name);
            return Ok(Property::Value { key, value });
        }
        self.shorthand(key, name, token.kind, token.span)
    }

    fn refuse_star(&self) -> Parsed<()> {
        if self.at_mark("*") { Err(self.refuse(self.token().span, &subset::GENERATOR)) } else { Ok(()) }
    }

    fn shorthand(&mut self, key: PropertyKey, name: Name, kind: TokenKind, span: Span) -> Parsed<Property> {
        if kind != TokenKind::Name || matches!(key, PropertyKey::Computed(_)) {
            return Err(self.unexpected("`:`"));
        }
        self.check_name(span)?;
        if self.at_mark("=") {
            let message = "a default can stand in a pattern only, not in an object";
            return Err(self.wrong(self.token().span, message, Some("`:` and a value")));
        }
        self.note_use(&name, span);
        Ok(Property::Value { key, value: Expression { span, kind: ExpressionKind::Name(name) } })
    }

    /// Parses the key of a property, in an object literal or a pattern.
    pub(super) fn property_key(&mut self) -> Parsed<PropertyKey> {
        let token = self.token();
        match token.kind {
            TokenKind::Name => Ok(PropertyKey::Name(self.take_name())),
            TokenKind::String => {
                self.advance();
                let inside = Span { start: token.span.start + 1, end: token.span.end - 1 };
                let text = self.unescape(inside, false)?;
                Ok(PropertyKey::Name(self.intern(&text)))
            }
            TokenKind::Number => {
                self.advance();
                let text = number::to_string(number::literal(self.text_of(token.span)));
                Ok(PropertyKey::Name(self.intern(&text)))
            }
            _ if self.take_mark("[") => {
                let key = self.assignment()?;
                self.expect_mark("]")?;
                Ok(PropertyKey::Computed(key))
            }
            _ => Err(self.unexpected("the name of a property")),
        }
    }
}
