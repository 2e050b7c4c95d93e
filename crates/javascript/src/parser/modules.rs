//! Names that hold a module of the host, one of its members, or an object that it made, as far as the declarations tell.
//! The parser refuses a member that the real module has and the host lacks: at run time it would be `undefined`, which it
//! is not in reality.

use super::super::ast::{Element, Expression, ExpressionKind, Name, Pattern, PatternKind, PropertyKey, Span};
use super::super::registry::{Constructor, Exports, Member, Namespace};
use super::super::subset;
use super::{Parsed, Parser};

/// A name that holds something known.
pub(super) struct Holder {
    name: Name,
    /// The number of scopes that were open where the name was declared.
    depth: usize,
    known: Known,
}

/// A value that the parser knows before the program runs.
#[derive(Clone, Copy)]
enum Known {
    /// An object with these members.
    Namespace(&'static Namespace),
    /// A function that makes objects of a class.
    Constructor(&'static Constructor),
    /// An object that this function made.
    Instance(&'static Constructor),
}

impl Known {
    /// The value of a member, if that is known too.
    fn member(self, name: &str) -> Option<Self> {
        match self {
            Self::Namespace(namespace) => match namespace.member(name)? {
                Member::Namespace(_, inner) => Some(Self::Namespace(inner)),
                _ => None,
            },
            Self::Constructor(constructor) => constructor.aliases.contains(&name).then_some(self),
            Self::Instance(_) => None,
        }
    }
}

impl Parser<'_> {
    /// Notes the values that a declaration gives its names. Refuses a pattern that takes a missing member.
    pub(super) fn note_module(&mut self, pattern: &Pattern, value: &Expression) -> Parsed<()> {
        let Some(known) = self.known(value) else { return Ok(()) };
        match &pattern.kind {
            PatternKind::Name(name) => self.hold(name, known),
            PatternKind::Object { properties, .. } => {
                for (key, element) in properties {
                    let PropertyKey::Name(key) = key else { continue };
                    self.refuse_missing(known, key, element.pattern.span)?;
                    if let (Some(known), PatternKind::Name(name)) = (known.member(key), &element.pattern.kind) {
                        self.hold(name, known);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn hold(&mut self, name: &Name, known: Known) {
        self.holders.push(Holder { name: name.clone(), depth: self.scopes.len(), known });
    }

    /// Refuses `object.name` if the object is known and lacks that member.
    pub(super) fn refuse_member_of(&self, object: &Expression, name: &str, span: Span) -> Parsed<()> {
        match self.known(object) {
            Some(known) => self.refuse_missing(known, name, span),
            None => Ok(()),
        }
    }

    /// Refuses `callee(…)` if the callee is an object of a class of the host.
    pub(super) fn refuse_call_of(&self, callee: &Expression) -> Parsed<()> {
        match self.known(callee) {
            Some(Known::Instance(made_by)) => {
                Err(self.wrong(callee.span, &subset::message(made_by.call), Some(made_by.advice)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses `require('module')` of a module that exists in reality and that the host lacks.
    pub(super) fn refuse_module(&self, callee: &Expression, arguments: &[Element]) -> Parsed<()> {
        match required(callee, arguments) {
            Some((module, span)) if self.layers.is_refused_module(module) => {
                let message = subset::message(&format!("the module `{module}`"));
                Err(self.wrong(span, &message, Some(&self.layers.module_list())))
            }
            _ => Ok(()),
        }
    }

    /// Forgets the variables of closed scopes.
    pub(super) fn forget_modules(&mut self) {
        let depth = self.scopes.len();
        self.holders.retain(|holder| holder.depth <= depth);
    }

    fn refuse_missing(&self, known: Known, member: &str, span: Span) -> Parsed<()> {
        let (name, advice) = match known {
            Known::Namespace(namespace) if namespace.member(member).is_none() => {
                let advice = self.layers.refused_member(namespace.name, member);
                (namespace.name, advice.map_or_else(|| one_of(namespace), str::to_owned))
            }
            Known::Instance(made_by) if !made_by.class.has(member) => (made_by.instance, made_by.advice.to_owned()),
            _ => return Ok(()),
        };
        Err(self.wrong(span, &subset::message(&format!("`{member}` of {name}")), Some(&advice)))
    }

    /// The value of an expression, if the parser knows it.
    fn known(&self, value: &Expression) -> Option<Known> {
        match &value.kind {
            ExpressionKind::Name(name) => {
                let (at, _) = self.scopes.iter().enumerate().rev().find(|(_, scope)| scope.declares(name))?;
                let holder = self.holders.iter().find(|it| it.depth == at + 1 && it.name == *name)?;
                Some(holder.known)
            }
            ExpressionKind::Call { callee, arguments, .. } => match required(callee, arguments) {
                Some((module, _)) => Some(match self.layers.module(module)?.exports {
                    Exports::Namespace(namespace) => Known::Namespace(namespace),
                    Exports::Constructor(constructor) => Known::Constructor(constructor),
                }),
                None => match self.known(callee)? {
                    Known::Constructor(constructor) => Some(Known::Instance(constructor)),
                    _ => None,
                },
            },
            ExpressionKind::Member { object, name, .. } => self.known(object)?.member(name),
            _ => None,
        }
    }
}

/// The advice for a member that nothing is known of: the members that there are.
fn one_of(namespace: &Namespace) -> String {
    let names: Vec<&str> = namespace.members.iter().map(Member::name).collect();
    format!("one of {}", names.join(" "))
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
