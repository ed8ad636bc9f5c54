//! The one automaton over all literals, and what each literal is for.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::Use;
use kefu_text::at_word_boundaries;

#[derive(Debug)]
pub(super) struct Automaton {
    search: AhoCorasick,
    /// Per pattern: keywords that are this literal.
    uses: Slices<Use>,
    /// Per pattern: expressions that cannot match without it.
    gates: Slices<u32>,
}

impl Automaton {
    /// `uses[i]` and `gates[i]` belong to `patterns[i]`. `None` without patterns.
    pub(super) fn build(
        patterns: &[String],
        uses: &[Vec<Use>],
        gates: &[Vec<u32>],
    ) -> Result<Option<Self>, BuildError> {
        if patterns.is_empty() {
            return Ok(None);
        }
        // The fastest of large automata, the smallest of all, and never slower by a microsecond:
        // its states stay in the processor's cache. Measured by bench-keyword; see ADR 11.
        let kind = AhoCorasickKind::ContiguousNFA;
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(patterns)?;
        Ok(Some(Self {
            search,
            uses: Slices::of(uses),
            gates: Slices::of(gates),
        }))
    }

    /// One pass over `text`: `used` hears of every keyword that is there, with its bytes, perhaps
    /// several times; `opened` of every expression that may match.
    pub(super) fn scan(
        &self,
        text: &str,
        mut used: impl FnMut(Use, Range<usize>),
        mut opened: impl FnMut(u32),
    ) {
        for found in self.search.find_overlapping_iter(text) {
            let pattern = found.pattern().as_usize();
            let uses = self.uses.get(pattern);
            if !uses.is_empty() {
                let whole = found.range() == (0..text.len());
                let bounded = at_word_boundaries(text, found.start(), found.end());
                let fits = |used: &&Use| if used.exact { whole } else { bounded };
                uses.iter()
                    .filter(fits)
                    .for_each(|&u| used(u, found.range()));
            }
            self.gates.get(pattern).iter().for_each(|&at| opened(at));
        }
    }
}

/// Many short lists in one allocation.
#[derive(Debug)]
struct Slices<T> {
    items: Box<[T]>,
    ends: Box<[usize]>,
}

impl<T: Copy> Slices<T> {
    fn of(lists: &[Vec<T>]) -> Self {
        let mut end = 0;
        let ends = lists.iter().map(|list| {
            end += list.len();
            end
        });
        Self {
            ends: ends.collect(),
            items: lists.concat().into(),
        }
    }

    fn get(&self, at: usize) -> &[T] {
        let end = self.ends.get(at).copied().unwrap_or_default();
        let start = at.checked_sub(1).and_then(|at| self.ends.get(at)).copied();
        self.items
            .get(start.unwrap_or_default()..end)
            .unwrap_or_default()
    }
}
