//! Which intents a visitor can get to at all.

use std::collections::HashMap;

use crate::{fields::shorten, problem::Sink, read::Draft};

/// Every enabled intent must have something of its own that leads to it, or a button of an intent
/// that can itself be reached.
pub(super) fn all(drafts: &[Draft], sink: &mut Sink) {
    // A button in a file that could not be read may lead to what seems lost.
    if sink.has_missed() {
        return;
    }
    let by_id: HashMap<&str, usize> = (drafts.iter().enumerate())
        .map(|(at, draft)| (draft.intent.id.as_str(), at))
        .collect();
    let mut reached: Vec<bool> = drafts.iter().map(|draft| draft.reachable).collect();
    let mut open: Vec<usize> = (0..drafts.len()).filter(|&at| reached[at]).collect();
    while let Some(at) = open.pop() {
        // The buttons of a disabled intent are never shown.
        let links = drafts[at].links.iter().filter(|_| drafts[at].enabled);
        for target in links.filter_map(|link| by_id.get(link.value.as_str())) {
            if !reached[*target] {
                reached[*target] = true;
                open.push(*target);
            }
        }
    }
    for draft in drafts
        .iter()
        .zip(&reached)
        .filter(|(_, reached)| !**reached)
    {
        let Draft { intent, place, .. } = draft.0;
        let message = format!(
            "nothing leads to `{}`: give it phrasings, keywords or a role, or lead a button of an \
             intent that can be reached to it",
            shorten(&intent.id)
        );
        sink.error(*place, message);
    }
}
