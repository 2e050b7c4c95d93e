//! The registry: how the layers above the language declare what they add to it.
//!
//! A layer (Node, Knex, Lambda's runtime) is one `static` [`Layer`] of plain data. It declares global names, modules,
//! classes, a library written in JavaScript, and rows of the subset: names that the real software has and this one
//! lacks, with what to write instead. One declaration serves both ends: [`Module::compile`](crate::Module::compile)
//! refuses what is not declared, and the [`Vm`](crate::Vm) makes objects from what is.
//!
//! Nothing here has a number. A function is known by its declaration, and its code is a value of a type that belongs to
//! the layer. The host finds the layer of a call by asking for that type, so two layers cannot be taken for each other.
//! A class is known by the address of its `static`.
//!
//! # Example
//!
//! A layer with a function, a class, a module, a library and a refusal:
//!
//! ```
//! use javascript::{
//!     Exports, FileId, Host, HostCall, HostClass, HostFunction, HostModule, HostReply, Layer, Library, Member, Module,
//!     Namespace, Position, Registry, SourceFile, Stop, Value, Vm, VmOptions,
//! };
//!
//! /// The code of a function of this layer.
//! struct CounterCode(fn(&mut Counters, &mut Vm, &HostCall<'_>) -> HostReply);
//!
//! /// A class: `console.log` prints its name, and its methods are bound to the object they are read from.
//! static COUNTER: HostClass = HostClass {
//!     name: "Counter",
//!     methods: &[HostFunction::native("next", 0, &CounterCode(Counters::next))],
//!     properties: &["total"],
//! };
//!
//! /// A module: `require('counters')` gives this object.
//! static COUNTERS: Namespace = Namespace {
//!     name: "counters",
//!     members: &[
//!         Member::Function(HostFunction::native("make", 0, &CounterCode(Counters::make))),
//!         Member::Function(HostFunction::library("twice", 1, &LIBRARY)),
//!     ],
//! };
//!
//! static LIBRARY: Library = Library { path: "counters.js", source: "function twice(f) { return [f(), f()] }" };
//!
//! static LAYER: Layer = Layer {
//!     modules: &[HostModule { name: "counters", exports: Exports::Namespace(&COUNTERS) }],
//!     library: Some(&LIBRARY),
//!     refused_members: &[("counters.reset", "`make`, for a new counter")],
//!     ..Layer::EMPTY
//! };
//!
//! /// The host, with the state that its functions work on.
//! struct Counters {
//!     total: f64,
//! }
//!
//! impl Counters {
//!     fn make(&mut self, vm: &mut Vm, _: &HostCall<'_>) -> HostReply {
//!         HostReply::Return(vm.host_object(&COUNTER, Vec::new()))
//!     }
//!
//!     fn next(&mut self, _: &mut Vm, _: &HostCall<'_>) -> HostReply {
//!         self.total += 1.0;
//!         HostReply::Return(Value::Number(self.total))
//!     }
//! }
//!
//! impl Host for Counters {
//!     fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
//!         // A host with more than one module declares `require` as a global function.
//!         (name == "counters").then(|| vm.namespace(self, &COUNTERS))
//!     }
//!
//!     fn get(&mut self, _: &mut Vm, _: &Value, class: &'static HostClass, key: &str) -> Value {
//!         if *class == COUNTER && key == "total" { Value::Number(self.total) } else { Value::Undefined }
//!     }
//!
//!     fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply {
//!         match call.function.code() {
//!             Some(CounterCode(code)) => code(self, vm, &call),
//!             None => HostReply::Return(Value::Undefined),
//!         }
//!     }
//!
//!     fn now_ms(&self, _: &Vm) -> f64 {
//!         0.0
//!     }
//!
//!     fn random(&mut self) -> f64 {
//!         0.5
//!     }
//! }
//!
//! let registry = Registry::new(&[&LAYER]);
//! let compile = |text: &str| Module::compile(SourceFile::new(FileId(0), "a.js", text), &registry);
//!
//! let module = compile("const one = counters.make()\nmodule.exports = [...counters.twice(one.next), one.total]").unwrap();
//! let mut vm = Vm::new(VmOptions { heap_bytes: 1 << 20 }, registry.clone());
//! vm.require(&module);
//! let Stop::Finished(Ok(exports)) = vm.run(&mut Counters { total: 0.0 }, 1_000) else { panic!("it finishes") };
//! assert_eq!(vm.display(&exports), "1,2,2");
//!
//! let refused = compile("const counters = require('counters')\ncounters.reset()").unwrap_err();
//! assert_eq!(&*refused.message, "`reset` of counters is not part of the JavaScript that runs here");
//! assert_eq!(refused.advice.as_deref(), Some("`make`, for a new counter"));
//! ```

use core::any::Any;
use core::fmt;
use std::rc::Rc;

use super::intrinsics::Intrinsics;
use super::layers::Layers;

/// A name that is refused, and what to write instead (empty where there is nothing to recommend).
pub type Advice = (&'static str, &'static str);

/// A function that a layer adds to the language.
pub struct HostFunction {
    /// Its `name`.
    pub name: &'static str,
    /// Its `length`.
    pub length: u8,
    code: FunctionCode,
}

/// Where the code of a [`HostFunction`] is.
#[derive(Clone, Copy)]
pub(crate) enum FunctionCode {
    /// A value of a type that belongs to the layer.
    Native(&'static (dyn Any + Send + Sync)),
    /// The function of the same name in the layer's library.
    Library(&'static Library),
}

impl HostFunction {
    /// A function that the host carries out. `code` is of a type that belongs to the layer: a function pointer in a
    /// newtype, or an enum.
    pub const fn native(name: &'static str, length: u8, code: &'static (dyn Any + Send + Sync)) -> Self {
        Self { name, length, code: FunctionCode::Native(code) }
    }

    /// The function of this name in the layer's library.
    pub const fn library(name: &'static str, length: u8, library: &'static Library) -> Self {
        Self { name, length, code: FunctionCode::Library(library) }
    }

    /// The function's code, if it is of type `T`; `None` for a function of another layer or of a library.
    pub fn code<T: Any>(&self) -> Option<&'static T> {
        match self.code {
            FunctionCode::Native(code) => code.downcast_ref(),
            FunctionCode::Library(_) => None,
        }
    }

    /// The library that the function is in; `None` for a native one.
    pub(crate) fn library_of(&self) -> Option<&'static Library> {
        match self.code {
            FunctionCode::Native(_) => None,
            FunctionCode::Library(library) => Some(library),
        }
    }
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("HostFunction").field(&self.name).finish()
    }
}

/// A class of host objects, declared as a `static`: two objects are of one class if they refer to the same `static`.
///
/// An object of a class with a `then` method is a thenable: `await` calls that method.
#[derive(Debug)]
pub struct HostClass {
    /// The name that `console.log` prints.
    pub name: &'static str,
    /// The methods. Reading one gives a function that is bound to the object.
    pub methods: &'static [HostFunction],
    /// The other properties; [`Host::get`](crate::Host::get) gives their values.
    pub properties: &'static [&'static str],
}

impl HostClass {
    /// The method of this name.
    pub fn method(&'static self, name: &str) -> Option<&'static HostFunction> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// True if the class declares this member.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.methods.iter().any(|method| method.name == name) || self.properties.contains(&name)
    }
}

impl PartialEq for HostClass {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

/// A plain object of the host with a fixed set of members: a global such as `console`, or a module such as `path`.
///
/// It is declared as a `static`, by which it is known, and each machine has one object of it.
#[derive(Debug)]
pub struct Namespace {
    /// The name by which refusals mention it.
    pub name: &'static str,
    /// Its members, in the order in which the object has them.
    pub members: &'static [Member],
}

impl Namespace {
    /// The member of this name.
    pub(crate) fn member(&'static self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name() == name)
    }
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

/// A member of a [`Namespace`], or a global.
#[derive(Debug)]
pub enum Member {
    /// A function.
    Function(HostFunction),
    /// A string, under this name.
    Text(&'static str, &'static str),
    /// An object, under this name.
    Namespace(&'static str, &'static Namespace),
    /// A value that [`Host::property`](crate::Host::property) gives when the object is made.
    Property(&'static str),
}

impl Member {
    /// The name of the member.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Function(function) => function.name,
            Self::Text(name, _) | Self::Namespace(name, _) | Self::Property(name) => name,
        }
    }
}

/// A module that `require` gives.
#[derive(Debug)]
pub struct HostModule {
    /// The name that `require` takes.
    pub name: &'static str,
    /// What the module exports.
    pub exports: Exports,
}

/// What a [`HostModule`] exports.
#[derive(Clone, Copy, Debug)]
pub enum Exports {
    /// An object with these members.
    Namespace(&'static Namespace),
    /// A function that makes objects of a class. The host makes the function itself.
    Constructor(&'static Constructor),
}

/// A function that makes objects of a class, as far as the parser has to know it.
#[derive(Debug)]
pub struct Constructor {
    /// The class of the objects.
    pub class: &'static HostClass,
    /// The members of the function that are the function itself.
    pub aliases: &'static [&'static str],
    /// The name by which refusals mention an object: `knex()`.
    pub instance: &'static str,
    /// How the refusal of a call of an object begins: `the query builder of Knex`.
    pub call: &'static str,
    /// What to write instead of a call, or of a member that the class does not declare.
    pub advice: &'static str,
}

/// Functions written in JavaScript that belong to a layer.
///
/// The file declares functions only. They see each other, the globals of the language and of the host, and the internal
/// built-ins whose names begin with `$`. They take no steps of the program, and no line in them is lit.
#[derive(Debug)]
pub struct Library {
    /// The name of the file.
    pub path: &'static str,
    /// Its text.
    pub source: &'static str,
}

/// All that one layer adds to the language.
#[derive(Debug)]
pub struct Layer {
    /// Global names.
    pub globals: &'static [Member],
    /// Modules.
    pub modules: &'static [HostModule],
    /// The library in which the functions made with [`HostFunction::library`] are found.
    pub library: Option<&'static Library>,
    /// A prefix that the name of any module may have (`node:`).
    pub module_prefix: Option<&'static str>,
    /// The modules that the host finds by other means than this registry, as advice mentions them.
    pub other_modules: Option<&'static str>,
    /// Global names that the real software has and this layer lacks.
    pub refused_globals: &'static [Advice],
    /// Members of namespaces that the real software has and the host lacks, as `namespace.member`.
    pub refused_members: &'static [Advice],
    /// Modules that the real software has and the host lacks. `tls` stands for `tls/…` too; `fs/` only for what is below
    /// `fs`.
    pub refused_modules: &'static [&'static str],
}

impl Layer {
    /// A layer that adds nothing.
    pub const EMPTY: Self = Self {
        globals: &[],
        modules: &[],
        library: None,
        module_prefix: None,
        other_modules: None,
        refused_globals: &[],
        refused_members: &[],
        refused_modules: &[],
    };
}

/// The language with the layers above it. Machines share it; nothing in it changes.
#[derive(Debug)]
pub struct Registry {
    pub(crate) layers: Layers,
    pub(crate) intrinsics: Intrinsics,
}

impl Registry {
    /// Registers the layers, and compiles their libraries and the language's own.
    ///
    /// # Panics
    /// If a library is not in the subset. A library is a constant, so registering its layer once in a test rules that out.
    pub fn new(layers: &[&'static Layer]) -> Rc<Self> {
        let layers = Layers::new(layers);
        let intrinsics = Intrinsics::new(&layers);
        Rc::new(Self { layers, intrinsics })
    }

    /// The module of this name, with or without the prefix that module names may have.
    pub fn module(&self, name: &str) -> Option<&'static HostModule> {
        self.layers.module(name)
    }
}
