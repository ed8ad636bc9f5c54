//! Where the parts of a catalogue stand in its files.

use crate::problem::{Place, Sink, Spot};

/// The places of a catalogue's intents, in the catalogue's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    files: Vec<std::path::PathBuf>,
    intents: Vec<IntentPlaces>,
}

/// The places of one intent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct IntentPlaces {
    pub(crate) id: Place,
    pub(crate) phrasings: Vec<Place>,
    pub(crate) rules: Vec<Place>,
    /// Ids of intents that this one may resemble.
    pub(crate) overlaps: Vec<String>,
}

impl Places {
    pub(crate) fn new(sink: &Sink, intents: Vec<IntentPlaces>) -> Self {
        let files = sink.files().to_vec();
        Self { files, intents }
    }

    fn spot(&self, place: Place) -> Option<Spot> {
        Some(Spot {
            file: self.files.get(place.file as usize)?.clone(),
            line: place.line,
            column: place.column,
        })
    }

    /// Where the id of `Catalogue::intents[intent]` stands.
    #[must_use]
    pub fn intent(&self, intent: usize) -> Option<Spot> {
        self.spot(self.intents.get(intent)?.id)
    }

    /// Where its phrasing `at` stands.
    #[must_use]
    pub fn phrasing(&self, intent: usize, at: usize) -> Option<Spot> {
        self.spot(*self.intents.get(intent)?.phrasings.get(at)?)
    }

    /// Whether its file says that it may resemble the intent `other`.
    #[must_use]
    pub fn overlap(&self, intent: usize, other: &str) -> bool {
        let found = self.intents.get(intent);
        found.is_some_and(|places| places.overlaps.iter().any(|id| id == other))
    }

    /// Where its keyword rule `at` stands.
    #[must_use]
    pub fn rule(&self, intent: usize, at: usize) -> Option<Spot> {
        self.spot(*self.intents.get(intent)?.rules.get(at)?)
    }
}
