//! How a client is made.

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use kefu_types::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::{
    Codec, DiagnosticEvent, Limits, MemoryOutbox, OutboxStore, Problem,
    net::{Connections, Target, Transport, transports},
};

/// Who hears of diagnostic events, as they happen. What it does takes the client's time.
pub type Report = Arc<dyn Fn(&DiagnosticEvent) + Send + Sync>;

/// Where, how, and with which bounds. Everything but the server has a default.
pub struct Options {
    pub(super) server: String,
    pub(super) language: String,
    pub(super) identity: String,
    pub(super) device_id: String,
    pub(super) codec: Codec,
    pub(super) compression: bool,
    pub(super) transports: Vec<Arc<dyn Transport>>,
    pub(super) limits: Limits,
    pub(super) outbox: Box<dyn OutboxStore>,
    pub(super) sample_rate: f64,
    pub(super) report: Option<Report>,
    pub(super) source: Option<IpAddr>,
    pub(super) authorities: Option<PathBuf>,
    pub(super) connections: Option<Connections>,
    pub(super) marks: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl Options {
    /// `http://host:port`, or `https://` for TLS, without a path.
    #[must_use]
    pub fn new(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            language: "zh".into(),
            identity: String::new(),
            device_id: String::new(),
            codec: Codec::default(),
            compression: false,
            transports: transports(),
            limits: Limits::default(),
            outbox: Box::<MemoryOutbox>::default(),
            sample_rate: 1.0,
            report: None,
            source: None,
            authorities: None,
            connections: None,
            marks: true,
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// "zh", which is the default, or "en".
    #[must_use]
    pub fn language(mut self, language: &str) -> Self {
        self.language = language.to_owned();
        self
    }

    /// Who the visitor is, by a token that the business has signed (docs/identity.md). It is used for a
    /// new session only; a [`Person`](crate::Person) that was kept is believed to be the same. Default:
    /// none, and the visitor is anonymous.
    #[must_use]
    pub fn identity(mut self, token: &str) -> Self {
        self.identity = token.to_owned();
        self
    }

    /// Which of the person's devices this is, 1 to 64 of `[A-Za-z0-9_-]`. Default: one per session.
    #[must_use]
    pub fn device(mut self, device_id: &str) -> Self {
        self.device_id = device_id.to_owned();
        self
    }

    /// How frames are written. Default: Protobuf.
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Whether long frames may come and go compressed over a WebSocket, where the server knows how: pages
    /// of history and lists get shorter, single messages hardly. Default: false.
    #[must_use]
    pub const fn compression(mut self, compression: bool) -> Self {
        self.compression = compression;
        self
    }

    /// From best to last; at least one. Default: WebSocket, server-sent events, long polling.
    #[must_use]
    pub fn transports(mut self, transports: Vec<Arc<dyn Transport>>) -> Self {
        if !transports.is_empty() {
            self.transports = transports;
        }
        self
    }

    /// Waits and bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where messages wait. Default: in memory. One store belongs to one person.
    #[must_use]
    pub fn outbox(mut self, outbox: impl OutboxStore) -> Self {
        self.outbox = Box::new(outbox);
        self
    }

    /// Share of connections and messages whose diagnostic events are kept and reported, 0 to 1.
    /// Default: 1.
    #[must_use]
    pub const fn sample_rate(mut self, share: f64) -> Self {
        self.sample_rate = share;
        self
    }

    /// Called with each sampled event.
    #[must_use]
    pub fn report(mut self, report: impl Fn(&DiagnosticEvent) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// Connections come from this address of this machine.
    #[must_use]
    pub const fn source(mut self, address: IpAddr) -> Self {
        self.source = Some(address);
        self
    }

    /// Over TLS: a server is believed whose certificate comes from an authority in this file (PEM), and
    /// no other. For a company with an authority of its own. Default: those that this machine believes.
    #[must_use]
    pub fn authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities = Some(file.into());
        self
    }

    /// Connects by these, which may be shared by many clients. Their server, address and authorities are
    /// used then, and not those of these options. Default: some of the client's own.
    #[must_use]
    pub fn connections(mut self, connections: Connections) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Whether the server is told by itself what has arrived here. Default: true.
    #[must_use]
    pub const fn marks(mut self, marks: bool) -> Self {
        self.marks = marks;
        self
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of chance than the machine's: of client ids and waits.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Where that leads.
    pub(super) fn target(&self) -> Result<Target, Problem> {
        let connections = match &self.connections {
            Some(shared) => shared.clone(),
            None => {
                let authorities = self.authorities.as_deref();
                Connections::new(&self.server, self.source, authorities, &self.limits)?
            }
        };
        let limits = Arc::new(self.limits.clone());
        Ok(Target {
            compression: self.compression,
            ..Target::new(connections, self.codec, limits)
        })
    }
}
