//! Who is there.

use std::sync::Arc;

use kefu_types::{AgentId, TenantId};

use super::{Core, timers::Due};

impl Core {
    /// Looks whether an agent's workspaces make them online or offline, and does what follows.
    pub(crate) fn look_online(self: &Arc<Self>, tenant: TenantId, agent: AgentId) {
        let changed = {
            // Looking and setting are one: two sockets that come and go at once must not leave
            // the older look behind.
            let _one_at_a_time = self.presence.lock();
            let online = self.hub.is_online(tenant, agent);
            let count = self.routing.set_online(tenant, agent, online);
            if count.is_some() {
                self.tell_presence(tenant, agent, online);
            }
            count.map(|count| (online, count))
        };
        let Some((online, count)) = changed else {
            return;
        };
        self.publish_agent(tenant, agent);
        if !online {
            self.watch_absence(tenant, agent, count);
        }
        // Whoever went was perhaps being asked about somebody, who is now for others.
        self.route(tenant);
    }

    /// After the grace period, an agent who is still as absent as at this count loses the
    /// conversations.
    pub(crate) fn watch_absence(&self, tenant: TenantId, agent: AgentId, count: u64) {
        let at = self.clock.monotonic() + self.settings.timing.agent_grace;
        self.timers.set(at, Due::AgentGrace(tenant, agent, count));
    }
}
