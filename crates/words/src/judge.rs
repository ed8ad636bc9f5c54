//! What becomes of a text.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use kefu_text::{Normalized, at_word_boundaries, is_word};

use crate::{
    limits::{PASSES_MAX, PLACES_MAX},
    list::{Action, List},
    mask::{Span, apply, spans, union},
};

/// A text in which something was masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// As many characters as before.
    pub text: String,
    /// Which of them are masked: in order, apart from each other, never none.
    pub spans: Vec<Span>,
}

/// An entry of `alert` that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry as it stands in the list.
    pub rule: String,
    /// Where, in order, apart from each other. What is masked has as many characters as before, so that
    /// they hold for what is stored, too.
    pub spans: Vec<Span>,
}

/// What a list says about a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// It must not be stored.
    pub block: bool,
    /// Supervisors should hear of it.
    pub alert: bool,
    /// Why they should, in the order of the list; none of a text that must not be stored.
    pub hits: Vec<Hit>,
    /// What is stored in its place.
    pub masked: Option<Masked>,
}

/// One look at a text.
#[derive(Default)]
struct Pass {
    block: bool,
    /// By number of the pattern.
    alerts: BTreeMap<usize, Vec<Range<usize>>>,
    mask: Vec<Range<usize>>,
}

impl List {
    /// Judges `text`, whose length the caller has bounded.
    #[must_use]
    pub fn judge(&self, text: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let mut now = Cow::Borrowed(text);
        let mut masked: Vec<Span> = Vec::new();
        let mut alerts: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        for pass in 0..=PASSES_MAX {
            let found = self.look(&now);
            verdict.block |= found.block;
            for (pattern, places) in found.alerts {
                let known = alerts.entry(pattern).or_default();
                let all = union(known, &spans(&now, places));
                *known = all;
            }
            if verdict.block || found.mask.is_empty() {
                break;
            }
            // What was masked is no obstacle: the words around it may make another one.
            let more = if pass < PASSES_MAX {
                spans(&now, found.mask)
            } else {
                spans(&now, std::iter::once(0..now.len()).collect())
            };
            masked = union(&masked, &more);
            now = Cow::Owned(apply(&now, &more));
        }
        verdict.alert = !alerts.is_empty();
        if !verdict.block {
            verdict.hits = self.hits(alerts);
        }
        if !masked.is_empty() && !verdict.block {
            verdict.masked = Some(Masked {
                text: now.into_owned(),
                spans: masked,
            });
        }
        verdict
    }

    fn hits(&self, alerts: BTreeMap<usize, Vec<Span>>) -> Vec<Hit> {
        let hit = |(pattern, spans): (usize, Vec<Span>)| {
            let rule = self.entries.get(pattern)?.to_string();
            Some(Hit { rule, spans })
        };
        alerts.into_iter().filter_map(hit).collect()
    }

    fn look(&self, text: &str) -> Pass {
        let (mut pass, mut places) = (Pass::default(), 0);
        let Some(search) = &self.search else {
            return pass;
        };
        let normal = Normalized::whole(text);
        let mut found = |pattern: usize, range: Range<usize>| {
            if !at_word_boundaries(normal.text(), range.start, range.end) {
                return;
            }
            match self.actions.get(pattern) {
                Some(Action::Block) => pass.block = true,
                Some(Action::Mask) => pass.mask.push(normal.original(range)),
                Some(Action::Alert) if places < PLACES_MAX => {
                    places += 1;
                    let ranges = pass.alerts.entry(pattern).or_default();
                    ranges.push(normal.original(range));
                }
                Some(Action::Alert) | None => {}
            }
        };
        for hit in search.find_overlapping_iter(normal.text()) {
            found(hit.pattern().as_usize(), hit.range());
        }
        if let Some(joined) = Joined::of(normal.text()) {
            for hit in search.find_overlapping_iter(&joined.text) {
                found(hit.pattern().as_usize(), joined.original(hit.range()));
            }
        }
        pass
    }
}

/// A normal text in which words that are spelt apart (v i a g r a) are joined. Only letters that
/// stand alone are: "pen is" stays two words.
struct Joined {
    text: String,
    /// Bytes of `text` from which on that many spaces are missing.
    gaps: Vec<usize>,
}

impl Joined {
    /// `None` where nothing is spelt apart.
    fn of(normal: &str) -> Option<Self> {
        let alone = |word: &str| {
            let mut chars = word.chars();
            chars.next().is_some_and(is_word) && chars.next().is_none()
        };
        let mut joined = Self {
            text: String::new(),
            gaps: Vec::new(),
        };
        let mut before = "";
        for word in normal.split(' ') {
            // Beside Han there is no space: the letter that ends 加v is not alone, but seems so here.
            let last = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
            let first = word.split(|c| !is_word(c)).next().unwrap_or_default();
            if alone(last) && alone(first) {
                joined.gaps.push(joined.text.len());
            } else if !joined.text.is_empty() {
                joined.text.push(' ');
            }
            joined.text.push_str(word);
            before = word;
        }
        (!joined.gaps.is_empty()).then_some(joined)
    }

    /// Bytes of the text with its spaces.
    fn original(&self, range: Range<usize>) -> Range<usize> {
        // A gap before a match is not in it; one at its end is not, either.
        let start = self.gaps.partition_point(|gap| *gap <= range.start);
        let end = self.gaps.partition_point(|gap| *gap < range.end);
        range.start + start..range.end + end
    }
}
