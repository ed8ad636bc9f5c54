//! Whether this bot can answer, for the supervisor and `/readyz`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What of the bot is there.
#[derive(Debug, Default)]
pub struct Status {
    engine: AtomicBool,
    connected: AtomicBool,
    links: AtomicU64,
}

impl Status {
    /// The engine is loaded.
    pub fn set_engine(&self, loaded: bool) {
        self.engine.store(loaded, Ordering::SeqCst);
    }

    /// The core's stream of turns is open.
    pub fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::SeqCst);
        self.links.fetch_add(u64::from(connected), Ordering::SeqCst);
    }

    /// How often the stream was opened so far.
    pub(crate) fn links(&self) -> u64 {
        self.links.load(Ordering::SeqCst)
    }

    /// Whether turns are answered now; what is missing, for people.
    #[must_use]
    pub fn ready(&self) -> (bool, &'static str) {
        let engine = self.engine.load(Ordering::SeqCst);
        let connected = self.connected.load(Ordering::SeqCst);
        match (engine, connected) {
            (false, _) => (false, "the intents and the model are being loaded"),
            (true, false) => (false, "no link to the core"),
            (true, true) => (true, ""),
        }
    }
}
