//! Which names are declared where, as far as the parser has to know: a name may be declared once in a scope; a name that
//! the language knows and the subset does not is refused where nothing else declares it; and a function declared in a
//! block must not be used outside it, because sloppy JavaScript would find it there and the machine would not.

use base::sorted_map::{SortedMap, SortedSet};

use super::super::ast::{Expression, ExpressionKind, Name, Span};
use super::super::{builtins, subset};
use super::{Diagnostic, Parsed, Parser};

/// One scope and what has been seen in it.
pub(super) struct Scope {
    function: bool,
    declared: SortedSet<Name>,
    /// Names used here or further in that are declared further out, each with its first place.
    used: SortedMap<Name, Span>,
    /// Functions declared in blocks of this function, which sloppy JavaScript would also give to the whole of it.
    block_functions: Vec<(Name, Span)>,
}

impl Scope {
    /// Whether the name is declared here.
    pub(super) fn declares(&self, name: &Name) -> bool {
        self.declared.contains(name)
    }
}

impl Parser<'_> {
    pub(super) fn push_scope(&mut self, function: bool) {
        self.scopes.push(Scope {
            function,
            declared: SortedSet::new(),
            used: SortedMap::new(),
            block_functions: Vec::new(),
        });
    }

    /// Closes a scope and passes on to the one around it what it leaves open.
    pub(super) fn pop_scope(&mut self) -> Parsed<Scope> {
        let mut scope = self.scopes.pop().expect("every scope that is closed has been opened by the same part");
        scope.used.retain(|name, _| !scope.declared.contains(name));
        scope.block_functions.retain(|(name, _)| !scope.function || !scope.declared.contains(name));
        if scope.function {
            for (name, span) in &scope.block_functions {
                if scope.used.contains_key(name) {
                    return Err(self.refuse(*span, &subset::BLOCK_FUNCTION));
                }
            }
        }
        self.forget_modules();
        if let Some(outer) = self.scopes.last_mut() {
            for (name, span) in scope.used.iter() {
                outer.used.entry(name.clone()).or_insert(*span);
            }
            if !scope.function {
                outer.block_functions.append(&mut scope.block_functions);
            }
        }
        Ok(scope)
    }

    /// Declares a name in the innermost scope.
    pub(super) fn declare(&mut self, name: &Name, span: Span) -> Parsed<()> {
        let scope = self.scopes.last_mut().expect("the file's own scope is open while it is parsed");
        if scope.declared.insert(name.clone()) {
            return Ok(());
        }
        let why = if self.scopes.len() == 1 && span.end > 0 && subset::MODULE_NAMES.contains(&&**name) {
            format!("`{name}` is given to every module and cannot be declared again")
        } else {
            format!("`{name}` has already been declared in this scope")
        };
        Err(self.wrong(span, &why, Some("another name")))
    }

    /// Declares a function in the innermost scope.
    pub(super) fn declare_function(&mut self, name: &Name, span: Span) -> Parsed<()> {
        self.declare(name, span)?;
        let strict = self.context.strict;
        match self.scopes.last_mut() {
            Some(scope) if !scope.function && !strict => scope.block_functions.push((name.clone(), span)),
            _ => {}
        }
        Ok(())
    }

    /// Notes that a name is used.
    pub(super) fn note_use(&mut self, name: &Name, span: Span) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.used.entry(name.clone()).or_insert(span);
        }
    }

    /// Notes that `object.member` is used, where `object` is a built-in one that has no such member.
    pub(super) fn note_member(&mut self, object: &Name, member: &Name, span: Span) {
        let missing = match self.layers.global_namespace(object) {
            Some(namespace) => namespace.member(member).is_none(),
            None => builtins::has_statics(object) && !builtins::has_static(object, member),
        };
        if missing {
            self.statics.push((object.clone(), member.clone(), span));
        }
    }

    /// Notes that a built-in object is called which JavaScript has as a function, and the subset has not.
    pub(super) fn note_call(&mut self, callee: &Expression) {
        if let ExpressionKind::Name(name) = &callee.kind
            && !subset::refused_static(name, subset::CALLED).is_empty()
        {
            self.statics.push((name.clone(), subset::CALLED.into(), callee.span));
        }
    }

    /// Refuses the first use of a name or member that JavaScript has and the subset has not.
    pub(super) fn refuse_globals(&mut self, top: &Scope) -> Parsed<()> {
        let mut found: Vec<(Span, Box<str>, &str)> = Vec::new();
        for (name, span) in top.used.iter() {
            if &**name != "Date"
                && let Some(advice) = self.layers.refused_global(name)
            {
                found.push((*span, format!("`{name}`").into(), advice));
            }
        }
        for (object, member, span) in &self.statics {
            if top.used.contains_key(object) {
                let advice = self.layers.refused_member(object, member);
                let advice = advice.unwrap_or_else(|| subset::refused_static(object, member));
                let name = match &**member {
                    subset::CALLED => format!("`{object}` as a function"),
                    member => format!("`{object}.{member}`"),
                };
                found.push((*span, name.into(), advice));
            }
        }
        match found.iter().min_by_key(|(span, ..)| span.start) {
            None => Ok(()),
            Some((span, name, advice)) => {
                let advice = (!advice.is_empty()).then_some(*advice);
                Err(Box::new(Diagnostic::new(self.source, *span, name, &subset::message(name), advice)))
            }
        }
    }
}
