//! The machine as its host sees it: modules, budgets, clones, lines, limits.

use super::{Bench, Stop, Value, Vm, VmOptions, compile, machine, registry};
use crate::heap::ErrorKind;
use crate::host::{Host, HostCall, HostReply};
use crate::limits;
use crate::promise::PromiseState;
use crate::registry::{HostClass, HostFunction};
use crate::source::FileId;

fn loaded(source: &str) -> (Vm, Bench, Value) {
    let (mut vm, mut bench) = (machine(), Bench::default());
    vm.require(&compile(0, source));
    let exports = bench.finish(&mut vm).expect("the module loads");
    (vm, bench, exports)
}

fn call(vm: &mut Vm, bench: &mut Bench, name: &str, arguments: Vec<Value>) -> Result<Value, Value> {
    let exports = vm.module_exports(FileId(0)).expect("it was loaded");
    let function = vm.get(&exports, name);
    vm.enter(&function, arguments);
    match vm.run(bench, u64::MAX) {
        Stop::Finished(result) => result,
        other => panic!("{other:?}"),
    }
}

/// The remaining methods of a host without a clock, jobs or lines.
macro_rules! nothing_else {
    () => {
        fn now_ms(&self, _: &Vm) -> f64 {
            0.0
        }
        fn random(&mut self) -> f64 {
            0.0
        }
    };
}

#[test]
fn the_scope_of_a_module_can_be_read_during_and_after_its_evaluation() {
    let module = compile(
        0,
        "const a = 1\nlet b = a + 1, { c, ...d } = { c: 3, e: 4 }\nfunction f() { return b }\nmodule.exports = { f }",
    );
    let (mut vm, mut bench) = (machine(), Bench::default());
    vm.require(&module);
    assert!(matches!(vm.run(&mut bench, 6), Stop::Budget));
    let shown = |vm: &Vm| {
        let scope = vm.module_scope(FileId(0));
        let shown = scope.iter().map(|(name, value)| {
            let value = value.as_ref().map_or_else(|| "not yet".to_string(), |value| vm.display(value));
            format!("{name}: {value}")
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(shown(&vm), ["a: 1", "b: not yet", "c: not yet", "d: not yet", "f: function f() { return b }"]);
    bench.finish(&mut vm);
    assert_eq!(shown(&vm)[..4], ["a: 1", "b: 2", "c: 3", "d: [object Object]"]);
    assert!(vm.is_idle());
}

#[test]
fn modules_may_require_each_other_and_one_that_throws_is_evaluated_again() {
    let mut bench = Bench::default();
    bench.files.insert("a", compile(0, "exports.early = 1\nconst b = require('b')\nexports.late = b.seen\n"));
    bench.files.insert("b", compile(1, "const a = require('a')\nexports.seen = [a.early, a.late]\n"));
    bench.files.insert("bad", compile(2, "exports.n = 1\nthrow new Error('while loading')\n"));
    let main = compile(
        3,
        "const a = require('a')\nconsole.log(a.late, require('a') === a)\n\
         for (let i = 0; i < 2; i++) { try { require('bad') } catch (e) { console.log(e.message) } }\n\
         try { require('none') } catch (e) { console.log(e.message) }",
    );
    bench.run(&mut machine(), &main);
    assert_eq!(bench.out, ["[ 1, undefined ] true", "while loading", "while loading", "Cannot find module 'none'"]);
}

#[test]
fn a_clone_continues_independently() {
    let (mut vm, mut bench, _) = loaded(
        "let n = 0\nconst list = []\nmodule.exports = { step: () => { n++; list.push(n); return list.length },\n\
         loop: (k) => { let s = 0; for (let i = 0; i < k; i++) s += i; return s } }",
    );
    call(&mut vm, &mut bench, "step", vec![]).unwrap();
    let mut other = vm.clone();
    for _ in 0..3 {
        call(&mut other, &mut bench, "step", vec![]).unwrap();
    }
    assert_eq!(call(&mut vm, &mut bench, "step", vec![]).unwrap().as_number(), Some(2.0));
    assert_eq!(call(&mut other, &mut bench, "step", vec![]).unwrap().as_number(), Some(5.0));

    let exports = vm.module_exports(FileId(0)).unwrap();
    let function = vm.get(&exports, "loop");
    vm.enter(&function, vec![Value::Number(1_000.0)]);
    assert!(matches!(vm.run(&mut bench, 1_234), Stop::Budget));
    let mut other = vm.clone();
    let finished = |vm: &mut Vm, bench: &mut Bench, by: u64| loop {
        match vm.run(bench, by) {
            Stop::Budget => {}
            Stop::Finished(Ok(value)) => return (value.as_number(), vm.steps()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(finished(&mut vm, &mut bench, 7), finished(&mut other, &mut bench, u64::MAX));
}

#[test]
fn lines_are_reported_as_they_are_reached() {
    let source = "const f = (x) => {\n  const y = x + 1\n  return y\n}\nconst g = () => f(1)\n\nmodule.exports = {\n  \
                  h: async () => {\n    const a = f(1)\n    await null\n    return [1, 2]\n      .map((x) => f(x))\n      \
                  .filter((x) => x)\n  }\n}\n";
    let (mut vm, mut bench, _) = loaded(source);
    assert_eq!(bench.lines, [1, 5, 7]);
    bench.lines.clear();
    call(&mut vm, &mut bench, "h", vec![]).unwrap();
    assert_eq!(bench.lines, [9, 2, 3, 9, 10]);
    bench.lines.clear();
    bench.drain(&mut vm);
    assert_eq!(bench.lines, [10, 11, 12, 12, 2, 3, 12, 12, 2, 3, 12, 12, 13, 13, 13, 13]);
}

#[test]
fn recursion_and_memory_have_their_limits() {
    let (mut vm, mut bench, _) = loaded(
        "const deep = (n) => n === 0 ? 0 : 1 + deep(n - 1)\nconst more = []\nmodule.exports = { deep,\n\
         fill: () => { for (;;) more.push({ a: [1, 2, 3] }) },\n\
         waste: (n) => { let last; for (let i = 0; i < n; i++) last = { i, text: `number ${i}` }; return last.i } }",
    );
    assert_eq!(call(&mut vm, &mut bench, "deep", vec![Value::Number(2_000.0)]).unwrap().as_number(), Some(2_000.0));
    let error = call(&mut vm, &mut bench, "deep", vec![Value::Number(1e9)]).unwrap_err();
    assert_eq!(vm.error_name(&error).as_deref(), Some("RangeError"));
    assert_eq!(vm.error_message(&error).as_deref(), Some(limits::CALL_DEPTH_MESSAGE));
    assert_eq!(vm.error_position(&error).map(|position| position.line), Some(1));

    call(&mut vm, &mut bench, "waste", vec![Value::Number(200_000.0)]).unwrap();
    assert!(vm.heap().bytes() < 1 << 16, "{} bytes after all was let go of", vm.heap().bytes());
    let exports = vm.module_exports(FileId(0)).unwrap();
    let fill = vm.get(&exports, "fill");
    vm.enter(&fill, vec![]);
    assert!(matches!(vm.run(&mut bench, u64::MAX), Stop::OutOfMemory));
}

#[test]
fn a_string_with_many_references_counts_once() {
    let mut vm = Vm::new(VmOptions { heap_bytes: 4 << 20 }, registry());
    let mut bench = Bench::default();
    vm.require(&compile(
        0,
        "const text = 'x'.repeat(1000000)\nconst list = []\nfor (let i = 0; i < 1000; i++) list.push(text, { text })\n\
         module.exports = list.length",
    ));
    assert_eq!(bench.finish(&mut vm).and_then(|value| value.as_number()), Some(2_000.0));
}

#[test]
fn long_strings_are_work() {
    let mut vm = Vm::new(VmOptions { heap_bytes: 64 << 20 }, registry());
    let mut bench = Bench::default();
    vm.require(&compile(
        0,
        "const text = 'x'.repeat(1000000)\nlet count = 0\n\
         for (let i = 0; i < text.length; i++) if (text[i] === 'x') count++\n\
         module.exports = { count, endless: () => { while (true) text.indexOf('y') } }",
    ));
    bench.finish(&mut vm);
    let exports = vm.module_exports(FileId(0)).unwrap();
    assert_eq!(vm.get(&exports, "count").as_number(), Some(1_000_000.0));
    assert!(vm.work() < 1_000_000, "an iteration reads the whole text again: {} steps of work", vm.work());
    let endless = vm.get(&exports, "endless");
    vm.enter(&endless, vec![]);
    let before = vm.steps();
    assert!(matches!(vm.run(&mut bench, 100_000), Stop::Budget));
    assert!(vm.steps() - before < 20_000, "{} steps are no work", vm.steps() - before);
}

#[test]
fn unhandled_rejections_are_reported_when_the_job_queue_is_empty() {
    let (mut vm, mut bench, _) = loaded(
        "module.exports = { now: () => { Promise.reject(new Error('a')) },\n\
         later: () => { const p = Promise.reject(new Error('b')); queueMicrotask(() => p.catch(() => {})) },\n\
         derived: async () => { await null; throw new Error('c') } }",
    );
    let mut unhandled = |vm: &mut Vm, name: &str| {
        call(vm, &mut bench, name, vec![]).unwrap();
        while vm.enter_job() {
            bench.finish(vm);
        }
        let list = vm.take_unhandled();
        list.iter().map(|(_, reason)| vm.error_message(reason).unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(unhandled(&mut vm, "now"), ["a"]);
    assert_eq!(unhandled(&mut vm, "later"), [""; 0]);
    assert_eq!(unhandled(&mut vm, "derived"), ["c"]);
    assert!(vm.take_unhandled().is_empty());
}

#[test]
fn a_host_can_make_and_settle_promises() {
    let (mut vm, mut bench, _) = loaded("module.exports = { wait: async (p) => { const v = await p; return v + 1 } }");
    let promise = vm.new_promise();
    let handle = vm.retain(promise.clone());
    let result = call(&mut vm, &mut bench, "wait", vec![promise]).unwrap();
    let result = vm.retain(result);
    vm.collect_garbage();
    let state = |vm: &Vm| vm.promise_state(&vm.held(result)).unwrap();
    assert!(matches!(state(&vm), PromiseState::Pending));
    let promise = vm.release(handle);
    vm.resolve(&promise, Value::Number(41.0));
    vm.reject(&promise, Value::Null);
    bench.drain(&mut vm);
    assert!(matches!(state(&vm), PromiseState::Fulfilled(Value::Number(42.0))));
    assert!(vm.promise_state(&Value::Null).is_none());
}

#[test]
fn late_work_runs_in_the_context_that_registered_it() {
    static NOTE: HostFunction = HostFunction::native("note", 0, &());
    struct Contexts(Bench, Vec<u32>);
    impl Host for Contexts {
        fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
            (name == "note").then(|| vm.host_function(&NOTE, Value::Undefined))
        }
        fn get(&mut self, vm: &mut Vm, object: &Value, class: &'static HostClass, key: &str) -> Value {
            self.0.get(vm, object, class, key)
        }
        fn call(&mut self, vm: &mut Vm, _: HostCall<'_>) -> HostReply {
            self.1.push(vm.context());
            HostReply::UNDEFINED
        }
        nothing_else!();
    }
    let mut vm = machine();
    let mut host = Contexts(Bench::default(), Vec::new());
    vm.require(&compile(
        0,
        "let resolve\nconst gate = new Promise((r) => { resolve = r })\n\
         module.exports = { open: () => resolve(), wait: async () => { await gate; note(); await null; note() },\n\
         then: () => { gate.then(note); queueMicrotask(note) } }",
    ));
    let run = |vm: &mut Vm, host: &mut Contexts| {
        assert!(matches!(vm.run(host, u64::MAX), Stop::Finished(Ok(_))));
    };
    run(&mut vm, &mut host);
    let exports = vm.module_exports(FileId(0)).unwrap();
    for (context, name) in [(1, "wait"), (2, "wait"), (3, "then"), (9, "open")] {
        vm.set_context(context);
        let function = vm.get(&exports, name);
        vm.enter(&function, vec![]);
        run(&mut vm, &mut host);
    }
    while vm.enter_job() {
        run(&mut vm, &mut host);
    }
    assert_eq!(host.1, [3, 1, 2, 3, 1, 2]);
}

#[test]
fn objects_of_the_host_can_be_thenables() {
    struct QueryThen;
    static QUERY: HostClass =
        HostClass { name: "Query", methods: &[HostFunction::native("then", 2, &QueryThen)], properties: &[] };
    struct Queries(Bench);
    impl Host for Queries {
        fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
            (name == "query").then(|| vm.host_object(&QUERY, vec![Value::string("rows")]))
        }
        fn get(&mut self, _: &mut Vm, _: &Value, _: &'static HostClass, _: &str) -> Value {
            Value::Undefined
        }
        fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply {
            let Some(QueryThen) = call.function.code() else { return self.0.call(vm, call) };
            let rows = vm.slots_of(call.bound, &QUERY).map(|slots| slots[0].clone()).unwrap_or_default();
            let promise = vm.new_promise();
            vm.resolve(&promise, rows);
            HostReply::Return(vm.then(&promise, call.argument(0), call.argument(1)))
        }
        nothing_else!();
    }
    let mut vm = machine();
    let mut host = Queries(Bench::default());
    vm.require(&compile(
        0,
        "const f = async () => { console.log(await query); return query }\nf().then((v) => console.log('f', v))\n\
         query.then((v) => console.log('then', v))\nPromise.all([query, 1]).then((v) => console.log(v))",
    ));
    loop {
        assert!(matches!(vm.run(&mut host, u64::MAX), Stop::Finished(Ok(_))));
        if !vm.enter_job() {
            break;
        }
    }
    assert_eq!(host.0.out, ["then rows", "rows", "[ 'rows', 1 ]", "f rows"]);
}

#[test]
fn a_call_of_a_value_that_is_no_function_throws_a_type_error() {
    let mut vm = machine();
    let mut bench = Bench::default();
    vm.enter(&Value::Number(5.0), vec![]);
    let Stop::Finished(Err(error)) = vm.run(&mut bench, 1) else { panic!("the call throws") };
    assert_eq!(vm.display(&error), "TypeError: 5 is not a function");
    assert!(vm.is_idle());
    let error = vm.new_error(ErrorKind::Error, "from outside");
    vm.set_error_name(&error, "KnexTimeoutError");
    assert_eq!(vm.display(&error), "KnexTimeoutError: from outside");
}

#[test]
fn the_host_can_end_the_process_at_any_call() {
    assert_eq!(super::output("console.log(1)\nprocess.exit(3)\nconsole.log(2)", false), ["1", "exit 3"]);
}

#[test]
fn a_pause_follows_the_step_that_asked_for_it() {
    let mut vm = machine();
    let mut bench = Bench { pause: true, ..Bench::default() };
    vm.require(&compile(0, "console.log(1)\nconsole.log(2)"));
    assert!(matches!(vm.run(&mut bench, u64::MAX), Stop::Paused));
    assert_eq!((bench.out.len(), &bench.lines[..]), (0, &[1][..]));
    let mut pauses = 1;
    while matches!(vm.run(&mut bench, u64::MAX), Stop::Paused) {
        pauses += 1;
    }
    assert_eq!(bench.out, ["1", "2"]);
    assert!(pauses > 3, "{pauses}");
}
