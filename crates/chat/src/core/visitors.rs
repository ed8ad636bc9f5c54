//! A visitor comes: a person, their one conversation and a token, in one change.

use std::sync::Arc;

use kefu_proto::v1;
use kefu_types::{ConversationId, Lang, VisitorId};

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
        let head = Arc::new(Head::begun(
            &visitor,
            conversation,
            self.ids.next(),
            language,
        ));
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
}
