//! A visitor comes: a person, their one conversation and a token, in one change.

use std::sync::Arc;

use kefu_dialog::State;
use kefu_proto::v1;
use kefu_types::{ConversationId, Lang, TenantId, VisitorId};

use super::{
    Core, check,
    login::{created, principal_of_visitor},
};
use crate::{
    error::CoreError,
    model::{Head, Subject, Visitor},
    store::{Change, Outcome},
};

impl Core {
    /// A new anonymous visitor.
    ///
    /// # Errors
    /// `not_found` for an unknown tenant, `invalid` for a name that cannot be shown, `rate_limited`
    /// when the tenant has more new visitors than it may.
    pub async fn create_visitor(
        &self,
        request: v1::CreateVisitorRequest,
    ) -> Result<v1::SessionCreated, CoreError> {
        let tenant = self.tenant(&request.tenant).await?;
        self.visitors.take(tenant, self.clock.monotonic())?;
        let name = check::name("name", &request.name, &self.settings.limits, true)?;
        let language = Lang::parse(&request.language).unwrap_or_default();
        let (id, conversation) = (VisitorId(self.ids.next()), ConversationId(self.ids.next()));
        let subject = Subject::Visitor(id, conversation);
        let (token, session) =
            self.new_session(tenant, subject, self.settings.timing.visitor_session);
        let visitor = Visitor {
            tenant,
            id,
            name: name.clone(),
            created_at_ms: session.created_at_ms,
        };
        let head = Arc::new(self.first_head(tenant, conversation, &visitor, language));
        let change = Change::CreateVisitor {
            visitor,
            head,
            session: session.clone(),
        };
        match self.writer.write(change).await? {
            Outcome::Applied => Ok(created(token, principal_of_visitor(&session, name))),
            other => Err(CoreError::Conflict(format!(
                "the visitor could not be created: {other:?}"
            ))),
        }
    }

    pub(super) fn first_head(
        &self,
        tenant: TenantId,
        id: ConversationId,
        visitor: &Visitor,
        language: Lang,
    ) -> Head {
        Head {
            tenant,
            id,
            visitor: visitor.id,
            visitor_name: visitor.name.clone(),
            version: 1,
            stamp: self.ids.next(),
            last_seq: 0,
            answered_seq: 0,
            turn_version: 0,
            state: State::default(),
            agent: None,
            agent_name: String::new(),
            priority: v1::Priority::Normal,
            rank: None,
            handoff_reason: String::new(),
            created_at_ms: visitor.created_at_ms,
            updated_at_ms: visitor.created_at_ms,
            queued_at_ms: 0,
            assigned_at_ms: 0,
            preview: String::new(),
            preview_seq: 0,
            last_sender: v1::Sender::Unspecified,
            language,
            page_language: language,
            group: kefu_types::GroupId(0),
            last_agent: None,
            wanted_at_ms: 0,
            replied_at_ms: 0,
        }
    }
}
