//! Scopes, and the variables that names refer to.

use super::Compiler;
use super::pattern;
use crate::ast::{Name, Span, Statement, StatementKind};
use crate::builtins;
use crate::bytecode::{MODULE_PARAMETERS, Op};
use crate::heap::Heap;
use crate::value::Value;

/// The facts about a variable that the first pass records for the second.
#[derive(Clone, Copy, Default)]
pub(super) struct Fact {
    /// True if an inner function uses the variable.
    captured: bool,
    /// True if the variable is used where it may be in its temporal dead zone.
    early: bool,
    /// True if the variable is used.
    used: bool,
}

/// The kind of a variable, which decides the effect of an assignment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A `let`, a parameter or a function declaration.
    Variable,
    /// A `const`.
    Constant,
    /// The own name of a function expression. An assignment does nothing in sloppy mode and throws in strict mode.
    SelfName,
    /// A name in the head of a `for … of`, while its iterable is evaluated: it is in its temporal dead zone.
    Unreachable,
}

/// The place of a variable's value: a slot of the frame, or of a scope on the heap.
#[derive(Clone, Copy)]
enum Home {
    Local(u32),
    Scope(u16),
}

/// A variable of an open scope.
struct Binding {
    name: Name,
    kind: Kind,
    home: Home,
    /// True after the declaration has been compiled.
    declared: bool,
    /// The index of its facts.
    number: usize,
}

/// An open scope.
pub(super) struct Scope {
    bindings: Vec<Binding>,
    /// The number of scopes on the heap around the code in this scope, with its own.
    depth: u32,
    /// True if the scope has variables on the heap.
    on_heap: bool,
    /// The number of slots in use outside the scope.
    used: u32,
    /// True for the scope of a `switch`, whose statements may be skipped: a declaration there may not have run.
    unordered: bool,
}

/// The variable, constant or global that a name refers to.
enum Found {
    Local { slot: u32, check: bool, kind: Kind },
    Scope { hops: u32, slot: u16, kind: Kind },
    Unreachable,
    Constant(Value),
    Global,
}

/// Returns the names that the statements of a block declare in it.
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
    /// Opens the scope of a block.
    pub(super) fn open_block(&mut self, body: &[Statement]) {
        self.open_scope(declared_names(body));
    }

    /// Opens the scope of a `switch`, which all of its cases share.
    pub(super) fn open_cases<'s>(&mut self, bodies: impl Iterator<Item = &'s [Statement]>) {
        self.open_scope(bodies.flat_map(declared_names).collect());
        if let Some(scope) = self.scopes.last_mut() {
            scope.unordered = true;
        }
    }

    /// Opens a scope with these names.
    pub(super) fn open_scope(&mut self, names: Vec<(Name, Kind)>) {
        self.open_scope_with(names, |names| vec![None; names.len()]);
    }

    /// Opens a scope with these names. `slots` returns the slots of those names that have one already.
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

    /// Opens the outermost scope of a file. The machine makes it, and all of it is on the heap, because the page shows its
    /// variables.
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
        let own_names = bindings[MODULE_PARAMETERS..].iter().map(|binding| binding.name.clone()).collect();
        self.add_scope(bindings, true, 0);
        own_names
    }

    /// Closes a scope, and leaves it at run time.
    pub(super) fn close_scope(&mut self) {
        if self.forget_scope() {
            self.emit_quietly(Op::PopScope);
        }
    }

    /// Closes a scope after which no code runs. Returns true if it was on the heap.
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

    /// Returns true if the innermost scope is on the heap.
    pub(super) fn is_scope_on_heap(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.on_heap)
    }

    /// Emits an instruction without a position, even if it is the first of a statement.
    fn emit_quietly(&mut self, op: Op) {
        let beginning = self.beginning.take();
        self.emit(op);
        self.beginning = beginning;
    }

    fn innermost(&self, name: &str) -> Option<&Binding> {
        self.scopes.last()?.bindings.iter().rfind(|binding| &*binding.name == name)
    }

    /// Returns true if the innermost scope has this name in this slot.
    pub(super) fn is_in_slot(&self, name: &str, slot: u32) -> bool {
        self.innermost(name).is_some_and(|binding| matches!(binding.home, Home::Local(home) if home == slot))
    }

    /// Returns true if the innermost scope has this name and it is used.
    pub(super) fn is_used(&self, name: &str) -> bool {
        self.innermost(name).is_some_and(|binding| self.facts[binding.number].used)
    }

    /// Marks all names of the innermost scope as declared.
    pub(super) fn declare_all(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            for binding in &mut scope.bindings {
                binding.declared = true;
            }
        }
    }

    /// Marks a name as declared: the code from here on runs after its declaration.
    pub(super) fn declare(&mut self, name: &str) {
        if let Some((scope, place)) = self.names.get(name).and_then(|places| places.last().copied()) {
            let scope = &mut self.scopes[scope];
            scope.bindings[place].declared = !scope.unordered;
        }
    }

    /// Returns the value of a built-in global that the file does not assign.
    fn language_name(&self, name: &str) -> Option<Value> {
        match self.library_names.get(name) {
            Some(place) => Some(Heap::builtin(*place)),
            None => builtins::global(name, self.library).filter(|_| !self.assigned.contains(name)),
        }
    }

    /// Resolves a name, and records its use.
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

    /// → value of the name
    pub(super) fn load(&mut self, name: &Name, span: Span) {
        match self.find(name) {
            Found::Local { slot, check, .. } => {
                if check {
                    self.emit_at(Op::CheckLocal(slot), span.start);
                    self.describe_operand(|| name.clone());
                }
                self.emit(Op::LoadLocal(slot));
            }
            Found::Scope { hops, slot, .. } => {
                let hops = self.short(hops, span);
                self.emit(Op::LoadScope(hops, slot));
                self.describe_operand(|| name.clone());
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

    /// → type of the name, which may not exist
    pub(super) fn type_of_name(&mut self, name: &Name, span: Span) {
        if self.names.get(name).is_none_or(Vec::is_empty) && self.language_name(name).is_none() {
            let key = self.key(name);
            self.emit_at(Op::TypeOfGlobal(key), span.start);
        } else {
            self.load(name, span);
            self.emit(Op::TypeOf);
        }
    }

    /// value → value if `keep`, else value →; assigns the name
    pub(super) fn store(&mut self, name: &Name, span: Span, keep: bool) {
        match self.find(name) {
            Found::Local { slot, check, kind } => {
                if check {
                    self.emit_at(Op::CheckLocal(slot), span.start);
                    self.describe_operand(|| name.clone());
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
                        self.describe_operand(|| name.clone());
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
                self.describe_operand(|| name.clone());
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

    /// value →; initialises the name by its declaration
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
