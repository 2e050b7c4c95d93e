//! Values of the handler machine. Primitive values are held directly; everything else is an [`ObjectId`] into the
//! [`Heap`](super::heap::Heap), so that a machine is cloned by cloning plain data.

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
    /// Every number is a double.
    Number(f64),
    /// A string of Unicode scalar values; lengths and indices are counted in UTF-16 units, as the language does. A
    /// slice that would cut a surrogate pair holds U+FFFD in its place.
    String(Rc<str>),
    /// An object, array, function, promise, error or object of the host.
    Object(ObjectId),
}

/// The place of an object in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) u32);

impl ObjectId {
    /// No object: what stands where there may be one and is none.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

impl Value {
    /// What a variable holds before its declaration has run. The machine looks for it wherever it can be, so that no
    /// program ever sees it.
    pub(crate) const UNINITIALISED: Self = Self::Object(ObjectId::NONE);

    /// Whether it is the mark of a variable before its declaration.
    pub(crate) fn is_uninitialised(&self) -> bool {
        matches!(self, Self::Object(ObjectId::NONE))
    }

    /// A string value.
    pub fn string(text: impl Into<Rc<str>>) -> Self {
        Self::String(text.into())
    }

    /// What `if (value)` decides by.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Boolean(boolean) => *boolean,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Object(_) => true,
        }
    }

    /// Whether it is `undefined` or `null`.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// The object it refers to, where it refers to one.
    pub fn as_object(&self) -> Option<ObjectId> {
        match self {
            Self::Object(id) => Some(*id),
            _ => None,
        }
    }

    /// The text, where it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// `===`.
    #[allow(clippy::float_cmp, reason = "it is the language's own comparison")]
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
