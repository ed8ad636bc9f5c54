//! Whether devices are in step: cursors, what was missed, and what was taken back.

use std::collections::BTreeMap;

use kefu_proto::v1::Sender;

use super::{Checker, Talk, Verdict, broken, readers::same};
use crate::{
    log::{Event, Place, Reader, Row},
    process::{MISSED_MESSAGES_MAX, RECALL_WITHIN, UNREAD_MAX},
};

/// What is known of how far somebody is.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Acknowledged, by device.
    pub(super) devices: BTreeMap<u64, Place>,
    /// Acknowledged, of all devices.
    pub(super) acked: Place,
    /// Asked for, by device: what may be stored.
    asked_by: BTreeMap<u64, Place>,
    /// Asked for, of all devices.
    asked: Place,
}

fn raise(place: &mut Place, by: Place) {
    *place = (place.0.max(by.0).max(by.1), place.1.max(by.1));
}

fn covers(place: Place, other: Place) -> bool {
    place.0 >= other.0 && place.1 >= other.1
}

impl Checker {
    pub(super) fn in_step(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Marking {
                reader,
                device,
                asked,
            } => {
                let places = self.places.entry(*reader).or_default();
                raise(&mut places.asked, *asked);
                raise(places.asked_by.entry(*device).or_default(), *asked);
                Ok(())
            }
            Event::Marked {
                reader,
                device,
                asked,
                told,
            } => self.marked(*reader, *device, *asked, *told),
            Event::Unmarked {
                reader,
                device,
                asked,
                last_seq,
            } => {
                let places = self.places.entry(*reader).or_default();
                let known = places.asked_by.get(device).copied().unwrap_or_default();
                // What is read is delivered.
                let delivered = asked.0.max(asked.1);
                let is_forward =
                    (asked.0 == 0 || delivered >= known.0) && (asked.1 == 0 || asked.1 >= known.1);
                if is_forward && asked.0.max(asked.1) <= *last_seq {
                    broken!(
                        InStep,
                        "{reader:?} may go on to {asked:?} of {last_seq}, and was refused"
                    );
                }
                Ok(())
            }
            Event::Reached {
                reader,
                told,
                floor,
            } => self.reached(*reader, *told, *floor),
            Event::Missed { .. } => self.missed(event),
            _ => Ok(()),
        }
    }

    fn marked(&mut self, reader: Reader, device: u64, asked: Place, told: Place) -> Verdict {
        self.reached(reader, told, asked)?;
        let places = self.places.entry(reader).or_default();
        let acked = places.devices.entry(device).or_default();
        raise(acked, asked);
        raise(&mut places.acked, told);
        Ok(())
    }

    fn reached(&self, reader: Reader, told: Place, floor: Place) -> Verdict {
        if !covers(told, floor) {
            broken!(
                InStep,
                "{reader:?} is told to be at {told:?}, {floor:?} was acknowledged"
            );
        }
        if told.1 > told.0 {
            broken!(
                InStep,
                "{reader:?} has read more than was delivered: {told:?}"
            );
        }
        let asked = self
            .places
            .get(&reader)
            .map_or((0, 0), |places| places.asked);
        if !covers(asked, told) {
            broken!(
                Faithful,
                "{reader:?} is told to be at {told:?}, and never said more than {asked:?}"
            );
        }
        let stored = self.last_seq(reader.conversation);
        if told.0 > stored {
            broken!(InStep, "{reader:?} is at {told:?} of {stored}");
        }
        Ok(())
    }

    fn missed(&self, event: &Event) -> Verdict {
        let Event::Missed {
            tenant,
            reader,
            version,
            delivered,
            read,
            unread,
            floor,
            rows,
            gone,
        } = event
        else {
            return Ok(());
        };
        let id = reader.conversation;
        let talk = self.talk(*tenant, id)?;
        if *delivered < floor.0 || *read < floor.1 {
            broken!(
                InStep,
                "{reader:?} missed what came after {delivered} and {read}, {floor:?} was acknowledged"
            );
        }
        let at = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(head) = talk.versions.get(at) else {
            broken!(Faithful, "version {version} of {id} was missed, not stored");
        };
        let right = unread_of(talk, *reader, *read, head.last_seq);
        if *unread != right.min(u64::from(UNREAD_MAX)) {
            broken!(
                InStep,
                "{reader:?} is told of {unread} unread after {read} of {}; there are {right}",
                head.last_seq
            );
        }
        if !(delivered + 1..).zip(rows).all(|(due, row)| row.seq == due) {
            broken!(
                Resumable,
                "{reader:?} missed other messages than those after {delivered}"
            );
        }
        let due = head
            .last_seq
            .saturating_sub(*delivered)
            .min(u64::from(MISSED_MESSAGES_MAX));
        if (rows.len() as u64) < due || rows.len() as u64 > u64::from(MISSED_MESSAGES_MAX) {
            broken!(
                Resumable,
                "{reader:?} missed {} messages of {due}",
                rows.len()
            );
        }
        same(talk, id, rows, false)?;
        hidden(id, rows, gone)
    }

    /// What a row may refer to, when it is stored.
    pub(super) fn referred(&mut self, conversation: u64, row: &Row) -> Verdict {
        let seq = row.recalls.max(row.quotes);
        if seq == 0 {
            return Ok(());
        }
        let talk = self.talks.entry(conversation).or_default();
        let at = usize::try_from(seq - 1).unwrap_or(usize::MAX);
        let Some(target) = talk.rows.get(at).filter(|target| target.seq < row.seq) else {
            broken!(
                InStep,
                "{seq} of {conversation} was referred to by {}, too early",
                row.seq
            );
        };
        if target.notice != 0 || target.recalls != 0 || target.sender == i32::from(Sender::System) {
            broken!(
                InStep,
                "{seq} of {conversation} is nobody's words, and {} names it",
                row.seq
            );
        }
        if let Some(by) = talk.recalled.get(&seq) {
            broken!(
                InStep,
                "{seq} of {conversation} was taken back by {by}, and {} names it",
                row.seq
            );
        }
        if row.recalls != 0 {
            if (target.sender, target.sender_id) != (row.sender, row.sender_id) {
                broken!(
                    InStep,
                    "{seq} of {conversation} is not {}'s to take back",
                    row.sender_id
                );
            }
            let within = i64::try_from(RECALL_WITHIN.as_millis()).unwrap_or(i64::MAX);
            if row.at_ms - target.at_ms > within {
                broken!(InStep, "{seq} of {conversation} was taken back too late");
            }
            talk.recalled.insert(seq, row.seq);
        }
        Ok(())
    }
}

/// Words of others after `read`, of those that are still there at `last_seq`.
fn unread_of(talk: &Talk, reader: Reader, read: u64, last_seq: u64) -> u64 {
    let counts = |row: &&Row| {
        let own = (row.sender, row.sender_id) == (reader.sender, reader.id);
        let taken_back = talk
            .recalled
            .get(&row.seq)
            .is_some_and(|by| *by <= last_seq);
        let here = row.seq > read && row.seq <= last_seq;
        here && !own && row.notice == 0 && row.recalls == 0 && !taken_back
    };
    talk.rows.iter().filter(counts).count() as u64
}

/// Nothing is shown of what was taken back, and acknowledged so.
pub(super) fn hidden(conversation: u64, rows: &[Row], gone: &[u64]) -> Verdict {
    for row in rows {
        if row.whole && (gone.contains(&row.seq) || row.recalled_by != 0) {
            broken!(
                InStep,
                "the words of {} of {conversation} were shown after they were taken back",
                row.seq
            );
        }
    }
    Ok(())
}
