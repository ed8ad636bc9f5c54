//! What a text must hold for a regular expression to match it.
//!
//! An expression is only run over texts that hold one of its required literals, which the one
//! automaton finds on the way. Hundreds of expressions then cost next to nothing on most texts.

use std::{cmp::Reverse, collections::BTreeSet};

use kefu_text::{is_han, normalize};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Repetition},
};

/// Literals of one expression; more would crowd the automaton.
const LITERALS_MAX: usize = 32;
/// Characters of a class that are looked at one by one.
const CLASS_MAX: usize = 64;
/// Characters beyond which a longer literal says no more.
const CHARS_ENOUGH: usize = 4;

type Set = BTreeSet<String>;

/// One of these stands in every normalised text that `pattern`, ignoring case, matches. Empty
/// when it matches no normalised text; `None` when nothing of use is required, or the pattern is
/// no expression.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    let mut parser = ParserBuilder::new().case_insensitive(true).build();
    let hir = parser.parse(pattern).ok()?;
    Some(Facts::of(&hir).needed()?.into_iter().collect())
}

/// What is known of the texts that a part of an expression matches.
#[derive(Default)]
struct Facts {
    /// Every one of them, when they are few.
    exact: Option<Set>,
    /// Each of them holds one of these.
    holds: Option<Set>,
}

impl Facts {
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::exactly([String::new()]),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => Self::exactly(text.chars().all(possible).then(|| text.to_owned())),
                Err(_) => Self::default(),
            },
            HirKind::Class(class) => Self {
                exact: characters(class),
                holds: None,
            },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => Self::repeated(repetition),
            HirKind::Concat(parts) => Self::in_a_row(parts),
            HirKind::Alternation(parts) => Self::one_of(parts),
        }
    }

    fn exactly(texts: impl IntoIterator<Item = String>) -> Self {
        Self {
            exact: Some(texts.into_iter().collect()),
            holds: None,
        }
    }

    fn needed(self) -> Option<Set> {
        better(self.exact, self.holds)
    }

    fn repeated(repetition: &Repetition) -> Self {
        let sub = Self::of(&repetition.sub);
        match (repetition.min, repetition.max) {
            (0, Some(1)) => Self {
                exact: sub.exact.map(|mut texts| {
                    texts.insert(String::new());
                    texts
                }),
                holds: None,
            },
            (0, _) => Self::default(),
            _ => Self {
                exact: None,
                holds: sub.needed(),
            },
        }
    }

    fn in_a_row(parts: &[Hir]) -> Self {
        let mut row = Set::from([String::new()]);
        let mut holds = None;
        let mut broken = false;
        for Self {
            exact,
            holds: inner,
        } in parts.iter().map(Self::of)
        {
            let longer = exact.as_ref().and_then(|exact| product(&row, exact));
            if let Some(longer) = longer {
                row = longer;
                continue;
            }
            // The row ends here; every match holds one of it, and one of what follows.
            broken = true;
            holds = better(better(holds, Some(row)), inner);
            row = exact.unwrap_or_else(|| Set::from([String::new()]));
        }
        if broken {
            let holds = better(holds, Some(row));
            return Self { exact: None, holds };
        }
        Self::exactly(row)
    }

    fn one_of(parts: &[Hir]) -> Self {
        let mut any = Self {
            exact: Some(Set::new()),
            holds: Some(Set::new()),
        };
        for part in parts.iter().map(Self::of) {
            any.exact = union(any.exact, part.exact.clone());
            any.holds = union(any.holds, part.needed());
        }
        any
    }
}

/// Whether `c` can stand in a normalised text.
fn possible(c: char) -> bool {
    c == ' ' || normalize(c.encode_utf8(&mut [0; 4])) == *c.encode_utf8(&mut [0; 4])
}

fn characters(class: &Class) -> Option<Set> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let size: usize = class.ranges().iter().map(|range| range.len()).sum();
    let all = || {
        let ranges = class.ranges().iter();
        ranges.flat_map(|range| range.start()..=range.end())
    };
    let few =
        (size <= CLASS_MAX).then(|| all().filter(|c| possible(*c)).map(String::from).collect());
    few.filter(|set: &Set| set.len() <= LITERALS_MAX)
}

fn product(heads: &Set, tails: &Set) -> Option<Set> {
    let few = heads.len() * tails.len() <= LITERALS_MAX;
    few.then(|| {
        let join = |head: &String| {
            tails
                .iter()
                .map(move |tail| format!("{head}{tail}"))
                .collect::<Vec<_>>()
        };
        heads.iter().flat_map(join).collect()
    })
}

fn union(some: Option<Set>, more: Option<Set>) -> Option<Set> {
    let mut all = some?;
    all.extend(more?);
    Some(all).filter(|all| all.len() <= LITERALS_MAX)
}

/// The one that is found in fewer texts: with the longer shortest literal, then with fewer.
fn better(a: Option<Set>, b: Option<Set>) -> Option<Set> {
    let worth = |set: &Set| {
        let shortest = set.iter().map(|text| text.chars().count()).min();
        (
            shortest.unwrap_or(usize::MAX).min(CHARS_ENOUGH),
            Reverse(set.len()),
        )
    };
    // A single Latin letter or digit is in most texts, and nothing is in all.
    let telling = |text: &String| text.chars().nth(1).is_some() || text.chars().any(is_han);
    let useful = |set: &Set| set.iter().all(telling);
    let [a, b] = [a, b].map(|set| set.filter(useful));
    a.into_iter().chain(b).max_by_key(worth)
}

#[cfg(test)]
mod tests {
    use kefu_text::normalize;
    use proptest::prelude::*;
    use regex::RegexBuilder;

    use super::required;

    fn needs(pattern: &str) -> Vec<String> {
        required(pattern).unwrap_or_else(|| panic!("{pattern} needs something"))
    }

    #[test]
    fn the_most_telling_literals_are_found_wherever_they_stand() {
        assert_eq!(needs(r"订单\d{6,}"), ["订单"]);
        assert_eq!(needs(r".*退.{0,5}运费.*货"), ["运费"]);
        assert_eq!(
            needs("退(货|款)(吗)?"),
            ["退款", "退款吗", "退货", "退货吗"]
        );
        assert_eq!(needs("^(怎么|如何).*(开|要)发票"), ["开发票", "要发票"]);
        assert_eq!(needs("Refund|退款"), ["refund", "退款"]);
        assert_eq!(
            needs(r"\border (no|number)\b"),
            ["order no", "order number"]
        );
    }

    #[test]
    fn what_needs_nothing_in_particular_is_said_to() {
        for pattern in [
            r"\d{11}",
            "(退货)?",
            "退货|.*",
            "[a-z]+",
            "退货|[0-9]*",
            "(",
        ] {
            assert_eq!(required(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn what_no_normalised_text_matches_needs_the_impossible() {
        assert!(needs("订单：").is_empty(), "signs are gone");
        assert!(needs("退貨").is_empty(), "traditional characters are gone");
        assert_eq!(needs("退貨|退款"), ["退款"]);
    }

    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "退", "货款", "a", "Bc", "[退货]", "[^a]", r"\d", ".", "1", "k", "", " ", "^", r"\b",
            "：", "[a-c退]",
        ]);
        leaf.prop_map(str::to_owned)
            .prop_recursive(4, 24, 4, |inner| {
                let many = prop::collection::vec(inner.clone(), 1..4);
                let times = prop::sample::select(vec!["?", "*", "+", "{2}", "{0,2}", "{1,3}"]);
                prop_oneof![
                    many.clone().prop_map(|parts| parts.concat()),
                    many.prop_map(|parts| format!("({})", parts.join("|"))),
                    (inner, times).prop_map(|(part, times)| format!("(?:{part}){times}")),
                ]
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn no_text_matches_without_what_is_required(pattern in expressions(), texts in prop::collection::vec("[退货款abck1 ]{0,8}", 8)) {
            let regex = RegexBuilder::new(&pattern).case_insensitive(true).build().expect("it is built of good parts");
            let Some(literals) = required(&pattern) else { return Ok(()) };
            for text in texts.iter().map(|text| normalize(text)) {
                let held = literals.iter().any(|literal| text.contains(literal));
                prop_assert!(held || !regex.is_match(&text), "{} in {:?} without any of {:?}", pattern, text, literals);
            }
        }
    }
}
