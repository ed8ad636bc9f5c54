//! Messages left instead of waiting: visitors who leave them, and agents who want the same one, answer
//! it, put it back or close it.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{self, LeftState, Sender, move_left_request};
use kefu_types::TenantId;

use super::{
    World,
    cast::Agent,
    saying::{Speaker, is_reuse},
};
use crate::{
    counters::Counted,
    log::{Event, Key, fingerprint, left_row, text_body},
    process::Answer,
};

const CLAIM: move_left_request::Action = move_left_request::Action::Claim;
const RELEASE: move_left_request::Action = move_left_request::Action::Release;
const CLOSE: move_left_request::Action = move_left_request::Action::Close;

/// What a visitor left once and may leave again.
#[derive(Debug, Clone)]
pub(super) struct Leaving {
    speaker: Speaker,
    client_id: String,
    text: String,
}

/// An agent's answer to a message left, which may be given again.
#[derive(Debug, Clone)]
pub(super) struct Answering {
    agent: u64,
    token: String,
    /// As the agent has claimed it.
    left: v1::LeftMessage,
    client_id: String,
    text: String,
}

impl Leaving {
    fn key(&self) -> Key {
        Key {
            conversation: self.speaker.conversation,
            sender: self.speaker.sender.into(),
            sender_id: self.speaker.id,
            client_id: self.client_id.clone(),
        }
    }
}

impl Answering {
    fn key(&self) -> Key {
        Key {
            conversation: self.left.conversation_id,
            sender: Sender::Agent.into(),
            sender_id: self.agent,
            client_id: self.client_id.clone(),
        }
    }
}

impl World {
    pub(super) fn leaves_a_message(self: &Arc<Self>) {
        if let Some(visitor) = self.some_visitor() {
            self.leave(visitor.speaker());
        }
    }

    /// Somebody leaves something new.
    pub(super) fn leave(self: &Arc<Self>, speaker: Speaker) {
        let n = self.run.dice.next();
        let leaving = Leaving {
            speaker,
            client_id: format!("l{n:016x}"),
            text: format!("later {n:x}"),
        };
        self.run.tally.count(Counted::Left);
        self.left.lock().push(leaving.clone());
        self.leave_until_told(leaving);
    }

    pub(super) fn leaves_again(self: &Arc<Self>) {
        let leaving = self.run.dice.pick(&self.left.lock()).cloned();
        if let Some(leaving) = leaving {
            self.run.tally.count(Counted::LeftAgain);
            self.leave_until_told(leaving);
        }
    }

    fn leave_until_told(self: &Arc<Self>, leaving: Leaving) {
        let what = format!("the answer to what was left, {:?}", leaving.key());
        self.begin(what, move |world| async move {
            while let Some(pause) = world.leave_once(&leaving).await {
                tokio::time::sleep(pause).await;
            }
        });
    }

    async fn leave_once(&self, leaving: &Leaving) -> Option<Duration> {
        let (run, key) = (&self.run, leaving.key());
        let body = fingerprint(Some(&text_body(&leaving.text)));
        run.log.tell(|checker| checker.leaves(key.clone()));
        let front = self.process.up().await;
        run.log.add(Event::Sent {
            key: key.clone(),
            body,
        });
        let request = v1::LeaveMessageRequest {
            session: leaving.speaker.token.clone(),
            client_id: leaving.client_id.clone(),
            text: leaving.text.clone(),
            name: "Somebody".to_owned(),
            ..v1::LeaveMessageRequest::default()
        };
        let answer = front.leave(request).await;
        self.told_of_left(key, body, answer)
    }

    /// What came of it: `None` when it was answered for good, otherwise when to try again.
    fn told_of_left(
        &self,
        key: Key,
        body: u64,
        answer: Answer<v1::LeftMessage>,
    ) -> Option<Duration> {
        let run = &self.run;
        let jitter = Duration::from_millis(run.dice.within(1..=200));
        match answer {
            Answer::Done(left) => {
                let row = left_row(&left);
                run.log.add(Event::LeftAcked { key, body, row });
                None
            }
            Answer::Refused(refused) => {
                let wait_ms = refused.retry_after_ms();
                run.log.add(Event::Refused {
                    key,
                    body,
                    code: refused.code(),
                    again: wait_ms > 0,
                    reused: is_reuse(&refused),
                });
                (wait_ms > 0).then(|| Duration::from_millis(u64::from(wait_ms)) + jitter)
            }
            Answer::Lost => {
                run.log.add(Event::Unanswered { key });
                Some(jitter)
            }
        }
    }

    /// What waits for an answer, by what is stored.
    pub(super) fn waiting_left(&self) -> Vec<(TenantId, v1::LeftMessage)> {
        let waits = |state| matches!(state, LeftState::Open | LeftState::Taken);
        let mut rows = self.run.disk.left();
        rows.retain(|(_, row)| waits(row.state()));
        rows
    }

    /// One of what waits, and an agent of its tenant.
    fn some_left(&self) -> Option<(v1::LeftMessage, &Agent)> {
        let waiting = self.waiting_left();
        let (tenant, row) = self.run.dice.pick(&waiting).cloned()?;
        let agents = self.agents.iter().filter(|agent| agent.tenant == tenant);
        let agents: Vec<&Agent> = agents.collect();
        let agent = self.run.dice.pick(&agents).copied()?;
        Some((row, agent))
    }

    /// Two agents want to work on the same.
    pub(super) fn claims_left_at_once(self: &Arc<Self>) {
        let Some((row, agent)) = self.some_left() else {
            return;
        };
        self.run.tally.count(Counted::LeftRace);
        let colleagues = self.agents.iter();
        let colleagues = colleagues.filter(|other| other.tenant == agent.tenant);
        for colleague in colleagues.take(2) {
            self.moves(colleague.token(), row.clone(), CLAIM);
        }
    }

    /// An agent puts one back, closes it, or takes it over, if they may.
    pub(super) fn moves_left(self: &Arc<Self>) {
        let Some((row, agent)) = self.some_left() else {
            return;
        };
        let actions = [RELEASE, CLOSE, CLAIM];
        let action = actions[self.run.dice.weighted(&[5, 2, 3])];
        self.run.tally.count(Counted::LeftMoved);
        self.moves(agent.token(), row, action);
    }

    fn moves(
        self: &Arc<Self>,
        token: String,
        row: v1::LeftMessage,
        action: move_left_request::Action,
    ) {
        let what = format!("{action:?} of what was left, {}", row.id);
        self.begin(what, move |world| async move {
            let front = world.process.up().await;
            front.move_left(moving(&token, &row, action)).await;
        });
    }

    /// An agent claims one and answers it; now and then the process is killed in between.
    pub(super) fn works_on_left(self: &Arc<Self>) {
        let Some((row, agent)) = self.some_left() else {
            return;
        };
        let (agent, token) = (agent.id, agent.token());
        let dies = self.profile.crashes && self.run.dice.chance(20);
        let what = format!("work on what was left, {}", row.id);
        self.begin(what, move |world| async move {
            let Some(mine) = world.claim_left(&token, &row).await else {
                return;
            };
            if dies {
                world.run.tally.count(Counted::LeftKill);
                world.process.kill();
            }
            let answering = world.answering(agent, &token, mine);
            world.answer_left(&answering).await;
        });
    }

    /// Claims it as it was shown. What comes back is as it is claimed.
    pub(super) async fn claim_left(
        &self,
        token: &str,
        row: &v1::LeftMessage,
    ) -> Option<v1::LeftMessage> {
        let front = self.process.up().await;
        match front.move_left(moving(token, row, CLAIM)).await {
            Answer::Done(mine) => {
                self.run.tally.count(Counted::LeftClaimed);
                Some(mine)
            }
            Answer::Refused(_) | Answer::Lost => None,
        }
    }

    /// What this agent answers.
    pub(super) fn answering(&self, agent: u64, token: &str, left: v1::LeftMessage) -> Answering {
        let n = self.run.dice.next();
        Answering {
            agent,
            token: token.to_owned(),
            left,
            client_id: format!("a{n:016x}"),
            text: format!("about it {n:x}"),
        }
    }

    /// Answers until that is answered for good.
    pub(super) async fn answer_left(&self, answering: &Answering) {
        while let Some(pause) = self.answer_once(answering).await {
            tokio::time::sleep(pause).await;
        }
    }

    async fn answer_once(&self, answering: &Answering) -> Option<Duration> {
        let (run, key) = (&self.run, answering.key());
        let body = fingerprint(Some(&text_body(&answering.text)));
        run.log.tell(|checker| checker.answers(key.clone()));
        let front = self.process.up().await;
        run.log.add(Event::Sent {
            key: key.clone(),
            body,
        });
        let request = v1::AnswerLeftRequest {
            session: answering.token.clone(),
            id: answering.left.id,
            version: answering.left.version,
            client_id: answering.client_id.clone(),
            text: answering.text.clone(),
        };
        let answer = front.answer_left(request).await;
        if matches!(answer, Answer::Done(_)) {
            run.tally.count(Counted::LeftAnswered);
        }
        self.told_of_left(key, body, answer)
    }
}

fn moving(
    token: &str,
    row: &v1::LeftMessage,
    action: move_left_request::Action,
) -> v1::MoveLeftRequest {
    let reason = if action == CLOSE { "nobody knows" } else { "" };
    v1::MoveLeftRequest {
        session: token.to_owned(),
        id: row.id,
        version: row.version,
        action: action.into(),
        reason: reason.to_owned(),
    }
}
