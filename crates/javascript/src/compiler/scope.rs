//! Names: where each is declared, and where its value lives.

use super::Compiler;
use super::pattern;
use crate::ast::{Name, Span, Statement, StatementKind};
use crate::builtins;
use crate::bytecode::{MODULE_PARAMETERS, Op};
use crate::heap::Heap;
use crate::value::Value;

/// What the first time through the file tells the second of a variable.
#[derive(Clone, Copy, Default)]
pub(super) struct Fact {
    /// An inner function uses it.
    captured: bool,
    /// It is used where its declaration may not have run.
    early: bool,
    /// It is used at all.
    used: bool,
}

/// What assignment may do with a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `let`, parameters, functions.
    Variable,
    /// `const`.
    Constant,
    /// A function expression's own name: assigning it does nothing.
    SelfName,
    /// A name of a `for … of` head, seen from the list that it goes over: it may not be used there.
    Unreachable,
}

/// Where a variable's value lives.
#[derive(Clone, Copy)]
enum Home {
    Local(u32),
    Scope(u16),
}

struct Binding {
    name: Name,
    kind: Kind,
    home: Home,
    /// Whether its declaration has been compiled.
    declared: bool,
    /// Its place among the facts.
    number: usize,
}

/// A scope while it is compiled.
pub(super) struct Scope {
    bindings: Vec<Binding>,
    /// How many scopes on the heap are around what is in it, its own included where it has one.
    depth: u32,
    /// Whether it has one.
    on_heap: bool,
    /// Slots in use outside of it.
    used: u32,
    /// Whether its statements may run in another order than they stand in (`switch`).
    unordered: bool,
}

/// What a name is.
enum Found {
    Local { slot: u32, check: bool, kind: Kind },
    Scope { hops: u32, slot: u16, kind: Kind },
    Unreachable,
    Constant(Value),
    Global,
}

/// The names that the statements of a block declare in it.
fn declared_names(body: &[Statement]) -> Vec<(Name, Kind)> {
    let mut names: Vec<(Name, Kind)> = Vec::new();
    for statement in body {
        match &statement.kind {
            StatementKind::Declaration(declaration) => {
                let kind = if declaration.constant { Kind::Constant } else { Kind::Variable };
                for declarator in &declaration.declarators {
                    pattern::names(&declarator.pattern, &mut |name| names.push((name.clone(), kind)));
                }
            }
            StatementKind::Function(function) => names.push((function.name.clone(), Kind::Variable)),
            _ => {}
        }
    }
    names
}

impl Compiler<'_> {
    /// Opens the scope of a block with the names its statements declare.
    pub(super) fn open_block(&mut self, body: &[Statement]) {
        self.open_scope(declared_names(body));
    }

    /// Opens the one scope of all the cases of a `switch`.
    pub(super) fn open_cases<'s>(&mut self, bodies: impl Iterator<Item = &'s [Statement]>) {
        self.open_scope(bodies.flat_map(declared_names).collect());
        self.scopes.last_mut().expect("it was just opened").unordered = true;
    }

    pub(super) fn open_scope(&mut self, names: Vec<(Name, Kind)>) {
        self.open_scope_with(names, |names| vec![None; names.len()]);
    }

    /// Opens a scope. `slots` tells which of the names have a slot already.
    pub(super) fn open_scope_with(
        &mut self,
        names: Vec<(Name, Kind)>,
        slots: impl FnOnce(&[(Name, Kind)]) -> Vec<Option<u32>>,
    ) {
        let slots = slots(&names);
        let used = self.unit.used;
        let mut bindings = Vec::with_capacity(names.len());
        let (mut captured, mut early) = (0, Vec::new());
        for ((name, kind), slot) in names.into_iter().zip(slots) {
            let number = self.declared;
            self.declared += 1;
            if self.learning {
                self.facts.push(Fact::default());
            }
            let fact = self.facts[number];
            let home = if fact.captured {
                let home = Home::Scope(self.short(captured, Span::default()));
                captured += 1;
                home
            } else {
                let slot = if fact.early { None } else { slot };
                let slot = slot.unwrap_or_else(|| self.temporary());
                if fact.early {
                    early.push(slot);
                }
                Home::Local(slot)
            };
            bindings.push(Binding { name, kind, home, declared: false, number });
        }
        if captured > 0 {
            self.emit_quietly(Op::PushScope(captured));
            self.depth += 1;
        }
        for slot in early {
            self.emit_quietly(Op::UninitialiseLocal(slot));
        }
        self.add_scope(bindings, captured > 0, used);
    }

    fn add_scope(&mut self, bindings: Vec<Binding>, on_heap: bool, used: u32) {
        let number = self.scopes.len();
        for (place, binding) in bindings.iter().enumerate() {
            self.names.entry(binding.name.clone()).or_default().push((number, place));
        }
        self.scopes.push(Scope { bindings, depth: self.depth, on_heap, used, unordered: false });
    }

    /// Opens the outermost scope of a file, which the machine makes and which is all on the heap, for the page shows it.
    pub(super) fn open_module_scope(&mut self, body: &[Statement]) -> Vec<Name> {
        let mut names = vec![("exports".into(), Kind::Variable), ("module".into(), Kind::Variable)];
        debug_assert_eq!(names.len(), MODULE_PARAMETERS);
        names.extend(declared_names(body));
        self.depth = 1;
        let mut bindings = Vec::with_capacity(names.len());
        for (slot, (name, kind)) in names.into_iter().enumerate() {
            let home = Home::Scope(self.short(slot as u32, Span::default()));
            let number = self.declared;
            self.declared += 1;
            if self.learning {
                self.facts.push(Fact::default());
            }
            bindings.push(Binding { name, kind, home, declared: slot < MODULE_PARAMETERS, number });
        }
        let shown = bindings[MODULE_PARAMETERS..].iter().map(|binding| binding.name.clone()).collect();
        self.add_scope(bindings, true, 0);
        shown
    }

    /// Leaves a scope whose block goes on behind it.
    pub(super) fn close_scope(&mut self) {
        if self.forget_scope() {
            self.emit_quietly(Op::PopScope);
        }
    }

    /// Leaves a scope behind which nothing runs; whether it was on the heap.
    pub(super) fn forget_scope(&mut self) -> bool {
        let Some(scope) = self.scopes.pop() else { return false };
        for binding in &scope.bindings {
            if let Some(places) = self.names.get_mut(&binding.name) {
                places.pop();
            }
        }
        self.unit.used = scope.used;
        if scope.on_heap {
            self.depth -= 1;
        }
        scope.on_heap
    }

    /// Whether the innermost scope is on the heap.
    pub(super) fn is_scope_on_heap(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.on_heap)
    }

    /// An instruction that never lights a line.
    fn emit_quietly(&mut self, op: Op) {
        let beginning = self.beginning.take();
        self.emit(op);
        self.beginning = beginning;
    }

    fn innermost(&self, name: &str) -> Option<&Binding> {
        self.scopes.last()?.bindings.iter().rfind(|binding| &*binding.name == name)
    }

    /// Whether the name, which is of the innermost scope, lives in that slot.
    pub(super) fn is_in_slot(&self, name: &str, slot: u32) -> bool {
        self.innermost(name).is_some_and(|binding| matches!(binding.home, Home::Local(home) if home == slot))
    }

    /// Whether the name, which is of the innermost scope, is used at all.
    pub(super) fn is_used(&self, name: &str) -> bool {
        self.innermost(name).is_some_and(|binding| self.facts[binding.number].used)
    }

    /// All names of the innermost scope have their values.
    pub(super) fn declare_all(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            for binding in &mut scope.bindings {
                binding.declared = true;
            }
        }
    }

    /// A name has its value from here on.
    pub(super) fn declare(&mut self, name: &str) {
        if let Some((scope, place)) = self.names.get(name).and_then(|places| places.last().copied()) {
            let scope = &mut self.scopes[scope];
            scope.bindings[place].declared = !scope.unordered;
        }
    }

    /// The value of a name that is the language's own.
    fn language_name(&self, name: &str) -> Option<Value> {
        match self.library_names.get(name) {
            Some(place) => Some(Heap::builtin(*place)),
            None => builtins::global(name, self.library).filter(|_| !self.assigned.contains(name)),
        }
    }

    fn find(&mut self, name: &str) -> Found {
        let Some((number, place)) = self.names.get(name).and_then(|places| places.last().copied()) else {
            return match self.language_name(name) {
                Some(value) => Found::Constant(value),
                None => Found::Global,
            };
        };
        let outside = number < self.unit.first_scope;
        let scope = &self.scopes[number];
        let binding = &scope.bindings[place];
        let (kind, number) = (binding.kind, binding.number);
        let early = !binding.declared;
        let found = match binding.home {
            _ if kind == Kind::Unreachable => Found::Unreachable,
            Home::Local(slot) => Found::Local { slot, check: early, kind },
            Home::Scope(slot) => Found::Scope { hops: self.depth.saturating_sub(scope.depth), slot, kind },
        };
        let fact = &mut self.facts[number];
        fact.used = true;
        fact.captured |= outside;
        fact.early |= early && !outside;
        found
    }

    /// → the value of a name
    pub(super) fn load(&mut self, name: &Name, span: Span) {
        match self.find(name) {
            Found::Local { slot, check, .. } => {
                if check {
                    self.emit_at(Op::CheckLocal(slot), span.start);
                    self.name_it(|| name.clone());
                }
                self.emit(Op::LoadLocal(slot));
            }
            Found::Scope { hops, slot, .. } => {
                let hops = self.short(hops, span);
                self.emit(Op::LoadScope(hops, slot));
                self.name_it(|| name.clone());
            }
            Found::Unreachable => {
                let key = self.key(name);
                self.emit_at(Op::ThrowUninitialised(key), span.start);
            }
            Found::Constant(value) => self.push_constant(value),
            Found::Global => {
                let key = self.key(name);
                self.emit_at(Op::LoadGlobal(key), span.start);
            }
        }
    }

    /// → the type of a name, which need not be there
    pub(super) fn type_of_name(&mut self, name: &Name, span: Span) {
        if self.names.get(name).is_none_or(Vec::is_empty) && self.language_name(name).is_none() {
            let key = self.key(name);
            self.emit_at(Op::TypeOfGlobal(key), span.start);
        } else {
            self.load(name, span);
            self.emit(Op::TypeOf);
        }
    }

    /// value → value where it is to be kept (the name = value, by assignment)
    pub(super) fn store(&mut self, name: &Name, span: Span, keep: bool) {
        match self.find(name) {
            Found::Local { slot, check, kind } => {
                if check {
                    self.emit_at(Op::CheckLocal(slot), span.start);
                    self.name_it(|| name.clone());
                }
                match kind {
                    Kind::Constant => self.emit_at(Op::ThrowConstant, span.start),
                    Kind::SelfName if self.strict => self.emit_at(Op::ThrowConstant, span.start),
                    Kind::SelfName if keep => return,
                    Kind::SelfName => self.emit(Op::Pop),
                    _ if keep => self.emit(Op::KeepLocal(slot)),
                    _ => self.emit(Op::StoreLocal(slot)),
                };
            }
            Found::Scope { hops, slot, kind } => {
                let hops = self.short(hops, span);
                match kind {
                    Kind::Constant => {
                        self.emit(Op::LoadScope(hops, slot));
                        self.name_it(|| name.clone());
                        self.emit_at(Op::ThrowConstant, span.start);
                        return;
                    }
                    Kind::SelfName if self.strict => {
                        self.emit_at(Op::ThrowConstant, span.start);
                        return;
                    }
                    Kind::SelfName if keep => return,
                    Kind::SelfName => {
                        self.emit(Op::Pop);
                        return;
                    }
                    _ => {}
                }
                if keep {
                    self.emit(Op::Duplicate);
                }
                self.emit(Op::StoreScope(hops, slot));
                self.name_it(|| name.clone());
            }
            Found::Unreachable => {
                let key = self.key(name);
                self.emit_at(Op::ThrowUninitialised(key), span.start);
            }
            Found::Constant(_) | Found::Global => {
                self.assigned.insert(name.clone());
                if keep {
                    self.emit(Op::Duplicate);
                }
                let key = self.key(name);
                self.emit(Op::StoreGlobal(key));
            }
        }
    }

    /// value → (the name = value, by its declaration)
    pub(super) fn initialise(&mut self, name: &Name) {
        self.declare(name);
        let Some((number, place)) = self.names.get(name).and_then(|places| places.last().copied()) else {
            self.emit(Op::Pop);
            return;
        };
        let scope = &self.scopes[number];
        let op = match scope.bindings[place].home {
            Home::Local(slot) => Op::StoreLocal(slot),
            Home::Scope(slot) => {
                let hops = self.depth.saturating_sub(scope.depth);
                let hops = self.short(hops, Span::default());
                Op::InitialiseScope(hops, slot)
            }
        };
        self.emit(op);
    }
}
