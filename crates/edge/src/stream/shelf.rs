//! The frames of one connection on their way down: numbered, kept until they are acknowledged, and
//! given to one reader at a time.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use axum::extract::ws::Message;
use futures::Sink;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Frames that may wait for a reader here; those behind them wait in the outbox, which cuts a
/// connection that nobody reads.
const WAITING_MAX: usize = 64;
/// Frames that are kept for a reader that comes back.
const KEPT_MAX: usize = 256;
/// Bytes that are kept for a reader that comes back.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Frames in one answer.
const BATCH_MAX: usize = 256;
/// Bytes in one answer; a single frame may be larger.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// From number `gone + 1` on.
    frames: VecDeque<Message>,
    /// Numbers up to here are not kept any longer.
    gone: u64,
    /// Numbers up to here have been given to a reader.
    given: u64,
    /// Of all frames here.
    bytes: usize,
    /// The close code, after which nothing comes.
    closed: Option<u16>,
    /// The newest reader.
    reader: u64,
    /// The writer waits for room.
    waiting: Option<Waker>,
}

/// What a reader is given.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    /// The number of the first frame.
    pub(super) first: u64,
    pub(super) frames: Vec<Message>,
    /// Nothing comes after these.
    pub(super) closed: Option<u16>,
}

impl Batch {
    /// The number of the last frame that the reader has then.
    pub(super) fn last(&self) -> u64 {
        self.first - 1 + self.frames.len() as u64
    }
}

/// Why a reader is given nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A newer reader has begun.
    Superseded,
    /// What follows the reader's number is not kept any longer.
    Gone,
    /// No frame has had the reader's number yet.
    Ahead,
}

/// The right to read, until somebody else begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader(u64);

impl Shelf {
    /// From now on this reader, and no other.
    pub(super) fn begin(&self) -> Reader {
        let mut state = self.state.lock();
        state.reader += 1;
        let reader = Reader(state.reader);
        drop(state);
        self.changed.notify_waiters();
        reader
    }

    /// Whether what follows this number can be given, now or later.
    pub(super) fn can_give(&self, after: u64) -> Result<(), Refusal> {
        self.state.lock().can_give(after)
    }

    /// Everything up to this number has arrived and need not be kept.
    pub(super) fn acknowledge(&self, number: u64) {
        let mut state = self.state.lock();
        // What was never given has not arrived, whatever anybody says.
        while state.gone < number.min(state.given) && state.drop_first() {}
    }

    /// The frames after this number, as soon as there are any, or as nothing comes any more. That they
    /// were given says nothing: they are kept until they are acknowledged.
    pub(super) async fn next(&self, reader: Reader, after: u64) -> Result<Batch, Refusal> {
        let mut changed = pin!(self.changed.notified());
        loop {
            changed.as_mut().enable();
            if let Some(told) = self.state.lock().take(reader, after).transpose() {
                return told;
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
    }

    /// The connection has ended with this code. Where the last frame did not come through the writer,
    /// because nobody read, it is put here.
    pub(super) fn close(&self, last: Option<Message>, code: u16) {
        let mut state = self.state.lock();
        if state.closed.is_none() {
            if let Some(last) = last {
                state.push(last);
            }
            state.closed = Some(code);
        }
        drop(state);
        self.changed.notify_waiters();
    }
}

impl State {
    fn last(&self) -> u64 {
        self.gone + self.frames.len() as u64
    }

    fn push(&mut self, message: Message) {
        self.bytes += size(&message);
        self.frames.push_back(message);
        // Of what was given the oldest goes; what nobody was given yet stays.
        while (self.frames.len() > KEPT_MAX || self.bytes > KEPT_BYTES_MAX)
            && self.gone < self.given
            && self.drop_first()
        {}
    }

    fn drop_first(&mut self) -> bool {
        let Some(first) = self.frames.pop_front() else {
            return false;
        };
        self.bytes -= size(&first);
        self.gone += 1;
        true
    }

    const fn can_give(&self, after: u64) -> Result<(), Refusal> {
        if after > self.given {
            return Err(Refusal::Ahead);
        }
        if after < self.gone {
            return Err(Refusal::Gone);
        }
        Ok(())
    }

    /// `None` while there is nothing to give.
    fn take(&mut self, reader: Reader, after: u64) -> Result<Option<Batch>, Refusal> {
        if reader.0 != self.reader {
            return Err(Refusal::Superseded);
        }
        self.can_give(after)?;
        let has = usize::try_from(after - self.gone).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let fits = |message: &&Message| {
            bytes += size(message);
            bytes <= BATCH_BYTES_MAX || bytes == size(message)
        };
        let frames = self.frames.iter().skip(has).take(BATCH_MAX);
        let frames = frames.take_while(fits);
        let frames: Vec<Message> = frames.cloned().collect();
        let last = after + frames.len() as u64;
        let closed = self.closed.filter(|_| last == self.last());
        if frames.is_empty() && closed.is_none() {
            return Ok(None);
        }
        self.given = self.given.max(last);
        if let Some(writer) = self.waiting.take() {
            writer.wake();
        }
        Ok(Some(Batch {
            first: after + 1,
            frames,
            closed,
        }))
    }

    /// Whether one more frame may wait.
    fn has_room(&self) -> bool {
        self.last() - self.given < WAITING_MAX as u64
    }
}

fn size(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Where a connection's writer puts its frames.
pub(super) struct Top(pub(super) Arc<Shelf>);

impl Sink<Message> for Top {
    type Error = Infallible;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        let mut state = self.0.state.lock();
        if state.has_room() {
            return Poll::Ready(Ok(()));
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Infallible> {
        match message {
            Message::Close(frame) => {
                let code = frame.map_or(1000, |frame| frame.code);
                self.0.close(None, code);
            }
            message => {
                self.0.state.lock().push(message);
                self.0.changed.notify_waiters();
            }
        }
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
