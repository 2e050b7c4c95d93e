//! The properties of an object, in the order in which the language lists them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::Value;

/// A property's key and value.
type Property = (Rc<str>, Value);

/// The own enumerable properties of an object: integer keys in ascending order, then all other keys in the order of their
/// insertion ([OrdinaryOwnPropertyKeys](https://tc39.es/ecma262/#sec-ordinaryownpropertykeys)).
///
/// The subset has no `delete`, so no property is ever removed.
#[derive(Clone, Debug, Default)]
#[expect(clippy::box_collection, reason = "few objects have a map, and each object has the size of its place")]
pub struct Properties {
    /// The properties with integer keys. Boxed because few objects have any.
    integers: Option<Box<BTreeMap<u32, Property>>>,
    /// The properties with other keys.
    names: Vec<Property>,
    /// The index in `names` of each key. Absent while there are few names.
    index: Option<Box<BTreeMap<Rc<str>, usize>>>,
}

/// The largest number of names without an index: to compare with each of them is faster.
const NAMES_WITHOUT_INDEX: usize = 16;

impl Properties {
    /// Makes properties from pairs whose keys are all different, no integers, and at most 16.
    pub(super) fn from_names(names: Vec<(Rc<str>, Value)>) -> Self {
        debug_assert!(
            names.len() <= NAMES_WITHOUT_INDEX && names.iter().all(|(key, _)| array_index(key).is_none()),
            "these properties need an index"
        );
        Self { integers: None, names, index: None }
    }

    fn find_name(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.names.iter().position(|(name, _)| &**name == key),
        }
    }

    /// Returns the value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let (_, value) = match array_index(key) {
            Some(integer) => self.integers.as_ref()?.get(&integer)?,
            None => &self.names[self.find_name(key)?],
        };
        Some(value)
    }

    /// Sets the value under `key`. Returns true if the key is new.
    pub fn set(&mut self, key: &Rc<str>, value: Value) -> bool {
        if let Some(integer) = array_index(key) {
            let integers = self.integers.get_or_insert_default();
            return integers.insert(integer, (key.clone(), value)).is_none();
        }
        if let Some(place) = self.find_name(key) {
            self.names[place].1 = value;
            return false;
        }
        let place = self.names.len();
        self.names.push((key.clone(), value));
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), place);
        } else if self.names.len() > NAMES_WITHOUT_INDEX {
            let names = self.names.iter().map(|(name, _)| name.clone());
            self.index = Some(Box::new(names.zip(0..).collect()));
        }
        true
    }

    /// Iterates over the properties in the language's order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        let integers = self.integers.iter().flat_map(|integers| integers.values());
        integers.chain(&self.names).map(|(key, value)| (key, value))
    }

    /// Returns the number of properties.
    pub fn len(&self) -> usize {
        self.integers.as_ref().map_or(0, |integers| integers.len()) + self.names.len()
    }

    /// Returns true if there are no properties.
    pub fn is_empty(&self) -> bool {
        self.integers.is_none() && self.names.is_empty()
    }
}

/// Returns the integer below 2^32 - 1 whose canonical form is `key`
/// ([array index](https://tc39.es/ecma262/#array-index)).
pub(crate) fn array_index(key: &str) -> Option<u32> {
    let first = *key.as_bytes().first()?;
    if !first.is_ascii_digit() || key.len() > 10 || (first == b'0' && key.len() > 1) {
        return None;
    }
    key.parse().ok().filter(|index| *index != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(properties: &Properties) -> Vec<&str> {
        properties.iter().map(|(key, _)| &**key).collect()
    }

    #[test]
    fn integer_keys_come_first_and_the_others_in_the_order_of_their_insertion() {
        let mut properties = Properties::default();
        assert!(properties.is_empty());
        for key in ["b", "10", "a", "9", "01", "4294967295", "b", "10"] {
            properties.set(&key.into(), Value::string(key));
        }
        assert_eq!(keys(&properties), ["9", "10", "b", "a", "01", "4294967295"]);
        assert_eq!(properties.len(), 6);
    }

    #[test]
    fn every_key_is_found_with_and_without_an_index() {
        let mut properties = Properties::default();
        for number in 0..100 {
            let key = format!("key {}", number * 37 % 100).into();
            assert!(properties.set(&key, Value::Number(1.0)));
            assert!(!properties.set(&key, Value::Number(f64::from(number))));
            assert_eq!(properties.get(&key).and_then(Value::as_number), Some(f64::from(number)));
        }
        assert_eq!((properties.len(), properties.get("key 100").is_none()), (100, true));
    }

    #[test]
    fn an_array_index_is_written_as_a_number_is() {
        let indices =
            ["0", "7", "4294967294", "4294967295", "", "-1", "01", "1.5", "1e3", "12345678901"].map(array_index);
        assert_eq!(indices, [Some(0), Some(7), Some(4_294_967_294), None, None, None, None, None, None, None]);
    }
}
