//! The published JSON Schema of a list, for editors.

use serde_json::{Value, json};

use crate::{
    limits::{ENTRIES_MAX, ENTRY_CHARS_MAX},
    list::Action,
};

/// The schema as indented JSON with a line end: the content of `words/schema/words.schema.json`.
#[must_use]
pub fn schema_json() -> String {
    let keys = Action::ALL.map(|action| (action.key().to_owned(), entries(what(action))));
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Sensitive words",
        "description": "What visitors (visitors.yaml) or agents (agents.yaml) may not say, by what becomes of a message that says it. Width, case, traditional characters and signs between characters make no difference.",
        "type": ["object", "null"],
        "properties": keys.into_iter().collect::<serde_json::Map<String, Value>>(),
        "additionalProperties": false,
    });
    format!("{schema:#}\n")
}

const fn what(action: Action) -> &'static str {
    match action {
        Action::Block => "The message is refused, and nothing of it is stored.",
        Action::Mask => "What was found is replaced by * in what is stored and delivered.",
        Action::Alert => "The message is stored as it is, and supervisors are told where.",
    }
}

fn entries(description: &str) -> Value {
    let text = json!({ "type": ["string", "number", "boolean"], "maxLength": ENTRY_CHARS_MAX });
    json!({
        "description": description,
        "anyOf": [
            { "type": "null" },
            text,
            { "type": "array", "maxItems": ENTRIES_MAX, "items": text },
        ],
    })
}
