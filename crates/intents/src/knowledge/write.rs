//! The normal form of a table.

use super::KnowledgeEntry;

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 7] = [
    "id", "question", "similar", "answer", "link", "category", "language",
];

/// The entries as a table in the normal form: UTF-8, a header of fixed names, similar questions and
/// links one a line within their cell.
#[must_use]
pub fn knowledge_csv<'a>(entries: impl IntoIterator<Item = &'a KnowledgeEntry>) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for entry in entries {
        let similar = entry.similar.join("\n");
        let links = entry.links.join("\n");
        let cells = [
            &*entry.id,
            &*entry.question,
            &*similar,
            &*entry.answer,
            &*links,
            &*entry.category,
            entry.lang.code(),
        ];
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            quote(cell, &mut text);
        }
        text.push('\n');
    }
    text
}

fn quote(cell: &str, text: &mut String) {
    if !cell.contains([',', '"', '\n', '\r']) && cell.trim() == cell {
        text.push_str(cell);
        return;
    }
    text.push('"');
    for c in cell.chars() {
        if c == '"' {
            text.push('"');
        }
        text.push(c);
    }
    text.push('"');
}
