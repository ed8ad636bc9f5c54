//! One turn from the stream to its commit. Whatever happens in it, the bot goes on.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use kefu_proto::v1::{self, commit_result::Outcome, turns_client::TurnsClient};
use kefu_types::Entropy;
use tonic::{Code, Request, transport::Channel};

use super::{backoff::Backoff, failpoint::Failpoint, settings::LinkSettings};
use crate::{Bot, Progress, TurnError};

/// The least time that a commit is tried for, even of a turn that came late.
const COMMIT_TIME_MIN: Duration = Duration::from_secs(2);

pub(super) struct Worker {
    bot: Arc<Bot>,
    entropy: Arc<dyn Entropy>,
    settings: LinkSettings,
    failpoint: Arc<Option<Failpoint>>,
}

/// What became of a turn, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Applied,
    Stale,
    Unread,
    Lost,
}

impl Worker {
    pub(super) fn new(bot: Arc<Bot>, entropy: Arc<dyn Entropy>, settings: LinkSettings) -> Self {
        let failpoint = Failpoint::parse(settings.failpoint.as_deref());
        Self {
            bot,
            entropy,
            settings,
            failpoint: Arc::new(failpoint),
        }
    }

    pub(super) async fn work(&self, turn: v1::Turn, client: TurnsClient<Channel>) {
        let _under_way = self.bot.turn_begins();
        let received = self.bot.clock().monotonic();
        // By the core's own clock, which may differ from this machine's.
        let left = u64::try_from(turn.deadline_ms.saturating_sub(turn.now_ms)).unwrap_or(0);
        let until = received + Duration::from_millis(left).max(COMMIT_TIME_MIN);
        let (conversation, number) = (turn.conversation_id, turn.turn);
        let end = match self.answer(turn, until).await {
            Some(commit) => self.commit(commit, client, until).await,
            None => End::Unread,
        };
        let spent = self.bot.clock().monotonic().saturating_sub(received);
        let outcome = match end {
            End::Applied => "applied",
            End::Stale => "stale",
            End::Unread => "unread",
            End::Lost => "lost",
        };
        metrics::counter!("kefu_bot_turns_total", "outcome" => outcome).increment(1);
        metrics::histogram!("kefu_bot_turn_seconds").record(spent.as_secs_f64());
        tracing::debug!(conversation, turn = number, outcome, "turn done");
    }

    /// Reads the turn, does what must be done, and words the reply.
    async fn answer(&self, turn: v1::Turn, until: Duration) -> Option<v1::CommitTurn> {
        let turn = Arc::new(turn);
        let (bot, failpoint, read) = (self.bot.clone(), self.failpoint.clone(), turn.clone());
        let begin = move || {
            if let Some(failpoint) = &*failpoint {
                failpoint.hit();
            }
            bot.begin(&read)
        };
        let sorry = |bot: &Bot, turn: &v1::Turn| {
            let commit = bot.apologise(turn)?;
            Ok(Progress::Done(Box::new(commit)))
        };
        let pending = match self.compute(&turn, begin, sorry).await? {
            Progress::Done(commit) => return Some(*commit),
            Progress::Act(pending) => pending,
        };
        let left = until.saturating_sub(self.bot.clock().monotonic());
        // What is left afterwards is for the commit.
        let within = left.saturating_sub(COMMIT_TIME_MIN).max(left / 2);
        let (request, own) = (pending.request().clone(), pending.timeout());
        let outcome = self.bot.actions().run(request, own, within).await;
        let bot = self.bot.clone();
        let finish = move || bot.finish(*pending, outcome);
        self.compute(&turn, finish, Bot::apologise).await
    }

    /// Computes on a blocking thread, as the encoder takes milliseconds; the link's permits bound
    /// how many. A panic is a bug, but one visitor's: that turn gets the fallback.
    async fn compute<T: Send + 'static>(
        &self,
        turn: &Arc<v1::Turn>,
        work: impl FnOnce() -> Result<T, TurnError> + Send + 'static,
        sorry: impl FnOnce(&Bot, &v1::Turn) -> Result<T, TurnError> + Send + 'static,
    ) -> Option<T> {
        let (conversation, number) = (turn.conversation_id, turn.turn);
        let (bot, turn) = (self.bot.clone(), turn.clone());
        let work = move || {
            catch_unwind(AssertUnwindSafe(work)).or_else(|_| {
                metrics::counter!("kefu_bot_panics_total").increment(1);
                tracing::error!(conversation, turn = number, "reading the turn panicked");
                catch_unwind(AssertUnwindSafe(|| sorry(&bot, &turn)))
            })
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(Ok(done))) => Some(done),
            Ok(Ok(Err(error))) => {
                report(&error, conversation, number);
                None
            }
            Ok(Err(_)) | Err(_) => {
                tracing::error!(
                    conversation,
                    turn = number,
                    "the turn could not be answered"
                );
                None
            }
        }
    }

    /// Commits until the core has answered or `until` has passed. A commit names the version it
    /// expects, so that trying again can never apply it twice.
    async fn commit(
        &self,
        commit: v1::CommitTurn,
        mut client: TurnsClient<Channel>,
        until: Duration,
    ) -> End {
        let mut backoff = Backoff::new(self.settings.retry_first, self.settings.commit_retry_max);
        let (conversation, turn) = (commit.conversation_id, commit.turn);
        loop {
            let left = until.saturating_sub(self.bot.clock().monotonic());
            let mut request = Request::new(commit.clone());
            request.set_timeout(left);
            let error = match client.commit(request).await {
                Ok(reply) if reply.get_ref().outcome() == Outcome::Applied => return End::Applied,
                // Somebody wrote or took over: the turn is another's now.
                Ok(_) => return End::Stale,
                Err(error) => error,
            };
            let pause = backoff.pause(&*self.entropy);
            let late = self.bot.clock().monotonic() + pause >= until;
            if late || !passes(error.code()) {
                tracing::warn!(
                    conversation,
                    turn,
                    code = ?error.code(),
                    error = error.message(),
                    "the core did not take the commit"
                );
                return End::Lost;
            }
            tokio::time::sleep(pause).await;
        }
    }
}

fn report(error: &TurnError, conversation: u64, turn: u64) {
    match error {
        TurnError::Late(_) => tracing::debug!(conversation, turn, "the turn is late already"),
        TurnError::State(error) => {
            tracing::error!(conversation, turn, %error, "the turn cannot be read");
        }
    }
}

/// Whether an error may be gone at the next try: the link was lost or the core is busy.
const fn passes(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::Aborted
            | Code::ResourceExhausted
            | Code::DeadlineExceeded
    )
}
