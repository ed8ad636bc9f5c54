//! Bots: quick, slow, dead, repeating themselves, or wrong.

use std::{sync::Arc, time::Duration};

use kefu_chat::TurnStream;
use kefu_dialog::{Event as DialogEvent, Phase, Policy, State, Understanding, step};
use kefu_proto::v1::{self, commit_result};
use tokio::sync::Notify;

use super::World;
use crate::{
    check::Promise,
    counters::Counted,
    log::{Event, fingerprint, text_body},
    planted::Planted,
    process::{Answer, Front},
};

/// Tries of a commit that was refused for now.
const TRIES_MAX: u64 = 4;

/// A planted bug forgets what is handed out this long after the store failed.
const TROUBLED: Duration = Duration::from_secs(5);

/// What a bot makes of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quick,
    Slow,
    /// Never answers.
    Dead,
    /// Commits twice, at once.
    Twice,
    /// Names a version that is not the turn's.
    WrongVersion,
    /// Commits what no bot may.
    Malformed,
}

/// One bot.
#[derive(Debug)]
pub(super) struct Bot {
    id: u64,
    leaves: Notify,
}

impl Bot {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            leaves: Notify::new(),
        }
    }

    /// It is killed, and comes back after a while.
    pub(super) fn leave(&self) {
        self.leaves.notify_one();
    }

    pub(super) async fn life(&self, world: &Arc<World>) {
        loop {
            let front = world.process.up().await;
            let room = u32::try_from(world.run.dice.within(1..=4)).unwrap_or(1);
            let Some(mut stream) = front.subscribe(self.id, room) else {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            tokio::select! {
                biased;
                () = front.fallen() => {}
                () = self.leaves.notified() => world.run.tally.count(Counted::BotLeft),
                () = self.serve(world, &front, &mut stream) => {}
            }
            drop(stream);
            let most = if world.is_calm() { 50 } else { 2_000 };
            let pause = world.run.dice.within(1..=most);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn serve(&self, world: &Arc<World>, front: &Arc<Front>, stream: &mut TurnStream) {
        while let Some(turn) = stream.next().await {
            let troubled = world.run.faults.troubled_since(world.run.time.passed());
            if world.run.planted == Some(Planted::ForgottenTurn) && troubled < TROUBLED {
                continue;
            }
            world.run.tally.count(Counted::Turn);
            world.run.log.add(Event::Handed {
                bot: self.id,
                conversation: turn.conversation_id,
                turn: turn.turn,
                version: turn.version,
            });
            let has_words = !turn.messages.is_empty();
            let id = turn.conversation_id;
            let taken_back = world.run.log.ask(|checker| checker.has_recalls(id));
            world
                .run
                .log
                .require(Promise::Live, has_words || taken_back, || {
                    format!(
                        "turn {} of {} has nothing to answer",
                        turn.turn, turn.conversation_id
                    )
                });
            let (world, front) = (world.clone(), front.clone());
            tokio::spawn(async move { world.answer(&front, &turn).await });
        }
    }
}

impl World {
    fn manner(&self) -> Manner {
        use Manner::{Dead, Malformed, Quick, Slow, Twice, WrongVersion};
        if self.is_calm() || !self.profile.bots_fail {
            return Quick;
        }
        let manners = [Quick, Slow, Dead, Twice, WrongVersion, Malformed];
        manners[self.run.dice.weighted(&[50, 15, 10, 10, 10, 5])]
    }

    async fn answer(&self, front: &Front, turn: &v1::Turn) {
        let run = &self.run;
        let manner = self.manner();
        let thinking = match manner {
            Manner::Dead => {
                run.tally.count(Counted::DeadTurn);
                return;
            }
            Manner::Slow => run.dice.within(500..=7_000),
            _ => run.dice.within(0..=120),
        };
        tokio::time::sleep(Duration::from_millis(thinking)).await;
        let Some(mut commit) = self.reply(turn) else {
            run.log.require(Promise::Faithful, false, || {
                format!("turn {} has a state that cannot be read", turn.turn)
            });
            return;
        };
        match manner {
            Manner::WrongVersion => {
                run.tally.count(Counted::WrongVersion);
                let off = run.dice.within(1..=2);
                commit.expected_version = if run.dice.chance(50) {
                    commit.expected_version.saturating_sub(off)
                } else {
                    commit.expected_version + off
                };
            }
            Manner::Malformed => {
                run.tally.count(Counted::BadCommit);
                commit.new_state = malformed(turn);
            }
            _ => {}
        }
        for said in &commit.messages {
            run.log.add(Event::Proposed {
                conversation: turn.conversation_id,
                turn: turn.turn,
                body: fingerprint(said.body.as_ref()),
            });
        }
        if manner == Manner::Twice {
            run.tally.count(Counted::CommittedTwice);
            futures::join!(
                self.commit(front, &commit, false),
                self.commit(front, &commit, false)
            );
        } else {
            self.commit(front, &commit, true).await;
        }
    }

    /// What a bot that understands little says.
    fn reply(&self, turn: &v1::Turn) -> Option<v1::CommitTurn> {
        let run = &self.run;
        let state = State::from_json(&turn.state).ok()?;
        let wants_people = run.dice.chance(20);
        let unsaid = turn.messages.is_empty();
        let what = if unsaid {
            run.tally.count(Counted::Unsaid);
            Understanding::Unsaid
        } else if wants_people {
            Understanding::Human {
                reason: "asked for people".to_owned(),
            }
        } else {
            Understanding::Fallback
        };
        let understood = DialogEvent::Understood {
            turn: turn.turn,
            what,
        };
        let (state, _) = step(&state, &understood, &Policy::default());
        let queued = matches!(state.phase, Phase::Queued);
        let count = if unsaid { 0 } else { run.dice.within(1..=2) };
        let say = |n| v1::BotMessage {
            body: Some(text_body(&format!("reply {n} of {:x}", run.dice.next()))),
            trace: None,
        };
        Some(v1::CommitTurn {
            tenant_id: turn.tenant_id,
            conversation_id: turn.conversation_id,
            turn: turn.turn,
            expected_version: turn.version,
            new_state: state.to_json(),
            messages: (0..count).map(say).collect(),
            handoff_reason: if queued {
                "asked for people".to_owned()
            } else {
                String::new()
            },
            handoff_group: if queued {
                self.some_group(turn.tenant_id)
            } else {
                String::new()
            },
            language: turn.language.clone(),
        })
    }

    /// Commits; again when it was refused for now. Only the answer to the first try of a single
    /// commit says that nothing of it is stored.
    async fn commit(&self, front: &Front, commit: &v1::CommitTurn, single: bool) {
        for tried in 0..TRIES_MAX {
            let answer = front.commit(commit.clone()).await;
            let outcome = match &answer {
                Answer::Done(done) if done.outcome() == commit_result::Outcome::Applied => {
                    self.run.tally.count(Counted::Applied);
                    "applied"
                }
                Answer::Done(_) => {
                    self.run.tally.count(Counted::Stale);
                    if single && tried == 0 {
                        "stale"
                    } else {
                        "stale by now"
                    }
                }
                Answer::Refused(refused) => refused.code(),
                Answer::Lost => "lost",
            };
            for said in &commit.messages {
                let body = fingerprint(said.body.as_ref());
                self.run.log.add(Event::Answered { body, outcome });
            }
            let Answer::Refused(refused) = answer else {
                return;
            };
            if refused.retry_after_ms() == 0 {
                return;
            }
            let pause = Duration::from_millis(u64::from(refused.retry_after_ms()));
            tokio::time::sleep(pause).await;
        }
    }
}

/// A state in which no turn of a bot may end.
fn malformed(turn: &v1::Turn) -> String {
    State {
        turn: turn.turn,
        phase: Phase::Serving,
        ..State::default()
    }
    .to_json()
}
