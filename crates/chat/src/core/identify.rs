//! A visitor comes whom the business names: the same person, and the same conversation, wherever they
//! come from.

use std::sync::Arc;

use kefu_proto::v1;
use kefu_types::{ConversationId, Lang, TenantId, VisitorId};

use super::{
    Core, check,
    login::{created, principal_of_visitor},
};
use crate::{
    error::CoreError,
    identity::{Claims, IdentityProblem},
    model::{Head, Session, Subject, TokenHash, Visitor},
    store::{Arrival, Change, Identity, Outcome, TagChange},
};

/// How often somebody may be found who was not there a moment ago: once, for nobody ever goes.
const TRIES: usize = 2;

impl Core {
    /// A visitor's session for a token that the business has signed.
    ///
    /// # Errors
    /// `identity_…` for a token that is not believed, `not_found` for an unknown tenant,
    /// `rate_limited` when the tenant has more visitors coming than it may.
    pub async fn identify(
        &self,
        request: v1::IdentifyRequest,
    ) -> Result<v1::SessionCreated, CoreError> {
        let tenant = self.tenant(&request.tenant).await?;
        self.visitors.take(tenant, self.clock.monotonic())?;
        let named = match request.tenant.as_str() {
            "" => &self.settings.tenant,
            named => named,
        };
        let at_ms = self.clock.wall_ms();
        let claims = self.settings.identity.read(named, &request.token, at_ms)?;
        let (name, tags) = self.presentable(&claims)?;
        let language = Lang::parse(&request.language).unwrap_or_default();
        for _ in 0..TRIES {
            let known = self.store.identity(tenant, &claims.subject).await?;
            let (token, arrival) = self.arrival(tenant, &claims, &name, language, known);
            let (session, conversation) = (arrival.session.clone(), arrival.identity.conversation);
            let change = Change::Identify(Box::new(arrival));
            match self.writer.write(change).await? {
                Outcome::Applied => {
                    self.note_claims(tenant, conversation, &claims, &name, tags)
                        .await?;
                    return Ok(created(token, principal_of_visitor(&session, name)));
                }
                Outcome::Taken => return Err(IdentityProblem::Replayed.into()),
                _ => {}
            }
        }
        Err(CoreError::Conflict(
            "somebody else comes as this visitor just now: try again with a new token".to_owned(),
        ))
    }

    /// What people will read, in the form that is stored.
    fn presentable(&self, claims: &Claims) -> Result<(String, Vec<String>), CoreError> {
        let wrong = |error: CoreError| match error {
            CoreError::Invalid(why) | CoreError::TooLarge(why) => {
                CoreError::Identity(IdentityProblem::Claims(why))
            }
            other => other,
        };
        let name = check::name("name", &claims.name, &self.settings.limits, true);
        let tags_max = self.settings.teamwork.tags_max;
        if claims.tags.len() > tags_max {
            let why = format!("a conversation has {tags_max} tags at most");
            return Err(CoreError::Identity(IdentityProblem::Claims(why)));
        }
        let tags = self.tags_of(&claims.tags).map_err(wrong)?;
        Ok((name.map_err(wrong)?, tags))
    }

    /// The change that lets them in, and the token that they get.
    fn arrival(
        &self,
        tenant: TenantId,
        claims: &Claims,
        name: &str,
        language: Lang,
        known: Option<Identity>,
    ) -> (String, Arrival) {
        let is_new = known.is_none();
        let at_ms = self.clock.wall_ms();
        let identity = known.unwrap_or_else(|| Identity {
            tenant,
            subject: claims.subject.clone(),
            visitor: VisitorId(self.ids.next()),
            conversation: ConversationId(self.ids.next()),
            created_at_ms: at_ms,
        });
        let subject = Subject::Visitor(identity.visitor, identity.conversation);
        let life = self.settings.timing.visitor_session;
        let (token, session): (String, Session) = self.new_session(tenant, subject, life);
        let fresh = is_new.then(|| {
            let visitor = Visitor {
                tenant,
                id: identity.visitor,
                name: name.to_owned(),
                created_at_ms: session.created_at_ms,
            };
            let mut head = Head::begun(&visitor, identity.conversation, self.ids.next(), language);
            if claims.vip {
                head.priority = v1::Priority::Vip;
            }
            (visitor, Arc::new(head))
        });
        let arrival = Arrival {
            fresh,
            token: TokenHash::of(&claims.token_id),
            until_ms: claims.until_ms,
            at_ms,
            session,
            identity,
        };
        (token, arrival)
    }

    /// What the business says of them now. What agents called them, and what they raised, stays: a
    /// token adds.
    async fn note_claims(
        &self,
        tenant: TenantId,
        id: ConversationId,
        claims: &Claims,
        name: &str,
        tags: Vec<String>,
    ) -> Result<(), CoreError> {
        let head = self.committed(tenant, id).await?;
        let nameless = head.visitor_name.is_empty() && !name.is_empty();
        let raised = claims.vip && head.priority == v1::Priority::Normal;
        if nameless || raised {
            self.advance(tenant, id, |draft| {
                if draft.head.visitor_name.is_empty() {
                    name.clone_into(&mut draft.head.visitor_name);
                }
                if claims.vip && draft.head.priority == v1::Priority::Normal {
                    draft.prioritize(v1::Priority::Vip);
                }
                Ok(())
            })
            .await?;
        }
        if tags.is_empty() {
            return Ok(());
        }
        let change = TagChange {
            tenant,
            conversation: id,
            add: tags,
            remove: Vec::new(),
            tags_max: self.settings.teamwork.tags_max,
        };
        // Where agents have filled the room for tags, theirs stand.
        let change = Change::ChangeTags(Box::new(change));
        self.writer.write(change).await.map(drop)
    }
}
