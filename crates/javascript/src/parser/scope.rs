//! Declarations and uses of names, for three checks. A scope may declare a name only once. A global of JavaScript that is
//! not in the subset is refused, unless the program declares the name. A function that is declared in a block must not be
//! used outside the block: sloppy mode JavaScript finds it there
//! ([Annex B.3.2](https://tc39.es/ecma262/#sec-block-level-function-declarations-web-legacy-compatibility-semantics)), and
//! the machine does not.

use base::sorted_map::{SortedMap, SortedSet};

use super::super::ast::{Expression, ExpressionKind, Name, Span};
use super::super::{builtins, subset};
use super::{Diagnostic, Parsed, Parser};

/// A scope that the parser is in.
pub(super) struct Scope {
    /// True for the scope of a function or file, false for that of a block.
    is_function: bool,
    declared: SortedSet<Name>,
    /// Names that are used in this scope or an inner one and not declared there, each with its first place.
    used: SortedMap<Name, Span>,
    /// Functions in the blocks of this function, which sloppy mode JavaScript also declares in the function.
    block_functions: Vec<(Name, Span)>,
}

impl Scope {
    /// Returns true if the scope declares the name.
    pub(super) fn declares(&self, name: &Name) -> bool {
        self.declared.contains(name)
    }
}

impl Parser<'_> {
    /// Opens a scope.
    pub(super) fn push_scope(&mut self, is_function: bool) {
        self.scopes.push(Scope {
            is_function,
            declared: SortedSet::new(),
            used: SortedMap::new(),
            block_functions: Vec::new(),
        });
    }

    /// Closes the innermost scope, and passes its undeclared names to the scope around it.
    #[expect(clippy::expect_used, reason = "the same function of the parser opens and closes a scope")]
    pub(super) fn pop_scope(&mut self) -> Parsed<Scope> {
        let mut scope = self.scopes.pop().expect("a scope is open");
        scope.used.retain(|name, _| !scope.declared.contains(name));
        scope.block_functions.retain(|(name, _)| !scope.is_function || !scope.declared.contains(name));
        if scope.is_function {
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
            if !scope.is_function {
                outer.block_functions.append(&mut scope.block_functions);
            }
        }
        Ok(scope)
    }

    /// Declares a name in the innermost scope.
    #[expect(clippy::expect_used, reason = "the scope of the file is open as long as the parser runs")]
    pub(super) fn declare(&mut self, name: &Name, span: Span) -> Parsed<()> {
        let scope = self.scopes.last_mut().expect("a scope is open");
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
            Some(scope) if !scope.is_function && !strict => scope.block_functions.push((name.clone(), span)),
            _ => {}
        }
        Ok(())
    }

    /// Records the use of a name.
    pub(super) fn note_use(&mut self, name: &Name, span: Span) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.used.entry(name.clone()).or_insert(span);
        }
    }

    /// Records a use of `object.member` if a built-in object lacks the member.
    pub(super) fn note_member(&mut self, object: &Name, member: &Name, span: Span) {
        let missing = match self.layers.global_namespace(object) {
            Some(namespace) => namespace.member(member).is_none(),
            None => builtins::has_statics(object) && !builtins::has_static(object, member),
        };
        if missing {
            self.statics.push((object.clone(), member.clone(), span));
        }
    }

    /// Records a call of a built-in object that is a function in JavaScript and not in the subset.
    pub(super) fn note_call(&mut self, callee: &Expression) {
        if let ExpressionKind::Name(name) = &callee.kind
            && !subset::refused_static(name, subset::CALLED).is_empty()
        {
            self.statics.push((name.clone(), subset::CALLED.into(), callee.span));
        }
    }

    /// Refuses the first use of a global or member that is in JavaScript and not in the subset.
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
