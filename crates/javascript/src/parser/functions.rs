//! Functions of every form, and the patterns that their parameters, declarations and assignments share.

use std::rc::Rc;

use super::super::ast::{
    Expression, ExpressionKind, Function, FunctionBody, Name, Pattern, PatternElement, PatternKind, PropertyKey, Span,
    Statement, StatementKind,
};
use super::super::lexer::TokenKind;
use super::super::subset;
use super::{Context, Parsed, Parser};

/// What the names in a pattern are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Binds {
    /// They are new in the innermost scope.
    Declares,
    /// They are there already; members of objects may stand for them too.
    Assigns,
}

/// Gives the function `value`, where it is one without a name, the name of what it is assigned to.
pub(super) fn name_function(value: &mut Expression, name: &Name) {
    if let ExpressionKind::Function(function) = &mut value.kind
        && function.name.is_empty()
        && let Some(function) = Rc::get_mut(function)
    {
        function.name = name.clone();
    }
}

impl Parser<'_> {
    pub(super) fn function_declaration(&mut self) -> Parsed<StatementKind> {
        let start = self.token().span.start;
        let asynchronous = self.take_word("async");
        self.advance();
        self.refuse_generator()?;
        let (name, span) = self.binding_name()?;
        self.declare_function(&name, span)?;
        let function = self.function_rest(start, name, false, asynchronous)?;
        Ok(StatementKind::Function(Rc::new(function)))
    }

    /// `function f() {}` or `async function () {}` as an expression.
    pub(super) fn function_expression(&mut self) -> Parsed<Expression> {
        let start = self.token().span.start;
        let asynchronous = self.take_word("async");
        self.advance();
        self.refuse_generator()?;
        let function = if self.at_mark("(") {
            let nameless = self.intern("");
            self.function_rest(start, nameless, false, asynchronous)?
        } else {
            let (name, span) = self.binding_name()?;
            self.push_scope(false);
            self.declare(&name, span)?;
            let function = self.function_rest(start, name, true, asynchronous)?;
            self.pop_scope()?;
            function
        };
        Ok(Expression { span: function.span, kind: ExpressionKind::Function(Rc::new(function)) })
    }

    fn refuse_generator(&self) -> Parsed<()> {
        if self.at_mark("*") { Err(self.refuse(self.token().span, &subset::GENERATOR)) } else { Ok(()) }
    }

    /// Parameters and body of a function that is not an arrow.
    pub(super) fn function_rest(
        &mut self,
        start: u32,
        name: Name,
        own_name: bool,
        asynchronous: bool,
    ) -> Parsed<Function> {
        let outer = self.begin_function(asynchronous);
        let (parameters, rest) = self.parameters()?;
        let body = self.function_body(is_simple(&parameters, rest.as_ref()))?;
        self.end_function(outer)?;
        Ok(Function {
            span: self.span_from(start),
            name,
            own_name,
            arrow: false,
            asynchronous,
            parameters,
            rest,
            body: FunctionBody::Block(body),
        })
    }

    fn begin_function(&mut self, asynchronous: bool) -> Context {
        let outer = self.context;
        self.context = Context { asynchronous, parameters: true, strict: outer.strict, ..Context::default() };
        self.push_scope(true);
        outer
    }

    fn end_function(&mut self, outer: Context) -> Parsed<()> {
        // Before the context: whether the function itself is strict decides about functions in its blocks.
        self.pop_scope()?;
        self.context = outer;
        Ok(())
    }

    /// `{ … }` as the body of a function whose scope is open.
    fn function_body(&mut self, simple_parameters: bool) -> Parsed<Vec<Statement>> {
        self.context.parameters = false;
        self.expect_mark("{")?;
        let mut body = Vec::new();
        let mut directives = true;
        while !self.take_mark("}") {
            if self.token().kind == TokenKind::End {
                return Err(self.unexpected("`}`"));
            }
            let was_strict = self.context.strict;
            let statement = self.statement(true)?;
            directives = directives && self.directive(&statement);
            if directives && !simple_parameters && self.text_of(statement.span).contains("use strict") {
                let message =
                    "a function with defaults, patterns or a rest parameter cannot turn on strict mode itself";
                return Err(self.wrong(statement.span, message, Some("`'use strict'` at the top of the file")));
            }
            debug_assert!(directives || self.context.strict == was_strict, "only a directive turns on strict mode");
            body.push(statement);
        }
        Ok(body)
    }

    fn parameters(&mut self) -> Parsed<(Vec<PatternElement>, Option<Pattern>)> {
        self.expect_mark("(")?;
        let mut parameters = Vec::new();
        let mut tallest = 0;
        while !self.take_mark(")") {
            if self.take_mark("...") {
                let rest = self.pattern(Binds::Declares)?;
                if self.at_mark("=") {
                    return Err(self.wrong(self.token().span, "a rest parameter has no default", None));
                }
                if !self.at_mark(")") {
                    return Err(self.wrong(rest.span, "a rest parameter is the last one", None));
                }
                self.advance();
                self.height = tallest.max(self.height);
                return Ok((parameters, Some(rest)));
            }
            parameters.push(self.pattern_element(Binds::Declares)?);
            tallest = tallest.max(self.height);
            if !self.at_mark(")") {
                self.expect_mark(",")?;
            }
        }
        Ok((parameters, None))
    }

    /// Whether an arrow function begins here, and whether it is `async`.
    pub(super) fn arrow_here(&self) -> Option<bool> {
        if self.at_mark("(") {
            return self.partner_is_followed_by(self.at, "=>").then_some(false);
        }
        if self.token().kind != TokenKind::Name {
            return None;
        }
        if self.next_is_mark("=>") {
            return Some(false);
        }
        if !self.at_word("async") || self.next_token().newline_before {
            return None;
        }
        let arrow = match self.next_token().kind {
            TokenKind::Name => {
                let after = self.tokens.get(self.at + 2);
                after.is_some_and(|token| self.text_of(token.span) == "=>" && token.kind == TokenKind::Punctuator)
            }
            _ => self.next_is_mark("(") && self.partner_is_followed_by(self.at + 1, "=>"),
        };
        arrow.then_some(true)
    }

    /// An arrow function; [`Self::arrow_here`] has seen it.
    pub(super) fn arrow(&mut self, asynchronous: bool) -> Parsed<Expression> {
        let start = self.token().span.start;
        if asynchronous {
            self.advance();
        }
        let outer = self.begin_function(asynchronous);
        let (parameters, rest) = if self.at_mark("(") {
            self.parameters()?
        } else {
            let (name, span) = self.binding_name()?;
            self.declare(&name, span)?;
            let pattern = Pattern { span, kind: PatternKind::Name(name) };
            (vec![PatternElement { pattern, default: None }], None)
        };
        if self.token().newline_before {
            return Err(self.wrong(self.token().span, "`=>` must stand on the line where its parameters end", None));
        }
        self.expect_mark("=>")?;
        let body = if self.at_mark("{") {
            FunctionBody::Block(self.function_body(is_simple(&parameters, rest.as_ref()))?)
        } else {
            self.context.parameters = false;
            FunctionBody::Expression(self.assignment()?)
        };
        self.end_function(outer)?;
        let span = self.span_from(start);
        let name = self.intern("");
        let function = Function { span, name, own_name: false, arrow: true, asynchronous, parameters, rest, body };
        Ok(Expression { span, kind: ExpressionKind::Function(Rc::new(function)) })
    }

    /// A name that may be declared.
    pub(super) fn binding_name(&mut self) -> Parsed<(Name, Span)> {
        let token = self.token();
        if token.kind != TokenKind::Name {
            return Err(self.unexpected("a name"));
        }
        self.check_name(token.span)?;
        let name = self.take_name();
        Ok((name, token.span))
    }

    /// The name that stands here, whatever it is.
    pub(super) fn take_name(&mut self) -> Name {
        let span = self.advance().span;
        let source = self.source;
        self.intern(&source.text[span.start as usize..span.end as usize])
    }

    /// Refuses a name that the language keeps for itself.
    pub(super) fn check_name(&self, span: Span) -> Parsed<()> {
        let text = self.text_of(span);
        if let Some(refusal) = subset::refused_name(text) {
            return Err(self.refuse(span, refusal));
        }
        if subset::is_reserved(text) {
            return Err(self.wrong(span, &format!("`{text}` is a reserved word"), Some("another name")));
        }
        Ok(())
    }

    /// A pattern with its default, where it has one.
    fn pattern_element(&mut self, binds: Binds) -> Parsed<PatternElement> {
        let start = self.at;
        let pattern = self.pattern(binds)?;
        let default = self.default_of(&pattern, !self.is_parenthesised(start))?;
        Ok(PatternElement { pattern, default })
    }

    fn default_of(&mut self, pattern: &Pattern, names: bool) -> Parsed<Option<Expression>> {
        if !self.take_mark("=") {
            return Ok(None);
        }
        let mut value = self.assignment()?;
        if let (true, PatternKind::Name(name)) = (names, &pattern.kind) {
            name_function(&mut value, name);
        }
        Ok(Some(value))
    }

    /// What a value is taken apart into.
    pub(super) fn pattern(&mut self, binds: Binds) -> Parsed<Pattern> {
        let outer = self.enter()?;
        let start = self.token().span.start;
        let nested = self.at_mark("[") || self.at_mark("{");
        let pattern = if nested && (binds == Binds::Declares || self.ends_pattern()) {
            let kind = if self.at_mark("[") { self.array_pattern(binds)? } else { self.object_pattern(binds)? };
            Pattern { span: self.span_from(start), kind }
        } else if binds == Binds::Declares {
            let (name, span) = self.binding_name()?;
            self.declare(&name, span)?;
            Pattern { span, kind: PatternKind::Name(name) }
        } else {
            let target = self.postfix()?;
            self.simple_target(target)?
        };
        self.leave(outer);
        Ok(pattern)
    }

    /// Whether the bracket here closes before something that ends an element of a pattern: `[a]` is a pattern where
    /// `[a].b` is a member of an array.
    fn ends_pattern(&self) -> bool {
        self.after_partner(self.at)
            .is_some_and(|next| matches!(self.text_of(next.span), "," | "=" | "]" | "}" | ")" | "of"))
    }

    /// A name or member as the target of an assignment.
    pub(super) fn simple_target(&self, target: Expression) -> Parsed<Pattern> {
        let span = target.span;
        match target.kind {
            ExpressionKind::Name(name) => Ok(Pattern { span, kind: PatternKind::Name(name) }),
            ExpressionKind::Member { ref name, name_span, .. } => {
                if let Some(refusal) = subset::refused_key(name) {
                    return Err(self.refuse(name_span, refusal));
                }
                Ok(Pattern { span, kind: PatternKind::Member(Box::new(target)) })
            }
            ExpressionKind::Index { .. } => Ok(Pattern { span, kind: PatternKind::Member(Box::new(target)) }),
            ExpressionKind::Chain(_) => Err(self.wrong(span, "nothing can be assigned through `?.`", None)),
            _ => Err(self.wrong(span, "nothing can be assigned to this", None)),
        }
    }

    fn array_pattern(&mut self, binds: Binds) -> Parsed<PatternKind> {
        self.advance();
        let mut elements = Vec::new();
        while !self.take_mark("]") {
            if self.take_mark(",") {
                elements.push(None);
                continue;
            }
            if self.take_mark("...") {
                let rest = self.pattern(binds)?;
                self.expect_end_of_rest("]", rest.span)?;
                return Ok(PatternKind::Array { elements, rest: Some(Box::new(rest)) });
            }
            elements.push(Some(self.pattern_element(binds)?));
            if !self.at_mark("]") {
                self.expect_mark(",")?;
            }
        }
        Ok(PatternKind::Array { elements, rest: None })
    }

    fn expect_end_of_rest(&mut self, close: &str, rest: Span) -> Parsed<()> {
        if self.at_mark("=") {
            return Err(self.wrong(self.token().span, "what takes the rest has no default", None));
        }
        if self.at_mark(",") {
            return Err(self.wrong(rest, "what takes the rest is the last element", None));
        }
        self.expect_mark(close)?;
        Ok(())
    }

    fn object_pattern(&mut self, binds: Binds) -> Parsed<PatternKind> {
        self.advance();
        let mut properties = Vec::new();
        while !self.take_mark("}") {
            if self.take_mark("...") {
                let nested = self.at_mark("[") || self.at_mark("{");
                if nested && (binds == Binds::Declares || self.ends_pattern()) {
                    return Err(self.wrong(self.token().span, "what takes the rest of an object is a name", None));
                }
                let rest = self.pattern(binds)?;
                self.expect_end_of_rest("}", rest.span)?;
                return Ok(PatternKind::Object { properties, rest: Some(Box::new(rest)) });
            }
            properties.push(self.pattern_property(binds)?);
            if !self.at_mark("}") {
                self.expect_mark(",")?;
            }
        }
        Ok(PatternKind::Object { properties, rest: None })
    }

    fn pattern_property(&mut self, binds: Binds) -> Parsed<(PropertyKey, PatternElement)> {
        let token = self.token();
        let key = self.property_key()?;
        if let PropertyKey::Name(name) = &key
            && let Some(refusal) = subset::refused_member(name)
        {
            return Err(self.refuse(token.span, refusal));
        }
        if self.take_mark(":") {
            return Ok((key, self.pattern_element(binds)?));
        }
        let PropertyKey::Name(name) = &key else { return Err(self.unexpected("`:`")) };
        if token.kind != TokenKind::Name {
            return Err(self.unexpected("`:`"));
        }
        self.check_name(token.span)?;
        match binds {
            Binds::Declares => self.declare(name, token.span)?,
            Binds::Assigns => self.note_use(name, token.span),
        }
        let pattern = Pattern { span: token.span, kind: PatternKind::Name(name.clone()) };
        let default = self.default_of(&pattern, true)?;
        Ok((key, PatternElement { pattern, default }))
    }
}

/// Whether all parameters are plain names.
fn is_simple(parameters: &[PatternElement], rest: Option<&Pattern>) -> bool {
    rest.is_none()
        && parameters
            .iter()
            .all(|parameter| parameter.default.is_none() && matches!(parameter.pattern.kind, PatternKind::Name(_)))
}
