//! The machine as a whole, from source text to output. The expected output is that of Node 20.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Stop, Vm, VmOptions};
use crate::bytecode::Module;
use crate::host::{Host, HostCall, HostReply};
use crate::inspect;
use crate::registry::{HostClass, HostFunction, Layer, Member, Namespace, Registry};
use crate::source::SourceFile;
use crate::source::{FileId, Position};
use crate::value::Value;

mod machine;
mod recorded;

/// The functions of the test's host.
enum BenchCode {
    Log,
    Timeout,
    Immediate,
    NextTick,
    Microtask,
    Require,
    Exit,
}

const fn function(name: &'static str, code: &'static BenchCode) -> Member {
    Member::Function(HostFunction::native(name, 0, code))
}

static CONSOLE: Namespace =
    Namespace { name: "console", members: &[function("log", &BenchCode::Log), function("error", &BenchCode::Log)] };

static PROCESS: Namespace = Namespace {
    name: "process",
    members: &[function("nextTick", &BenchCode::NextTick), function("exit", &BenchCode::Exit)],
};

static LAYER: Layer = Layer {
    globals: &[
        Member::Namespace("console", &CONSOLE),
        Member::Namespace("process", &PROCESS),
        function("setTimeout", &BenchCode::Timeout),
        function("setImmediate", &BenchCode::Immediate),
        function("queueMicrotask", &BenchCode::Microtask),
        function("require", &BenchCode::Require),
    ],
    ..Layer::EMPTY
};

thread_local! {
    static REGISTRY: Rc<Registry> = Registry::new(&[&LAYER]);
}

fn registry() -> Rc<Registry> {
    REGISTRY.with(Rc::clone)
}

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
    fn get(&mut self, _: &mut Vm, _: &Value, _: &'static HostClass, _: &str) -> Value {
        Value::Undefined
    }

    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply {
        let first = call.argument(0);
        match call.function.code().expect("the test has one layer") {
            BenchCode::Log => self.out.push(inspect::format_arguments(vm.heap(), call.arguments)),
            BenchCode::Timeout => {
                let delay = call.argument(1).as_number().unwrap_or(0.0).max(1.0);
                self.set += 1;
                let callback = held(vm, call.arguments, 2);
                self.timers.insert((self.now + delay as u64, self.set), callback);
            }
            BenchCode::Immediate => self.immediates.push(held(vm, call.arguments, 1)),
            BenchCode::NextTick => self.ticks.push(held(vm, call.arguments, 1)),
            BenchCode::Microtask => vm.queue_microtask(first),
            BenchCode::Require => {
                let name = first.as_str().unwrap_or_default();
                return if let Some(module) = self.files.get(name) {
                    HostReply::Require(module.clone())
                } else {
                    let message = format!("Cannot find module '{name}'");
                    HostReply::Throw(vm.new_error(crate::heap::ErrorKind::Error, &message))
                };
            }
            BenchCode::Exit => return HostReply::Exit(first.as_number().unwrap_or(0.0) as i32),
        }
        HostReply::UNDEFINED
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
    Module::compile(SourceFile::new(FileId(file), "a.js", source), &registry())
        .unwrap_or_else(|refused| panic!("{refused}"))
}

fn machine() -> Vm {
    Vm::new(VmOptions { heap_bytes: 16 << 20 }, registry())
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
