//! What people are told of their place.

use kefu_types::{ConversationId, GroupId};

use super::{Desk, Place, group::Group};
use crate::lanes::Lane;

impl Desk {
    /// Place in the line of its group from 1 and seconds to wait; zeros when it does not wait.
    #[must_use]
    pub fn place(&self, conversation: ConversationId) -> (u32, u32) {
        let Some(talk) = self.talks.get(&conversation) else {
            return (0, 0);
        };
        let (Place::Queued(waiting), Some(group)) = (talk.place, self.groups.get(&talk.home))
        else {
            return (0, 0);
        };
        let position = match talk.hold {
            None => group.line.position(waiting.rank),
            Some(_) => {
                let mut leaving = group.line.leaving.iter();
                leaving.position(|id| *id == conversation).unwrap_or(0) + 1
            }
        };
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        (position, self.wait_s(group, position, self.room(group)))
    }

    /// All that wait in a group, in order, each with its place and seconds to wait. It walks the
    /// line as far as it is asked.
    pub fn places(&self, group: GroupId) -> impl Iterator<Item = (ConversationId, u32, u32)> + '_ {
        let group = self.groups.get(&group);
        let room = group.map_or(0, |group| self.room(group));
        group.into_iter().flat_map(move |group| {
            (1..)
                .zip(group.line.order())
                .map(move |(n, id)| (id, n, self.wait_s(group, n, room)))
        })
    }

    /// Groups in which somebody waits.
    pub fn lines(&self) -> impl Iterator<Item = GroupId> + '_ {
        let waits =
            |(id, group): (&GroupId, &Group)| group.line.order().next().is_some().then_some(*id);
        self.groups.iter().filter_map(waits)
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.iter().sum()
    }

    /// How many wait in one lane, of all groups.
    #[must_use]
    pub fn waiting_in(&self, lane: Lane) -> usize {
        let number = usize::from(lane.number());
        self.waiting.get(number).copied().unwrap_or(0)
    }

    fn wait_s(&self, group: &Group, position: u32, room: u32) -> u32 {
        let known = if group.estimate.is_empty() {
            &self.estimate
        } else {
            &group.estimate
        };
        known.wait_s(position, room)
    }

    /// Talks of a group that the agents who serve it and take any can hold at once.
    fn room(&self, group: &Group) -> u32 {
        let serving = self.seats.values().filter(|seat| seat.serves());
        let room = serving
            .filter(|seat| group.members.level(seat.agent).is_some())
            .fold(0, |room: u32, seat| {
                room.saturating_add(seat.terms.capacity)
            });
        match group.rules.capacity {
            0 => room,
            most => room.min(most),
        }
    }
}
