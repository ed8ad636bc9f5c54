//! What likeness means in this knowledge base, learned from its own questions.
//!
//! A question that has siblings is asked while it is hidden: its entry should be found by the others.
//! Where there are few such, questions that lost a third of themselves stand in. And a question whose
//! whole entry is hidden has no right answer here, however near the next entry is.

use kefu_text::normalize;
use kefu_types::Lang;

use super::index::{Asked, KnowledgeIndex};
use super::vectors::all;
use crate::background;
use crate::calibrate::{Trial, Trials};
use crate::model::Candidate;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::variants::shorten;

/// Questions asked of each kind: as many as make shares of a hundred steady, and few enough that a
/// start is not felt.
const ASKED: usize = 160;
/// With as many questions that have siblings, shortened ones say nothing more.
const SIBLINGS_ENOUGH: usize = 80;
/// Questions asked word by word.
const EXACT: usize = 20;

pub(super) struct Judged {
    pub trials: Trials,
    pub exact: Vec<Trial>,
    pub background: Vec<Trial>,
}

pub(super) fn judge(
    index: &KnowledgeIndex,
    embedder: Option<&dyn Embedder>,
    cache: &dyn VectorCache,
) -> Result<Judged, EmbedError> {
    let vectors = |texts: &[&str]| match embedder {
        Some(embedder) => all(texts, embedder, cache),
        None => Ok(vec![Vec::new(); texts.len()]),
    };
    let count = index.questions();
    let hidden = |row: u32| move |other: u32| other == row;
    let mut seen = Vec::new();
    let siblings = |row: &u32| {
        let entry = index.entry(index.entry_of(*row));
        entry.is_some_and(|entry| !entry.similar.is_empty())
    };
    let with_siblings: Vec<u32> = every(count, 4 * ASKED)
        .filter(siblings)
        .take(ASKED)
        .collect();
    let texts: Vec<&str> = with_siblings
        .iter()
        .filter_map(|&row| index.text(row))
        .collect();
    for (&row, vector) in with_siblings.iter().zip(vectors(&texts)?) {
        let text = index.text(row).unwrap_or_default();
        seen.push(trial(index, row, text, &vector, &hidden(row)));
    }
    if seen.len() < SIBLINGS_ENOUGH {
        let shortened: Vec<(u32, String)> = every(count, ASKED)
            .flat_map(|row| {
                let text = index.text(row).unwrap_or_default();
                shorten(text).into_iter().map(move |text| (row, text))
            })
            .filter(|(_, text)| !normalize(text).is_empty())
            .take(ASKED)
            .collect();
        let texts: Vec<&str> = shortened.iter().map(|(_, text)| text.as_str()).collect();
        for ((row, text), vector) in shortened.iter().zip(vectors(&texts)?) {
            seen.push(trial(index, *row, text, &vector, &|_| false));
        }
    }
    let rows: Vec<u32> = every(count, ASKED).collect();
    let texts: Vec<&str> = rows.iter().filter_map(|&row| index.text(row)).collect();
    let of_rows = vectors(&texts)?;
    let mut outside = Vec::new();
    for (&row, vector) in rows.iter().zip(&of_rows) {
        let entry = index.entry_of(row);
        let of_entry = |other: u32| index.entry_of(other) == entry;
        let text = index.text(row).unwrap_or_default();
        let asked = trial(index, row, text, vector, &of_entry);
        outside.push(Trial {
            right: None,
            ..asked
        });
    }
    let exact = rows
        .iter()
        .zip(&of_rows)
        .step_by(rows.len().div_ceil(EXACT).max(1))
        .map(|(&row, vector)| {
            let text = index.text(row).unwrap_or_default();
            trial(index, row, text, vector, &|_| false)
        })
        .collect();
    let far: Vec<(Lang, &str)> = background::texts().collect();
    let texts: Vec<&str> = far.iter().map(|(_, text)| *text).collect();
    let background = far
        .iter()
        .zip(vectors(&texts)?)
        .map(|((lang, text), vector)| Trial {
            candidates: candidates(index, text, *lang, &vector, &|_| false),
            right: None,
        })
        .collect();
    let trials = Trials {
        inside: seen.clone(),
        seen,
        outside,
    };
    Ok(Judged {
        trials,
        exact,
        background,
    })
}

/// Rows spread evenly, at most `most`.
fn every(count: usize, most: usize) -> impl Iterator<Item = u32> {
    (0..count)
        .step_by(count.div_ceil(most).max(1))
        .map(|row| row as u32)
}

fn trial(
    index: &KnowledgeIndex,
    row: u32,
    text: &str,
    vector: &[f32],
    skip: &dyn Fn(u32) -> bool,
) -> Trial {
    let candidates = candidates(index, text, index.lang(row), vector, skip);
    let entry = index.entry_of(row);
    let right = candidates.iter().position(|c| c.intent == entry);
    Trial { candidates, right }
}

fn candidates(
    index: &KnowledgeIndex,
    text: &str,
    lang: Lang,
    vector: &[f32],
    skip: &dyn Fn(u32) -> bool,
) -> Vec<Candidate> {
    let normal = normalize(text);
    let asked = Asked {
        vector,
        normal: &normal,
        lang,
    };
    index.candidates(&asked, skip)
}
