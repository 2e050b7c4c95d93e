//! Destructuring: in declarations, parameters and assignments.

use std::rc::Rc;

use super::Compiler;
use super::text::{describe, iterable_in_declaration};
use crate::ast::{Expression, ExpressionKind, Name, Pattern, PatternKind, PropertyKey};
use crate::bytecode::Op;
use crate::value::Value;

/// What a pattern's value comes from, as error messages tell it.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// An expression.
    Expression(&'a Expression),
    /// The list of a `for … of`.
    Loop,
    /// What was thrown.
    Catch,
    /// An argument.
    Unnamed,
    /// A part of a larger pattern's value.
    Part,
    /// The same with a default.
    Default(&'a Expression),
    /// A property of what comes from there.
    Property(&'a Source<'a>),
}

impl Source<'_> {
    /// What error messages call the value.
    fn text(&self) -> Rc<str> {
        match self {
            Source::Expression(value) | Source::Default(value) => describe(value),
            Source::Loop => ".for".into(),
            Source::Catch => ".catch".into(),
            Source::Unnamed | Source::Part | Source::Property(_) => "".into(),
        }
    }
}

/// Whether names are declared or assigned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Declare,
    Assign,
}

/// Where a part of a value is read from.
enum Fetch {
    /// The element of the array in the slot.
    Element(u32, u32),
    /// The elements from there on.
    From(u32, u32),
    /// The property of the object in the slot.
    Property(u32, u32),
    /// The property whose key is in the second slot.
    Computed(u32, u32),
    /// All properties of the object in the first slot but those whose keys are in the array in the second.
    Others(u32, u32),
}

/// Calls `each` with every name that a pattern binds, in order.
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

impl Compiler<'_> {
    /// value → (bound to the pattern, whose names are declared)
    pub(super) fn bind(&mut self, pattern: &Pattern, source: Source<'_>) {
        self.destructure(pattern, source, Mode::Declare);
    }

    /// value → (assigned to the pattern)
    pub(super) fn assign(&mut self, pattern: &Pattern, source: Source<'_>) {
        self.destructure(pattern, source, Mode::Assign);
    }

    /// value → value, or the default where it is undefined
    pub(super) fn default(&mut self, default: Option<&Expression>) {
        if let Some(default) = default {
            let jump = self.emit(Op::JumpIfDefinedOrPop(0));
            self.expression(default);
            self.land(jump);
        }
    }

    fn destructure(&mut self, pattern: &Pattern, source: Source<'_>, mode: Mode) {
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
                self.check_list(pattern, source);
                self.emit_at(Op::Iterate, pattern.span.start);
                let message = match source {
                    Source::Property(Source::Expression(whole)) => {
                        let property = "(cannot read property Symbol(Symbol.iterator))";
                        Some(format!("{} is not iterable {property}", describe(whole)).into())
                    }
                    _ if mode == Mode::Assign => None,
                    Source::Expression(value) if !self.in_parentheses(value) => iterable_in_declaration(value),
                    Source::Loop => Some(".for is not iterable".into()),
                    _ => None,
                };
                if let Some(message) = message {
                    self.name_it(|| message);
                }
                let list = self.temporary();
                self.emit(Op::StoreLocal(list));
                for (place, element) in elements.iter().enumerate() {
                    if let Some(element) = element {
                        self.part(
                            Fetch::Element(list, place as u32),
                            &element.pattern,
                            element.default.as_ref(),
                            mode,
                            Source::Part,
                        );
                    }
                }
                if let Some(rest) = rest {
                    self.part(Fetch::From(list, elements.len() as u32), rest, None, mode, Source::Part);
                }
            }
            PatternKind::Object { properties, rest } => {
                self.check_object(pattern, source, mode);
                let object = self.temporary();
                self.emit(Op::StoreLocal(object));
                let mut keys = Vec::new();
                for (key, element) in properties {
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
                    self.part(fetch, &element.pattern, element.default.as_ref(), mode, Source::Property(&source));
                    if rest.is_none() {
                        self.unit.used = used;
                    }
                }
                if let Some(rest) = rest {
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
                    self.part(Fetch::Others(object, list), rest, None, mode, Source::Part);
                }
            }
        }
        self.unit.used = used;
    }

    /// Whether the value of a declaration stands in parentheses.
    fn in_parentheses(&self, value: &Expression) -> bool {
        let before = self.source.text.get(..value.span.start as usize).unwrap_or_default();
        before.trim_end().ends_with('(')
    }

    /// Throws where the value of an object pattern is undefined or null, with the language's own words for it.
    fn check_object(&mut self, pattern: &Pattern, source: Source<'_>, mode: Mode) {
        let PatternKind::Object { properties, .. } = &pattern.kind else { return };
        let first = properties.first();
        let named = match first {
            Some((PropertyKey::Name(name), element)) => {
                let plain = element.default.is_none() && !matches!(element.pattern.kind, PatternKind::Member(_));
                let assigned_in_loop = mode == Mode::Assign && matches!(source, Source::Loop);
                if !plain || assigned_in_loop || matches!(source, Source::Part | Source::Property(_)) {
                    // Reading the property says what there is to say.
                    return;
                }
                Some(name)
            }
            _ => None,
        };
        self.emit_at(Op::CheckObject, pattern.span.start);
        self.name_it(|| {
            let what = source.text();
            match named {
                Some(name) => format!("property '{name}' of '{what}'").into(),
                None => format!("'{what}'").into(),
            }
        });
    }

    /// Throws where a property that is taken apart as a list is undefined or null: V8 speaks of the object that it is of.
    fn check_list(&mut self, pattern: &Pattern, source: Source<'_>) {
        if let Source::Property(whole) = source
            && !matches!(whole, Source::Part | Source::Property(_) | Source::Default(_))
        {
            self.emit_at(Op::CheckObject, pattern.span.start);
            self.name_it(|| format!("property 'Symbol(Symbol.iterator)' of '{}'", whole.text()).into());
        }
    }

    fn fetch(&mut self, fetch: &Fetch, offset: u32) {
        match *fetch {
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

    fn part(&mut self, fetch: Fetch, pattern: &Pattern, default: Option<&Expression>, mode: Mode, source: Source<'_>) {
        let offset = pattern.span.start;
        // What is assigned to is found out before the value is read.
        if let PatternKind::Member(target) = &pattern.kind {
            self.reference(target);
            self.fetch(&fetch, offset);
            self.default(default);
            self.set_reference(target);
            self.emit(Op::Pop);
        } else {
            self.fetch(&fetch, offset);
            self.default(default);
            // V8 names the default of an object, whether it was used or not.
            self.destructure(pattern, default.map_or(source, Source::Default), mode);
        }
    }

    /// → object, or object key: what a member expression is about
    pub(super) fn reference(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Member { object, .. } => self.expression(object),
            ExpressionKind::Index { object, key, .. } => {
                self.expression(object);
                self.expression(key);
            }
            // The parser lets nothing else be a target.
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
