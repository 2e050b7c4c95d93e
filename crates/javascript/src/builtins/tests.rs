//! The built-ins and the formatting of the console, compared with the output of Node 20.

use std::fmt::Write as _;

use crate::builtins::{On, TABLE, find, global, has_static, symbol};
use crate::bytecode::Module;
use crate::host::{Host, HostCall, HostReply};
use crate::inspect;
use crate::registry::{HostClass, HostFunction, Layer, Member, Namespace, Registry};
use crate::source::{FileId, SourceFile};
use crate::value::Value;
use crate::vm::{Stop, Vm, VmOptions};

static LOG: Namespace =
    Namespace { name: "console", members: &[Member::Function(HostFunction::native("log", 0, &()))] };
static LAYER: Layer = Layer { globals: &[Member::Namespace("console", &LOG)], ..Layer::EMPTY };

/// A host that has nothing but `console.log`.
#[derive(Default)]
struct Console(String);

impl Host for Console {
    fn get(&mut self, _: &mut Vm, _: &Value, _: &'static HostClass, _: &str) -> Value {
        Value::Undefined
    }

    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply {
        self.0.push_str(&inspect::format_arguments(vm.heap(), call.arguments));
        self.0.push('\n');
        HostReply::UNDEFINED
    }

    fn now_ms(&self, _: &Vm) -> f64 {
        0.0
    }

    fn random(&mut self) -> f64 {
        0.5
    }
}

fn printed(source: &str) -> String {
    let registry = Registry::new(&[&LAYER]);
    let module = Module::compile(SourceFile::new(FileId(0), "a.js", source), &registry)
        .unwrap_or_else(|refused| panic!("{refused}"));
    let mut vm = Vm::new(VmOptions { heap_bytes: 64 << 20 }, registry);
    let mut console = Console::default();
    vm.require(&module);
    loop {
        match vm.run(&mut console, 50_000_000) {
            Stop::Finished(Ok(_)) => {}
            other => panic!("{other:?}\n{}", console.0),
        }
        if !vm.enter_job() {
            return console.0;
        }
    }
}

#[test]
fn every_case_has_the_output_of_node() {
    let cases = include_str!("cases.txt");
    let mut program = String::from(
        "const t = (f) => { try { console.log(f()) } catch (e) { console.log(e.name + ': ' + e.message) } }\n\
         const main = async () => {\n",
    );
    let mut expected: Vec<(&str, String)> = Vec::new();
    for line in cases.split_terminator('\n').filter(|line| !line.starts_with("# ")) {
        let number = expected.len();
        if let Some(expression) = line.strip_prefix("> ") {
            let _ = write!(program, "console.log('@@ {number}')\nt(() => ({expression}))\n");
            expected.push((expression, String::new()));
        } else if let Some(statements) = line.strip_prefix(">> ") {
            let _ = write!(program, "console.log('@@ {number}')\n{{ {statements} }}\n");
            expected.push((statements, String::new()));
        } else if let Some((_, output)) = expected.last_mut() {
            output.push_str(line);
            output.push('\n');
        }
    }
    program.push_str("}\nmain()\n");
    let printed = printed(&program);
    let mut differences = String::new();
    for (number, (code, expected)) in expected.iter().enumerate() {
        let start = format!("@@ {number}\n");
        let output = printed.split(&start).nth(1).unwrap_or("");
        let output = output.split("@@ ").next().unwrap_or("");
        if output != expected {
            differences.extend([code, "\nNode: ", expected, "here: ", output, "\n"]);
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn the_table_can_be_searched_by_name() {
    for (place, row) in TABLE.iter().enumerate() {
        assert_eq!(find(row.on, symbol(row.name)), Some(place as u16), "{row:?}");
        if let On::Static(object) = row.on {
            assert!(has_static(object, row.name) && global(object, false).is_some());
        }
    }
    assert_eq!(symbol("nothing"), 0);
    assert_eq!(find(On::String, symbol("push")), None);
    assert!(global("$shown", false).is_none() && global("$shown", true).is_some());
}

#[test]
fn a_string_or_array_beyond_the_limit_is_a_range_error() {
    for (code, message) in [
        ("'x'.repeat(1e9)", "RangeError: Invalid string length"),
        ("'xy'.padStart(1e9)", "RangeError: Invalid string length"),
        ("'xy'.padEnd(1e9, 'z')", "RangeError: Invalid string length"),
        ("Array.from({ length: 1e8 })", "RangeError: Invalid array length"),
        ("[1, 2, 3].join('x'.repeat(40000000))", "RangeError: Invalid string length"),
        ("'xx'.replaceAll('x', 'y'.repeat(40000000))", "RangeError: Invalid string length"),
        ("(() => { const a = []; a.length = 1e8 })()", "RangeError: Invalid array length"),
    ] {
        let program = format!("try {{ {code} }} catch (e) {{ console.log(e.name + ': ' + e.message) }}");
        assert_eq!(printed(&program).trim_end(), message, "{code}");
    }
}

#[test]
fn shared_arrays_count_as_work_wherever_their_text_is_made() {
    let shared = "let a = []\nfor (let i = 0; i < 16; i++) a = [a, a]\n";
    let registry = Registry::new(&[&LAYER]);
    for code in
        ["String(a)", "'' + a", "a == 'x'", "a < 1", "JSON.stringify(a)", "`${a}`", "a.join()", "a.flat(Infinity)"]
    {
        let source = SourceFile::new(FileId(0), "a.js", format!("{shared}for (;;) {{ {code} }}"));
        let module = Module::compile(source, &registry).expect("the program is in the subset");
        let mut vm = Vm::new(VmOptions { heap_bytes: 64 << 20 }, registry.clone());
        vm.require(&module);
        assert!(matches!(vm.run(&mut Console::default(), 5_000), Stop::Budget), "{code} does not end");
        assert!(vm.work() > 4_000, "{code} took {} steps of work", vm.work());
    }
}

#[test]
fn a_function_that_is_bound_many_times_moves_its_arguments_and_has_no_more_than_a_call() {
    let bound = "let f = (...all) => all.length\nfor (let i = 0; i < 70; i++) f = f.bind(null, ...Array.from({ length: 1000 }))\n";
    assert_eq!(
        printed(&format!("{bound}try {{ f() }} catch (e) {{ console.log(e.name + ': ' + e.message) }}")),
        "RangeError: Maximum call stack size exceeded\n"
    );
}

#[test]
fn no_value_overflows_the_stack_however_deep_or_cyclic() {
    let source = "
        let deep = [], chain = {}, error = new Error('x')
        for (let i = 0; i < 100000; i++) deep = [deep]
        for (let i = 0; i < 10000; i++) { chain = { chain, list: [chain] }; error = new AggregateError([error], 'x') }
        const cycle = [], knot = { cycle }
        cycle.push(cycle, knot)
        knot.knot = knot
        const uses = [String, JSON.stringify, Number, Object.entries, Promise.all,
          (x) => `${x}`, (x) => x + x, (x) => x == 'a', (x) => x < x, (x) => x === x, (x) => [x].join('-'), (x) => [x, x].sort(),
          (x) => [x].flat(Infinity), (x) => [x].includes(x), (x) => [...x], (x) => ({ ...x }), (x) => new Error(x).message,
          (x) => new Error('y', { cause: x }).cause, (x) => console.log('%s %o %j', x, x, x), (x) => console.log(x)]
        let done = 0
        for (const value of [deep, chain, error, cycle, knot]) {
          for (const use of uses) { try { use(value) } catch (e) { if (!(e instanceof Error)) throw e }\n done++ }
        }
        for (const open of ['[', '{\"a\":']) { try { JSON.parse(open.repeat(100000)) } catch (e) { done++ } }
        console.log('done', done)";
    let printed = printed(source);
    assert!(printed.ends_with("done 102\n"), "{}", &printed[printed.len().saturating_sub(300)..]);
}

#[test]
fn cyclic_and_deep_arrays_are_printed_and_joined() {
    let text = "const a = [1]\na.push(a)\nconsole.log(String(a) + '|' + a)\nlet d = []\nfor (let i = 0; i < 5000; i++) d = [d]\nconsole.log(String(d))\nconsole.log(d)";
    assert_eq!(printed(text), "1,|1,\n\n[ [ [ [Array] ] ] ]\n");
}
