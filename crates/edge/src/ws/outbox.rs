//! What waits for one socket's reader, bounded in frames and in bytes.
//!
//! Live frames are put or refused at once: a reader that lets the outbox fill is cut. Pages of
//! history wait for room, so that a slow reader catches up at its own pace.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message};
use futures::{Sink, SinkExt as _};
use kefu_proto::v1::ServerFrame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{end::End, subprotocol::Subprotocol};

/// A reader that takes nothing gets this long for its goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// Pages that may wait for a slow reader.
const PAGES_MAX: usize = 2;

struct Queued {
    message: Message,
    /// Given back once the bytes are on their way.
    room: OwnedSemaphorePermit,
}

/// The sending end.
#[derive(Clone)]
pub(crate) struct Outbox {
    /// Boxed for the same reason as events in a mailbox: room for thirty-two is kept.
    queue: mpsc::Sender<Box<Queued>>,
    bytes: Arc<Semaphore>,
    bytes_max: u32,
    /// Pages have room of their own: history that is read may not cut a reader.
    pages: Arc<Semaphore>,
    subprotocol: Subprotocol,
}

/// The outbox is full.
#[derive(Debug)]
pub(crate) struct Full;

/// Room for one page.
pub(crate) struct Room {
    slot: mpsc::OwnedPermit<Box<Queued>>,
    room: OwnedSemaphorePermit,
}

impl Outbox {
    /// Puts a frame.
    ///
    /// # Errors
    /// [`Full`] when the reader is too slow, or gone.
    pub(crate) fn put(&self, frame: &ServerFrame) -> Result<(), Full> {
        self.put_written(self.subprotocol.encode(frame))
    }

    /// Puts a frame that is written already, in this outbox's subprotocol.
    ///
    /// # Errors
    /// As [`Outbox::put`].
    pub(crate) fn put_written(&self, message: Message) -> Result<(), Full> {
        let size = match &message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        // One frame may be larger than the whole bound: it then wants the outbox for itself.
        let size = u32::try_from(size).unwrap_or(u32::MAX).min(self.bytes_max);
        let room = self
            .bytes
            .clone()
            .try_acquire_many_owned(size)
            .map_err(|_| Full)?;
        self.queue
            .try_send(Box::new(Queued { message, room }))
            .map_err(|_| Full)
    }

    /// Waits for room for a page. `None` when the writer is gone.
    pub(crate) async fn room(&self) -> Option<Room> {
        let room = self.pages.clone().acquire_owned().await.ok()?;
        let slot = self.queue.clone().reserve_owned().await.ok()?;
        Some(Room { slot, room })
    }

    pub(crate) const fn subprotocol(&self) -> Subprotocol {
        self.subprotocol
    }

    /// Done when the writer is gone, because the connection broke.
    pub(crate) async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Puts a page into the room kept for it.
    pub(crate) fn put_in(&self, room: Room, frame: &ServerFrame) {
        room.slot.send(Box::new(Queued {
            message: self.subprotocol.encode(frame),
            room: room.room,
        }));
    }
}

/// Starts the writer of one socket; it ends when told how, or when the connection breaks.
pub(crate) fn writer<S>(
    sink: S,
    subprotocol: Subprotocol,
    frames_max: usize,
    bytes_max: usize,
) -> (Outbox, oneshot::Sender<End>, tokio::task::JoinHandle<()>)
where
    S: Sink<Message> + Unpin + Send + 'static,
    S::Error: Send,
{
    let (queue, queued) = mpsc::channel(frames_max.max(1));
    let (ending, ended) = oneshot::channel();
    let bytes_max = u32::try_from(bytes_max.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
    let pages = Arc::new(Semaphore::new(PAGES_MAX));
    let bytes = Arc::new(Semaphore::new(bytes_max as usize));
    let task = tokio::spawn(write(sink, queued, ended, subprotocol));
    (
        Outbox {
            queue,
            bytes,
            bytes_max,
            pages,
            subprotocol,
        },
        ending,
        task,
    )
}

async fn write<S: Sink<Message> + Unpin>(
    mut sink: S,
    mut queued: mpsc::Receiver<Box<Queued>>,
    mut ended: oneshot::Receiver<End>,
    subprotocol: Subprotocol,
) {
    let end = tokio::select! {
        biased;
        end = &mut ended => end.ok(),
        broken = pump(&mut sink, &mut queued) => { let Err(_) = broken; None }
    };
    let Some(end) = end else { return };
    let last_words = async {
        while let Some(next) = end.drain.then(|| queued.try_recv().ok()).flatten() {
            sink.feed(next.message).await?;
        }
        if let Some(goodbye) = end.frame() {
            sink.feed(subprotocol.encode(&goodbye)).await?;
        }
        let close = CloseFrame {
            code: end.code,
            reason: end.reason().into(),
        };
        sink.send(Message::Close(Some(close))).await
    };
    // A reader that is gone cannot be told; there is nothing to do about it.
    let _ = tokio::time::timeout(GOODBYE_TIMEOUT, last_words).await;
}

/// Writes what is queued, many frames to one flush.
async fn pump<S: Sink<Message> + Unpin>(
    sink: &mut S,
    queued: &mut mpsc::Receiver<Box<Queued>>,
) -> Result<std::convert::Infallible, S::Error> {
    loop {
        let Some(first) = queued.recv().await else {
            return std::future::pending().await;
        };
        let mut held = vec![first.room];
        sink.feed(first.message).await?;
        while let Ok(next) = queued.try_recv() {
            held.push(next.room);
            sink.feed(next.message).await?;
        }
        sink.flush().await?;
    }
}
