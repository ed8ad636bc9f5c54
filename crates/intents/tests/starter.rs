//! The starter set that the product ships with is right, to the last warning.

use std::{collections::BTreeSet, path::Path};

use jiff::civil::date;
use kefu_intents::{Catalogue, Role, check_dir};
use kefu_types::Lang;

fn dir() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../intents")
}

#[test]
fn the_starter_set_has_neither_errors_nor_warnings() {
    let report = check_dir(&dir(), date(2026, 11, 21));
    assert!(report.problems.is_empty(), "{report}");
}

#[test]
fn the_starter_set_could_open_a_shop() {
    let set =
        Catalogue::load_dir(&dir(), date(2026, 11, 21)).unwrap_or_else(|error| panic!("{error}"));
    assert!(set.intents.len() >= 60, "{} intents", set.intents.len());
    let thin: Vec<_> = set
        .intents
        .iter()
        .filter(|i| i.phrasings.len() < 12)
        .map(|i| &i.id)
        .collect();
    assert!(thin.is_empty(), "fewer than 12 phrasings: {thin:?}");
    let english = set
        .intents
        .iter()
        .filter(|i| i.answers.0.contains_key(&Lang::En))
        .count();
    assert!(english >= 12, "{english} answer in English");
    let asking = set
        .intents
        .iter()
        .filter(|i| i.handoff.is_some() || !i.slots.is_empty())
        .count();
    assert!(asking >= 10, "{asking} hand over or ask");
    let roles: BTreeSet<String> = set
        .intents
        .iter()
        .filter_map(|i| i.role)
        .map(|role| format!("{role:?}"))
        .collect();
    for role in [
        Role::Human,
        Role::Cancel,
        Role::Affirm,
        Role::Deny,
        Role::SmallTalk,
    ] {
        assert!(
            roles.contains(&format!("{role:?}")),
            "no intent has the role {role:?}"
        );
    }
}
