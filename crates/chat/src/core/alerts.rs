//! Words that were found: the list of those who oversee, and who of them has seen what.

use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};

use super::Core;
use crate::{
    error::CoreError,
    store::{AlertAsk, Change, SeenAlerts},
};

impl Core {
    /// A page of the alerts of sensitive words, newest first.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor or an admin asks, `invalid` for a page that is too large.
    pub async fn list_word_alerts(
        &self,
        request: v1::ListWordAlertsRequest,
    ) -> Result<v1::WordAlerts, CoreError> {
        let user = self.overseer(&request.session).await?;
        let ask = AlertAsk {
            tenant: user.tenant,
            seen: request.seen,
            before: match request.before_id {
                0 => u64::MAX,
                before => before,
            },
            limit: self.page(request.limit)?,
        };
        let mut alerts = self.store.word_alerts(ask).await?;
        for seen in alerts.iter_mut().flat_map(|alert| &mut alert.seen) {
            seen.agent_name = self.name_of(user.tenant, seen.agent_id);
        }
        Ok(v1::WordAlerts { alerts })
    }

    /// The caller has seen alerts. What was seen before may be said again.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor or an admin says it, `invalid` for more than a page of them.
    pub async fn see_word_alerts(
        &self,
        request: v1::SeeWordAlertsRequest,
    ) -> Result<v1::WordSeen, CoreError> {
        let user = self.overseer(&request.session).await?;
        let most = self.settings.limits.page_max;
        if request.ids.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(CoreError::Invalid(format!(
                "at most {most} alerts are seen at once"
            )));
        }
        let seen = SeenAlerts {
            tenant: user.tenant,
            agent: user.id,
            ids: request.ids,
            at_ms: self.clock.wall_ms(),
        };
        let at_ms = seen.at_ms;
        self.writer.write(Change::SeeAlerts(Box::new(seen))).await?;
        Ok(v1::WordSeen {
            agent_id: user.id.0,
            agent_name: user.name.clone(),
            seen_at_ms: at_ms,
        })
    }

    fn name_of(&self, tenant: TenantId, agent: u64) -> String {
        let user = self.directory.get(tenant, AgentId(agent));
        user.map_or_else(String::new, |user| user.name.clone())
    }
}
