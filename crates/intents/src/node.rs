//! YAML as a tree with positions. A subset on purpose: no anchors, aliases, tags or directives,
//! one document a file, each key once. What is left has one meaning and a bounded size.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::{
    limits::{MAP_KEYS_MAX, NESTING_MAX, NODES_MAX},
    problem::{Place, Sink},
};

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Nothing, `~` or `null`.
    Empty,
    /// Text; `plain` when neither quoted nor a block, so that `true` can mean a truth value.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

impl Kind {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Text { .. } => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) name: String,
}

/// A list or map that is not closed yet.
struct Open {
    place: Place,
    list: Option<Vec<Node>>,
    map: Vec<(Key, Node)>,
    key: Option<Key>,
}

/// The tree of `text`; nothing after an error that ended the reading.
pub(crate) fn parse(text: &str, file: u32, sink: &mut Sink) -> Option<Node> {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: NESTING_MAX,
        block_nesting_limit: NESTING_MAX,
    };
    let mut builder = Builder {
        file,
        sink,
        open: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                if !builder.event(event, span) {
                    return None;
                }
            }
            Err(error) => {
                let place = place(file, error.marker().line(), error.marker().col());
                builder
                    .sink
                    .error(place, format!("this is not YAML: {}", error.info()));
                return None;
            }
        }
    }
    let blank = Node {
        place: place(file, 1, 0),
        kind: Kind::Empty,
    };
    Some(builder.root.unwrap_or(blank))
}

fn place(file: u32, line: usize, column: usize) -> Place {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        file,
        line: number(line),
        column: number(column).saturating_add(1),
    }
}

struct Builder<'s> {
    file: u32,
    sink: &'s mut Sink,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Builder<'_> {
    /// Takes one event; false when reading cannot go on.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = place(self.file, span.start.line(), span.start.col());
        if event.anchor_id().is_some() || event.tag().is_some() {
            self.sink.error(
                at,
                "anchors (&) and tags (!) are not used in intent files; text that begins so needs quotes",
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.sink.error(
                        at,
                        "a second document begins here (---): put all intents under one `intents:`",
                    );
                    return false;
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.sink.error(
                    at,
                    "aliases (*) are not used in intent files; text that begins so needs quotes",
                );
                // Something of its own stands here, so nothing more need be said about it.
                let text = format!("alias {}:{}", at.line, at.column);
                let kind = Kind::Text { text, plain: true };
                return self.put(Node { place: at, kind });
            }
            Event::Scalar(text, style, ..) => {
                return self.put(scalar(at, text.into_owned(), style));
            }
            Event::SequenceStart(..) => self.open(at, Some(Vec::new())),
            Event::MappingStart(..) => self.open(at, None),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    let kind = done.list.map_or_else(|| Kind::Map(done.map), Kind::List);
                    return self.put(Node {
                        place: done.place,
                        kind,
                    });
                }
            }
            _ => {}
        }
        true
    }

    fn open(&mut self, place: Place, list: Option<Vec<Node>>) {
        self.open.push(Open {
            place,
            list,
            map: Vec::new(),
            key: None,
        });
    }

    /// Hangs a finished node into what is open.
    fn put(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            self.sink.error(
                node.place,
                format!("the file has more than {NODES_MAX} values: split it"),
            );
            return false;
        }
        let Some(top) = self.open.last_mut() else {
            self.root = Some(node);
            return true;
        };
        if let Some(list) = &mut top.list {
            list.push(node);
        } else if let Some(key) = top.key.take() {
            return put_entry(top, key, node, self.sink);
        } else {
            let name = if let Kind::Text { text, .. } = node.kind {
                text
            } else {
                self.sink.error(
                    node.place,
                    format!("a key must be text, found {}", node.kind.name()),
                );
                String::new()
            };
            top.key = Some(Key {
                place: node.place,
                name,
            });
        }
        true
    }
}

fn put_entry(top: &mut Open, key: Key, node: Node, sink: &mut Sink) -> bool {
    if let Some((first, _)) = top.map.iter().find(|(other, _)| other.name == key.name) {
        let first = sink.name(key.place, first.place);
        sink.error(
            key.place,
            format!("the key `{}` is here twice, first in {first}", key.name),
        );
    } else if top.map.len() >= MAP_KEYS_MAX {
        sink.error(
            key.place,
            format!("the map has more than {MAP_KEYS_MAX} keys"),
        );
        return false;
    } else {
        top.map.push((key, node));
    }
    true
}

fn scalar(place: Place, mut text: String, style: ScalarStyle) -> Node {
    let plain = style == ScalarStyle::Plain;
    if plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return Node {
            place,
            kind: Kind::Empty,
        };
    }
    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        // A block's last line break belongs to the file's layout, not to the text.
        text.truncate(text.trim_end_matches('\n').len());
    }
    Node {
        place,
        kind: Kind::Text { text, plain },
    }
}
