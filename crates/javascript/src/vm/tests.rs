//! The machine as a whole, from source text to output. The expected output is that of Node 20.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Stop, Vm, VmOptions};
use crate::bytecode::Module;
use crate::host::{Answer, Host, HostCall};
use crate::inspect;
use crate::source::SourceFile;
use crate::source::{FileId, Position};
use crate::value::Value;

mod machine;
mod recorded;

const LOG: u16 = 1;
const TIMEOUT: u16 = 2;
const IMMEDIATE: u16 = 3;
const NEXT_TICK: u16 = 4;
const REQUIRE: u16 = 5;
const EXIT: u16 = 6;

/// A function to call later, and its arguments. The machine keeps the values alive.
type Call = (Value, Vec<Value>);

/// As much of Node as a program needs to show the order of its tasks.
#[derive(Clone, Default)]
struct Bench {
    out: Vec<String>,
    lines: Vec<u32>,
    files: BTreeMap<&'static str, Rc<Module>>,
    /// The timers, by due time and order of creation.
    timers: BTreeMap<(u64, u64), Call>,
    immediates: Vec<Call>,
    ticks: Vec<Call>,
    set: u64,
    now: u64,
    pause: bool,
    strain: bool,
}

fn held(vm: &mut Vm, arguments: &[Value], from: usize) -> Call {
    for argument in arguments {
        vm.retain(argument.clone());
    }
    (arguments[0].clone(), arguments.get(from..).unwrap_or_default().to_vec())
}

impl Host for Bench {
    fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
        let function = |vm: &mut Vm, number, name| vm.host_function(number, name, Value::Undefined);
        Some(match name {
            "console" => {
                let console = vm.heap_mut().new_object();
                for name in ["log", "error"] {
                    let log = function(vm, LOG, name);
                    vm.set(&console, name, log);
                }
                console
            }
            "process" => {
                let process = vm.heap_mut().new_object();
                for (name, number) in [("nextTick", NEXT_TICK), ("exit", EXIT)] {
                    let function = function(vm, number, name);
                    vm.set(&process, name, function);
                }
                process
            }
            "setTimeout" => function(vm, TIMEOUT, name),
            "setImmediate" => function(vm, IMMEDIATE, name),
            "require" => function(vm, REQUIRE, name),
            _ => return None,
        })
    }

    fn get(&mut self, _: &mut Vm, _: &Value, _: u16, _: &str) -> Value {
        Value::Undefined
    }

    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> Answer {
        let first = call.argument(0);
        match call.function {
            LOG => self.out.push(inspect::format_arguments(vm.heap(), &|_| "", call.arguments)),
            TIMEOUT => {
                let delay = call.argument(1).as_number().unwrap_or(0.0).max(1.0);
                self.set += 1;
                let callback = held(vm, call.arguments, 2);
                self.timers.insert((self.now + delay as u64, self.set), callback);
            }
            IMMEDIATE => self.immediates.push(held(vm, call.arguments, 1)),
            NEXT_TICK => self.ticks.push(held(vm, call.arguments, 1)),
            REQUIRE => {
                let name = first.as_str().unwrap_or_default();
                return if let Some(module) = self.files.get(name) {
                    Answer::Require(module.clone())
                } else {
                    let message = format!("Cannot find module '{name}'");
                    Answer::Throw(vm.new_error(crate::heap::ErrorKind::Error, &message))
                };
            }
            EXIT => return Answer::Exit(first.as_number().unwrap_or(0.0) as i32),
            _ => {}
        }
        Answer::Return(Value::Undefined)
    }

    fn line(&mut self, _: &Vm, position: Position) {
        self.lines.push(position.line);
    }

    fn now_ms(&self, _: &Vm) -> f64 {
        1_000.0 + self.now as f64
    }

    fn random(&mut self) -> f64 {
        0.5
    }

    fn wants_pause(&self) -> bool {
        self.pause
    }
}

fn compile(file: u32, source: &str) -> Rc<Module> {
    Module::compile(SourceFile::new(FileId(file), "a.js", source)).unwrap_or_else(|refused| panic!("{refused}"))
}

fn machine() -> Vm {
    Vm::new(VmOptions { heap_bytes: 16 << 20 })
}

impl Bench {
    /// Runs a root call or job to its end. An uncaught error ends the program, as in Node.
    fn finish(&mut self, vm: &mut Vm) -> Option<Value> {
        match self.run_steps(vm) {
            Stop::Finished(Ok(value)) => Some(value),
            Stop::Finished(Err(error)) => {
                self.out.push(format!("Uncaught {}", vm.display(&error)));
                None
            }
            Stop::Exited(code) => {
                self.out.push(format!("exit {code}"));
                None
            }
            other => {
                self.out.push(format!("{other:?}"));
                None
            }
        }
    }

    /// Runs to the end. Under strain, each step runs in a clone of the machine and after a collection.
    fn run_steps(&mut self, vm: &mut Vm) -> Stop {
        if !self.strain {
            return vm.run(self, 50_000_000);
        }
        loop {
            match vm.run(self, 1) {
                Stop::Budget => {
                    vm.collect_garbage();
                    *vm = vm.clone();
                }
                stop => return stop,
            }
        }
    }

    fn drain(&mut self, vm: &mut Vm) -> Option<()> {
        loop {
            while !self.ticks.is_empty() {
                let (tick, arguments) = self.ticks.remove(0);
                vm.enter(&tick, arguments);
                self.finish(vm)?;
            }
            while vm.enter_job() {
                self.finish(vm)?;
            }
            if self.ticks.is_empty() {
                break;
            }
        }
        if let Some((_, reason)) = vm.take_unhandled().into_iter().next() {
            self.out.push(format!("Unhandled {}", vm.display(&reason)));
            return None;
        }
        Some(())
    }

    /// Runs the event loop until it is empty.
    fn run(&mut self, vm: &mut Vm, module: &Rc<Module>) -> Option<()> {
        vm.require(module);
        self.finish(vm)?;
        self.drain(vm)?;
        loop {
            while let Some(entry) = self.timers.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let (callback, arguments) = entry.remove();
                vm.enter(&callback, arguments);
                self.finish(vm)?;
                self.drain(vm)?;
            }
            for (callback, arguments) in core::mem::take(&mut self.immediates) {
                vm.enter(&callback, arguments);
                self.finish(vm)?;
                self.drain(vm)?;
            }
            if self.immediates.is_empty() {
                match self.timers.first_key_value() {
                    Some(((due, _), _)) => self.now = self.now.max(*due),
                    None => return Some(()),
                }
            }
        }
    }
}

/// Returns the output of a program.
fn output(source: &str, strain: bool) -> Vec<String> {
    let mut bench = Bench { strain, ..Bench::default() };
    bench.run(&mut machine(), &compile(0, source));
    bench.out
}
