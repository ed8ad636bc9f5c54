//! The knowledge base, ready to be searched.

use std::collections::BTreeMap;
use std::sync::Arc;

use kefu_intents::{Knowledge, KnowledgeEntry};
use kefu_text::normalize;
use kefu_types::Lang;

use super::postings::Postings;
use super::trials;
use super::vectors::{all, each_vector};
use crate::background;
use crate::calibrate::{Bands, Calibration, Weighed};
use crate::dense::Space;
use crate::engine::Settings;
use crate::model::{Candidate, Familiar};
use crate::neighbours::Neighbours;
use crate::port::{EmbedError, Embedder, VectorCache};

/// Questions that each of the two searches may bring.
const FOUND_MAX: usize = 24;
/// Entries that are weighed.
const CANDIDATES_MAX: usize = 8;
/// Texts that say where the origin of the vector space is.
const ORIGIN_TEXTS: usize = 1024;
/// What a cosine is worth in logits before anything was learned: the belief that a likeness speaks
/// for an entry at all. The calibration weighs it anew.
const DENSE_BELIEF: f32 = 12.0;
const LEXICAL_BELIEF: f32 = 6.0;

/// All questions of a knowledge base, searchable. Built whole; only the graph may come later.
#[derive(Debug)]
pub struct KnowledgeIndex {
    knowledge: Arc<Knowledge>,
    /// The model of the vectors; `None` without one.
    model_id: Option<String>,
    settings: Settings,
    /// The entry of each question, ascending.
    entries: Vec<u32>,
    /// The first question of each entry.
    starts: Vec<u32>,
    space: Space,
    neighbours: Neighbours,
    postings: Postings,
    calibration: Option<Calibration>,
}

/// A text to look up.
pub(super) struct Asked<'a> {
    /// Empty without an encoder.
    pub vector: &'a [f32],
    pub normal: &'a str,
    pub lang: Lang,
}

impl KnowledgeIndex {
    /// Embeds what the cache does not know, and learns what likeness means here; or takes `previous`,
    /// if that is of the same entries, model and settings. `None` for an empty knowledge base.
    /// `progress` hears (questions done, all). Uses the current rayon pool.
    pub(crate) fn build(
        previous: Option<&Arc<Self>>,
        knowledge: &Arc<Knowledge>,
        embedder: Option<&dyn Embedder>,
        cache: &dyn VectorCache,
        settings: &Settings,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Option<Arc<Self>>, EmbedError> {
        if knowledge.is_empty() {
            return Ok(None);
        }
        let model_id = embedder.map(Embedder::model_id);
        let same = |previous: &&Arc<Self>| previous.is_of(knowledge, model_id, settings);
        if let Some(previous) = previous.filter(same) {
            return Ok(Some(Arc::clone(previous)));
        }
        let mut index = Self::new(knowledge, embedder, settings);
        let knowledge = Arc::clone(knowledge);
        let texts: Vec<&str> = knowledge
            .entries()
            .iter()
            .flat_map(KnowledgeEntry::texts)
            .collect();
        index.postings = Postings::build(&texts);
        if let Some(embedder) = embedder {
            index.place(&texts, embedder, cache, progress)?;
        }
        let trials = trials::judge(&index, embedder, cache)?;
        let (trials, exact, background) = (&trials.trials, &trials.exact, &trials.background);
        index.calibration = Some(Calibration::learn(trials, exact, background, settings));
        Ok(Some(Arc::new(index)))
    }

    fn new(
        knowledge: &Arc<Knowledge>,
        embedder: Option<&dyn Embedder>,
        settings: &Settings,
    ) -> Self {
        let (mut entries, mut starts) = (Vec::new(), Vec::new());
        for (number, entry) in (0u32..).zip(knowledge.entries()) {
            starts.push(u32::try_from(entries.len()).unwrap_or(u32::MAX));
            entries.extend(entry.texts().map(|_| number));
        }
        let dimension = embedder.map_or(0, Embedder::dimension);
        Self {
            knowledge: Arc::clone(knowledge),
            model_id: embedder.map(|embedder| embedder.model_id().to_owned()),
            settings: settings.clone(),
            neighbours: Neighbours::new(dimension, settings.exact_texts_max),
            space: Space::fit(dimension, std::iter::empty(), std::iter::empty()),
            postings: Postings::default(),
            calibration: None,
            entries,
            starts,
        }
    }

    /// Finds the origin from some of the texts, then puts all of them where they belong.
    fn place(
        &mut self,
        texts: &[&str],
        embedder: &dyn Embedder,
        cache: &dyn VectorCache,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), EmbedError> {
        let step = texts.len().div_ceil(ORIGIN_TEXTS).max(1);
        let rows: Vec<usize> = (0..texts.len()).step_by(step).collect();
        let some: Vec<&str> = rows.iter().map(|&row| texts[row]).collect();
        let vectors = all(&some, embedder, cache)?;
        let behind: Vec<(Lang, &str)> = background::texts().collect();
        let behind_texts: Vec<&str> = behind.iter().map(|b| b.1).collect();
        let behind_vectors = all(&behind_texts, embedder, cache)?;
        let langs = rows.iter().map(|&row| self.lang(row as u32));
        let pairs = vectors.iter().map(Vec::as_slice).zip(langs);
        let behind_pairs = behind_vectors.iter().map(Vec::as_slice);
        self.space = Space::fit(
            embedder.dimension(),
            pairs,
            behind_pairs.zip(behind.iter().map(|b| b.0)),
        );
        self.neighbours.reserve(texts.len());
        let mut neighbours = std::mem::replace(&mut self.neighbours, Neighbours::new(0, 0));
        let done = each_vector(texts, embedder, cache, progress, &mut |row, vector| {
            neighbours.push(&self.space.place(&vector, self.lang(row as u32)));
        });
        self.neighbours = neighbours;
        done
    }

    fn is_of(&self, knowledge: &Knowledge, model_id: Option<&str>, settings: &Settings) -> bool {
        self.knowledge.hash() == knowledge.hash()
            && self.model_id.as_deref() == model_id
            && self.settings == *settings
    }

    /// The entries with their probabilities, as if there were no intents.
    pub(crate) fn weigh(&self, vector: &[f32], normal: &str, lang: Lang) -> Weighed {
        let candidates = self.evidence(vector, normal, lang);
        match &self.calibration {
            Some(calibration) if !candidates.is_empty() => calibration.weigh(&candidates),
            _ => Weighed {
                candidates: Vec::new(),
                in_scope: 0.0,
            },
        }
    }

    /// What speaks for the likeliest entries, before it is weighed.
    pub(crate) fn evidence(&self, vector: &[f32], normal: &str, lang: Lang) -> Vec<Candidate> {
        let asked = Asked {
            vector,
            normal,
            lang,
        };
        self.candidates(&asked, &|_| false)
    }

    /// Where answering and asking begin, for entries.
    pub(crate) fn bands(&self) -> Option<Bands> {
        self.calibration.as_ref().map(Calibration::bands)
    }

    /// The entry of this number.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<&KnowledgeEntry> {
        self.knowledge.entries().get(number as usize)
    }

    /// What speaks for the likeliest entries, questions that `skip` names left aside.
    pub(super) fn candidates(
        &self,
        asked: &Asked<'_>,
        skip: &dyn Fn(u32) -> bool,
    ) -> Vec<Candidate> {
        let query = self.postings.query(asked.normal);
        let placed = (asked.vector.len() == self.neighbours.dimension()
            && !asked.vector.is_empty())
        .then(|| self.space.place(asked.vector, asked.lang));
        let mut rows: BTreeMap<u32, f32> = BTreeMap::new();
        if let Some(placed) = &placed {
            let near = self.neighbours.nearest(placed, FOUND_MAX);
            rows.extend(near.into_iter().filter(|(row, _)| !skip(*row)));
        }
        for row in self.postings.nearest(&query, FOUND_MAX) {
            if !skip(row) && !rows.contains_key(&row) {
                let dense = placed
                    .as_ref()
                    .map_or(0.0, |p| self.neighbours.similarity(row, p));
                rows.insert(row, dense);
            }
        }
        let mut best: BTreeMap<u32, (f32, f32)> = BTreeMap::new();
        for (row, dense) in rows {
            let Some(text) = self.text(row) else { continue };
            let lexical = self.postings.likeness(&query, row, &normalize(text));
            let entry = best
                .entry(self.entries[row as usize])
                .or_insert((dense, 0.0));
            *entry = (entry.0.max(dense), entry.1.max(lexical));
        }
        let mut candidates: Vec<Candidate> = best
            .into_iter()
            .map(|(entry, (dense, lexical))| candidate(entry, dense, lexical))
            .collect();
        candidates.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.intent.cmp(&b.intent)));
        self.in_one_language(&mut candidates, asked.lang);
        candidates.truncate(CANDIDATES_MAX);
        candidates
    }

    /// A question may stand there in both languages: the visitor's is enough where it is the likest.
    fn in_one_language(&self, candidates: &mut Vec<Candidate>, lang: Lang) {
        let spoken = |candidate: &Candidate| {
            self.entry(candidate.intent)
                .is_some_and(|entry| entry.lang == lang)
        };
        if candidates.first().is_some_and(spoken) {
            candidates.retain(spoken);
        }
    }

    pub(super) fn questions(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry_of(&self, row: u32) -> u32 {
        self.entries.get(row as usize).copied().unwrap_or_default()
    }

    pub(super) fn lang(&self, row: u32) -> Lang {
        self.entry(self.entry_of(row))
            .map_or_else(Lang::default, |entry| entry.lang)
    }

    /// The question as written.
    pub(super) fn text(&self, row: u32) -> Option<&str> {
        let entry = self.entry_of(row);
        let first = self.starts.get(entry as usize)?;
        self.entry(entry)?.texts().nth((row - first) as usize)
    }

    /// Whether the graph of neighbours is worth building and not there yet; searches scan meanwhile.
    #[must_use]
    pub fn wants_graph(&self) -> bool {
        self.neighbours.wants_graph()
    }

    /// The vectors' neighbours: to build, keep or take their graph.
    #[must_use]
    pub const fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    /// Bytes of vectors and terms.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.neighbours.bytes() + self.postings.bytes() + 8 * self.entries.capacity()
    }
}

fn candidate(entry: u32, dense: f32, lexical: f32) -> Candidate {
    Candidate {
        intent: entry,
        logit: DENSE_BELIEF * dense + LEXICAL_BELIEF * lexical,
        nearest: dense,
        // Entries have no centre of their own; where meaning and letters agree says more.
        centroid: dense.min(lexical),
        lexical,
        // Nor have they siblings to be measured by.
        familiar: Familiar::default(),
        agreement: dense.min(lexical),
    }
}
