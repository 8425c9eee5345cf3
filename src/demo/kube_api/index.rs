//! Objects of one kind, found by place, by who owns them and by a label: nobody has to look through all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

/// Namespace and name.
pub(super) type Place = (String, String);

/// The objects of one kind.
#[derive(Debug, Default)]
pub(super) struct Index {
    objects: BTreeMap<Place, Arc<Value>>,
    /// By the uid of each owner.
    owned: HashMap<String, BTreeSet<Place>>,
    /// By label and value.
    labelled: HashMap<(String, String), BTreeSet<Place>>,
}

impl Index {
    /// The object at a place.
    pub(super) fn get(&self, place: &Place) -> Option<&Arc<Value>> {
        self.objects.get(place)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Puts an object in, in place of what was there.
    pub(super) fn insert(&mut self, place: &Place, object: &Arc<Value>) {
        let old = self.objects.insert(place.clone(), Arc::clone(object));
        let same = old.as_ref().is_some_and(|old| {
            let (old, new) = (&old["metadata"], &object["metadata"]);
            old["labels"] == new["labels"] && old["ownerReferences"] == new["ownerReferences"]
        });
        if same {
            return;
        }
        if let Some(old) = old {
            self.forget(place, &old);
        }
        for uid in owners(object) {
            self.owned
                .entry(uid.to_owned())
                .or_default()
                .insert(place.clone());
        }
        for label in labels(object) {
            self.labelled
                .entry(label)
                .or_default()
                .insert(place.clone());
        }
    }

    /// Takes an object out.
    pub(super) fn remove(&mut self, place: &Place) {
        if let Some(old) = self.objects.remove(place) {
            self.forget(place, &old);
        }
    }

    fn forget(&mut self, place: &Place, old: &Value) {
        for uid in owners(old) {
            drop_from(&mut self.owned, &uid.to_owned(), place);
        }
        for label in labels(old) {
            drop_from(&mut self.labelled, &label, place);
        }
    }

    /// The objects of one namespace or of all, ordered by place.
    pub(super) fn list(&self, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let Some(namespace) = namespace else {
            return self.objects.values().cloned().collect();
        };
        let from = self.objects.range((namespace.to_owned(), String::new())..);
        let within = from.take_while(|(place, _)| place.0 == namespace);
        within.map(|(_, object)| Arc::clone(object)).collect()
    }

    /// The objects that the object with this uid owns.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<Arc<Value>> {
        self.at(self.owned.get(uid))
    }

    /// The objects of a namespace that have all of `wanted` as labels; none where `wanted` is empty.
    pub(super) fn labelled(&self, namespace: &str, wanted: &Map<String, Value>) -> Vec<Arc<Value>> {
        let places = wanted.iter().map(|(label, value)| {
            self.labelled
                .get(&(label.clone(), value.as_str().unwrap_or_default().to_owned()))
        });
        // The rarest of the labels leaves the fewest to look at.
        let rarest = places.min_by_key(|places| places.map_or(0, BTreeSet::len));
        let mut found = self.at(rarest.flatten());
        found.retain(|object| {
            let metadata = &object["metadata"];
            metadata["namespace"] == namespace
                && wanted
                    .iter()
                    .all(|(label, value)| metadata["labels"][label] == *value)
        });
        found
    }

    fn at(&self, places: Option<&BTreeSet<Place>>) -> Vec<Arc<Value>> {
        let places = places.into_iter().flatten();
        places
            .filter_map(|place| self.objects.get(place).cloned())
            .collect()
    }
}

fn owners(object: &Value) -> impl Iterator<Item = &str> {
    let references = object["metadata"]["ownerReferences"]
        .as_array()
        .into_iter()
        .flatten();
    references.filter_map(|reference| reference["uid"].as_str())
}

fn labels(object: &Value) -> impl Iterator<Item = (String, String)> {
    let labels = object["metadata"]["labels"]
        .as_object()
        .into_iter()
        .flatten();
    labels.filter_map(|(label, value)| Some((label.clone(), value.as_str()?.to_owned())))
}

fn drop_from<K: std::hash::Hash + Eq>(
    map: &mut HashMap<K, BTreeSet<Place>>,
    key: &K,
    place: &Place,
) {
    if let Some(places) = map.get_mut(key) {
        places.remove(place);
        if places.is_empty() {
            map.remove(key);
        }
    }
}
