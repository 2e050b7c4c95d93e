//! The layer that Node is: its globals, its modules, and what the subset lacks of both.
//!
//! Each namespace is declared beside its functions: [`console`], [`process`], [`timer_objects`], [`fs`], [`path`].

use super::context::NodeFunction;
use super::{console, fs, path, process, timer_objects};
use javascript::{Advice, Exports, HostFunction, HostModule, Layer, Library, Member, Namespace};

/// Node's layer.
pub static LAYER: Layer = Layer {
    globals: &[
        Member::Namespace("console", &console::CONSOLE),
        Member::Namespace("process", &process::PROCESS),
        function("queueMicrotask", 1, &NodeFunction(process::queue_microtask)),
        function("setTimeout", 5, &NodeFunction(timer_objects::set_timeout)),
        function("setInterval", 5, &NodeFunction(timer_objects::set_interval)),
        function("setImmediate", 4, &NodeFunction(timer_objects::set_immediate)),
        function("clearTimeout", 1, &NodeFunction(timer_objects::clear_timeout)),
        function("clearInterval", 1, &NodeFunction(timer_objects::clear_timeout)),
        function("clearImmediate", 1, &NodeFunction(timer_objects::clear_immediate)),
    ],
    modules: &[
        module("fs", &fs::FS),
        module("fs/promises", &fs::PROMISES),
        module("path", &path::PATH),
        module("util", &UTIL),
    ],
    library: Some(&UTIL_LIBRARY),
    module_prefix: Some("node:"),
    refused_globals: REFUSED_GLOBALS,
    refused_members: REFUSED_MEMBERS,
    refused_modules: REFUSED_MODULES,
    ..Layer::EMPTY
};

/// `require('util')`.
static UTIL: Namespace =
    Namespace { name: "util", members: &[Member::Function(HostFunction::library("promisify", 1, &UTIL_LIBRARY))] };

static UTIL_LIBRARY: Library = Library { path: "util.js", source: include_str!("util.js") };

/// A member that is one of Node's native functions.
pub(super) const fn function(name: &'static str, length: u8, code: &'static NodeFunction) -> Member {
    Member::Function(HostFunction::native(name, length, code))
}

const fn module(name: &'static str, exports: &'static Namespace) -> HostModule {
    HostModule { name, exports: Exports::Namespace(exports) }
}

/// Globals of Node 20 that are missing here. Those of JavaScript itself are in the language's own table.
const REFUSED_GLOBALS: &[Advice] = &[
    ("AbortController", "a variable that says to stop"),
    ("Buffer", "a string"),
    ("Event", "a plain object"),
    ("EventEmitter", "a callback"),
    ("EventTarget", "a callback"),
    ("TextDecoder", "a string"),
    ("TextEncoder", "a string"),
    ("URL", "a string"),
    ("URLSearchParams", "a string"),
    ("WebAssembly", ""),
    ("__filename", ""),
    ("atob", ""),
    ("btoa", ""),
    ("crypto", "`Math.random()`"),
    ("global", "a variable at the top of the module"),
    ("performance", "`Date.now()`"),
    ("structuredClone", "`JSON.parse(JSON.stringify(value))`"),
];

/// Members of Node's objects and modules that people look for.
const REFUSED_MEMBERS: &[Advice] = &[
    ("console.table", "`console.log`"),
    ("console.time", "`Date.now()`"),
    ("console.timeEnd", "`Date.now()`"),
    ("console.assert", "`if` and `console.error`"),
    ("console.trace", "`console.error`"),
    ("console.dir", "`console.log`"),
    ("process.version", "`'v20'`"),
    ("process.versions", "`'v20'`"),
    ("process.once", "`on`"),
    ("process.exitCode", "`exit`"),
    ("process.hrtime", "`Date.now()`"),
    ("process.uptime", "`Date.now()`"),
    ("process.stdout", "`console.log`"),
    ("process.stderr", "`console.error`"),
    ("fs.readFile", "`readFileSync`, or `promises.readFile`"),
    ("fs.writeFile", "`writeFileSync`, or `promises.writeFile`"),
    ("fs.appendFile", "`appendFileSync`, or `promises.appendFile`"),
    ("fs.exists", "`existsSync`"),
    ("fs.readdir", "`readdirSync`, or `promises.readdir`"),
    ("fs.unlink", "`unlinkSync`, or `promises.unlink`"),
    ("fs.mkdir", "`mkdirSync`, or `promises.mkdir`"),
    ("fs.stat", "`statSync`, or `promises.stat`"),
];

/// Modules that come with Node 20 and are missing here.
const REFUSED_MODULES: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs/",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path/",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util/",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];
