//! Bytecode: compiled files as bytes, so that the page needs no parser and no compiler. `build.rs` compiles the files that
//! come with the program and [`write`]s them, the program [`read`]s them. A test holds what is read to what is compiled.
//!
//! It is good for the version of the program that wrote it, and for no other: it has numbers of instructions, of the
//! language's functions and of its property names. Whole numbers stand in it seven bits a byte, the lowest first; texts as
//! their length and their bytes.

use std::rc::Rc;

use super::ast::{Binary, Name, Span};
use super::program::{Code, Handler, Key, Module, Op};
use super::source::SourceFile;
use super::value::{ObjectId, Value};

/// A module's bytecode.
pub fn write(module: &Module) -> Vec<u8> {
    let mut to = Writer(Vec::new());
    to.list(&module.names, Writer::text);
    to.code(&module.code);
    to.0
}

/// The module of some bytecode; `source` is the file that it was compiled from. `None` where the bytes are none.
pub fn read(source: SourceFile, bytes: &[u8]) -> Option<Rc<Module>> {
    let mut from = Reader { bytes, source: Rc::new(source), library: false };
    let names = from.list(Reader::text)?;
    let code = from.code()?;
    Some(Rc::new(Module { source: from.source, code, names }))
}

/// The bytecode of the language's own library: of those of its functions that are wanted.
pub(crate) fn write_library(functions: &[(Name, Rc<Code>)], wanted: &[bool]) -> Vec<u8> {
    let mut to = Writer(Vec::new());
    let functions: Vec<_> = functions.iter().zip(wanted).collect();
    to.list(&functions, |to, ((name, code), wanted)| {
        to.number(u32::from(**wanted));
        if **wanted {
            to.text(name);
            to.code(code);
        }
    });
    to.0
}

/// The functions of the library's bytecode; those that were not wanted have no code.
pub(crate) fn read_library(source: Rc<SourceFile>, bytes: &[u8]) -> Option<Vec<(Name, Option<Rc<Code>>)>> {
    let mut from = Reader { bytes, source, library: true };
    from.list(
        |from| if from.number()? == 0 { Some(("".into(), None)) } else { Some((from.text()?, Some(from.code()?))) },
    )
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u32) {
        while number > 0x7f {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn numbers(&mut self, numbers: &[u32]) {
        numbers.iter().for_each(|number| self.number(*number));
    }

    fn text(&mut self, text: &Rc<str>) {
        self.number(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u32);
        items.iter().for_each(|item| write(self, item));
    }

    fn code(&mut self, code: &Code) {
        let facts = [code.rest, code.asynchronous, code.constructor, code.strict];
        self.number(facts.iter().rev().fold(0, |bits, fact| bits << 1 | u32::from(*fact)));
        self.text(&code.name);
        self.numbers(&[code.span.start, code.span.end, code.parameters, code.length, code.locals]);
        self.list(&code.ops, |to, op| to.op(*op));
        let places: Vec<_> = (0..).zip(&code.places).filter(|(_, place)| **place != (0, 0)).collect();
        self.list(&places, |to, (at, (line, column))| to.numbers(&[*at, *line, *column]));
        self.list(&code.constants, Self::constant);
        self.list(&code.keys, |to, key| {
            to.text(&key.name);
            to.number(key.symbol.into());
        });
        self.list(&code.functions, |to, function| to.code(function));
        self.list(&code.handlers, |to, handler| {
            to.numbers(&[handler.start, handler.end, handler.target, handler.depth]);
        });
        self.list(&code.texts, |to, (at, text)| {
            to.number(*at);
            to.text(text);
        });
    }

    fn constant(&mut self, value: &Value) {
        match value {
            Value::Undefined => self.number(0),
            Value::Null => self.number(1),
            Value::Boolean(boolean) => self.number(2 + u32::from(*boolean)),
            Value::Number(number) => {
                self.number(4);
                self.0.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            Value::String(text) => {
                self.number(5);
                self.text(text);
            }
            Value::Object(ObjectId(id)) => {
                self.number(6);
                self.number(*id);
            }
        }
    }
}

/// Reads what a [`Writer`] wrote. Bytes that none wrote give `None`, never a panic.
struct Reader<'a> {
    bytes: &'a [u8],
    source: Rc<SourceFile>,
    library: bool,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    #[inline(never)]
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<Rc<str>> {
        let length = self.number()? as usize;
        let text = core::str::from_utf8(self.bytes.get(..length)?).ok()?;
        self.bytes = &self.bytes[length..];
        Some(text.into())
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    fn code(&mut self) -> Option<Rc<Code>> {
        let facts = self.number()?;
        let fact = |number: u32| facts >> number & 1 != 0;
        let name = self.text()?;
        let span = Span { start: self.number()?, end: self.number()? };
        let (parameters, length, locals) = (self.number()?, self.number()?, self.number()?);
        let ops = self.list(Self::op)?;
        let mut places = vec![(0, 0); ops.len()];
        for _ in 0..self.number()? {
            let at = self.number()? as usize;
            *places.get_mut(at)? = (self.number()?, self.number()?);
        }
        Some(Rc::new(Code {
            source: self.source.clone(),
            span,
            name,
            parameters,
            rest: fact(0),
            length,
            asynchronous: fact(1),
            constructor: fact(2),
            strict: fact(3),
            library: self.library,
            locals,
            ops,
            places,
            constants: self.list(Self::constant)?,
            keys: self.list(|from| Some(Key { name: from.text()?, symbol: from.number()? as u16 }))?,
            functions: self.list(Self::code)?,
            handlers: self.list(Self::handler)?,
            texts: self.list(|from| Some((from.number()?, from.text()?)))?,
        }))
    }

    fn handler(&mut self) -> Option<Handler> {
        Some(Handler { start: self.number()?, end: self.number()?, target: self.number()?, depth: self.number()? })
    }

    fn constant(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Undefined,
            1 => Value::Null,
            2 => Value::Boolean(false),
            3 => Value::Boolean(true),
            4 => {
                let (bits, rest) = self.bytes.split_first_chunk()?;
                self.bytes = rest;
                Value::Number(f64::from_bits(u64::from_le_bytes(*bits)))
            }
            5 => Value::String(self.text()?),
            6 => Value::Object(ObjectId(self.number()?)),
            _ => return None,
        })
    }
}

/// A number that an instruction carries.
trait Operand {
    fn number(self) -> u32;
    fn of(number: u32) -> Self;
}

impl Operand for u32 {
    fn number(self) -> u32 {
        self
    }

    fn of(number: u32) -> Self {
        number
    }
}

impl Operand for u16 {
    fn number(self) -> u32 {
        self.into()
    }

    fn of(number: u32) -> Self {
        number as Self
    }
}

impl Operand for Binary {
    fn number(self) -> u32 {
        self as u32
    }

    fn of(number: u32) -> Self {
        Self::ALL[number as usize % Self::ALL.len()]
    }
}

/// Numbers the instructions in the order given, which has to be all of them, and names the operands of each.
macro_rules! instructions {
    ($($name:ident $(($first:ident $(, $second:ident)?))?),* $(,)?) => {
        #[derive(Clone, Copy)]
        enum Instruction { $($name),* }

        /// How many operands each has.
        const OPERANDS: &[u8] = &[$(0 $(+ { stringify!($first); 1 } $(+ { stringify!($second); 1 })?)?),*];

        impl Writer {
            fn op(&mut self, op: Op) {
                match op {
                    $(Op::$name $(($first $(, $second)?))? => {
                        self.0.push(Instruction::$name as u8);
                        $(self.number($first.number()); $(self.number($second.number());)?)?
                    })*
                }
            }
        }

        impl Reader<'_> {
            fn op(&mut self) -> Option<Op> {
                let number = self.byte()?;
                let operands = *OPERANDS.get(number as usize)?;
                let one = if operands > 0 { self.number()? } else { 0 };
                let two = if operands > 1 { self.number()? } else { 0 };
                $(if number == Instruction::$name as u8 {
                    $(let $first = Operand::of(one); $(let $second = Operand::of(two);)?)?
                    return Some(Op::$name $(($first $(, $second)?))?);
                })*
                let _ = (one, two);
                None
            }
        }
    };
}

instructions! {
    Undefined, Constant(number), Pop, Duplicate, DuplicatePair,
    LoadLocal(slot), StoreLocal(slot), KeepLocal(slot), CheckLocal(slot), UninitialiseLocal(slot),
    LoadScope(hops, slot), StoreScope(hops, slot), InitialiseScope(hops, slot),
    LoadGlobal(key), TypeOfGlobal(key), StoreGlobal(key), Callee,
    PushScope(count), PopScope, CopyScope, ThrowUninitialised(key), ThrowConstant,
    Get(key), GetIndex, Set(key), SetIndex, Method(key), MethodIndex,
    Call(count), CallSpread, New(count), NewSpread,
    Array(count), Append, AppendAll, AppendArguments,
    Object, Define(key), DefineIndex, DefineAll, Closure(number), NameClosure, ToKey,
    Binary(operator), Not, Negate, ToNumber, Increment, Decrement, TypeOf, Template(count),
    Jump(target), JumpIfFalse(target), JumpIfTrue(target), JumpIfFalseOrPop(target), JumpIfTrueOrPop(target),
    JumpIfPresentOrPop(target), JumpIfDefinedOrPop(target), JumpIfNullish(target), JumpIfNullishCallee(target),
    Iterate, ForOf(slot, target), CheckObject, Element(index), ElementsFrom(index), OtherProperties,
    Return, Throw, Await,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::FileId;

    fn file(text: &str) -> SourceFile {
        SourceFile::new(FileId(0), "a.js", text)
    }

    /// Everything that the machine reads of a module, in one text.
    fn told(module: &Module) -> String {
        format!("{module:?}")
    }

    #[test]
    fn what_is_read_is_what_was_compiled() {
        for text in [
            "",
            "'use strict'; exports.f = async (a, ...rest) => { try { await a } catch ({ message = 1.5 }) { throw rest } }",
            "let é = '😀'; for (const [k, v] of Object.entries({ a: null, 1: -0 })) { é += `${k}${v ?? true}` } x?.y[0]; x.z++",
            include_str!("vm/tests/programs/patterns.js"),
            include_str!("vm/tests/programs/operators.js"),
            include_str!("vm/tests/programs/finally.js"),
        ] {
            let module = Module::compile(file(text)).unwrap();
            let read = read(file(text), &write(&module)).expect("it is bytecode");
            assert_eq!(told(&read), told(&module));
        }
    }

    #[test]
    fn binary_operators_have_their_numbers() {
        for (number, operator) in Binary::ALL.iter().enumerate() {
            assert_eq!(*operator as usize, number);
        }
    }

    proptest! {
        #[test]
        fn other_bytes_are_no_reason_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(file(""), &bytes);
        }

        #[test]
        fn damaged_bytecode_is_no_reason_to_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let text = include_str!("vm/tests/programs/closures.js");
            let mut bytes = write(&Module::compile(file(text)).unwrap());
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = read(file(text), &bytes);
        }
    }
}
