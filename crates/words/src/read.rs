//! The YAML of one list: `block`, `mask` and `alert`, each with its entries. A subset on purpose, as
//! with intent files: no anchors, aliases, tags or directives, one document.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use granit_parser::{Event, Parser, ScalarStyle};
use kefu_text::normalize;

use crate::{
    limits::{ENTRIES_MAX, ENTRY_CHARS_MAX, NESTING_MAX},
    list::Action,
    problem::{Problem, Report, Severity},
};

/// A line and a column, both from 1.
type Place = (u32, u32);

/// The entries of `text`, the content of the file `path`. Whatever is wrong goes into the report, and
/// reading goes on as long as it can.
pub(crate) fn entries(path: &Path, text: &str, report: &mut Report) -> Vec<(String, Action)> {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: NESTING_MAX,
        block_nesting_limit: NESTING_MAX,
    };
    let mut reader = Reader {
        path,
        report,
        at: At::Root,
        skip: 0,
        documents: 0,
        keys: HashMap::new(),
        known: HashMap::new(),
        entries: Vec::new(),
        full: false,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                let place = place(span.start.line(), span.start.col());
                if !reader.event(event, place) {
                    break;
                }
            }
            Err(error) => {
                let place = place(error.marker().line(), error.marker().col());
                reader.error(place, format!("this is not YAML: {}", error.info()));
                break;
            }
        }
    }
    reader.entries
}

fn place(line: usize, column: usize) -> Place {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(line), number(column).saturating_add(1))
}

/// What comes next.
#[derive(Clone, Copy)]
enum At {
    /// The map that the file is.
    Root,
    /// A key of it.
    Key,
    /// What the key holds; `None` under a key that nobody knows.
    Value(Option<Action>),
    /// An entry of its list.
    Item(Option<Action>),
    /// Nothing.
    End,
}

struct Reader<'a> {
    path: &'a Path,
    report: &'a mut Report,
    at: At,
    /// Lists and maps that are open where none should be; what is in them is passed over.
    skip: usize,
    documents: usize,
    keys: HashMap<&'static str, Place>,
    /// By normal form.
    known: HashMap<String, (Action, Place)>,
    entries: Vec<(String, Action)>,
    full: bool,
}

impl Reader<'_> {
    /// Takes one event; false when reading cannot go on.
    fn event(&mut self, event: Event<'_>, place: Place) -> bool {
        if event.anchor_id().is_some() || event.tag().is_some() {
            self.error(
                place,
                "anchors (&) and tags (!) are not used here; an entry that begins so needs quotes",
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.error(
                        place,
                        "a second document begins here (---): one file is one list",
                    );
                    return false;
                }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.skip > 0 => self.skip += 1,
            Event::SequenceEnd | Event::MappingEnd if self.skip > 0 => {
                self.skip -= 1;
                if self.skip == 0 {
                    self.passed();
                }
            }
            _ if self.skip > 0 => {}
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.error(
                    place,
                    "aliases (*) are not used here; an entry that begins so needs quotes",
                );
                self.passed();
            }
            Event::Scalar(text, style, ..) => return self.scalar(&text, style, place),
            Event::SequenceStart(..) => return self.list_begins(place),
            Event::MappingStart(..) => self.map_begins(place),
            Event::SequenceEnd => self.at = At::Key,
            Event::MappingEnd => self.at = At::End,
            _ => {}
        }
        true
    }

    /// Something that does not belong here is over.
    fn passed(&mut self) {
        self.at = match self.at {
            At::Key => At::Value(None),
            At::Value(_) => At::Key,
            other => other,
        };
    }

    fn list_begins(&mut self, place: Place) -> bool {
        match self.at {
            At::Value(action) => self.at = At::Item(action),
            At::Root => {
                self.error(place, "a list of words is a map: `block:`, `mask:` and `alert:`, each with its entries");
                return false;
            }
            _ => {
                self.error(place, "an entry is a text, found a list");
                self.skip = 1;
            }
        }
        true
    }

    fn map_begins(&mut self, place: Place) {
        if matches!(self.at, At::Root) {
            self.at = At::Key;
        } else {
            self.error(
                place,
                "an entry is a text, found a map (`key: value`): text with a colon needs quotes",
            );
            self.skip = 1;
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) -> bool {
        let plain = style == ScalarStyle::Plain;
        let empty = plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        match self.at {
            // A file of comments alone.
            At::Root if empty => self.at = At::End,
            At::Root => {
                self.error(place, "a list of words is a map: `block:`, `mask:` and `alert:`, each with its entries");
                return false;
            }
            At::Key => self.at = At::Value(self.key(text, place)),
            At::Value(action) => {
                // `mask:` with nothing under it has no entries.
                if !empty {
                    self.entry(text, action, place);
                }
                self.at = At::Key;
            }
            At::Item(_) if empty => self.error(place, "an entry is empty: remove the line"),
            At::Item(action) => self.entry(text, action, place),
            At::End => {}
        }
        true
    }

    fn key(&mut self, name: &str, place: Place) -> Option<Action> {
        let Some(action) = Action::ALL.into_iter().find(|action| action.key() == name) else {
            self.error(
                place,
                format!(
                    "unknown key `{}`; expected one of `block`, `mask`, `alert`",
                    shorten(name)
                ),
            );
            return None;
        };
        if let Some((line, column)) = self.keys.get(action.key()).copied() {
            self.error(
                place,
                format!("the key `{name}` is here twice, first in line {line}:{column}"),
            );
            return None;
        }
        self.keys.insert(action.key(), place);
        Some(action)
    }

    fn entry(&mut self, text: &str, action: Option<Action>, place: Place) {
        let length = text.chars().count();
        if length > ENTRY_CHARS_MAX {
            return self.error(
                place,
                format!("an entry has {length} characters; {ENTRY_CHARS_MAX} are allowed"),
            );
        }
        let normal = normalize(text);
        if normal.is_empty() {
            return self.error(
                place,
                format!(
                    "`{}` has no letter, digit or character that could be found",
                    shorten(text)
                ),
            );
        }
        let Some(action) = action else { return };
        let alone = normal.chars().nth(1).is_none();
        match self.known.entry(normal) {
            Entry::Vacant(free) => {
                free.insert((action, place));
            }
            Entry::Occupied(taken) => {
                let (first, (line, column)) = *taken.get();
                let message = format!(
                    "`{}` is here twice, first in line {line}:{column} under `{}`; width, case, signs and traditional characters make no difference",
                    shorten(text),
                    first.key()
                );
                let severity = if first == action {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                return self.say(severity, place, message);
            }
        }
        if alone {
            let message = format!(
                "`{}` is one character and will be found in very many texts",
                shorten(text)
            );
            self.say(Severity::Warning, place, message);
        }
        if self.entries.len() < ENTRIES_MAX {
            self.entries.push((text.to_owned(), action));
        } else if !std::mem::replace(&mut self.full, true) {
            self.error(
                place,
                format!("the list has more than {ENTRIES_MAX} entries"),
            );
        }
    }

    fn error(&mut self, place: Place, message: impl Into<String>) {
        self.say(Severity::Error, place, message.into());
    }

    fn say(&mut self, severity: Severity, (line, column): Place, message: String) {
        self.report.add(Problem {
            file: self.path.to_path_buf(),
            line,
            column,
            severity,
            message,
        });
    }
}

fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short + "…"
    } else {
        short
    }
}
