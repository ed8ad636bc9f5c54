//! When something was lost: read it again, patiently, and once at a time.

use std::time::Duration;

use futures::{Future, FutureExt as _};
use kefu_proto::v1::{Problem, WhoamiRequest};

use super::{
    conversations::head_of,
    end::End,
    socket::{Done, Socket},
};
use crate::{app::App, problem::from_status};

/// After a restart of the core, sockets look at their sessions spread over this.
const VERIFY_SPREAD_MS: u32 = 5_000;
const RETRY_MIN_MS: u32 = 200;
const RETRY_MAX_MS: u32 = 5_000;

impl Socket {
    /// Events of this socket were dropped: read everything that it has open.
    pub(super) fn reread(&mut self) {
        let open: Vec<u64> = self.opened.keys().copied().collect();
        for conversation in open {
            self.doubt(conversation);
            self.refresh(conversation);
            self.look(conversation);
        }
        self.verify_later();
        self.relist();
    }

    fn doubt(&mut self, conversation: u64) {
        let opened = self.opened.get_mut(&conversation);
        let read = opened.and_then(|it| it.delivery.as_mut()?.doubt().read);
        if let Some(read) = read {
            self.read(conversation, read);
        }
    }

    /// Reads a head again.
    fn refresh(&mut self, conversation: u64) {
        let Some(opened) = self.opened.get_mut(&conversation) else {
            return;
        };
        if std::mem::replace(&mut opened.refreshing, true) {
            return;
        }
        let (generation, left) = (opened.generation, opened.left.clone());
        let (app, session) = (self.app.clone(), self.session.clone());
        let head = async move {
            let once = || head_of(&app, session.clone(), conversation);
            let result = patiently(&app, once).await;
            Done::Head {
                conversation,
                generation,
                result,
            }
        };
        let head = async move {
            left.run_until_cancelled(head)
                .await
                .unwrap_or(Done::Nothing)
        };
        self.work.push(head.boxed());
    }

    /// The core took a watch away, or would not have it again after the link was lost. For the
    /// moment only: ask until it does. For good: the client is told.
    pub(super) fn watch_refused(&mut self, conversation: u64, why: Problem) -> Result<(), End> {
        let opened = self.opened.get(&conversation);
        // One that is still opening has its own answer.
        let Some(opened) = opened.filter(|opened| opened.delivery.is_some()) else {
            return Ok(());
        };
        if why.retry_after_ms == 0 {
            self.leave(conversation);
            return self.fail(0, why);
        }
        let (generation, left) = (opened.generation, opened.left.clone());
        let (app, socket) = (self.app.clone(), self.id);
        let watching = async move {
            let result = patiently(&app, || app.hub.watch(conversation, socket)).await;
            Done::Watched {
                conversation,
                generation,
                result,
            }
        };
        let watching = async move {
            left.run_until_cancelled(watching)
                .await
                .unwrap_or(Done::Nothing)
        };
        self.work.push(watching.boxed());
        Ok(())
    }

    /// It is watched again: what happened meanwhile is read.
    pub(super) fn watched(
        &mut self,
        conversation: u64,
        generation: u64,
        result: Result<(), Problem>,
    ) -> Result<(), End> {
        if self
            .opened
            .get(&conversation)
            .is_none_or(|it| it.generation != generation)
        {
            return Ok(());
        }
        if let Err(problem) = result {
            self.leave(conversation);
            return self.fail(0, problem);
        }
        self.doubt(conversation);
        self.refresh(conversation);
        Ok(())
    }

    /// A session may have ended while nobody could tell us.
    pub(super) fn verify_later(&mut self) {
        if std::mem::replace(&mut self.verifying, true) {
            return;
        }
        let (app, session) = (self.app.clone(), self.session.clone());
        let verified = async move {
            let wait = app.jitter_ms(VERIFY_SPREAD_MS);
            tokio::time::sleep(Duration::from_millis(u64::from(wait))).await;
            let once = || async {
                let request = app.call(WhoamiRequest {
                    session: session.clone(),
                });
                let answer = app.chat().whoami(request).await;
                answer.map(|_| ()).map_err(|status| from_status(&status))
            };
            Done::Verified(patiently(&app, once).await)
        };
        self.work.push(verified.boxed());
    }

    /// The core has looked at the session.
    pub(super) fn verified(&mut self, result: Result<(), Problem>) -> Result<(), End> {
        self.verifying = false;
        match result {
            Err(problem) if problem.code == "unauthenticated" => Err(End::session(problem)),
            _ => Ok(()),
        }
    }
}

/// Tries until the core answers for good; what passes is tried again with growing, jittered waits.
pub(super) async fn patiently<T, F>(app: &App, mut attempt: impl FnMut() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    let mut wait_ms = RETRY_MIN_MS;
    loop {
        match attempt().await {
            Err(problem) if problem.retry_after_ms > 0 => pause(app, wait_ms).await,
            settled => return settled,
        }
        wait_ms = (wait_ms * 2).min(RETRY_MAX_MS);
    }
}

/// Waits between half and all of `wait_ms`.
pub(super) async fn pause(app: &App, wait_ms: u32) {
    let wait = wait_ms / 2 + app.jitter_ms(wait_ms / 2 + 1);
    tokio::time::sleep(Duration::from_millis(u64::from(wait))).await;
}
