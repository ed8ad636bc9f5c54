//! From a change to the bytes that make it.

use kefu_types::Lang;

use super::{
    Change,
    scalar::{block, inline},
    tree::{Kind, Span, tree},
};
use crate::fields::language;

/// Bytes `start..end` give way to `text`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    start: usize,
    end: usize,
    text: String,
}

impl Patch {
    const fn insert(at: usize, text: String) -> Self {
        Self {
            start: at,
            end: at,
            text,
        }
    }

    const fn replace(span: &Span, text: String) -> Self {
        Self {
            start: span.start,
            end: span.end,
            text,
        }
    }

    pub(super) fn apply(&self, source: &str) -> String {
        let (before, after) = (source.get(..self.start), source.get(self.end..));
        [
            before.unwrap_or_default(),
            &self.text,
            after.unwrap_or_default(),
        ]
        .concat()
    }
}

/// The patch of `change` for the intent `id`; `None` where no place for it can be told.
pub(super) fn patch(source: &str, id: &str, change: &Change) -> Option<Patch> {
    let root = tree(source)?;
    let intents = root.get("intents")?.items();
    let intent = intents
        .into_iter()
        .find(|intent| intent.get("id").and_then(Span::text) == Some(id))?;
    let page = Page { source, intent };
    match change {
        Change::AddPhrasing { text, lang } => {
            let lang = lang.unwrap_or_else(|| language(text));
            page.add_phrasing(text, lang)
        }
        Change::RemovePhrasing { text } => page.remove_phrasing(text),
        Change::ReplacePhrasing { old, new } => {
            let (_, item) = page.phrasing(old)?;
            Some(Patch::replace(item, inline(new)))
        }
        Change::SetEnabled(on) => page.set_enabled(*on),
        Change::SetAnswer { lang, at, text } => page.set_answer(*lang, *at, text),
    }
}

struct Page<'a> {
    source: &'a str,
    intent: &'a Span,
}

impl<'a> Page<'a> {
    /// The line break of the file.
    fn newline(&self) -> &'static str {
        if self.source.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.source[..at].rfind('\n').map_or(0, |line| line + 1)
    }

    /// Where the line that holds `at` ends, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.source[at..];
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.trim_end_matches('\r').len()
    }

    /// How far `at` stands from the beginning of its line, in characters.
    fn column(&self, at: usize) -> usize {
        self.source[self.line_start(at)..at].chars().count()
    }

    /// A key and value behind the entry `after` of `map`.
    fn add_entry(&self, map: &Span, after: &(Span, Span), key: &str, value: &str) -> Patch {
        if map.is_flow() {
            return Patch::insert(after.1.end, format!(", {key}: {value}"));
        }
        let newline = self.newline();
        let pad = " ".repeat(self.column(after.0.start));
        let text = format!("{newline}{pad}{key}: {value}");
        Patch::insert(self.line_end(after.1.end), text)
    }

    fn set_enabled(&self, on: bool) -> Option<Patch> {
        if let Some(value) = self.intent.get("enabled") {
            return Some(Patch::replace(value, on.to_string()));
        }
        let id = self.intent.entry("id")?;
        Some(self.add_entry(self.intent, id, "enabled", &on.to_string()))
    }

    fn add_phrasing(&self, text: &str, lang: Lang) -> Option<Patch> {
        let Some(phrasings) = self.intent.get("phrasings") else {
            let after = self
                .intent
                .entry("title")
                .or_else(|| self.intent.entry("id"))?;
            let value = format!("{{ {}: [{}] }}", lang.code(), inline(text));
            return Some(self.add_entry(self.intent, after, "phrasings", &value));
        };
        let Kind::Map { entries, .. } = &phrasings.kind else {
            return self.append(phrasings, text);
        };
        match phrasings.get(lang.code()) {
            Some(list) => self.append(list, text),
            None => {
                let value = format!("[{}]", inline(text));
                Some(self.add_entry(phrasings, entries.last()?, lang.code(), &value))
            }
        }
    }

    /// One item more at the end of a list.
    fn append(&self, list: &Span, text: &str) -> Option<Patch> {
        let text = inline(text);
        match &list.kind {
            // A single text stands for a list of one.
            Kind::Scalar(one) => Some(Patch::replace(list, format!("[{}, {text}]", inline(one)))),
            Kind::List { items, flow: true } => Some(match items.last() {
                Some(last) => Patch::insert(last.end, format!(", {text}")),
                None => Patch::insert(list.start + 1, text),
            }),
            Kind::List { items, .. } => {
                let last = items.last()?;
                let dash = self.dash(last)?;
                let text = format!("{}{dash}{text}", self.newline());
                Some(Patch::insert(self.line_end(last.end), text))
            }
            Kind::Map { .. } => None,
        }
    }

    /// What stands before an item on its line, when that is only its dash.
    fn dash(&self, item: &Span) -> Option<&'a str> {
        let before = self.source.get(self.line_start(item.start)..item.start)?;
        (before.trim() == "-").then_some(before)
    }

    /// The phrasing written as `text` and the list that it is in.
    fn phrasing(&self, text: &str) -> Option<(&'a Span, &'a Span)> {
        let phrasings = self.intent.get("phrasings")?;
        let lists: Vec<&Span> = match &phrasings.kind {
            Kind::Map { .. } => [Lang::Zh, Lang::En]
                .into_iter()
                .filter_map(|lang| phrasings.get(lang.code()))
                .collect(),
            _ => vec![phrasings],
        };
        lists.into_iter().find_map(|list| {
            let items = list.items();
            let item = items.into_iter().find(|item| item.text() == Some(text))?;
            Some((list, item))
        })
    }

    fn remove_phrasing(&self, text: &str) -> Option<Patch> {
        let (list, item) = self.phrasing(text)?;
        let Kind::List { items, flow } = &list.kind else {
            return None;
        };
        let at = items.iter().position(|other| other.start == item.start)?;
        let (start, end) = if !flow {
            self.dash(item)?;
            let end = self.line_end(item.end);
            let rest = self.source.get(end..)?;
            let newline = rest.find('\n').map_or(rest.len(), |at| at + 1);
            (self.line_start(item.start), end + newline)
        } else if let Some(next) = items.get(at + 1) {
            (item.start, next.start)
        } else {
            (items.get(at.checked_sub(1)?)?.end, item.end)
        };
        Some(Patch {
            start,
            end,
            text: String::new(),
        })
    }

    fn set_answer(&self, lang: Lang, at: usize, text: &str) -> Option<Patch> {
        let answers = self.intent.get("answers")?;
        let list = match &answers.kind {
            Kind::Map { .. } if answers.get("text").is_none() && answers.get("card").is_none() => {
                answers.get(lang.code())?.items()
            }
            _ => {
                let items = answers.items();
                let of =
                    |item: &&Span| shown(item).and_then(Span::text).map(language) == Some(lang);
                items.into_iter().filter(of).collect()
            }
        };
        let wording = list.into_iter().nth(at)?;
        let card = wording.get("card");
        let (owner, value) =
            match card.or(matches!(wording.kind, Kind::Map { .. }).then_some(wording)) {
                Some(map) => (Some(map), map.get("text")?),
                None => (None, wording),
            };
        let flow = self.in_flow(value);
        let new = if flow {
            inline(text)
        } else {
            let base = owner.map_or_else(
                || self.column(self.line_start(value.start)) + self.indent(value),
                |map| match &map.kind {
                    Kind::Map { entries, .. } => entries
                        .first()
                        .map_or(0, |entry| self.column(entry.0.start)),
                    _ => 0,
                },
            );
            block(text, base + 2, self.newline())
        };
        Some(Patch::replace(value, new))
    }

    /// Spaces at the beginning of the line on which `value` begins.
    fn indent(&self, value: &Span) -> usize {
        let line = &self.source[self.line_start(value.start)..];
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Whether `value` stands inside brackets, where a block of lines is not allowed.
    fn in_flow(&self, value: &Span) -> bool {
        let mut open = vec![self.intent];
        while let Some(span) = open.pop() {
            let holds = span.start <= value.start && value.end <= span.end;
            if holds && span.is_flow() {
                return true;
            }
            match &span.kind {
                Kind::List { items, .. } => open.extend(items),
                Kind::Map { entries, .. } => open.extend(entries.iter().map(|entry| &entry.1)),
                Kind::Scalar(_) => {}
            }
        }
        false
    }
}

/// What tells the language of an answer.
fn shown(wording: &Span) -> Option<&Span> {
    match wording.get("card") {
        Some(card) => card.get("text").or_else(|| card.get("title")),
        None => wording.get("text").or(Some(wording)),
    }
}
