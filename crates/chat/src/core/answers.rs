//! What agents do about messages left: claim one, put it back, answer it, close it.
//!
//! Ownership moves by the row's version, decided where it is stored: of two who claim at once one gets
//! it, and a screen that is out of date is refused.

use kefu_proto::v1::{self, LeftState, Role, move_left_request::Action};
use kefu_types::{ConversationId, TenantId};

use super::{
    Core,
    advance::Moved,
    check,
    left::{count, spoken},
    send::{key_of, message},
};
use crate::{
    error::CoreError,
    model::User,
    people::Who,
    store::{Change, LeftAt, LeftMove, Outcome, Page, Reference, Stored},
};

impl Core {
    /// Claims, releases or closes a message left. What has happened already is not an error.
    ///
    /// # Errors
    /// `forbidden` to visitors; `not_found`; `invalid` without an action, and without a reason to
    /// close; `conflict` when it has changed since it was shown or a colleague works on it; `closed`
    /// when it is done.
    pub async fn move_left(
        &self,
        request: v1::MoveLeftRequest,
    ) -> Result<v1::LeftMessage, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let rules = &self.settings.left;
        let action = request.action();
        if action == Action::Close {
            check::text("reason", request.reason.trim(), rules.reason_chars_max)?;
        }
        let row = self.left_row(&user, request.id).await?;
        if happened(&row, &user, &request) {
            return self.with_words(user.tenant, row).await;
        }
        expect(&row, request.version)?;
        let mut next = match action {
            Action::Claim => claimed(&row, &user)?,
            Action::Release => released(&row, &user)?,
            Action::Close => closed(&row, &user, request.reason.trim())?,
            Action::Unspecified => {
                return Err(CoreError::Invalid(
                    "the action is missing or unknown".to_owned(),
                ));
            }
        };
        if next == row {
            return self.with_words(user.tenant, row).await;
        }
        next.version = row.version + 1;
        next.updated_at_ms = self.clock.wall_ms();
        let change = Change::MoveLeft(Box::new(LeftMove {
            tenant: user.tenant,
            row: next.clone(),
            waiting_max: rules.waiting_max,
        }));
        match self.writer.write(change).await? {
            Outcome::Applied => {
                count(match action {
                    Action::Claim => "claimed",
                    Action::Release => "released",
                    Action::Close | Action::Unspecified => "closed",
                });
                self.with_words(user.tenant, next).await
            }
            Outcome::Unfit(unfit) => Err(unfit.into()),
            _ => Err(CoreError::NotFound("message left")),
        }
    }

    /// Answers a message left, which who answers has claimed: a message in the conversation that the
    /// visitor reads when they return. The bot is not asked about it. A retry with the same client id
    /// and text gets the same, whatever the lists of words say by then.
    ///
    /// # Errors
    /// `forbidden` to visitors and before it is claimed; `not_found`; `invalid` and `too_large` for
    /// what may not be said; `conflict` when it has changed since it was shown, while a colleague
    /// serves the conversation, and for a client id that was used for something else; `closed` when it
    /// is done; `blocked` for words that may not be said.
    pub async fn answer_left(
        &self,
        request: v1::AnswerLeftRequest,
    ) -> Result<v1::LeftMessage, CoreError> {
        let who = self.who(&request.session).await?;
        let Who::User { user, .. } = &who else {
            return Err(CoreError::Forbidden("this is for agents"));
        };
        let rules = &self.settings.left;
        check::client_id(&request.client_id)?;
        check::text("text", &request.text, rules.text_chars_max)?;
        let row = self.left_row(user, request.id).await?;
        let recalled = self.with_words(user.tenant, row).await?.recalled;
        // Looked at after the words: an earlier try that is not stored by now quotes what this one does.
        let row = self.left_row(user, request.id).await?;
        let id = ConversationId(row.conversation_id);
        let quote_seq = match row.answer_seq {
            0 if recalled => 0,
            0 => row.seq,
            seq => self.quoted_by((user.tenant, id), seq).await?,
        };
        let sent = spoken(id, &request.client_id, &request.text, quote_seq);
        let key = key_of(&who, id, &sent.client_id);
        self.messages.take(user.tenant, self.clock.monotonic())?;
        let judged = match self.judge(&who, sent.body.as_ref()) {
            Ok(judged) => judged,
            Err(blocked) => {
                // It may have been stored before the lists said so.
                let stored = self.stored(&key, &sent).await?.ok_or(blocked)?;
                return self.answered_before(user, request.id, &stored).await;
            }
        };
        let written = self
            .advance(user.tenant, id, |draft| {
                may_answer(&row, user, request.version)?;
                if draft.head.owner().is_some_and(|owner| owner != user.id) {
                    return Err(CoreError::Conflict(
                        "a colleague serves this visitor now: leave it to them, or close it"
                            .to_owned(),
                    ));
                }
                draft.key = Some(key.clone());
                draft.alert = judged.alert_for(&who);
                draft.reference = (quote_seq != 0).then_some(Reference::Quote { seq: quote_seq });
                draft.keeps_turn = true;
                draft.push(message(&who, draft, &sent, judged.body.clone()));
                draft.left = Some(Box::new(LeftMove {
                    tenant: user.tenant,
                    row: v1::LeftMessage {
                        state: LeftState::Answered.into(),
                        version: row.version + 1,
                        updated_at_ms: draft.now_ms(),
                        ..row.clone()
                    },
                    waiting_max: rules.waiting_max,
                }));
                Ok(())
            })
            .await;
        let stored = match written {
            Ok(Moved::Done(_)) => {
                judged.count();
                count("answered");
                let now = self.left_row(user, request.id).await?;
                return self.with_words(user.tenant, now).await;
            }
            Ok(Moved::Duplicate(stored)) => stored,
            // What would be refused now may have been accepted before.
            Err(
                refused @ (CoreError::Conflict(_) | CoreError::Closed(_) | CoreError::Forbidden(_)),
            ) => self.stored(&key, &sent).await?.ok_or(refused)?,
            Err(error) => return Err(error),
        };
        self.answered_before(user, request.id, &stored).await
    }

    /// What a retry of an answer gets that is stored.
    async fn answered_before(
        &self,
        user: &User,
        id: u64,
        stored: &Stored,
    ) -> Result<v1::LeftMessage, CoreError> {
        let now = self.left_row(user, id).await?;
        if !stored.same_body || stored.seq != now.answer_seq {
            return Err(CoreError::Conflict(
                "this client id was used for another message".to_owned(),
            ));
        }
        self.with_words(user.tenant, now).await
    }

    /// What a stored answer quotes: a recall since then makes no other message of its retry.
    async fn quoted_by(
        &self,
        (tenant, id): (TenantId, ConversationId),
        seq: u64,
    ) -> Result<u64, CoreError> {
        let page = Page::After(seq.saturating_sub(1));
        let found = self.store.messages(tenant, id, page, 1).await?;
        Ok(found.first().map_or(0, |answer| answer.quote_seq))
    }

    async fn left_row(&self, user: &User, id: u64) -> Result<v1::LeftMessage, CoreError> {
        let missing = CoreError::NotFound("message left");
        if check::message_id(id).is_err() {
            return Err(missing);
        }
        let row = self.store.left(user.tenant, LeftAt::Id(id)).await?;
        row.ok_or(missing)
    }
}

/// A screen that is out of date does nothing.
fn expect(row: &v1::LeftMessage, version: u64) -> Result<(), CoreError> {
    if row.version == version {
        return Ok(());
    }
    Err(crate::store::Unfit::LeftMoved.into())
}

/// Whether it is as this very request would make it.
fn happened(row: &v1::LeftMessage, user: &User, asked: &v1::MoveLeftRequest) -> bool {
    let own = row.agent_id == user.id.0;
    row.version == asked.version.saturating_add(1)
        && match asked.action() {
            Action::Claim => row.state() == LeftState::Taken && own,
            Action::Release => row.state() == LeftState::Open,
            Action::Close => {
                row.state() == LeftState::Closed && own && row.reason == asked.reason.trim()
            }
            Action::Unspecified => false,
        }
}

fn claimed(row: &v1::LeftMessage, user: &User) -> Result<v1::LeftMessage, CoreError> {
    waits(row)?;
    let own = row.agent_id == user.id.0;
    if row.state() == LeftState::Taken && !own && !oversees(user) {
        return Err(CoreError::Conflict(format!(
            "{} has claimed it",
            row.agent_name
        )));
    }
    Ok(with(row, LeftState::Taken, Some(user)))
}

fn released(row: &v1::LeftMessage, user: &User) -> Result<v1::LeftMessage, CoreError> {
    waits(row)?;
    may_work(row, user)?;
    Ok(with(row, LeftState::Open, None))
}

fn closed(row: &v1::LeftMessage, user: &User, reason: &str) -> Result<v1::LeftMessage, CoreError> {
    waits(row)?;
    may_work(row, user)?;
    Ok(v1::LeftMessage {
        reason: reason.to_owned(),
        ..with(row, LeftState::Closed, Some(user))
    })
}

fn may_answer(row: &v1::LeftMessage, user: &User, version: u64) -> Result<(), CoreError> {
    expect(row, version)?;
    waits(row)?;
    if row.state() == LeftState::Open {
        return Err(CoreError::Forbidden("claim it before you answer it"));
    }
    if row.agent_id != user.id.0 {
        return Err(CoreError::Conflict(format!(
            "{} has claimed it",
            row.agent_name
        )));
    }
    Ok(())
}

/// What is done stays done.
fn waits(row: &v1::LeftMessage) -> Result<(), CoreError> {
    if crate::store::is_waiting(row.state()) {
        return Ok(());
    }
    Err(CoreError::Closed("this message left is done"))
}

/// Nobody but who claimed it, and who oversees; an open one is everybody's.
fn may_work(row: &v1::LeftMessage, user: &User) -> Result<(), CoreError> {
    if row.state() == LeftState::Open || row.agent_id == user.id.0 || oversees(user) {
        return Ok(());
    }
    Err(CoreError::Conflict(format!(
        "{} has claimed it",
        row.agent_name
    )))
}

const fn oversees(user: &User) -> bool {
    matches!(user.role, Role::Supervisor | Role::Admin)
}

fn with(row: &v1::LeftMessage, state: LeftState, agent: Option<&User>) -> v1::LeftMessage {
    v1::LeftMessage {
        state: state.into(),
        agent_id: agent.map_or(0, |agent| agent.id.0),
        agent_name: agent.map_or_else(String::new, |agent| agent.name.clone()),
        ..row.clone()
    }
}
