//! The regular expressions, of which few are run over any one text.

use std::ops::Range;

use regex::{Error, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::Use;

/// Compiled size of one expression, so that `a{1000}{1000}` is refused and not served.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;
/// Compiled size of the expressions that every text is held against.
const UNGATED_BYTES_MAX: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Expressions {
    all: Vec<(Regex, Use)>,
    /// Those that need no literal, tried together.
    ungated: Option<RegexSet>,
    /// Per member of `ungated`, its index in `all`.
    ungated_ids: Vec<u32>,
}

/// Compiles one; letters match in either case.
pub(super) fn compile(pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(EXPRESSION_BYTES_MAX)
        .build()
}

impl Expressions {
    /// `ungated` are indices into `all`.
    pub(super) fn build(all: Vec<(Regex, Use)>, ungated: Vec<u32>) -> Result<Self, Error> {
        let patterns = ungated.iter().filter_map(|&at| all.get(at as usize));
        let patterns: Vec<&str> = patterns.map(|(regex, _)| regex.as_str()).collect();
        let set = (!patterns.is_empty()).then(|| {
            RegexSetBuilder::new(&patterns)
                .case_insensitive(true)
                .size_limit(UNGATED_BYTES_MAX)
                .build()
        });
        Ok(Self {
            ungated: set.transpose()?,
            all,
            ungated_ids: ungated,
        })
    }

    /// The uses of those that match `text`: of `opened`, and of those that need no literal.
    pub(super) fn scan(&self, text: &str, mut opened: Vec<u32>, mut used: impl FnMut(Use)) {
        opened.sort_unstable();
        opened.dedup();
        let matches = opened
            .iter()
            .filter_map(|&at| self.all.get(at as usize))
            .filter(|(regex, _)| regex.is_match(text));
        matches.for_each(|(_, u)| used(*u));
        let ungated = self.ungated.iter().flat_map(|set| set.matches(text));
        ungated
            .filter_map(|at| self.all.get(*self.ungated_ids.get(at)? as usize))
            .for_each(|(_, u)| used(*u));
    }

    /// Where the expression of this use matches `text` first.
    pub(super) fn find(&self, used: Use, text: &str) -> Option<Range<usize>> {
        let at = self.all.binary_search_by_key(&used, |(_, u)| *u).ok()?;
        Some(self.all.get(at)?.0.find(text)?.range())
    }
}
