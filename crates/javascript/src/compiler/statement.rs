//! Statements, and the [abrupt completions](https://tc39.es/ecma262/#sec-completion-record-specification-type) that leave
//! them: `break`, `continue` and `return`.

use super::Compiler;
use super::pattern::{self, Origin};
use super::scope::Kind;
use super::text::iterable;
use crate::ast::{
    Binary, Case, Catch, Declaration, Expression, ExpressionKind, ForBinding, ForInit, PatternKind, Statement,
    StatementKind,
};
use crate::bytecode::{Handler, Op};
use crate::value::Value;

/// A statement that `break`, `continue` or `return` may leave. `depth` is the number of scopes on the heap around it.
pub(super) enum Control {
    /// A loop.
    Loop { breaks: Vec<usize>, continues: Vec<usize>, depth: u32 },
    /// A `switch`.
    Switch { breaks: Vec<usize>, depth: u32 },
    /// A `try` with a `finally`. `slot` holds the number of the completion, and the next slot its value. `exits` are the
    /// completions that continue after the `finally`, and `jumps` lead to it.
    Finally { slot: u32, exits: Vec<Exit>, jumps: Vec<usize>, depth: u32 },
}

/// An abrupt completion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Returns from the function. The value is on the stack.
    Return,
    /// Leaves the loop or `switch` with this index among the controls.
    Break(usize),
    /// Continues with the next iteration of the loop with this index.
    Continue(usize),
}

// The numbers of the completions of a `try`: normal, throw, and the first of the exits.
const COMPLETED: usize = 0;
const THROWN: usize = 1;
const FIRST_EXIT: usize = 2;

impl Compiler<'_> {
    /// Compiles the statements of a block whose scope is open.
    pub(super) fn statements(&mut self, body: &[Statement]) {
        self.hoist(body);
        for statement in body {
            self.statement(statement);
        }
    }

    /// Initialises the functions that a block declares, before its other statements run.
    fn hoist(&mut self, body: &[Statement]) {
        for statement in body {
            if let StatementKind::Function(function) = &statement.kind {
                let beginning = self.beginning.take();
                let number = self.function(function, false);
                self.emit(Op::Closure(number));
                self.initialise(&function.name);
                self.beginning = beginning;
            }
        }
    }

    fn block(&mut self, body: &[Statement]) {
        self.open_block(body);
        self.statements(body);
        self.close_scope();
    }

    fn statement(&mut self, statement: &Statement) {
        self.beginning = Some(statement.span.start);
        match &statement.kind {
            StatementKind::Declaration(declaration) => self.declaration(declaration),
            StatementKind::Function(_) | StatementKind::Empty => {}
            StatementKind::Expression(expression) => self.effect(expression),
            StatementKind::Return(value) => {
                match value {
                    Some(value) => self.expression(value),
                    None => self.push_constant(Value::Undefined),
                }
                self.leave(Exit::Return);
            }
            StatementKind::If { test, then, otherwise } => {
                self.expression(test);
                let to_else = self.emit(Op::JumpIfFalse(0));
                self.statement(then);
                if let Some(otherwise) = otherwise {
                    self.beginning = None;
                    let to_end = self.emit(Op::Jump(0));
                    self.land(to_else);
                    self.statement(otherwise);
                    self.land(to_end);
                } else {
                    self.land(to_else);
                }
            }
            StatementKind::Block(body) => {
                self.beginning = None;
                self.block(body);
            }
            StatementKind::For { init, test, update, body } => {
                self.for_loop(init.as_ref(), test.as_ref(), update.as_ref(), body);
            }
            StatementKind::ForOf { binding, iterable, body } => self.for_of(binding, iterable, body),
            StatementKind::While { test, body } => {
                let top = self.here();
                self.expression(test);
                let to_end = self.emit(Op::JumpIfFalse(0));
                self.begin_loop();
                self.statement(body);
                self.beginning = None;
                let breaks = self.end_loop();
                self.emit(Op::Jump(top));
                self.land(to_end);
                self.land_all(breaks);
            }
            StatementKind::Break => self.leave_loop(false),
            StatementKind::Continue => self.leave_loop(true),
            StatementKind::Switch { on, cases } => self.switch(on, cases),
            StatementKind::Throw(value) => {
                self.expression(value);
                self.emit(Op::Throw);
            }
            StatementKind::Try { block, catch, finally } => {
                self.beginning = None;
                match finally {
                    Some(finally) => self.try_finally(block, catch.as_ref(), finally),
                    None => self.try_catch(block, catch.as_ref()),
                }
            }
        }
        self.beginning = None;
    }

    fn declaration(&mut self, declaration: &Declaration) {
        for declarator in &declaration.declarators {
            if self.beginning.is_none() {
                self.beginning = Some(declarator.span.start);
            }
            let source = if let Some(value) = &declarator.value {
                self.expression(value);
                Origin::Expression(value)
            } else {
                self.push_constant(Value::Undefined);
                Origin::Unnamed
            };
            self.bind(&declarator.pattern, source);
        }
    }

    fn begin_loop(&mut self) {
        let depth = self.depth;
        self.unit.controls.push(Control::Loop { breaks: Vec::new(), continues: Vec::new(), depth });
    }

    /// Ends the body of a loop: `continue` jumps here. Returns the jumps of `break`.
    fn end_loop(&mut self) -> Vec<usize> {
        let Some(Control::Loop { breaks, continues, .. }) = self.unit.controls.pop() else { return Vec::new() };
        self.land_all(continues);
        breaks
    }

    fn for_loop(
        &mut self,
        init: Option<&ForInit>,
        test: Option<&Expression>,
        update: Option<&Expression>,
        body: &Statement,
    ) {
        let mut names = Vec::new();
        if let Some(ForInit::Declaration(declaration)) = init {
            let kind = if declaration.constant { Kind::Constant } else { Kind::Variable };
            for declarator in &declaration.declarators {
                pattern::names(&declarator.pattern, &mut |name| names.push((name.clone(), kind)));
            }
        }
        self.open_scope(names);
        match init {
            Some(ForInit::Declaration(declaration)) => self.declaration(declaration),
            Some(ForInit::Expression(expression)) => self.effect(expression),
            None => {}
        }
        // Each iteration has a copy of the variables
        // (https://tc39.es/ecma262/#sec-createperiterationenvironment).
        let fresh = self.is_scope_on_heap();
        if fresh {
            self.emit(Op::CopyScope);
        }
        let top = self.here();
        let to_end = test.map(|test| {
            self.beginning = Some(test.span.start);
            self.expression(test);
            self.emit(Op::JumpIfFalse(0))
        });
        self.begin_loop();
        self.statement(body);
        let breaks = self.end_loop();
        if fresh {
            self.emit(Op::CopyScope);
        }
        if let Some(update) = update {
            self.beginning = Some(update.span.start);
            self.effect(update);
        }
        self.emit(Op::Jump(top));
        if let Some(to_end) = to_end {
            self.land(to_end);
        }
        self.land_all(breaks);
        self.close_scope();
    }

    fn for_of(&mut self, binding: &ForBinding, list: &Expression, body: &Statement) {
        let used = self.unit.used;
        let (mut names, mut unreachable) = (Vec::new(), Vec::new());
        if let ForBinding::Declare { constant, pattern } = binding {
            let kind = if *constant { Kind::Constant } else { Kind::Variable };
            pattern::names(pattern, &mut |name| {
                names.push((name.clone(), kind));
                unreachable.push((name.clone(), Kind::Unreachable));
            });
        }
        self.open_scope(unreachable);
        self.expression(list);
        self.close_scope();
        self.emit_at(Op::Iterate, list.span.start);
        if !matches!(list.kind, ExpressionKind::Chain(_)) {
            self.describe_operand(|| iterable(list));
        }
        let array = self.temporary();
        let index = self.temporary();
        self.emit(Op::StoreLocal(array));
        self.push_constant(Value::Number(0.0));
        self.emit(Op::StoreLocal(index));

        let (ForBinding::Declare { pattern, .. } | ForBinding::Assign(pattern)) = binding;
        let slot = self.short(array, list.span);
        let next = self.emit_at(Op::ForOf(slot, 0), pattern.span.start);
        self.begin_loop();
        self.open_scope(names);
        match binding {
            ForBinding::Declare { pattern, .. } => self.bind(pattern, Origin::Loop),
            ForBinding::Assign(pattern) => self.assign(pattern, Origin::Loop),
        }
        self.statement(body);
        self.close_scope();
        let breaks = self.end_loop();
        self.emit(Op::Jump(next as u32));
        self.land(next);
        self.land_all(breaks);
        self.unit.used = used;
    }

    fn switch(&mut self, on: &Expression, cases: &[Case]) {
        let used = self.unit.used;
        let value = self.temporary();
        self.expression(on);
        self.emit(Op::StoreLocal(value));
        self.open_cases(cases.iter().map(|case| &case.body[..]));
        for case in cases {
            self.hoist(&case.body);
        }
        let mut to_cases = Vec::new();
        for case in cases {
            to_cases.push(case.test.as_ref().map(|test| {
                self.emit(Op::LoadLocal(value));
                self.expression(test);
                self.emit(Op::Binary(Binary::StrictEqual));
                self.emit(Op::JumpIfTrue(0))
            }));
        }
        let to_default = self.emit(Op::Jump(0));
        let depth = self.depth;
        self.unit.controls.push(Control::Switch { breaks: Vec::new(), depth });
        let mut has_default = false;
        for (case, jump) in cases.iter().zip(to_cases) {
            if let Some(jump) = jump {
                self.land(jump);
            } else {
                has_default = true;
                self.land(to_default);
            }
            for statement in &case.body {
                self.statement(statement);
            }
        }
        if !has_default {
            self.land(to_default);
        }
        if let Some(Control::Switch { breaks, .. }) = self.unit.controls.pop() {
            self.land_all(breaks);
        }
        self.close_scope();
        self.unit.used = used;
    }

    fn catch(&mut self, start: u32, end: u32, catch: &Catch) {
        let target = self.here();
        self.unit.handlers.push(Handler { start, end, target, depth: self.depth });
        let mut names = Vec::new();
        if let Some(pattern) = &catch.pattern {
            pattern::names(pattern, &mut |name| names.push((name.clone(), Kind::Variable)));
        }
        self.open_scope(names);
        match &catch.pattern {
            Some(pattern) => {
                if !matches!(pattern.kind, PatternKind::Name(_)) {
                    self.beginning = Some(pattern.span.start);
                }
                self.bind(pattern, Origin::Catch);
                self.beginning = None;
            }
            None => {
                self.emit(Op::Pop);
            }
        }
        self.block(&catch.body);
        self.close_scope();
    }

    fn try_catch(&mut self, block: &[Statement], catch: Option<&Catch>) {
        let start = self.here();
        self.block(block);
        let end = self.here();
        if let Some(catch) = catch {
            let to_end = self.emit(Op::Jump(0));
            self.catch(start, end, catch);
            self.land(to_end);
        }
    }

    fn try_finally(&mut self, block: &[Statement], catch: Option<&Catch>, finally: &[Statement]) {
        let used = self.unit.used;
        let slot = self.temporary();
        let value = self.temporary();
        debug_assert_eq!(value, slot + 1);
        let (start, depth) = (self.here(), self.depth);
        self.unit.controls.push(Control::Finally { slot, exits: Vec::new(), jumps: Vec::new(), depth });
        self.try_catch(block, catch);
        self.leave_by(slot, COMPLETED);
        let completed = self.emit(Op::Jump(0));
        let target = self.here();
        self.unit.handlers.push(Handler { start, end: target, target, depth });
        self.emit(Op::StoreLocal(value));
        self.leave_by(slot, THROWN);
        self.land(completed);
        let exits = match self.unit.controls.pop() {
            Some(Control::Finally { exits, jumps, .. }) => {
                self.land_all(jumps);
                exits
            }
            _ => Vec::new(),
        };
        self.block(finally);

        let next = self.if_left_by(slot, THROWN);
        self.emit(Op::LoadLocal(value));
        self.emit(Op::Throw);
        self.land(next);
        for (number, exit) in exits.into_iter().enumerate() {
            let next = self.if_left_by(slot, FIRST_EXIT + number);
            if exit == Exit::Return {
                self.emit(Op::LoadLocal(value));
            }
            self.leave(exit);
            self.land(next);
        }
        self.unit.used = used;
    }

    fn leave_by(&mut self, slot: u32, how: usize) {
        self.push_constant(Value::Number(how as f64));
        self.emit(Op::StoreLocal(slot));
    }

    fn if_left_by(&mut self, slot: u32, how: usize) -> usize {
        self.emit(Op::LoadLocal(slot));
        self.push_constant(Value::Number(how as f64));
        self.emit(Op::Binary(Binary::StrictEqual));
        self.emit(Op::JumpIfFalse(0))
    }

    fn leave_loop(&mut self, again: bool) {
        let target = self.unit.controls.iter().rposition(|control| match control {
            Control::Loop { .. } => true,
            Control::Switch { .. } => !again,
            Control::Finally { .. } => false,
        });
        // The parser refuses a `break` or `continue` without a target.
        let Some(target) = target else { return };
        self.leave(if again { Exit::Continue(target) } else { Exit::Break(target) });
    }

    /// Leaves the statements around the current one by an abrupt completion. It runs every `finally` on the way.
    fn leave(&mut self, exit: Exit) {
        for place in (0..self.unit.controls.len()).rev() {
            let (control_depth, is_finally) = match &self.unit.controls[place] {
                Control::Finally { depth, .. } => (*depth, true),
                Control::Loop { depth, .. } | Control::Switch { depth, .. } => (*depth, false),
            };
            if !is_finally && exit != Exit::Break(place) && exit != Exit::Continue(place) {
                continue;
            }
            if let Control::Finally { slot, exits, .. } = &mut self.unit.controls[place] {
                let slot = *slot;
                let number = exits.iter().position(|known| *known == exit).unwrap_or_else(|| {
                    exits.push(exit);
                    exits.len() - 1
                });
                if exit == Exit::Return {
                    self.emit(Op::StoreLocal(slot + 1));
                }
                self.leave_by(slot, FIRST_EXIT + number);
            }
            for _ in control_depth..self.depth {
                self.emit(Op::PopScope);
            }
            let jump = self.emit(Op::Jump(0));
            match &mut self.unit.controls[place] {
                Control::Finally { jumps, .. } => jumps.push(jump),
                Control::Loop { continues, .. } if matches!(exit, Exit::Continue(_)) => continues.push(jump),
                Control::Loop { breaks, .. } | Control::Switch { breaks, .. } => breaks.push(jump),
            }
            return;
        }
        self.emit(Op::Return);
    }
}
