//! One list: its entries in one automaton.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use kefu_text::normalize;

/// What becomes of a message in which an entry is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is refused, and nothing of it is stored.
    Block,
    /// What was found is replaced, character by character.
    Mask,
    /// It goes its way, and supervisors hear of it.
    Alert,
}

impl Action {
    /// All of them, as they stand in a file.
    pub const ALL: [Self; 3] = [Self::Block, Self::Mask, Self::Alert];

    /// The key of its entries in a file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Mask => "mask",
            Self::Alert => "alert",
        }
    }
}

/// A list that is ready to judge texts. Empty, it lets everything pass.
#[derive(Debug, Default)]
pub struct List {
    pub(crate) search: Option<AhoCorasick>,
    /// By number of the pattern.
    pub(crate) actions: Box<[Action]>,
    /// As they stand in the file, by number of the pattern.
    pub(crate) entries: Box<[Box<str>]>,
}

impl List {
    /// A list of these entries; those that hold nothing that can be matched are left out.
    ///
    /// # Errors
    /// When all together are more than one automaton can hold.
    pub fn build<'a>(
        entries: impl IntoIterator<Item = (&'a str, Action)>,
    ) -> Result<Self, aho_corasick::BuildError> {
        let (mut patterns, mut actions) = (Vec::new(), Vec::new());
        let mut kept: Vec<Box<str>> = Vec::new();
        for (entry, action) in entries {
            let pattern = normalize(entry);
            if !pattern.is_empty() {
                patterns.push(pattern);
                actions.push(action);
                kept.push(Box::from(entry));
            }
        }
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        // As in the keyword tier: the smallest, and the fastest of large ones (ADR 11).
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)?;
        Ok(Self {
            search: Some(search),
            actions: actions.into(),
            entries: kept.into(),
        })
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}
