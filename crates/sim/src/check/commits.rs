//! What the store may be made to hold: order, single rows, owners, nothing invented.

use kefu_proto::v1::{Phase, Sender, notice};

use super::{Checker, Verdict, Wish, broken};
use crate::log::{Event, Key, Row, Version};

impl Checker {
    pub(super) fn committed(&mut self, event: &Event) -> Verdict {
        let Event::Committed {
            tenant,
            conversation,
            number,
            before,
            after,
            rows,
        } = event
        else {
            return Ok(());
        };
        self.ordered(*tenant, *conversation, (*number, *after), rows)?;
        for row in rows {
            self.referred(*conversation, row)?;
            match Sender::try_from(row.sender) {
                Ok(Sender::Visitor | Sender::Agent) => self.wished(*conversation, *before, row)?,
                Ok(Sender::Bot) => self.proposed(*conversation, *before, row)?,
                _ => {}
            }
        }
        self.owners(*tenant, *conversation, (*before, *after), rows)?;
        self.lines(*tenant, *conversation, (*before, *after), rows)
    }

    /// One gapless sequence, one version after another, no id twice.
    fn ordered(
        &mut self,
        tenant: u64,
        conversation: u64,
        (number, after): (u64, Version),
        rows: &[Row],
    ) -> Verdict {
        let talk = self.talks.entry(conversation).or_default();
        if talk.versions.is_empty() {
            talk.tenant = tenant;
        }
        if talk.tenant != tenant {
            broken!(
                Faithful,
                "conversation {conversation} moved to tenant {tenant}"
            );
        }
        talk.versions.push(after);
        if talk.versions.len() as u64 != number {
            broken!(
                Ordered,
                "conversation {conversation} skipped to version {number}"
            );
        }
        for row in rows {
            let next = talk.rows.len() as u64 + 1;
            if row.seq != next {
                broken!(
                    Ordered,
                    "conversation {conversation} stored sequence {} where {next} was due",
                    row.seq
                );
            }
            if !self.ids.insert(row.id) {
                broken!(Ordered, "message id {} was given twice", row.id);
            }
            talk.rows.push(row.clone());
        }
        if after.last_seq != talk.rows.len() as u64 {
            broken!(
                Ordered,
                "the head of {conversation} counts {} messages of {}",
                after.last_seq,
                talk.rows.len()
            );
        }
        Ok(())
    }

    /// A person said this, once, and might.
    fn wished(&mut self, conversation: u64, before: Option<Version>, row: &Row) -> Verdict {
        let key = Key {
            conversation,
            sender: row.sender,
            sender_id: row.sender_id,
            client_id: row.client_id.clone(),
        };
        let Some(wish) = self.wishes.get_mut(&key) else {
            broken!(Faithful, "nobody sent {key:?}, and yet it is stored");
        };
        if !wish.bodies.contains(&row.body) {
            broken!(Faithful, "{key:?} is stored with a body that nobody sent");
        }
        let Wish { stored, .. } = wish;
        if let Some((_, _, seq)) = stored {
            broken!(
                Deduplicated,
                "{key:?} is stored at {seq} and at {}",
                row.seq
            );
        }
        *stored = Some((row.body, row.id, row.seq));
        let owner = before.filter(|before| before.phase == i32::from(Phase::Serving));
        let is_agent = row.sender == i32::from(Sender::Agent);
        let answers = self.said_of_left(&key, row, before.and_then(owner_of))?;
        // Who may speak no more may still take back what they said, and answer what was left.
        let may = answers || row.recalls != 0;
        if is_agent && !may && owner.is_none_or(|owner| owner.agent != row.sender_id) {
            broken!(
                HandOff,
                "agent {} wrote without owning {conversation}",
                row.sender_id
            );
        }
        Ok(())
    }

    /// One owner, who is the tenant's and has room; never two at once.
    fn owners(
        &mut self,
        tenant: u64,
        conversation: u64,
        (before, after): (Option<Version>, Version),
        rows: &[Row],
    ) -> Verdict {
        let owner = owner_of(after);
        let owned_before = before.and_then(owner_of);
        let serving = after.phase == i32::from(Phase::Serving);
        if serving && owner.is_none() {
            broken!(HandOff, "{conversation} is served by nobody");
        }
        if owner == owned_before {
            return Ok(());
        }
        if let Some(before) = owned_before
            && let Some(owned) = self.owned.get_mut(&before)
        {
            owned.remove(&conversation);
        }
        let Some(owner) = owner else { return Ok(()) };
        let says = |kind: notice::Kind| rows.iter().any(|row| row.notice == i32::from(kind));
        if owned_before.is_some() && !says(notice::Kind::Transferred) {
            broken!(HandOff, "{conversation} got {owner} as a second owner");
        }
        if owned_before.is_none() && !says(notice::Kind::Assigned) {
            broken!(
                HandOff,
                "{conversation} got {owner} as an owner without a word"
            );
        }
        let Some(staff) = self.staff.get(&owner) else {
            broken!(
                Faithful,
                "{conversation} is owned by {owner}, who does not exist"
            );
        };
        if staff.tenant != tenant {
            broken!(
                Faithful,
                "{conversation} is owned by {owner} of another tenant"
            );
        }
        let owned = self.owned.entry(owner).or_default();
        owned.insert(conversation);
        if owned.len() > staff.capacity {
            broken!(
                HandOff,
                "agent {owner} owns {} conversations, {} are allowed",
                owned.len(),
                staff.capacity
            );
        }
        Ok(())
    }
}

pub(super) fn owner_of(version: Version) -> Option<u64> {
    let people = [Phase::Serving, Phase::WrapUp].map(i32::from);
    (people.contains(&version.phase) && version.agent != 0).then_some(version.agent)
}
