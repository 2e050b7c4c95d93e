//! Variables in frames and scopes, and globals.

use std::rc::Rc;

use super::Vm;
use crate::builtins;
use crate::convert;
use crate::heap::{ErrorKind, ObjectKind};
use crate::host::Host;
use crate::value::{ObjectId, Value};

impl Vm {
    pub(super) fn load_callee(&mut self) {
        let bottom = self.frames.last().map_or(0, |frame| frame.bottom as usize);
        self.stack.push(self.stack[bottom].clone());
    }

    /// Throws if the variable at this place of the stack is in its temporal dead zone.
    pub(super) fn check_initialised(&mut self, place: usize) -> Result<(), Value> {
        if self.stack[place].is_uninitialised() { Err(self.used_too_early()) } else { Ok(()) }
    }

    pub(super) fn load_scope(&mut self, hops: u16, slot: u16) -> Result<(), Value> {
        let value = self.variable(hops, slot).clone();
        if value.is_uninitialised() {
            return Err(self.used_too_early());
        }
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn store_scope(&mut self, hops: u16, slot: u16) -> Result<(), Value> {
        let value = self.pop();
        let variable = self.variable(hops, slot);
        if variable.is_uninitialised() {
            return Err(self.used_too_early());
        }
        *variable = value;
        Ok(())
    }

    pub(super) fn initialise_scope(&mut self, hops: u16, slot: u16) {
        let value = self.pop();
        *self.variable(hops, slot) = value;
    }

    pub(super) fn push_scope(&mut self, count: u32) {
        let slots = vec![Value::UNINITIALISED; count as usize];
        let parent = self.scope();
        let depth = self.scope_depth(parent) + 1;
        let scope = self.heap.insert(ObjectKind::Scope { parent, depth, slots });
        self.set_scope(scope);
    }

    pub(super) fn pop_scope(&mut self) {
        if let ObjectKind::Scope { parent, .. } = self.heap.get(self.scope()).kind {
            self.set_scope(parent);
        }
    }

    pub(super) fn copy_scope(&mut self) {
        let kind = self.heap.get(self.scope()).kind.clone();
        let scope = self.heap.insert(kind);
        self.set_scope(scope);
    }

    pub(super) fn load_global(&mut self, host: &mut dyn Host, name: &Rc<str>) -> Result<(), Value> {
        match self.global(host, name) {
            Some(value) => self.stack.push(value),
            None => return Err(self.not_defined(name)),
        }
        Ok(())
    }

    pub(super) fn type_of_global(&mut self, host: &mut dyn Host, name: &Rc<str>) {
        let value = self.global(host, name).unwrap_or_default();
        self.stack.push(Value::string(convert::type_of(&self.heap, &value)));
    }

    pub(super) fn store_global(&mut self, host: &mut dyn Host, name: &Rc<str>, strict: bool) -> Result<(), Value> {
        let value = self.pop();
        let fixed = matches!(&**name, "undefined" | "NaN" | "Infinity");
        if strict {
            if self.global(host, name).is_none() {
                return Err(self.not_defined(name));
            }
            if fixed {
                let message = format!("Cannot assign to read only property '{name}' of object '#<Object>'");
                return Err(self.type_error(&message));
            }
        }
        if !fixed {
            self.globals.insert(name.clone(), value);
        }
        Ok(())
    }

    pub(super) fn scope(&self) -> ObjectId {
        self.frames.last().map_or(ObjectId::NONE, |frame| frame.scope)
    }

    fn set_scope(&mut self, scope: ObjectId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.scope = scope;
        }
    }

    fn scope_depth(&self, scope: ObjectId) -> u32 {
        if scope == ObjectId::NONE {
            return 0;
        }
        match self.heap.get(scope).kind {
            ObjectKind::Scope { depth, .. } => depth,
            _ => 0,
        }
    }

    fn variable(&mut self, hops: u16, slot: u16) -> &mut Value {
        let mut id = self.scope();
        for _ in 0..hops {
            if let ObjectKind::Scope { parent, .. } = self.heap.get(id).kind {
                id = parent;
            }
        }
        match &mut self.heap.get_mut(id).kind {
            ObjectKind::Scope { slots, .. } => &mut slots[slot as usize],
            _ => unreachable!("the scope of a frame, and each scope around it, is a scope"),
        }
    }

    fn global(&mut self, host: &mut dyn Host, name: &Rc<str>) -> Option<Value> {
        if let Some(value) = self.globals.get(name) {
            return Some(value.clone());
        }
        if let Some(value) = builtins::global(name, false) {
            return Some(value);
        }
        self.host_was_called = true;
        let value = match self.registry.layers.global(name) {
            Some(member) => self.member(host, member),
            None => host.global(self, name)?,
        };
        self.globals.insert(name.clone(), value.clone());
        Some(value)
    }

    fn not_defined(&mut self, name: &str) -> Value {
        self.new_error(ErrorKind::ReferenceError, &format!("{name} is not defined"))
    }

    fn used_too_early(&mut self) -> Value {
        let name = self.named().unwrap_or_default();
        self.uninitialised(&name)
    }

    pub(super) fn uninitialised(&mut self, name: &str) -> Value {
        self.new_error(ErrorKind::ReferenceError, &format!("Cannot access '{name}' before initialization"))
    }
}
