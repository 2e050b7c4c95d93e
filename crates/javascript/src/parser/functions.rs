//! Functions, and the patterns in parameters, declarations and assignments.

use std::rc::Rc;

use super::super::ast::{
    Expression, ExpressionKind, Function, FunctionBody, FunctionKind, Name, Pattern, PatternElement, PatternKind,
    PropertyKey, Span, Statement, StatementKind,
};
use super::super::lexer::TokenKind;
use super::super::subset;
use super::{Context, Parsed, Parser};

/// The meaning of the names in a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Binds {
    /// The innermost scope declares them.
    Declares,
    /// They are assigned. Members and indexes are allowed, too.
    Assigns,
}

/// Gives an anonymous function the name of the variable or key that it is assigned to. Other values stay as they are.
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
        let is_async = self.take_word("async");
        self.advance();
        self.refuse_generator()?;
        let (name, span) = self.binding_name()?;
        self.declare_function(&name, span)?;
        let function = self.function_rest(start, name, FunctionKind::function(is_async))?;
        Ok(StatementKind::Function(Rc::new(function)))
    }

    /// Parses a function expression.
    pub(super) fn function_expression(&mut self) -> Parsed<Expression> {
        let start = self.token().span.start;
        let is_async = self.take_word("async");
        self.advance();
        self.refuse_generator()?;
        let function = if self.at_mark("(") {
            let nameless = self.intern("");
            self.function_rest(start, nameless, FunctionKind::function(is_async))?
        } else {
            let (name, span) = self.binding_name()?;
            self.push_scope(false);
            self.declare(&name, span)?;
            let function = self.function_rest(start, name, FunctionKind::function(is_async))?;
            self.pop_scope()?;
            Function { binds_own_name: true, ..function }
        };
        Ok(Expression { span: function.span, kind: ExpressionKind::Function(Rc::new(function)) })
    }

    fn refuse_generator(&self) -> Parsed<()> {
        if self.at_mark("*") { Err(self.refuse(self.token().span, &subset::GENERATOR)) } else { Ok(()) }
    }

    /// Parses parameters and body of a function that is no arrow function.
    pub(super) fn function_rest(&mut self, start: u32, name: Name, kind: FunctionKind) -> Parsed<Function> {
        let outer = self.begin_function();
        let (parameters, rest) = self.parameters()?;
        let body = self.function_body(kind, is_simple(&parameters, rest.as_ref()))?;
        self.end_function(outer)?;
        let (span, body) = (self.span_from(start), FunctionBody::Block(body));
        Ok(Function { span, name, binds_own_name: false, kind, parameters, rest, body })
    }

    fn begin_function(&mut self) -> Context {
        let outer = self.context;
        self.context = Context { strict: outer.strict, ..Context::default() };
        self.push_scope(true);
        outer
    }

    fn end_function(&mut self, outer: Context) -> Parsed<()> {
        // The context still has the strictness of the function, which the check of functions in blocks needs.
        self.pop_scope()?;
        self.context = outer;
        Ok(())
    }

    /// Parses the body of a function in braces. The scope of the function is open.
    fn function_body(&mut self, kind: FunctionKind, simple_parameters: bool) -> Parsed<Vec<Statement>> {
        self.context.may_await = kind.is_async();
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

    /// Returns the kind of the arrow function that begins here.
    pub(super) fn arrow_here(&self) -> Option<FunctionKind> {
        if self.at_mark("(") {
            return self.partner_is_followed_by(self.at, "=>").then_some(FunctionKind::Arrow);
        }
        if self.token().kind != TokenKind::Name {
            return None;
        }
        if self.next_is_mark("=>") {
            return Some(FunctionKind::Arrow);
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
        arrow.then_some(FunctionKind::AsyncArrow)
    }

    /// Parses an arrow function of the kind that [`Self::arrow_here`] returned.
    pub(super) fn arrow(&mut self, kind: FunctionKind) -> Parsed<Expression> {
        let start = self.token().span.start;
        if kind.is_async() {
            self.advance();
        }
        let outer = self.begin_function();
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
            FunctionBody::Block(self.function_body(kind, is_simple(&parameters, rest.as_ref()))?)
        } else {
            self.context.may_await = kind.is_async();
            FunctionBody::Expression(self.assignment()?)
        };
        self.end_function(outer)?;
        let span = self.span_from(start);
        let name = self.intern("");
        let function = Function { span, name, binds_own_name: false, kind, parameters, rest, body };
        Ok(Expression { span, kind: ExpressionKind::Function(Rc::new(function)) })
    }

    /// Parses a name in a declaration.
    pub(super) fn binding_name(&mut self) -> Parsed<(Name, Span)> {
        let token = self.token();
        if token.kind != TokenKind::Name {
            return Err(self.unexpected("a name"));
        }
        self.check_name(token.span)?;
        let name = self.take_name();
        Ok((name, token.span))
    }

    /// Takes the current token as a name, even if it is a keyword.
    pub(super) fn take_name(&mut self) -> Name {
        let span = self.advance().span;
        let source = self.source;
        self.intern(&source.text[span.start as usize..span.end as usize])
    }

    /// Refuses reserved words and the names that strict mode reserves.
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

    /// Parses a pattern with its optional default.
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

    /// Parses a pattern without a default.
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

    /// Returns true if the token after the partner of this bracket ends an element of a pattern: in `[[a]] = b` the inner
    /// `[a]` is a pattern, in `[[a].b] = c` it is an array.
    fn ends_pattern(&self) -> bool {
        self.after_partner(self.at)
            .is_some_and(|next| matches!(self.text_of(next.span), "," | "=" | "]" | "}" | ")" | "of"))
    }

    /// Checks the target of an assignment: a name, member or index.
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

/// Returns true if all parameters are names without defaults
/// ([IsSimpleParameterList](https://tc39.es/ecma262/#sec-static-semantics-issimpleparameterlist)).
fn is_simple(parameters: &[PatternElement], rest: Option<&Pattern>) -> bool {
    rest.is_none()
        && parameters
            .iter()
            .all(|parameter| parameter.default.is_none() && matches!(parameter.pattern.kind, PatternKind::Name(_)))
}
