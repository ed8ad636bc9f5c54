//! Messages to the core, all sockets' on one stream, and the answers back to those who wait.

use std::collections::HashMap;

use kefu_proto::v1::{Accepted, Problem, SendDown, SendRequest, SendUp, send_down::Answer};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::problem::{passing, unavailable};

/// What becomes of a message. An answer that never comes means that the stream broke.
pub(crate) type Ticket = oneshot::Receiver<Result<Accepted, Problem>>;

/// The stream of messages, while it stands.
#[derive(Default)]
pub(crate) struct Sends(Mutex<Option<Stream>>);

struct Stream {
    up: mpsc::Sender<SendUp>,
    waiting: HashMap<u64, oneshot::Sender<Result<Accepted, Problem>>>,
    numbers: u64,
}

/// Why a message is not on the stream.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// There is no stream; the request goes back.
    NoStream(Box<SendRequest>),
    /// Too many wait to go up.
    Full(Problem),
}

impl Sends {
    /// Messages go this way from now on.
    pub(super) fn open(&self, up: mpsc::Sender<SendUp>) {
        *self.0.lock() = Some(Stream {
            up,
            waiting: HashMap::new(),
            numbers: 0,
        });
    }

    /// The stream is gone, and with it the answers.
    pub(super) fn close(&self) {
        *self.0.lock() = None;
    }

    /// Puts a message on the stream, without waiting.
    ///
    /// # Errors
    /// [`Unsent`], where nothing of it went up.
    pub(crate) fn submit(&self, request: SendRequest) -> Result<Ticket, Unsent> {
        let mut stream = self.0.lock();
        let Some(stream) = stream.as_mut() else {
            return Err(Unsent::NoStream(Box::new(request)));
        };
        let number = stream.numbers;
        let up = SendUp {
            number,
            request: Some(request),
        };
        match stream.up.try_send(up) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(up)) => {
                let request = up.request.unwrap_or_default();
                return Err(Unsent::NoStream(Box::new(request)));
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                return Err(Unsent::Full(passing(
                    "overloaded",
                    "too many messages wait for the chat core; try again",
                    500,
                )));
            }
        }
        stream.numbers += 1;
        let (waiter, ticket) = oneshot::channel();
        stream.waiting.insert(number, waiter);
        Ok(ticket)
    }

    /// The core's answer goes to whoever waits for it, if anybody still does.
    pub(super) fn answer(&self, down: SendDown) {
        let mut stream = self.0.lock();
        let waiting = stream.as_mut().map(|stream| &mut stream.waiting);
        let Some(waiter) = waiting.and_then(|waiting| waiting.remove(&down.number)) else {
            return;
        };
        let _ = waiter.send(match down.answer {
            Some(Answer::Accepted(accepted)) => Ok(accepted),
            Some(Answer::Problem(problem)) => Err(problem),
            None => Err(unavailable()),
        });
    }
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Accepted, SendDown, SendMessage, SendRequest, send_down::Answer};
    use tokio::sync::mpsc;

    use super::{Sends, Unsent};

    fn request(client_id: &str) -> SendRequest {
        let message = SendMessage {
            client_id: client_id.into(),
            ..SendMessage::default()
        };
        SendRequest {
            message: Some(message),
            ..SendRequest::default()
        }
    }

    fn accepted(number: u64, seq: u64) -> SendDown {
        let accepted = Accepted {
            seq,
            ..Accepted::default()
        };
        SendDown {
            number,
            answer: Some(Answer::Accepted(accepted)),
        }
    }

    #[tokio::test]
    async fn answers_find_their_requests_in_any_order() {
        let (sends, (up, mut ups)) = (Sends::default(), mpsc::channel(4));
        sends.open(up);
        let first = sends.submit(request("a")).expect("room");
        let second = sends.submit(request("b")).expect("room");
        let mut numbers = Vec::new();
        while let Ok(up) = ups.try_recv() {
            numbers.push(up.number);
        }
        sends.answer(accepted(numbers[1], 8));
        sends.answer(accepted(numbers[0], 7));
        // One that nobody waits for any more changes nothing.
        sends.answer(accepted(numbers[0], 9));
        let seq = |answer: Result<Accepted, _>| answer.expect("accepted").seq;
        assert_eq!(seq(first.await.expect("answered")), 7);
        assert_eq!(seq(second.await.expect("answered")), 8);
    }

    #[tokio::test]
    async fn what_waits_when_the_stream_breaks_is_not_left_waiting() {
        let (sends, (up, ups)) = (Sends::default(), mpsc::channel(1));
        assert!(matches!(
            sends.submit(request("a")),
            Err(Unsent::NoStream(_))
        ));
        sends.open(up);
        let ticket = sends.submit(request("a")).expect("room");
        assert!(matches!(sends.submit(request("b")), Err(Unsent::Full(_))));
        sends.close();
        assert!(ticket.await.is_err());
        drop(ups);
        let Err(Unsent::NoStream(back)) = sends.submit(request("c")) else {
            panic!("there is no stream");
        };
        assert_eq!(*back, request("c"));
    }
}
