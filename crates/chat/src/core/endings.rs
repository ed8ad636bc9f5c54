//! How talks with agents ended: ratings by visitors, summaries by agents.
//!
//! A talk is named by the sequence of the notice that closed it. That notice is stored and never
//! changes, so it is looked up before the write and not within it.

use std::time::Duration;

use kefu_proto::v1::{self, Role, body, history_event::Kind, notice};
use kefu_types::{ConversationId, Millis, TenantId};

use super::{Core, check, read::allowed};
use crate::{
    closing::Choice,
    error::CoreError,
    people::Who,
    store::{Change, Outcome, Page, same_but_stars},
};

/// The best score.
const SCORE_MAX: u32 = 5;

/// A talk that is over.
struct Ended {
    agent_id: u64,
    agent_name: String,
    at_ms: Millis,
}

impl Core {
    /// A visitor's rating of a talk that an agent ended, once. The same again is not an error.
    ///
    /// # Errors
    /// `invalid` for scores, reasons and comments that cannot be, `not_found` for what is no ended
    /// talk of theirs, `closed` when it is too late, `conflict` when it was rated otherwise,
    /// `forbidden` to users and where ratings are off, `blocked` for words in the comment.
    pub async fn rate(&self, request: v1::RateRequest) -> Result<v1::Rating, CoreError> {
        let who = self.who(&request.session).await?;
        let asked = request
            .rating
            .ok_or_else(|| CoreError::Invalid("there is no rating".to_owned()))?;
        let id = allowed(&who, asked.conversation_id)?;
        let rules = &self.settings.closing;
        if !who.is_visitor() {
            return Err(CoreError::Forbidden("this is for visitors"));
        }
        if !rules.ratings {
            return Err(CoreError::Forbidden("nobody is asked for a rating"));
        }
        if !(1..=SCORE_MAX).contains(&asked.score) {
            return Err(CoreError::Invalid(format!(
                "score must be 1 to {SCORE_MAX}"
            )));
        }
        let reasons = chosen("reasons", asked.reasons, &rules.reasons)?;
        let comment = asked.comment.trim();
        check::optional_text("comment", comment, rules.comment_chars_max)?;
        let ended = self.ended(who.tenant(), id, asked.ended_seq).await?;
        let now_ms = self.clock.wall_ms();
        if over(ended.at_ms, rules.rate_within, now_ms) {
            return Err(CoreError::Closed("it is too late to rate this talk"));
        }
        let said = v1::Rating {
            conversation_id: id.0,
            ended_seq: asked.ended_seq,
            agent_id: ended.agent_id,
            agent_name: ended.agent_name,
            score: asked.score,
            reasons,
            comment: comment.to_owned(),
            created_at_ms: now_ms,
        };
        let comment = match self.cleaned(&who, comment) {
            Ok(comment) => comment,
            // It may have been stored before the lists said so.
            Err(blocked) => {
                return self.rated_before(who.tenant(), &said).await?.ok_or(blocked);
            }
        };
        let rating = v1::Rating {
            comment,
            ..said.clone()
        };
        let change = Change::Rate {
            tenant: who.tenant(),
            rating: Box::new(rating.clone()),
            event: Box::new(v1::HistoryEvent {
                conversation_id: id.0,
                agent_id: rating.agent_id,
                value: rating.score.into(),
                ..self.event(Kind::Rated)
            }),
        };
        match self.writer.write(change).await? {
            Outcome::Applied => {
                metrics::counter!("kefu_chat_ratings_total", "score" => rating.score.to_string())
                    .increment(1);
                Ok(rating)
            }
            Outcome::Rated(first) if same(&first, &said) => Ok(*first),
            _ => Err(CoreError::Conflict(
                "this talk was rated already".to_owned(),
            )),
        }
    }

    /// The rating that stands, if it is what was said.
    async fn rated_before(
        &self,
        tenant: TenantId,
        said: &v1::Rating,
    ) -> Result<Option<v1::Rating>, CoreError> {
        let id = ConversationId(said.conversation_id);
        let most = self.settings.closing.endings_max;
        let endings = self.store.endings(tenant, id, most).await?;
        let mut ratings = endings.into_iter().filter_map(|ending| ending.rating);
        Ok(ratings.find(|first| first.ended_seq == said.ended_seq && same(first, said)))
    }

    /// What the agent who ended a talk (or who oversees) writes down about it. The newest stands.
    ///
    /// # Errors
    /// `invalid` for a category that is not configured or a note that cannot be, `not_found` for
    /// what is no ended talk, `forbidden` to visitors, `conflict` to other agents, `blocked` for
    /// words in the note.
    pub async fn summarize(&self, request: v1::SummarizeRequest) -> Result<v1::Summary, CoreError> {
        let who = self.who(&request.session).await?;
        let asked = request
            .summary
            .ok_or_else(|| CoreError::Invalid("there is no summary".to_owned()))?;
        let id = allowed(&who, asked.conversation_id)?;
        let Who::User { user, .. } = &who else {
            return Err(CoreError::Forbidden("this is for agents"));
        };
        let rules = &self.settings.closing;
        let category = chosen("category", vec![asked.category], &rules.categories)?;
        let note = asked.note.trim();
        check::optional_text("note", note, rules.note_chars_max)?;
        let ended = self.ended(user.tenant, id, asked.ended_seq).await?;
        let oversees = matches!(user.role, Role::Supervisor | Role::Admin);
        if ended.agent_id != user.id.0 && !oversees {
            return Err(CoreError::Conflict(
                "another agent ended this talk".to_owned(),
            ));
        }
        let summary = v1::Summary {
            conversation_id: id.0,
            ended_seq: asked.ended_seq,
            category: category.into_iter().next().unwrap_or_default(),
            note: self.cleaned(&who, note)?,
            agent_id: user.id.0,
            agent_name: user.name.clone(),
            updated_at_ms: self.clock.wall_ms(),
        };
        let change = Change::Summarize {
            tenant: user.tenant,
            summary: Box::new(summary.clone()),
        };
        self.writer.write(change).await?;
        Ok(summary)
    }

    /// What is known of the talks of a conversation, newest first. Visitors see no summaries.
    ///
    /// # Errors
    /// `not_found` for what is not theirs.
    pub async fn list_endings(
        &self,
        request: v1::ListEndingsRequest,
    ) -> Result<v1::Endings, CoreError> {
        let who = self.who(&request.session).await?;
        let id = allowed(&who, request.conversation_id)?;
        let most = self.settings.closing.endings_max;
        let mut endings = self.store.endings(who.tenant(), id, most).await?;
        if who.is_visitor() {
            endings.iter_mut().for_each(|ending| ending.summary = None);
            endings.retain(|ending| ending.rating.is_some());
        }
        Ok(v1::Endings { endings })
    }

    /// What a rating and a summary can say.
    ///
    /// # Errors
    /// `unauthenticated` without a session.
    pub async fn choices(&self, request: v1::ChoicesRequest) -> Result<v1::Choices, CoreError> {
        let who = self.who(&request.session).await?;
        let rules = &self.settings.closing;
        let all = |choices: &[Choice]| choices.iter().map(v1::Choice::from).collect();
        let chars = |max: usize| u32::try_from(max).unwrap_or(u32::MAX);
        Ok(v1::Choices {
            reasons: all(&rules.reasons),
            categories: if who.is_visitor() {
                Vec::new()
            } else {
                all(&rules.categories)
            },
            comment_chars_max: chars(rules.comment_chars_max),
            note_chars_max: chars(rules.note_chars_max),
            ratings: rules.ratings,
        })
    }

    /// The talk that ended with this notice.
    async fn ended(
        &self,
        tenant: TenantId,
        id: ConversationId,
        seq: u64,
    ) -> Result<Ended, CoreError> {
        check::sequence("ended_seq", seq)?;
        let found = self
            .store
            .messages(tenant, id, Page::After(seq - 1), 1)
            .await?;
        let ended = found
            .into_iter()
            .find(|message| message.seq == seq)
            .and_then(|message| match message.body?.kind? {
                body::Kind::Notice(said) if said.kind() == notice::Kind::Closed => Some(Ended {
                    agent_id: said.agent_id,
                    agent_name: said.agent_name,
                    at_ms: message.created_at_ms,
                }),
                _ => None,
            });
        // What a visitor ended with the bot is nobody's talk.
        ended
            .filter(|ended| ended.agent_id != 0)
            .ok_or(CoreError::NotFound("talk that an agent ended"))
    }

    /// A text beside the conversation, as the lists of sensitive words leave it.
    pub(super) fn cleaned(&self, who: &Who, text: &str) -> Result<String, CoreError> {
        let said = v1::Text {
            text: text.to_owned(),
            ..Default::default()
        };
        let body = v1::Body {
            kind: Some(body::Kind::Text(said)),
        };
        let judged = self.judge(who, Some(&body))?;
        judged.count();
        match judged.body.and_then(|body| body.kind) {
            Some(body::Kind::Text(said)) => Ok(said.text),
            _ => Ok(String::new()),
        }
    }
}

/// The ids, each one of `choices` and each once.
fn chosen(what: &str, ids: Vec<String>, choices: &[Choice]) -> Result<Vec<String>, CoreError> {
    for (at, id) in ids.iter().enumerate() {
        if !choices.iter().any(|choice| choice.id == *id) {
            let known: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
            return Err(CoreError::Invalid(format!(
                "{what} can be {}",
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )));
        }
        if ids.iter().take(at).any(|before| before == id) {
            return Err(CoreError::Invalid(format!("{what} has one of them twice")));
        }
    }
    Ok(ids)
}

/// What was said, whenever, and whatever was masked of it.
fn same(first: &v1::Rating, said: &v1::Rating) -> bool {
    let chosen = |rating: &v1::Rating| {
        let mut reasons = rating.reasons.clone();
        reasons.sort_unstable();
        (rating.score, reasons)
    };
    chosen(first) == chosen(said) && same_but_stars(&first.comment, &said.comment)
}

fn over(at_ms: Millis, within: Duration, now_ms: Millis) -> bool {
    let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    now_ms.saturating_sub(at_ms) > within
}
