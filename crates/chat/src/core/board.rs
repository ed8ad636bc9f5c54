//! The board of supervisors, and the history behind it for admins.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, link_down::Body};
use kefu_types::{AgentId, Snowflake, TenantId};

use super::{Core, timers::Due};
use crate::error::CoreError;

impl Core {
    /// The numbers of now.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor or an admin asks.
    pub async fn get_board(&self, request: v1::GetBoardRequest) -> Result<v1::Board, CoreError> {
        let user = self.overseer(&request.session).await?;
        Ok(self.board(user.tenant))
    }

    /// A page of the event history.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks.
    pub async fn list_events(
        &self,
        request: v1::ListEventsRequest,
    ) -> Result<v1::HistoryPage, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let most = self.settings.board.page_max;
        let limit = match request.limit {
            0 => most,
            limit => limit.min(most),
        };
        // Ids are never older than the times of their events.
        let first = Snowflake::first_at_ms(request.from_ms).saturating_sub(1);
        let after = request.after_id.max(first);
        let mut events = self.store.events(admin.tenant, after, limit).await?;
        let is_full = u32::try_from(events.len()).unwrap_or(u32::MAX) == limit;
        let last = events.last().filter(|_| is_full);
        let next_after_id = last.map_or(0, |event| event.id);
        events.retain(|event| event.at_ms >= request.from_ms);
        Ok(v1::HistoryPage {
            events,
            next_after_id,
        })
    }

    /// What is computed from the history, with the names that people know.
    pub(crate) fn board(&self, tenant: TenantId) -> v1::Board {
        let now_ms = self.clock.wall_ms();
        let (mut board, expelled) = self.tally(tenant, |tally| {
            let board = tally.board(now_ms);
            let by = |agent: &v1::BoardAgent| {
                let by = tally.logged_out_by(agent.agent_id);
                (by != 0).then_some((agent.agent_id, by))
            };
            let expelled: BTreeMap<u64, u64> = board.agents.iter().filter_map(by).collect();
            (board, expelled)
        });
        let known = std::mem::take(&mut board.agents);
        let mut known: BTreeMap<u64, v1::BoardAgent> = known
            .into_iter()
            .map(|agent| (agent.agent_id, agent))
            .collect();
        for user in self.directory.of(tenant) {
            let agent = known.remove(&user.id.0);
            if user.disabled && agent.as_ref().is_none_or(|agent| !agent.online) {
                continue;
            }
            let mut agent = agent.unwrap_or_default();
            agent.agent_id = user.id.0;
            agent.name.clone_from(&user.name);
            agent.capacity = user.capacity;
            agent.set_role(user.role);
            if agent.status == 0 {
                agent.set_status(user.status);
                agent.away_reason.clone_from(&user.away_reason);
            }
            let by = expelled.get(&user.id.0).copied().map(AgentId);
            let by = by.and_then(|by| self.directory.get(tenant, by));
            agent.logged_out_by = by.map_or_else(String::new, |by| by.name.clone());
            board.agents.push(agent);
        }
        self.name_groups(tenant, &mut board);
        board
    }

    /// All groups that are in use, in the order in which they are shown everywhere.
    fn name_groups(&self, tenant: TenantId, board: &mut v1::Board) {
        let waiting = std::mem::take(&mut board.groups);
        let mut waiting: BTreeMap<u64, v1::BoardGroup> = waiting
            .into_iter()
            .map(|group| (group.group_id, group))
            .collect();
        for group in self.groups.of(tenant) {
            let row = waiting.remove(&group.id.0);
            if group.disabled && row.is_none() {
                continue;
            }
            board.groups.push(v1::BoardGroup {
                group_id: group.id.0,
                name: group.name.clone(),
                ..row.unwrap_or_default()
            });
        }
        board.groups.extend(waiting.into_values());
    }

    /// Supervisors hear of it soon, and of all that changes until then at once.
    pub(crate) fn board_changed(&self, tenant: TenantId) {
        if self.tallies.pushing.lock().insert(tenant) {
            let at = self.clock.monotonic() + self.settings.board.push_every;
            self.timers.set(at, Due::Board(tenant));
        }
    }

    /// To all workspaces of the tenant; edges pass it on to those who oversee.
    pub(crate) fn push_board(&self, tenant: TenantId) {
        self.tallies.pushing.lock().remove(&tenant);
        let changed = v1::BoardChanged {
            tenant_id: tenant.0,
            board: Some(self.board(tenant)),
        };
        self.hub.workspaces(tenant, || Body::Board(changed.clone()));
    }
}
