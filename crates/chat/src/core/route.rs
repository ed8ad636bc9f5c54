//! What the router decides is made true: given, offered, taken back, and told.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{self, AgentStatus, history_event::Kind, notice};
use kefu_types::TenantId;

use super::{Core, timers::Due};
use crate::router::{Assignment, MissedOffer};

/// Pause before routing is tried again after the store refused an assignment.
const ROUTE_AGAIN: Duration = Duration::from_secs(1);

/// Why an agent is away who did not say so. Pages have words for it.
pub(crate) const AWAY_MISSED_OFFERS: &str = "missed_offers";

impl Core {
    /// Gives waiting conversations to agents who fit and lets visitors know their places.
    pub(crate) fn route(self: &Arc<Self>, tenant: TenantId) {
        if !self.stopping.is_cancelled() {
            let routed = self.routing.route(tenant, self.clock.monotonic());
            for missed in routed.missed {
                self.offer_missed(tenant, missed);
            }
            for offer in routed.withdrawn {
                self.publish_agent(tenant, offer.agent);
            }
            for given in routed.decisions {
                if given.offered_until.is_some() {
                    let offered = (given.agent, given.conversation);
                    self.tell_offer(tenant, Kind::Offered, offered);
                    self.publish_agent(tenant, given.agent);
                    continue;
                }
                let core = self.clone();
                self.tasks
                    .spawn(async move { core.assign(tenant, given).await });
            }
            if let Some(at) = routed.wake {
                self.timers.set(at, Due::Route(tenant));
            }
        }
        if self.routing.wants_announcement(tenant) {
            self.announce_later(tenant);
        }
    }

    pub(crate) fn announce_later(&self, tenant: TenantId) {
        let at = self.clock.monotonic() + self.settings.timing.queue_announcement;
        self.timers.set(at, Due::Announce(tenant));
    }

    async fn assign(self: Arc<Self>, tenant: TenantId, given: Assignment) {
        let assigned = match self.directory.get(tenant, given.agent) {
            Some(agent) => {
                self.take(tenant, given, &agent, notice::Kind::Assigned)
                    .await
            }
            None => Err(crate::CoreError::NotFound("agent")),
        };
        if let Err(error) = assigned {
            tracing::debug!(%error, conversation = %given.conversation, "an assignment did not come true");
            self.routing.release(tenant, given.conversation);
            self.timers
                .set(self.clock.monotonic() + ROUTE_AGAIN, Due::Route(tenant));
        }
    }

    /// Who leaves too many unanswered is away: the queue must not wait for an empty chair.
    fn offer_missed(self: &Arc<Self>, tenant: TenantId, missed: MissedOffer) {
        metrics::counter!("kefu_chat_offers_total", "outcome" => "missed").increment(1);
        let agent = missed.offer.agent;
        self.tell_offer(tenant, Kind::Missed, (agent, missed.offer.conversation));
        self.publish_agent(tenant, agent);
        let Some(user) = self.directory.get(tenant, agent).filter(|_| missed.away) else {
            return;
        };
        let core = self.clone();
        self.tasks.spawn(async move {
            let away = |user: &mut crate::User| {
                user.status = AgentStatus::Away;
                AWAY_MISSED_OFFERS.clone_into(&mut user.away_reason);
            };
            if let Err(error) = core.change_user(&user, agent, away).await {
                tracing::warn!(%error, %agent, "who missed too many offers could not be made away");
                // What is stored counts: they are free, and are asked again.
                core.routing.set_user(&user);
                core.timers
                    .set(core.clock.monotonic() + ROUTE_AGAIN, Due::Route(tenant));
            }
        });
    }

    pub(crate) fn announce(&self, tenant: TenantId) {
        let announced = self.routing.announce(tenant);
        for (head, position) in announced.heads {
            let workspaces = position <= self.settings.limits.queue_announced_max;
            let conversation = self.conversation(&head);
            self.hub.conversation(tenant, head.id, workspaces, || {
                let conversation = Some(conversation.clone());
                v1::link_down::Body::Changed(v1::ConversationChanged {
                    tenant_id: tenant.0,
                    conversation,
                })
            });
        }
        if announced.more && self.routing.wants_announcement(tenant) {
            self.announce_later(tenant);
        }
    }
}
