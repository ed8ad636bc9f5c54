//! What a person sees while it runs, on standard error: bars on a terminal, and a line now and then where
//! the words go into a file or to another program.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::Arc,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Between two lines of one bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A bar, or its lines.
#[derive(Clone)]
pub struct Bar {
    bar: ProgressBar,
    lines: Option<Arc<Mutex<Lines>>>,
}

struct Lines {
    what: String,
    begun: Instant,
    told: Instant,
}

/// A bar to that many.
pub fn bar(what: &'static str, length: u64) -> Bar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:>26} {wide_bar} {pos}/{len} {eta:>4}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    let now = Instant::now();
    let lines = (!std::io::stderr().is_terminal()).then(|| {
        Arc::new(Mutex::new(Lines {
            what: what.to_owned(),
            begun: now,
            told: now,
        }))
    });
    Bar { bar, lines }
}

impl Bar {
    pub fn inc(&self, count: u64) {
        self.bar.inc(count);
        self.tell(false);
    }

    pub fn set_position(&self, place: u64) {
        self.bar.set_position(place);
        self.tell(false);
    }

    /// What it is about, from now on.
    pub fn set_message(&self, what: String) {
        if let Some(lines) = &self.lines {
            lines.lock().what.clone_from(&what);
        }
        self.bar.set_message(what);
    }

    /// A line of its own between the bars.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| say(line));
    }

    pub fn finish(&self) {
        self.bar.finish();
        self.tell(true);
    }

    fn tell(&self, ends: bool) {
        let Some(lines) = &self.lines else { return };
        let mut lines = lines.lock();
        let now = Instant::now();
        if ends || now - lines.told >= LINE_EVERY {
            lines.told = now;
            let (place, length) = (self.bar.position(), self.bar.length().unwrap_or_default());
            let seconds = (now - lines.begun).as_secs();
            let what = &lines.what;
            say(&format!("{what}: {place} of {length} after {seconds} s"));
        }
    }
}

/// A line of its own.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
