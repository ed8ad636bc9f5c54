//! Canned replies: the tenant's, and everybody's own.

use kefu_proto::v1::{self, Role};
use kefu_types::AgentId;

use super::{Core, check};
use crate::{
    error::CoreError,
    model::User,
    people::{VARIABLES, unknown_variable},
    store::{Change, Outcome, SavedReply},
};

/// Characters of a shortcut.
const SHORTCUT_CHARS_MAX: usize = 32;

impl Core {
    /// The shared ones and the caller's own.
    ///
    /// # Errors
    /// `forbidden` to visitors.
    pub async fn list_canned(
        &self,
        request: v1::ListCannedRequest,
    ) -> Result<v1::CannedReplies, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let replies = self.store.canned(user.tenant, user.id).await?;
        Ok(v1::CannedReplies { replies })
    }

    /// Adds or changes one.
    ///
    /// # Errors
    /// `forbidden` to visitors, and to agents for shared ones; `invalid` with what is wrong, an
    /// unknown variable for one; `too_large` for too long a text and one too many; `not_found` for
    /// one that is not there or a colleague's own; `conflict` for a shortcut that is taken and for
    /// one that was changed meanwhile.
    pub async fn save_canned(
        &self,
        request: v1::SaveCannedRequest,
    ) -> Result<v1::CannedReply, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let asked = request
            .reply
            .ok_or_else(|| CoreError::Invalid("there is no canned reply".to_owned()))?;
        may_change(&user, AgentId(asked.owner_id))?;
        let (id, version) = match asked.id {
            0 => (self.ids.next(), 1),
            id => {
                check::sequence("id", id)?;
                check::sequence("version", asked.version)?;
                (id, asked.version.saturating_add(1))
            }
        };
        let bounds = &self.settings.teamwork;
        let reply = v1::CannedReply {
            id,
            owner_id: asked.owner_id,
            shortcut: shortcut(&asked.shortcut)?,
            title: check::name("title", &asked.title, &self.settings.limits, false)?,
            text_zh: self.canned_text("text_zh", &asked.text_zh)?,
            text_en: self.canned_text("text_en", &asked.text_en)?,
            version,
            updated_at_ms: self.clock.wall_ms(),
        };
        if reply.text_zh.is_empty() && reply.text_en.is_empty() {
            return Err(CoreError::Invalid("both texts are empty".to_owned()));
        }
        let replies_max = match reply.owner_id {
            0 => bounds.canned_shared_max,
            _ => bounds.canned_own_max,
        };
        let saved = SavedReply {
            tenant: user.tenant,
            reply: reply.clone(),
            replies_max,
        };
        match self
            .writer
            .write(Change::SaveCanned(Box::new(saved)))
            .await?
        {
            Outcome::Applied => Ok(reply),
            Outcome::Taken => Err(CoreError::Conflict("this shortcut is taken".to_owned())),
            Outcome::VersionConflict => Err(CoreError::Conflict(
                "somebody else changed this reply: read it again".to_owned(),
            )),
            Outcome::QuotaFull => Err(CoreError::TooLarge(format!(
                "there are {replies_max} canned replies at most"
            ))),
            _ => Err(CoreError::NotFound("canned reply")),
        }
    }

    /// Takes one away.
    ///
    /// # Errors
    /// `forbidden` to visitors, and to agents for shared ones; `not_found` for one that is not there
    /// or a colleague's own.
    pub async fn delete_canned(
        &self,
        request: v1::DeleteCannedRequest,
    ) -> Result<v1::Empty, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let known = self.store.canned(user.tenant, user.id).await?;
        let reply = known.iter().find(|reply| reply.id == request.id);
        let owner = reply.map(|reply| AgentId(reply.owner_id));
        let owner = owner.ok_or(CoreError::NotFound("canned reply"))?;
        may_change(&user, owner)?;
        let change = Change::DeleteCanned {
            tenant: user.tenant,
            owner,
            id: request.id,
        };
        match self.writer.write(change).await? {
            Outcome::Applied => Ok(v1::Empty {}),
            _ => Err(CoreError::NotFound("canned reply")),
        }
    }

    /// A text as it is kept; empty where there is none.
    fn canned_text(&self, what: &str, text: &str) -> Result<String, CoreError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        check::text(what, text, self.settings.teamwork.canned_chars_max)?;
        match unknown_variable(text) {
            None => Ok(text.to_owned()),
            Some(name) => Err(CoreError::Invalid(format!(
                "{what} has the unknown variable {{{name}}}; there are {}",
                VARIABLES.map(|known| format!("{{{known}}}")).join(", ")
            ))),
        }
    }
}

/// Whether `user` may change what `owner` has; 0 is the tenant.
fn may_change(user: &User, owner: AgentId) -> Result<(), CoreError> {
    match owner {
        AgentId(0) if matches!(user.role, Role::Supervisor | Role::Admin) => Ok(()),
        AgentId(0) => Err(CoreError::Forbidden(
            "only supervisors and admins change shared canned replies",
        )),
        own if own == user.id => Ok(()),
        // A colleague's own looks like one that does not exist.
        _ => Err(CoreError::NotFound("canned reply")),
    }
}

/// A shortcut in the one form that is stored.
fn shortcut(text: &str) -> Result<String, CoreError> {
    let shortcut = text.trim().to_lowercase();
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '/';
    if shortcut.is_empty()
        || shortcut.chars().count() > SHORTCUT_CHARS_MAX
        || shortcut.contains(odd)
    {
        return Err(CoreError::Invalid(format!(
            "a shortcut has 1 to {SHORTCUT_CHARS_MAX} characters, no spaces and no slashes"
        )));
    }
    Ok(shortcut)
}
