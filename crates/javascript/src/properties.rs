//! The properties of an object, in the order in which the language lists them. The [heap](super::heap) gives them to each of
//! its objects.

use std::rc::Rc;

use super::value::Value;
use base::sorted_map::SortedMap;

/// Ordered properties: integer keys ascending, then the others in the order of their insertion. There is no `delete`, so
/// a key that is there keeps its place among the others.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    entries: Vec<(Rc<str>, Value)>,
    /// How many of the entries, from the first, have integer keys.
    integers: u32,
    /// Where each of the other keys is, counted from the first of them; kept only once there are many.
    places: Option<Box<SortedMap<Rc<str>, u32>>>,
}

/// From this many keys on their places are kept in a tree: below it, looking at each is faster.
const MANY_KEYS: usize = 16;

impl Properties {
    /// These properties, whose keys are different words, and few enough to need no tree.
    pub(super) fn of_words(entries: Vec<(Rc<str>, Value)>) -> Self {
        debug_assert!(entries.len() <= MANY_KEYS && entries.iter().all(|(key, _)| array_index(key).is_none()));
        Self { entries, integers: 0, places: None }
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        let integers = self.integers as usize;
        if let Some(index) = array_index(key) {
            return self.entries[..integers]
                .binary_search_by_key(&index, |(name, _)| array_index(name).unwrap_or(u32::MAX));
        }
        let place = match &self.places {
            Some(places) => places.get(key).map(|place| integers + *place as usize),
            None => self.entries[integers..].iter().position(|(name, _)| &**name == key).map(|place| integers + place),
        };
        place.ok_or(self.entries.len())
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).ok().map(|place| &self.entries[place].1)
    }

    /// Sets the value under `key`, at its place in the language's order where it is new; tells whether it is.
    pub fn set(&mut self, key: &Rc<str>, value: Value) -> bool {
        let place = match self.find(key) {
            Ok(place) => {
                self.entries[place].1 = value;
                return false;
            }
            Err(place) => place,
        };
        if place < self.entries.len() || array_index(key).is_some() {
            self.integers += 1;
            self.entries.insert(place, (key.clone(), value));
            return true;
        }
        self.entries.push((key.clone(), value));
        let others = self.entries.len() - self.integers as usize;
        if let Some(places) = &mut self.places {
            places.insert(key.clone(), others as u32 - 1);
        } else if others > MANY_KEYS {
            let names = self.entries[self.integers as usize..].iter().map(|(name, _)| name.clone());
            self.places = Some(Box::new(names.zip(0..).collect()));
        }
        true
    }

    /// The properties, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Rc<str>, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The integer that `key` is the canonical form of, where it is one below 2^32 - 1.
pub fn array_index(key: &str) -> Option<u32> {
    let first = *key.as_bytes().first()?;
    if !first.is_ascii_digit() || key.len() > 10 || (first == b'0' && key.len() > 1) {
        return None;
    }
    key.parse().ok().filter(|index| *index != u32::MAX)
}
