//! What differs between two sets, by intent.

use std::collections::BTreeMap;

use kefu_intents::Catalogue;
use kefu_proto::v1;

/// Ids in each list; the rest is counted.
const IDS_MAX: usize = 200;

/// A version of this catalogue, against the one before it.
pub(super) fn version(now: &Catalogue, before: Option<&Catalogue>) -> v1::CatalogueVersion {
    let mut version = v1::CatalogueVersion {
        hash: now.version.clone(),
        intents: count(now.intents.len()),
        phrasings: count(
            now.intents
                .iter()
                .map(|intent| intent.phrasings.len())
                .sum(),
        ),
        ..v1::CatalogueVersion::default()
    };
    if let Some(before) = before {
        fill(&mut version, now, before);
    }
    version
}

fn fill(version: &mut v1::CatalogueVersion, now: &Catalogue, before: &Catalogue) {
    let old: BTreeMap<&str, _> = before
        .intents
        .iter()
        .map(|intent| (intent.id.as_str(), intent))
        .collect();
    let new: BTreeMap<&str, _> = now
        .intents
        .iter()
        .map(|intent| (intent.id.as_str(), intent))
        .collect();
    for (id, intent) in &new {
        match old.get(id) {
            None => version.added.push((*id).to_owned()),
            Some(old) if old != intent => version.changed.push((*id).to_owned()),
            Some(_) => {}
        }
    }
    let gone = old.keys().filter(|id| !new.contains_key(*id));
    version.removed.extend(gone.map(|id| (*id).to_owned()));
    knowledge(version, now, before);
    for list in [
        &mut version.added,
        &mut version.changed,
        &mut version.removed,
    ] {
        version.changes_omitted += count(list.len().saturating_sub(IDS_MAX));
        list.truncate(IDS_MAX);
    }
}

/// Entries of the knowledge base, by the ids that verdicts name.
fn knowledge(version: &mut v1::CatalogueVersion, now: &Catalogue, before: &Catalogue) {
    let (now, before) = (&now.knowledge, &before.knowledge);
    if now.hash() == before.hash() {
        return;
    }
    for entry in now.entries() {
        let id = entry.verdict_id();
        match before.get(&id) {
            None => version.added.push(id),
            Some(old) if old != entry => version.changed.push(id),
            Some(_) => {}
        }
    }
    let ids = before.entries().iter().map(|entry| entry.verdict_id());
    version
        .removed
        .extend(ids.filter(|id| now.get(id).is_none()));
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kefu_intents::Catalogue;

    use super::version;

    fn set(text: &str) -> Catalogue {
        Catalogue::parse([("a.yaml", text)], date(2026, 1, 1)).expect("a good set")
    }

    #[test]
    fn what_was_added_changed_and_removed_is_named() {
        let intent = |id: &str, text: &str| {
            format!("- id: {id}\n  title: {id}\n  phrasings: [{text}]\n  answers: 好\n")
        };
        let file = |parts: [String; 2]| format!("intents:\n{}{}", parts[0], parts[1]);
        let before = set(&file([intent("a", "我要退货"), intent("b", "开发票")]));
        let now = set(&file([intent("a", "我要退款"), intent("c", "查快递")]));
        let version = version(&now, Some(&before));
        assert_eq!(version.added, ["c"]);
        assert_eq!(version.changed, ["a"]);
        assert_eq!(version.removed, ["b"]);
        assert_eq!((version.intents, version.phrasings), (2, 2));
    }
}
