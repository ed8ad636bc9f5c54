//! The text of a file as a tree of byte ranges: where each value begins and ends, so that one of
//! them can be changed and the rest stays as it is.

use granit_parser::{Event, Parser, ScalarStyle};

/// A value and the bytes it takes, without the space or comments behind it.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Its text as read. A block's range begins at its `|` or `>`.
    Scalar(String),
    List {
        items: Vec<Span>,
        flow: bool,
    },
    Map {
        entries: Vec<(Span, Span)>,
        flow: bool,
    },
}

impl Span {
    pub(super) const fn is_flow(&self) -> bool {
        matches!(
            self.kind,
            Kind::List { flow: true, .. } | Kind::Map { flow: true, .. }
        )
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Key and value of the entry named `name`, when this is a map that has it.
    pub(super) fn entry(&self, name: &str) -> Option<&(Span, Span)> {
        let Kind::Map { entries, .. } = &self.kind else {
            return None;
        };
        entries.iter().find(|(key, _)| key.text() == Some(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, value)| value)
    }

    /// The items of a list; any other value is a list of itself.
    pub(super) fn items(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::List { items, .. } => items.iter().collect(),
            _ => vec![self],
        }
    }
}

/// A list or map that is not closed yet, with its values in their order.
struct Open {
    start: usize,
    list: bool,
    flow: bool,
    values: Vec<Span>,
}

/// The tree of `source`, which must already have been read without errors.
pub(super) fn tree(source: &str) -> Option<Span> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for next in Parser::new_from_str(source) {
        let (event, span) = next.ok()?;
        let range = span.byte_range()?;
        let list = matches!(event, Event::SequenceStart(..));
        let done = match event {
            Event::Scalar(text, style, ..) => {
                Some(scalar(source, text.into_owned(), style, range)?)
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let flow = matches!(source.get(range.clone()), Some("[" | "{"));
                open.push(Open {
                    start: range.start,
                    list,
                    flow,
                    values: Vec::new(),
                });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => Some(close(open.pop()?, range.end)),
            _ => None,
        };
        if let Some(done) = done {
            match open.last_mut() {
                Some(outer) => outer.values.push(done),
                None => root = Some(done),
            }
        }
    }
    root
}

fn close(open: Open, end: usize) -> Span {
    let Open {
        start,
        list,
        flow,
        values,
    } = open;
    // The event that ends a block comes where the next value begins, behind any comments.
    let last = values.last().map_or(start, |value| value.end);
    let end = if flow { end } else { last };
    let kind = if list {
        Kind::List {
            items: values,
            flow,
        }
    } else {
        let mut entries = Vec::with_capacity(values.len() / 2);
        let mut values = values.into_iter();
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            entries.push((key, value));
        }
        Kind::Map { entries, flow }
    };
    Span { start, end, kind }
}

fn scalar(
    source: &str,
    text: String,
    style: ScalarStyle,
    range: std::ops::Range<usize>,
) -> Option<Span> {
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let (start, end) = if block {
        let before = source.get(..range.start)?;
        let written = source.get(range.clone())?.trim_end();
        (before.rfind(['|', '>'])?, range.start + written.len())
    } else {
        (range.start, range.end)
    };
    Some(Span {
        start,
        end,
        kind: Kind::Scalar(text),
    })
}
