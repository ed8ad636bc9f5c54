//! XMPP over TCP: RFC 6120 with SASL PLAIN, in-band registration (XEP-0077), stream management
//! (XEP-0198) as the acknowledgement, and the archive's count (XEP-0313).

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use kefu_tests::PATIENCE;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{client_id, number};
use crate::load::{Heard, Line, Place, WORDS};

/// The domain that the servers are configured for.
pub const DOMAIN: &str = "bench.local";
const PASSWORD: &str = "password";

/// One stream of one account.
#[derive(Debug)]
pub struct XmppLine {
    tcp: TcpStream,
    peer: String,
    buffer: Vec<u8>,
    /// Messages that the server said it handled, and that were passed on of them.
    handled: u64,
    told: u64,
}

impl XmppLine {
    /// Registers `user`, logs in and binds. A reader says that it is there; a sender counts
    /// stanzas from here on.
    ///
    /// # Errors
    /// When the server refuses any of it.
    pub async fn connect(
        address: &str,
        user: &str,
        peer: &str,
        reads: bool,
    ) -> anyhow::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let peer = format!("{peer}@{DOMAIN}");
        let mut line = Self {
            tcp,
            peer,
            buffer: Vec::new(),
            handled: 0,
            told: 0,
        };
        line.begin().await?;
        let register = format!(
            "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{user}</username>\
             <password>{PASSWORD}</password></query></iq>"
        );
        line.ask(&register, "type='result'")
            .await
            .context("registration")?;
        let plain = BASE64_STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
        );
        line.ask(&auth, "<success").await.context("login")?;
        line.begin().await?;
        let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                    <resource>r</resource></bind></iq>";
        line.ask(bind, "type='result'").await.context("binding")?;
        if reads {
            line.ask("<presence/>", "<presence")
                .await
                .context("presence")?;
        } else {
            line.ask("<enable xmlns='urn:xmpp:sm:3'/>", "<enabled")
                .await
                .context("stream management")?;
        }
        Ok(line)
    }

    /// How many messages the account's archive has.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn archived(&mut self) -> anyhow::Result<u64> {
        let query = "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'><set \
                     xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query></iq>";
        let answer = self.ask(query, "<fin").await.context("the archive")?;
        let count = between(&answer, "<count>", "</count>").context("no count")?;
        Ok(count.parse()?)
    }

    async fn begin(&mut self) -> anyhow::Result<()> {
        let open = format!(
            "<?xml version='1.0'?><stream:stream to='{DOMAIN}' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
        );
        self.tcp.write_all(open.as_bytes()).await?;
        // The stream's own element stays open, so this is no stanza.
        while find(&self.buffer, b"</stream:features>").is_none() {
            self.fill().await?;
        }
        self.buffer.clear();
        Ok(())
    }

    /// Writes, and returns the next stanza, which must say this.
    async fn ask(&mut self, words: &str, wanted: &str) -> anyhow::Result<String> {
        self.tcp.write_all(words.as_bytes()).await?;
        let answer = timeout(PATIENCE, self.stanza())
            .await
            .context("no answer")??;
        ensure!(answer.contains(wanted), "the server says {answer}");
        Ok(answer)
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        let read = self.tcp.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the connection was closed");
        Ok(())
    }

    /// The next whole element. May be dropped half way.
    async fn stanza(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(end) = element(&self.buffer) {
                let rest = self.buffer.split_off(end);
                let whole = std::mem::replace(&mut self.buffer, rest);
                return Ok(String::from_utf8(whole)?.trim_start().to_owned());
            }
            self.fill().await?;
        }
    }
}

impl Line for XmppLine {
    async fn say(&mut self, n: u64) -> anyhow::Result<()> {
        let stanza = format!(
            "<message to='{}' type='chat' id='{}'><body>{WORDS}</body></message><r xmlns='urn:xmpp:sm:3'/>",
            self.peer,
            client_id(n)
        );
        self.tcp
            .write_all(stanza.as_bytes())
            .await
            .context("the connection is gone")
    }

    async fn hear(&mut self) -> anyhow::Result<Heard> {
        loop {
            if self.told < self.handled {
                self.told += 1;
                return Ok(Heard::Acknowledged(self.told, Place::default()));
            }
            let stanza = self.stanza().await?;
            let head = &stanza[..stanza.find('>').unwrap_or(stanza.len())];
            if head.starts_with("<a ") {
                self.handled = between(head, "h='", "'").context("no count")?.parse()?;
            } else if head.starts_with("<message") {
                ensure!(!head.contains("type='error'"), "the server says {stanza}");
                ensure!(stanza.contains(WORDS), "another text was delivered");
                let id = between(head, " id='", "'").and_then(number);
                return Ok(Heard::Delivered(
                    id.context("whose message is that?")?,
                    Place::default(),
                ));
            } else if !head.starts_with("<presence") && !head.starts_with("<r ") {
                bail!("the server says {stanza}");
            }
        }
    }
}

/// The end of the first element, when all of it is here. Stanzas of this load never hold an
/// element of their own name.
fn element(buffer: &[u8]) -> Option<usize> {
    let start = buffer.iter().position(|byte| *byte == b'<')?;
    let tag = start + buffer[start..].iter().position(|byte| *byte == b'>')?;
    if buffer[tag - 1] == b'/' {
        return Some(tag + 1);
    }
    let name_end = buffer[start..tag].iter().position(|byte| *byte == b' ');
    let name = &buffer[start + 1..name_end.map_or(tag, |end| start + end)];
    let close = [b"</", name, b">"].concat();
    find(&buffer[tag..], &close).map(|at| tag + at + close.len())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let from = text.find(before)? + before.len();
    let to = from + text[from..].find(after)?;
    Some(&text[from..to])
}
