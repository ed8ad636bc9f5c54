//! The reading end of one link.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kefu_proto::v1::{Lagged, LinkDown, link_down::Body};
use tokio::sync::mpsc;

/// Events of one link, in commit order. When some were dropped because the edge was slow, a
/// `lagged` comes after the last one that was kept.
#[derive(Debug)]
pub struct LinkEvents {
    pub(super) events: mpsc::Receiver<Body>,
    pub(super) lagged: Arc<AtomicBool>,
}

impl LinkEvents {
    /// The next event; `None` when the link is closed.
    pub async fn next(&mut self) -> Option<LinkDown> {
        let body = match self.events.try_recv() {
            Ok(body) => Some(body),
            // Dropping begins at a full queue, so the mark is seen exactly when what was kept is read.
            Err(mpsc::error::TryRecvError::Empty) if self.lagged.swap(false, Ordering::SeqCst) => {
                Some(Body::Lagged(Lagged {}))
            }
            Err(mpsc::error::TryRecvError::Empty) => self.events.recv().await,
            Err(mpsc::error::TryRecvError::Disconnected) => None,
        };
        body.map(|body| LinkDown { body: Some(body) })
    }
}
