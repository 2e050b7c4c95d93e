//! JavaScript values. A primitive value is held directly. An object is an [`ObjectId`], an index into the
//! [`Heap`](super::heap::Heap), so a clone of a machine is a copy of plain data.

use std::rc::Rc;

/// A JavaScript value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number: a double.
    Number(f64),
    /// A string, encoded as UTF-8. Programs see its length and indices in UTF-16 code units. Half of a surrogate pair
    /// becomes U+FFFD.
    String(Rc<str>),
    /// An object, which includes arrays, functions, promises and errors.
    Object(ObjectId),
}

/// The index of an object in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) u32);

impl ObjectId {
    /// The id of no object.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

impl Value {
    /// The value of a variable in its [temporal dead zone](https://tc39.es/ecma262/#sec-let-and-const-declarations). The
    /// machine checks for it at every read, so no program sees it.
    pub(crate) const UNINITIALISED: Self = Self::Object(ObjectId::NONE);

    /// Returns true for the value of a variable in its temporal dead zone.
    pub(crate) fn is_uninitialised(&self) -> bool {
        matches!(self, Self::Object(ObjectId::NONE))
    }

    /// Makes a string.
    pub fn string(text: impl Into<Rc<str>>) -> Self {
        Self::String(text.into())
    }

    /// Converts to a boolean ([ToBoolean](https://tc39.es/ecma262/#sec-toboolean)).
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Boolean(boolean) => *boolean,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Object(_) => true,
        }
    }

    /// Returns true for `undefined` and `null`.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Returns the object; `None` for a primitive value.
    pub fn as_object(&self) -> Option<ObjectId> {
        match self {
            Self::Object(id) => Some(*id),
            _ => None,
        }
    }

    /// Returns the text of a string; `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number; `None` for any other value.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Compares with `===` ([IsStrictlyEqual](https://tc39.es/ecma262/#sec-isstrictlyequal)).
    #[expect(clippy::float_cmp, reason = "`===` compares numbers exactly")]
    pub fn strictly_equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            _ => false,
        }
    }
}
