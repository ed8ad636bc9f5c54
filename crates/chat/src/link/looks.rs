//! Who has which conversation open in the workspace, by socket.

use std::collections::{BTreeMap, BTreeSet};

use kefu_types::{AgentId, ConversationId, SessionId, TenantId};
use parking_lot::Mutex;

use super::LinkId;

/// Whose conversation.
pub(crate) type Place = (TenantId, ConversationId);
/// A socket of an edge.
pub(crate) type Socket = (LinkId, u64);

/// Somebody who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looker {
    pub(crate) agent: AgentId,
    pub(crate) session: SessionId,
}

/// All that is looked at now.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<All>);

/// In ordered maps: what is told must repeat with a run.
#[derive(Debug, Default)]
struct All {
    /// By conversation first: whose it is, an end does not say.
    places: BTreeMap<(ConversationId, TenantId), BTreeMap<Socket, Looker>>,
    /// Looks of each link.
    counts: BTreeMap<LinkId, usize>,
}

impl Looks {
    /// `false` when one link's sockets look at `most` places already.
    pub(crate) fn begin(&self, place: Place, socket: Socket, looker: Looker, most: usize) -> bool {
        let mut all = self.0.lock();
        let key = (place.1, place.0);
        let known = all.places.get(&key);
        let is_new = known.is_none_or(|here| !here.contains_key(&socket));
        let count = all.counts.get(&socket.0).copied().unwrap_or(0);
        if is_new && count >= most {
            return false;
        }
        all.counts.insert(socket.0, count + usize::from(is_new));
        all.places.entry(key).or_default().insert(socket, looker);
        true
    }

    /// A socket does not look at this conversation any more. Says where that changed something.
    pub(crate) fn end(&self, conversation: ConversationId, socket: Socket) -> Vec<Place> {
        let whole = (conversation, TenantId(0))..=(conversation, TenantId(u64::MAX));
        let mut all = self.0.lock();
        let keys: Vec<_> = all.places.range(whole).map(|(key, _)| *key).collect();
        let changed = keys
            .into_iter()
            .filter(|key| all.drop_at(*key, |one, _| one == socket));
        changed.map(|(id, tenant)| (tenant, id)).collect()
    }

    /// A link is gone with all of its sockets.
    pub(crate) fn close(&self, link: LinkId) -> Vec<Place> {
        self.drop_where(|socket, _| socket.0 == link)
    }

    /// These sessions have ended.
    pub(crate) fn end_sessions(&self, sessions: &[SessionId]) -> Vec<Place> {
        self.drop_where(|_, looker| sessions.contains(&looker.session))
    }

    /// Who looks at this conversation, each once, at most `most`, by whose socket is the oldest.
    pub(crate) fn agents(&self, place: Place, most: usize) -> Vec<AgentId> {
        let all = self.0.lock();
        let mut seen = BTreeSet::new();
        let here = all.places.get(&(place.1, place.0));
        let here = here.into_iter().flat_map(BTreeMap::values);
        here.filter(|looker| seen.insert(looker.agent))
            .map(|looker| looker.agent)
            .take(most)
            .collect()
    }

    /// The sockets that look at this conversation of agents who may, by link.
    pub(crate) fn sockets(
        &self,
        place: Place,
        may: impl Fn(AgentId) -> bool,
    ) -> BTreeMap<LinkId, Vec<u64>> {
        let all = self.0.lock();
        let here = all.places.get(&(place.1, place.0));
        let mut sockets: BTreeMap<LinkId, Vec<u64>> = BTreeMap::new();
        for ((link, socket), looker) in here.into_iter().flatten() {
            if may(looker.agent) {
                sockets.entry(*link).or_default().push(*socket);
            }
        }
        sockets
    }

    fn drop_where(&self, is_over: impl Fn(Socket, &Looker) -> bool) -> Vec<Place> {
        let mut all = self.0.lock();
        let keys: Vec<_> = all.places.keys().copied().collect();
        let changed = keys.into_iter().filter(|key| all.drop_at(*key, &is_over));
        changed.map(|(id, tenant)| (tenant, id)).collect()
    }
}

impl All {
    /// Whether anybody's look at this place is over.
    fn drop_at(
        &mut self,
        key: (ConversationId, TenantId),
        is_over: impl Fn(Socket, &Looker) -> bool,
    ) -> bool {
        let Some(here) = self.places.get_mut(&key) else {
            return false;
        };
        let before = here.len();
        here.retain(|socket, looker| {
            let over = is_over(*socket, looker);
            if over && let Some(count) = self.counts.get_mut(&socket.0) {
                *count = count.saturating_sub(1);
            }
            !over
        });
        let changed = here.len() != before;
        if here.is_empty() {
            self.places.remove(&key);
        }
        if changed {
            self.counts.retain(|_, count| *count > 0);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use kefu_types::{AgentId, ConversationId, SessionId, TenantId};

    use super::{LinkId, Looker, Looks};

    const PLACE: (TenantId, ConversationId) = (TenantId(1), ConversationId(7));
    const ELSEWHERE: (TenantId, ConversationId) = (TenantId(1), ConversationId(8));

    fn agent(id: u64) -> Looker {
        Looker {
            agent: AgentId(id),
            session: SessionId(100 + id),
        }
    }

    #[test]
    fn an_agent_looks_until_the_last_of_their_sockets_is_gone() {
        let looks = Looks::default();
        let (a, b) = (LinkId(1), LinkId(2));
        for (socket, who) in [((a, 1), 1), ((a, 2), 2), ((b, 1), 1)] {
            assert!(looks.begin(PLACE, socket, agent(who), 9));
        }
        assert!(looks.begin(ELSEWHERE, (a, 1), agent(1), 9));
        assert_eq!(looks.agents(PLACE, 9), [AgentId(1), AgentId(2)]);
        assert_eq!(looks.agents(PLACE, 1), [AgentId(1)], "bounded");
        assert_eq!(
            looks.agents((TenantId(2), PLACE.1), 9),
            [],
            "another tenant's"
        );
        let first = looks.sockets(PLACE, |agent| agent == AgentId(1));
        assert_eq!(
            first.into_iter().collect::<Vec<_>>(),
            [(a, vec![1]), (b, vec![1])]
        );
        assert!(looks.sockets(PLACE, |_| false).is_empty());
        assert_eq!(looks.close(a), [PLACE, ELSEWHERE]);
        assert_eq!(looks.agents(PLACE, 9), [AgentId(1)]);
        assert_eq!(looks.end(ELSEWHERE.1, (b, 1)), [], "it did not look there");
        assert_eq!(looks.end_sessions(&[SessionId(101)]), [PLACE]);
        assert_eq!(looks.agents(PLACE, 9), []);
    }

    #[test]
    fn one_link_looks_at_so_many_places_and_no_more() {
        let looks = Looks::default();
        let link = LinkId(1);
        assert!(looks.begin(PLACE, (link, 1), agent(1), 1));
        assert!(looks.begin(PLACE, (link, 1), agent(1), 1), "the same again");
        assert!(!looks.begin(ELSEWHERE, (link, 1), agent(1), 1));
        assert!(looks.begin(ELSEWHERE, (LinkId(2), 1), agent(1), 1));
        assert_eq!(looks.end(PLACE.1, (link, 1)), [PLACE]);
        assert!(looks.begin(PLACE, (link, 2), agent(2), 1));
    }
}
