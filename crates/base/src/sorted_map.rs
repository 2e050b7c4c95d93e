//! Saves 29 KB brotli of the page: a map and a set with the methods of `BTreeMap` and `BTreeSet`, on a sorted vector.
//!
//! `BTreeMap` costs the page about 2.5 KB for every pair of types it is used with. A lookup here is a binary search. An
//! insertion at the end takes constant time, and one elsewhere moves all later entries. Use these types where keys arrive
//! mostly in ascending order (due times, numbers of connections) or where there are few of them, and `BTreeMap` where a
//! program decides how many keys there are and in which order they arrive.

use std::borrow::Borrow;

/// A map, in ascending order of its keys.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Makes an empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the index of a key, or the index at which it would be inserted.
    fn search<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        // Most insertions are at the end.
        match self.entries.last() {
            Some((last, _)) if last.borrow() < key => Err(self.entries.len()),
            _ => self.entries.binary_search_by(|(own, _)| own.borrow().cmp(key)),
        }
    }

    /// Returns the value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// Returns the key of the map that equals `key`, and its value.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let index = self.search(key).ok()?;
        let (key, value) = &self.entries[index];
        Some((key, value))
    }

    /// Returns the value of a key, for a change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.search(key).ok()?;
        Some(&mut self.entries[index].1)
    }

    /// Returns true if the map has a value for the key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.search(key).is_ok()
    }

    /// Sets the value of a key and returns its previous value.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.search(&key) {
            Ok(index) => Some(core::mem::replace(&mut self.entries[index].1, value)),
            Err(index) => {
                self.entries.insert(index, (key, value));
                None
            }
        }
    }

    /// Returns the place of a key, occupied or vacant.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let index = self.search(&key);
        Entry { map: self, key, index }
    }

    /// Removes a key and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let index = self.search(key).ok()?;
        Some(self.entries.remove(index).1)
    }

    /// Returns the entry with the smallest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.entries.first().map(|(key, value)| (key, value))
    }

    /// Returns the entry with the largest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.entries.last().map(|(key, value)| (key, value))
    }

    /// Removes and returns the entry with the smallest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        if self.entries.is_empty() { None } else { Some(self.entries.remove(0)) }
    }

    /// Removes the entries for which `keep` returns false.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// Iterates over the entries in ascending order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Iterates over the keys in ascending order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Iterates over the values in ascending order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Iterates over the values in ascending order of their keys, for changes.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns true if the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

/// The place of a key in a [`SortedMap`].
pub struct Entry<'a, K, V> {
    map: &'a mut SortedMap<K, V>,
    key: K,
    index: Result<usize, usize>,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// Returns the value of the key. A vacant key gets the value that `default` returns.
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> &'a mut V {
        let index = match self.index {
            Ok(index) => index,
            Err(index) => {
                self.map.entries.insert(index, (self.key, default()));
                index
            }
        };
        &mut self.map.entries[index].1
    }

    /// Returns the value of the key. A vacant key gets `default`.
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// Returns the value of the key. A vacant key gets the default of its type.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// A set, in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedSet<K>(SortedMap<K, ()>);

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        Self(SortedMap::default())
    }
}

impl<K: Ord> SortedSet<K> {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key. Returns false if the set had it already.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Removes a key. Returns false if the set did not have it.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }

    /// Returns the key of the set that equals `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        self.0.get_key_value(key).map(|(key, ())| key)
    }

    /// Returns true if the set has the key.
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Iterates over the keys in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.keys()
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if the set has no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sorted_map_does_what_a_b_tree_map_does(
            operations in prop::collection::vec((0_u8..6, 0_u8..20, any::<u8>()), 0..200)
        ) {
            let (mut map, mut model) = (SortedMap::new(), BTreeMap::new());
            for (operation, key, value) in operations {
                match operation {
                    0 | 1 => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                    2 => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                    3 => prop_assert_eq!(map.entry(key).or_insert(value), model.entry(key).or_insert(value)),
                    4 => {
                        map.retain(|key, _| key % 7 != value % 7);
                        model.retain(|key, _| key % 7 != value % 7);
                    }
                    _ => prop_assert_eq!(map.pop_first(), model.pop_first()),
                }
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert!(map.iter().eq(model.iter()));
                prop_assert_eq!(map.first_key_value(), model.first_key_value());
                prop_assert_eq!(map.last_key_value(), model.last_key_value());
            }
        }

        #[test]
        fn a_sorted_set_does_what_a_b_tree_set_does(keys in prop::collection::vec((any::<bool>(), 0_u8..20), 0..200)) {
            let (mut set, mut model) = (SortedSet::new(), BTreeSet::new());
            for (inserts, key) in keys {
                if inserts {
                    prop_assert_eq!(set.insert(key), model.insert(key));
                } else {
                    prop_assert_eq!(set.remove(&key), model.remove(&key));
                }
                prop_assert_eq!(set.get(&key), model.get(&key));
                prop_assert!(set.iter().eq(model.iter()));
            }
        }
    }
}
