//! Server-sent events, as far as this server sends them:
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: String,
}

/// Takes pieces of a stream, gives events.
#[derive(Debug, Default)]
pub(super) struct Parser {
    rest: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Parser {
    /// Bytes that wait for the rest of their line.
    pub(super) fn waiting(&self) -> usize {
        self.rest.len() + self.event.data.len()
    }

    /// All events that are whole now.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        self.rest.extend_from_slice(piece);
        let mut begin = 0;
        while let Some(length) = self.rest[begin..].iter().position(|byte| *byte == b'\n') {
            let line = &self.rest[begin..begin + length];
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
            begin += length + 1;
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if std::mem::take(&mut self.has_data) {
                    events.push(event);
                }
            } else {
                let (field, value) = line.split_once(':').unwrap_or((&line, ""));
                let value = value.strip_prefix(' ').unwrap_or(value);
                match field {
                    "id" => value.clone_into(&mut self.event.id),
                    "event" => value.clone_into(&mut self.event.name),
                    "data" => {
                        if std::mem::replace(&mut self.has_data, true) {
                            self.event.data.push('\n');
                        }
                        self.event.data.push_str(value);
                    }
                    // A comment says that the connection lives.
                    _ => {}
                }
            }
        }
        self.rest.drain(..begin);
        events
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Parser};

    #[test]
    fn events_are_the_same_however_the_stream_is_cut() {
        let stream = ": lives\r\n\nid: 7\ndata: a\ndata: 字\n\nevent: close\ndata:1001\n\nid: 8\n";
        let whole = Parser::default().take(stream.as_bytes());
        let expected = [("7", "", "a\n字"), ("", "close", "1001")];
        let expected = expected.map(|(id, name, data)| Event {
            id: id.into(),
            name: name.into(),
            data: data.into(),
        });
        assert_eq!(whole, expected);
        let mut parser = Parser::default();
        let pieces = stream.as_bytes().chunks(1);
        let torn: Vec<Event> = pieces.flat_map(|piece| parser.take(piece)).collect();
        assert_eq!(torn, expected);
    }
}
