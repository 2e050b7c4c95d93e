//! Destructuring in declarations, parameters and assignments.

use std::rc::Rc;

use super::Compiler;
use super::text::{describe, iterable_in_declaration};
use crate::ast::{Expression, ExpressionKind, Name, Pattern, PatternElement, PatternKind, PropertyKey, Span};
use crate::bytecode::Op;
use crate::value::Value;

/// The origin of a pattern's value, which decides V8's error messages.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// An expression.
    Expression(&'a Expression),
    /// The elements of a `for … of` statement.
    Loop,
    /// The thrown value of a `catch`.
    Catch,
    /// An argument of a call.
    Unnamed,
    /// A part of a larger pattern's value.
    Part,
    /// A part of a larger pattern's value, with a default.
    Default(&'a Expression),
    /// A property of a value with this origin.
    Property(&'a Origin<'a>),
}

impl Origin<'_> {
    /// Returns the text that error messages use for the value.
    fn text(&self) -> Rc<str> {
        match self {
            Origin::Expression(value) | Origin::Default(value) => describe(value),
            Origin::Loop => ".for".into(),
            Origin::Catch => ".catch".into(),
            Origin::Unnamed | Origin::Part | Origin::Property(_) => "".into(),
        }
    }
}

/// The effect of a pattern on its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Declare,
    Assign,
}

/// The source of a part of a pattern's value. The first number is the slot of the whole value.
#[derive(Clone, Copy)]
enum Fetch {
    /// The array's element at an index.
    Element(u32, u32),
    /// The array's elements from an index on.
    From(u32, u32),
    /// The object's property with a key.
    Property(u32, u32),
    /// The object's property whose key is in the second slot.
    Computed(u32, u32),
    /// The object's properties without those whose keys are in the array in the second slot.
    Others(u32, u32),
}

/// Calls `each` with every name that a pattern binds, in source order.
pub(super) fn names(pattern: &Pattern, each: &mut dyn FnMut(&Name)) {
    match &pattern.kind {
        PatternKind::Name(name) => each(name),
        PatternKind::Member(_) => {}
        PatternKind::Array { elements, rest } => {
            for element in elements.iter().flatten() {
                names(&element.pattern, each);
            }
            if let Some(rest) = rest {
                names(rest, each);
            }
        }
        PatternKind::Object { properties, rest } => {
            for (_, element) in properties {
                names(&element.pattern, each);
            }
            if let Some(rest) = rest {
                names(rest, each);
            }
        }
    }
}

/// Returns true if V8's error for the nullish value of an object pattern is "Cannot destructure property 'a' of 'value'".
/// Otherwise it is the error of a read: "Cannot read properties of undefined (reading 'a')".
fn error_names_property(first: &PatternElement, origin: Origin<'_>, mode: Mode) -> bool {
    let is_plain = first.default.is_none() && !matches!(first.pattern.kind, PatternKind::Member(_));
    let is_part = matches!(origin, Origin::Part | Origin::Property(_));
    let is_assigned_in_loop = mode == Mode::Assign && matches!(origin, Origin::Loop);
    is_plain && !is_part && !is_assigned_in_loop
}

impl Compiler<'_> {
    /// value → (initialises the names of the pattern)
    pub(super) fn bind(&mut self, pattern: &Pattern, origin: Origin<'_>) {
        self.destructure(pattern, origin, Mode::Declare);
    }

    /// value → (assigns it to the pattern)
    pub(super) fn assign(&mut self, pattern: &Pattern, origin: Origin<'_>) {
        self.destructure(pattern, origin, Mode::Assign);
    }

    /// value → value, or the default if it is undefined
    pub(super) fn default(&mut self, default: Option<&Expression>) {
        if let Some(default) = default {
            let jump = self.emit(Op::JumpIfDefinedOrPop(0));
            self.expression(default);
            self.land(jump);
        }
    }

    fn destructure(&mut self, pattern: &Pattern, origin: Origin<'_>, mode: Mode) {
        let used = self.unit.used;
        match &pattern.kind {
            PatternKind::Name(name) => match mode {
                Mode::Declare => self.initialise(name),
                Mode::Assign => self.store(name, pattern.span, false),
            },
            PatternKind::Member(target) => {
                let value = self.temporary();
                self.emit(Op::StoreLocal(value));
                self.reference(target);
                self.emit(Op::LoadLocal(value));
                self.set_reference(target);
                self.emit(Op::Pop);
            }
            PatternKind::Array { elements, rest } => {
                self.check_list(pattern, origin);
                self.emit_at(Op::Iterate, pattern.span.start);
                if let Some(message) = self.not_iterable(origin, mode) {
                    self.describe_operand(|| message);
                }
                self.destructure_array(elements, rest.as_deref(), mode);
            }
            PatternKind::Object { properties, rest } => {
                self.check_object(pattern.span, properties.first(), origin, mode);
                self.destructure_object(properties, rest.as_deref(), origin, mode);
            }
        }
        self.unit.used = used;
    }

    /// array → (its elements bound or assigned)
    fn destructure_array(&mut self, elements: &[Option<PatternElement>], rest: Option<&Pattern>, mode: Mode) {
        let list = self.temporary();
        self.emit(Op::StoreLocal(list));
        for (place, element) in elements.iter().enumerate() {
            if let Some(PatternElement { pattern, default }) = element {
                self.part(Fetch::Element(list, place as u32), pattern, default.as_ref(), mode, Origin::Part);
            }
        }
        if let Some(rest) = rest {
            self.part(Fetch::From(list, elements.len() as u32), rest, None, mode, Origin::Part);
        }
    }

    /// object → (its properties bound or assigned)
    fn destructure_object(
        &mut self,
        properties: &[(PropertyKey, PatternElement)],
        rest: Option<&Pattern>,
        origin: Origin<'_>,
        mode: Mode,
    ) {
        let object = self.temporary();
        self.emit(Op::StoreLocal(object));
        // The keys that the rest leaves out: a name, or the slot of a computed key.
        let mut keys = Vec::new();
        for (key, PatternElement { pattern, default }) in properties {
            let used = self.unit.used;
            let fetch = match key {
                PropertyKey::Name(name) => {
                    let key = self.key(name);
                    keys.push((Some(name), 0));
                    Fetch::Property(object, key)
                }
                PropertyKey::Computed(key) => {
                    self.expression(key);
                    self.emit(Op::ToKey);
                    let slot = self.temporary();
                    self.emit(Op::StoreLocal(slot));
                    keys.push((None, slot));
                    Fetch::Computed(object, slot)
                }
            };
            self.part(fetch, pattern, default.as_ref(), mode, Origin::Property(&origin));
            if rest.is_none() {
                self.unit.used = used;
            }
        }
        let Some(rest) = rest else { return };
        for (name, slot) in &keys {
            match name {
                Some(name) => self.push_constant(Value::String((*name).clone())),
                None => {
                    self.emit(Op::LoadLocal(*slot));
                }
            }
        }
        self.emit(Op::Array(keys.len() as u32));
        let list = self.temporary();
        self.emit(Op::StoreLocal(list));
        self.part(Fetch::Others(object, list), rest, None, mode, Origin::Part);
    }

    /// Returns V8's message for the value of an array pattern that is not iterable; `None` if the message shows the value.
    fn not_iterable(&self, origin: Origin<'_>, mode: Mode) -> Option<Rc<str>> {
        match origin {
            Origin::Property(Origin::Expression(whole)) => {
                let property = "(cannot read property Symbol(Symbol.iterator))";
                Some(format!("{} is not iterable {property}", describe(whole)).into())
            }
            _ if mode == Mode::Assign => None,
            Origin::Expression(value) if !self.in_parentheses(value) => iterable_in_declaration(value),
            Origin::Loop => Some(".for is not iterable".into()),
            _ => None,
        }
    }

    /// Returns true if the value of a declaration is in parentheses.
    fn in_parentheses(&self, value: &Expression) -> bool {
        let before = self.source.text.get(..value.span.start as usize).unwrap_or_default();
        before.trim_end().ends_with('(')
    }

    /// object → object; throws V8's error if the value of an object pattern is undefined or null
    /// ([RequireObjectCoercible](https://tc39.es/ecma262/#sec-requireobjectcoercible)).
    fn check_object(
        &mut self,
        span: Span,
        first: Option<&(PropertyKey, PatternElement)>,
        origin: Origin<'_>,
        mode: Mode,
    ) {
        let property = match first {
            Some((PropertyKey::Name(_), element)) if !error_names_property(element, origin, mode) => {
                // The read of the first property throws the right error.
                return;
            }
            Some((PropertyKey::Name(name), _)) => Some(name),
            Some((PropertyKey::Computed(_), _)) | None => None,
        };
        self.emit_at(Op::CheckObject, span.start);
        self.describe_operand(|| {
            let value = origin.text();
            match property {
                Some(name) => format!("property '{name}' of '{value}'").into(),
                None => format!("'{value}'").into(),
            }
        });
    }

    /// value → value; throws V8's error, which names the object, if a property that an array pattern destructures is
    /// undefined or null.
    fn check_list(&mut self, pattern: &Pattern, origin: Origin<'_>) {
        if let Origin::Property(whole) = origin
            && !matches!(whole, Origin::Part | Origin::Property(_) | Origin::Default(_))
        {
            self.emit_at(Op::CheckObject, pattern.span.start);
            self.describe_operand(|| format!("property 'Symbol(Symbol.iterator)' of '{}'", whole.text()).into());
        }
    }

    /// → the part
    fn fetch(&mut self, fetch: Fetch, offset: u32) {
        match fetch {
            Fetch::Element(list, place) => {
                self.emit(Op::LoadLocal(list));
                self.emit(Op::Element(place));
            }
            Fetch::From(list, place) => {
                self.emit(Op::LoadLocal(list));
                self.emit(Op::ElementsFrom(place));
            }
            Fetch::Property(object, key) => {
                self.emit(Op::LoadLocal(object));
                self.emit_at(Op::Get(key), offset);
            }
            Fetch::Computed(object, key) => {
                self.emit(Op::LoadLocal(object));
                self.emit(Op::LoadLocal(key));
                self.emit_at(Op::GetIndex, offset);
            }
            Fetch::Others(object, keys) => {
                self.emit(Op::LoadLocal(object));
                self.emit(Op::LoadLocal(keys));
                self.emit(Op::OtherProperties);
            }
        }
    }

    /// Fetches a part of a value and binds or assigns it.
    fn part(&mut self, fetch: Fetch, pattern: &Pattern, default: Option<&Expression>, mode: Mode, origin: Origin<'_>) {
        let offset = pattern.span.start;
        // The target of an assignment is evaluated before the value
        // (https://tc39.es/ecma262/#sec-runtime-semantics-keyeddestructuringassignmentevaluation).
        if let PatternKind::Member(target) = &pattern.kind {
            self.reference(target);
            self.fetch(fetch, offset);
            self.default(default);
            self.set_reference(target);
            self.emit(Op::Pop);
        } else {
            self.fetch(fetch, offset);
            self.default(default);
            // V8 names the default in its message, even if the value came from elsewhere.
            self.destructure(pattern, default.map_or(origin, Origin::Default), mode);
        }
    }

    /// → object, or object key; the reference that a member or index expression evaluates to
    pub(super) fn reference(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Member { object, .. } => self.expression(object),
            ExpressionKind::Index { object, key, .. } => {
                self.expression(object);
                self.expression(key);
            }
            // The parser accepts no other target.
            _ => self.push_constant(Value::Undefined),
        }
    }

    /// object (key) → value
    pub(super) fn get_reference(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Member { name, name_span, .. } => {
                let key = self.key(name);
                self.emit_at(Op::Get(key), name_span.start);
            }
            ExpressionKind::Index { key, .. } => {
                self.emit_at(Op::GetIndex, key.span.start);
            }
            _ => {}
        }
    }

    /// object (key) value → value
    pub(super) fn set_reference(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Member { name, .. } => {
                let key = self.key(name);
                self.emit(Op::Set(key));
            }
            ExpressionKind::Index { .. } => {
                self.emit(Op::SetIndex);
            }
            _ => {}
        }
    }
}
