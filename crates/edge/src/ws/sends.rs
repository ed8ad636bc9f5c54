//! Messages on their way to the core.
//!
//! Those of one conversation go one after the other, because calls that are under way together
//! may overtake each other and a visitor's words must stay in the order they were written; those
//! of different conversations go side by side. When one fails for the moment, those behind it
//! fail with it: sent on, they would stand before the one that is retried.

use futures::FutureExt as _;
use kefu_proto::v1::{Accepted, Problem, SendMessage, SendRequest, server_frame::Body};

use super::{
    end::End,
    socket::{Done, Socket},
};
use crate::measures;

impl Socket {
    /// Queues a message behind those of its conversation.
    pub(super) fn send(&mut self, reference: u64, message: SendMessage) {
        self.pending += 1;
        let conversation = message.conversation_id;
        let queue = self.sends.entry(conversation).or_default();
        queue.push_back((reference, message));
        if queue.len() == 1 {
            self.send_first(conversation);
        }
    }

    fn send_first(&mut self, conversation: u64) {
        let Some((reference, message)) = self.sends.get(&conversation).and_then(|it| it.front())
        else {
            self.sends.remove(&conversation);
            return;
        };
        let request = SendRequest {
            session: self.session.clone(),
            message: Some(message.clone()),
            language: self.language.clone(),
        };
        let (app, reference) = (self.app.clone(), *reference);
        let sent = async move {
            let started = app.clock.monotonic();
            let result = app.send(request).await;
            let took = app.clock.monotonic().saturating_sub(started);
            metrics::histogram!(measures::SEND_SECONDS).record(took.as_secs_f64());
            Done::Sent {
                reference,
                conversation,
                result,
            }
        };
        self.work.push(sent.boxed());
    }

    /// The core has answered the first one of a conversation.
    pub(super) fn sent(
        &mut self,
        reference: u64,
        conversation: u64,
        result: Result<Accepted, Problem>,
    ) -> Result<(), End> {
        self.pending -= 1;
        if let Some(queue) = self.sends.get_mut(&conversation) {
            queue.pop_front();
        }
        let problem = match result {
            Ok(accepted) => {
                self.put(reference, Body::Accepted(accepted))?;
                self.send_first(conversation);
                return Ok(());
            }
            Err(problem) => problem,
        };
        self.fail(reference, problem.clone())?;
        if problem.retry_after_ms > 0 {
            for (behind, _) in self.sends.remove(&conversation).unwrap_or_default() {
                self.pending -= 1;
                self.fail(behind, problem.clone())?;
            }
        }
        self.send_first(conversation);
        Ok(())
    }
}
