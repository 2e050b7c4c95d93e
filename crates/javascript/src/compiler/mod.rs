//! From the syntax tree to code for the machine.
//!
//! Variables that no inner function uses live in slots of their function's frame; the others in scopes on the heap.
//! Which is which is known only when all of a file has been seen, so it is compiled twice: the first time only to learn
//! that, the second time with what was learnt. One walk over the tree does both, and cannot disagree with itself.

mod expression;
mod pattern;
mod scope;
mod statement;
mod text;

use base::sorted_map::{SortedMap, SortedSet};
use std::rc::Rc;

use super::ast::{
    Expression, ExpressionKind, Function, FunctionBody, Name, PatternKind, Program, Span, Statement, StatementKind,
};
use super::builtins;
use super::bytecode::{Code, Handler, Key, Op};
use super::diagnostic::Diagnostic;
use super::source::SourceFile;
use super::value::Value;
use scope::{Fact, Kind, Scope};
use statement::Control;

/// Compiles a file into the function that evaluates it, with the names of its outermost declarations.
///
/// # Errors
/// A function with more variables than the machine's code can number.
pub(crate) fn compile(source: &Rc<SourceFile>, program: &Program) -> Result<(Rc<Code>, Vec<Name>), Diagnostic> {
    let mut compiler = Compiler::new(source, false);
    compiler.module(program);
    compiler.second_time();
    let (code, names) = compiler.module(program);
    match compiler.refused {
        Some(span) => Err(Diagnostic::new(source, span, "variable", TOO_MANY, None)),
        None => Ok((code, names)),
    }
}

const TOO_MANY: &str = "too many variables in one function";

/// Compiles the functions of a library. They see each other and the language's globals. `first` is the place of the
/// first of them among the objects that all machines share.
pub(crate) fn compile_library(source: &Rc<SourceFile>, program: &Program, first: u16) -> Vec<(Name, Rc<Code>)> {
    let mut compiler = Compiler::new(source, true);
    compiler.library_first = first;
    compiler.library(program);
    compiler.second_time();
    compiler.library(program)
}

/// What is known of a function while it is compiled.
#[derive(Default)]
struct Unit {
    ops: Vec<Op>,
    places: Vec<(u32, u32)>,
    constants: Vec<Value>,
    keys: Vec<Key>,
    key_numbers: SortedMap<Name, u32>,
    functions: Vec<Rc<Code>>,
    handlers: Vec<Handler>,
    texts: Vec<(u32, Rc<str>)>,
    /// Slots in use now, and the most there ever were.
    used: u32,
    most: u32,
    /// What `break`, `continue` and `return` pass on their way out.
    controls: Vec<Control>,
    /// Jumps to the end of the optional chains around, for when a link is missing.
    chains: Vec<Vec<usize>>,
    /// The first of the scopes that are this function's own.
    first_scope: usize,
}

/// The functions that the library declares.
fn library_functions(program: &Program) -> Vec<&Function> {
    let mut functions: Vec<&Function> = Vec::new();
    for statement in &program.body {
        match &statement.kind {
            StatementKind::Function(function) => functions.push(function),
            StatementKind::Declaration(declaration) => {
                for declarator in &declaration.declarators {
                    if let Some(ExpressionKind::Function(function)) = declarator.value.as_ref().map(|value| &value.kind)
                    {
                        functions.push(function);
                    }
                }
            }
            _ => {}
        }
    }
    functions
}

/// Whether a body begins with `'use strict'`.
fn is_strict(body: &[Statement]) -> bool {
    let directives = body.iter().map_while(|statement| match &statement.kind {
        StatementKind::Expression(Expression { kind: ExpressionKind::String(text), .. }) => Some(text),
        _ => None,
    });
    directives.into_iter().any(|text| &**text == "use strict")
}

struct Compiler<'a> {
    source: &'a Rc<SourceFile>,
    library: bool,
    /// The place of the library's first function among the objects that all machines share.
    library_first: u16,
    /// The places of the library's functions, while it is a library that is compiled.
    library_names: SortedMap<Name, u16>,
    /// Global names that the file assigns: those of the language are then read anew each time.
    assigned: SortedSet<Name>,
    /// Whether what is compiled is under `'use strict'`.
    strict: bool,
    /// Whether this is the first time, which is only to learn from.
    learning: bool,
    /// What was learnt of each variable, in the order in which they are declared.
    facts: Vec<Fact>,
    /// How many variables have been declared.
    declared: usize,
    scopes: Vec<Scope>,
    /// Where each name is declared in the scopes around, the innermost last: scope and place in it.
    names: SortedMap<Name, Vec<(usize, usize)>>,
    /// How many scopes on the heap are around the place being compiled.
    depth: u32,
    unit: Unit,
    /// The beginning of a statement none of whose instructions is out yet: the first will light its line.
    beginning: Option<u32>,
    /// The last place looked up, from which the next is found faster.
    last: (u32, (u32, u32)),
    refused: Option<Span>,
}

impl<'a> Compiler<'a> {
    fn new(source: &'a Rc<SourceFile>, library: bool) -> Self {
        Self {
            source,
            library,
            library_first: 0,
            library_names: SortedMap::new(),
            assigned: SortedSet::new(),
            strict: false,
            learning: true,
            facts: Vec::new(),
            declared: 0,
            scopes: Vec::new(),
            names: SortedMap::new(),
            depth: 0,
            unit: Unit::default(),
            beginning: None,
            last: (0, (1, 1)),
            refused: None,
        }
    }

    fn second_time(&mut self) {
        self.learning = false;
        self.declared = 0;
        self.depth = 0;
        self.unit = Unit::default();
        self.beginning = None;
    }

    fn module(&mut self, program: &Program) -> (Rc<Code>, Vec<Name>) {
        self.strict = is_strict(&program.body);
        let names = self.open_module_scope(&program.body);
        self.statements(&program.body);
        self.forget_scope();
        self.emit(Op::Undefined);
        self.emit(Op::Return);
        let span = Span { start: 0, end: self.source.text.len() as u32 };
        let unit = core::mem::take(&mut self.unit);
        (Rc::new(self.code(unit, span, "".into())), names)
    }

    fn library(&mut self, program: &Program) -> Vec<(Name, Rc<Code>)> {
        let functions = library_functions(program);
        let names = functions.iter().map(|function| function.name.clone());
        self.library_names = names.zip(self.library_first..).collect();
        let mut compiled = Vec::new();
        for function in functions {
            self.function(function, false);
            compiled.push((function.name.clone(), self.unit.functions.pop().expect("it was just put there")));
        }
        compiled
    }

    fn code(&self, unit: Unit, span: Span, name: Name) -> Code {
        Code {
            source: self.source.clone(),
            span,
            name,
            parameters: 0,
            rest: false,
            length: 0,
            asynchronous: false,
            constructor: false,
            strict: self.strict,
            library: self.library,
            locals: unit.most,
            ops: unit.ops,
            places: unit.places,
            constants: unit.constants,
            keys: unit.keys,
            functions: unit.functions,
            handlers: unit.handlers,
            texts: unit.texts,
        }
    }

    /// Compiles a function; its number among those of the function around it. `expression`: whether it sees itself
    /// under its own name.
    fn function(&mut self, function: &Function, expression: bool) -> u32 {
        let unit = Unit { first_scope: self.scopes.len(), ..Unit::default() };
        let outer = core::mem::replace(&mut self.unit, unit);
        let (depth, beginning, strict) = (self.depth, self.beginning.take(), self.strict);
        if let FunctionBody::Block(body) = &function.body {
            self.strict |= is_strict(body);
        }

        let count = function.parameters.len() as u32;
        self.unit.used = count + u32::from(function.rest.is_some());
        self.unit.most = self.unit.used;
        let own_name = expression && function.own_name && !function.arrow;
        if own_name {
            self.open_scope(vec![(function.name.clone(), Kind::SelfName)]);
            if self.is_used(&function.name) {
                self.emit(Op::Callee);
                self.initialise(&function.name);
            }
        }
        self.open_parameters(function);
        match &function.body {
            FunctionBody::Expression(value) => {
                self.beginning = Some(value.span.start);
                self.expression(value);
                self.emit(Op::Return);
            }
            FunctionBody::Block(body) => {
                self.open_block(body);
                self.statements(body);
                self.emit(Op::Undefined);
                self.emit(Op::Return);
                self.forget_scope();
            }
        }
        self.forget_scope();
        if own_name {
            self.forget_scope();
        }

        self.depth = depth;
        self.beginning = beginning;
        let unit = core::mem::replace(&mut self.unit, outer);
        let with_default = function.parameters.iter().position(|parameter| parameter.default.is_some());
        let code = Code {
            parameters: count,
            rest: function.rest.is_some(),
            length: with_default.map_or(count, |place| place as u32),
            asynchronous: function.asynchronous,
            constructor: !function.arrow && !function.asynchronous,
            ..self.code(unit, function.span, function.name.clone())
        };
        self.strict = strict;
        self.unit.functions.push(Rc::new(code));
        self.unit.functions.len() as u32 - 1
    }

    /// Opens the scope of a function's parameters and gives them their values.
    fn open_parameters(&mut self, function: &Function) {
        let mut names = Vec::new();
        let patterns = function.parameters.iter().map(|parameter| &parameter.pattern).chain(&function.rest);
        for pattern in patterns.clone() {
            pattern::names(pattern, &mut |name| names.push((name.clone(), Kind::Variable)));
        }
        let simple = function.parameters.iter().all(|parameter| parameter.default.is_none())
            && patterns.clone().all(|pattern| matches!(pattern.kind, PatternKind::Name(_)));
        self.open_scope_with(names, |scope_names| {
            // A parameter that is a name alone is its argument's slot.
            let mut slots = vec![None; scope_names.len()];
            let mut at = 0;
            for (slot, pattern) in patterns.clone().enumerate() {
                let default = function.parameters.get(slot).is_some_and(|parameter| parameter.default.is_some());
                let mut count = 0;
                pattern::names(pattern, &mut |_| count += 1);
                if matches!(pattern.kind, PatternKind::Name(_)) && !default {
                    slots[at] = Some(slot as u32);
                }
                at += count;
            }
            slots
        });
        if simple {
            self.declare_all();
        }
        for (slot, pattern) in patterns.enumerate() {
            let default = function.parameters.get(slot).and_then(|parameter| parameter.default.as_ref());
            if let (PatternKind::Name(name), None) = (&pattern.kind, default)
                && self.is_in_slot(name, slot as u32)
            {
                self.declare(name);
                continue;
            }
            self.emit(Op::LoadLocal(slot as u32));
            self.default(default);
            self.bind(pattern, pattern::Source::Unnamed);
        }
    }

    /// The next instruction's number.
    fn here(&self) -> u32 {
        self.unit.ops.len() as u32
    }

    /// An instruction that lights no line (unless it is the first of its statement).
    fn emit(&mut self, op: Op) -> usize {
        let place = match self.beginning.take() {
            Some(offset) => self.place(offset),
            None => (0, 0),
        };
        self.unit.ops.push(op);
        self.unit.places.push(place);
        self.unit.ops.len() - 1
    }

    /// An instruction that stands at a place of its own.
    fn emit_at(&mut self, op: Op, offset: u32) -> usize {
        self.beginning = None;
        let place = self.place(offset);
        self.unit.ops.push(op);
        self.unit.places.push(place);
        self.unit.ops.len() - 1
    }

    fn place(&mut self, offset: u32) -> (u32, u32) {
        if self.learning || self.library {
            return (0, 0);
        }
        let (from, (line, column)) = self.last;
        let between = self.source.text.as_bytes().get(from as usize..offset as usize);
        let place = match between {
            // A little further on in the same line, as most are: no need to look for the line and to count from its
            // beginning.
            Some(between) if between.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r')) => {
                (line, column + between.len() as u32)
            }
            _ => {
                let position = self.source.position(offset);
                (position.line, position.column)
            }
        };
        self.last = (offset, place);
        place
    }

    /// Lets a jump go to the next instruction.
    fn land(&mut self, jump: usize) {
        let target = self.here();
        match &mut self.unit.ops[jump] {
            Op::Jump(to)
            | Op::JumpIfFalse(to)
            | Op::JumpIfTrue(to)
            | Op::JumpIfFalseOrPop(to)
            | Op::JumpIfTrueOrPop(to)
            | Op::JumpIfPresentOrPop(to)
            | Op::JumpIfDefinedOrPop(to)
            | Op::JumpIfNullish(to)
            | Op::JumpIfNullishCallee(to)
            | Op::ForOf(_, to) => *to = target,
            _ => {}
        }
    }

    fn land_all(&mut self, jumps: Vec<usize>) {
        for jump in jumps {
            self.land(jump);
        }
    }

    fn constant(&mut self, value: Value) -> u32 {
        let numbers = &mut self.unit.constants;
        let same = |held: &Value| match (held, &value) {
            // By their bits: 0 and -0 are equal, but not the same.
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            _ => held.strictly_equals(&value),
        };
        // Looking through all of many would take longer than it saves.
        if let Some(found) = numbers.iter().rev().take(16).position(same) {
            return (numbers.len() - 1 - found) as u32;
        }
        numbers.push(value);
        numbers.len() as u32 - 1
    }

    fn push_constant(&mut self, value: Value) {
        let op = match value {
            Value::Undefined => Op::Undefined,
            value => Op::Constant(self.constant(value)),
        };
        self.emit(op);
    }

    fn key(&mut self, name: &Name) -> u32 {
        if let Some(number) = self.unit.key_numbers.get(name) {
            return *number;
        }
        let number = self.unit.keys.len() as u32;
        // What the first time through the file makes is not run.
        let symbol = if self.learning { 0 } else { builtins::symbol(name) };
        self.unit.keys.push(Key { name: name.clone(), symbol });
        self.unit.key_numbers.insert(name.clone(), number);
        number
    }

    /// A slot of the compiler's own; free again when `self.unit.used` is set back.
    fn temporary(&mut self) -> u32 {
        let slot = self.unit.used;
        self.unit.used += 1;
        self.unit.most = self.unit.most.max(self.unit.used);
        slot
    }

    /// What error messages call the thing that the last instruction works on.
    fn name_it(&mut self, text: impl FnOnce() -> Rc<str>) {
        if !self.learning {
            self.unit.texts.push((self.here() - 1, text()));
        }
    }

    /// A number that an instruction has 16 bits for.
    fn short(&mut self, number: u32, span: Span) -> u16 {
        u16::try_from(number).unwrap_or_else(|_| {
            self.refused.get_or_insert(span);
            0
        })
    }
}
