//! Cursors: what a mark becomes, decided from the person's rows.
//!
//! Every device has a row, and the person one more, which holds the farthest of them and stays when
//! a device's row goes: what was acknowledged as read stays read.

use std::collections::BTreeMap;

use kefu_types::{ConversationId, Millis, TenantId};

use super::Unfit;
use crate::model::{Person, Reach};

/// Whose rows, and where.
pub type CursorKey = (TenantId, ConversationId, Person);

/// The device of the row that holds the farthest of all.
pub const ALL_DEVICES: &str = "";

/// A device says how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub tenant: TenantId,
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub person: Person,
    /// With which device: 1 to 64 characters.
    pub device: String,
    /// Has everything up to here; 0: as before.
    pub delivered_seq: u64,
    /// Has read everything up to here; 0: as before.
    pub read_seq: u64,
    /// UTC milliseconds.
    pub at_ms: Millis,
    /// Devices of one person in one conversation; the least recently moved goes.
    pub devices_max: usize,
}

impl Mark {
    /// Whose rows it is about.
    #[must_use]
    pub const fn key(&self) -> CursorKey {
        (self.tenant, self.conversation, self.person)
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceCursor {
    /// How far.
    pub reach: Reach,
    /// UTC milliseconds, but always more than those of the row that moved before it: a clock that
    /// was set back must not make the newest row the oldest.
    pub moved_at_ms: Millis,
}

/// All rows of a person in a conversation, by device.
pub type Devices = BTreeMap<String, DeviceCursor>;

/// Rows that a mark wrote, and those that it dropped (`None`).
pub(super) type Written = Vec<(String, Option<DeviceCursor>)>;

/// Moves `devices` by `mark`. Says how far the person is then, and what is to be written.
pub(super) fn place(
    devices: &mut Devices,
    last_seq: u64,
    mark: &Mark,
) -> Result<(Reach, Written), Unfit> {
    if mark.delivered_seq.max(mark.read_seq) > last_seq {
        return Err(Unfit::Beyond);
    }
    let before = devices
        .get(&mark.device)
        .map_or(Reach::default(), |own| own.reach);
    let said = |said: u64, before: u64| if said == 0 { before } else { said };
    let read_seq = said(mark.read_seq, before.read_seq);
    let delivered_seq = said(mark.delivered_seq, before.delivered_seq).max(read_seq);
    if read_seq < before.read_seq || delivered_seq < before.delivered_seq {
        return Err(Unfit::Backwards);
    }
    let reach = Reach {
        delivered_seq,
        read_seq,
    };
    let all = devices
        .get(ALL_DEVICES)
        .map_or(Reach::default(), |all| all.reach);
    if reach == before {
        return Ok((all, Written::new()));
    }
    let newest = devices.values().map(|row| row.moved_at_ms).max();
    let moved_at_ms = newest.map_or(mark.at_ms, |newest| mark.at_ms.max(newest + 1));
    let all = all.max(reach);
    let mut written = Written::new();
    for (device, reach) in [(mark.device.as_str(), reach), (ALL_DEVICES, all)] {
        let row = DeviceCursor { reach, moved_at_ms };
        devices.insert(device.to_owned(), row);
        written.push((device.to_owned(), Some(row)));
    }
    while devices.len() > mark.devices_max.max(1) + 1 {
        let own = devices.iter().filter(|(device, _)| *device != ALL_DEVICES);
        let Some(oldest) = own.min_by_key(|(_, row)| row.moved_at_ms) else {
            break;
        };
        let oldest = oldest.0.clone();
        devices.remove(&oldest);
        written.push((oldest, None));
    }
    Ok((all, written))
}

#[cfg(test)]
mod tests {
    use kefu_types::{ConversationId, TenantId};
    use proptest::prelude::*;

    use super::{ALL_DEVICES, Devices, Mark, Person, place};
    use crate::store::Unfit;

    const LAST_SEQ: u64 = 20;
    const DEVICES_MAX: usize = 3;

    fn mark(device: u8, delivered_seq: u64, read_seq: u64) -> Mark {
        Mark {
            tenant: TenantId(1),
            conversation: ConversationId(1),
            person: Person { sender: 1, id: 1 },
            device: format!("d{device}"),
            delivered_seq,
            read_seq,
            // The clock is set back with every mark.
            at_ms: 1_000 - i64::from(device),
            devices_max: DEVICES_MAX,
        }
    }

    proptest! {
        #[test]
        fn whatever_is_marked_the_person_never_goes_back_and_read_is_delivered(
            marks in proptest::collection::vec((0u8..6, 0u64..24, 0u64..24), 1..60)
        ) {
            let mut devices = Devices::new();
            for (device, delivered, read) in marks {
                let before = devices.clone();
                let wanted = mark(device, delivered, read);
                let placed = place(&mut devices, LAST_SEQ, &wanted);
                let old = before.get(ALL_DEVICES).copied().unwrap_or_default().reach;
                match placed {
                    Err(why) => {
                        prop_assert_eq!(&devices, &before, "a refusal changes nothing");
                        let beyond = delivered.max(read) > LAST_SEQ;
                        prop_assert_eq!(why == Unfit::Beyond, beyond);
                    }
                    Ok((all, written)) => {
                        let row = devices.get(ALL_DEVICES).copied().unwrap_or_default();
                        prop_assert_eq!(row.reach, all);
                        prop_assert!(all.read_seq >= old.read_seq.max(read));
                        prop_assert!(all.delivered_seq >= old.delivered_seq.max(delivered));
                        prop_assert!(devices.values().all(|row| row.reach.read_seq <= row.reach.delivered_seq));
                        prop_assert!(devices.len() <= DEVICES_MAX + 1);
                        // What was written is what there is.
                        let mut copy = before;
                        for (device, row) in written {
                            match row {
                                Some(row) => copy.insert(device, row),
                                None => copy.remove(&device),
                            };
                        }
                        prop_assert_eq!(&copy, &devices);
                        let same = place(&mut devices, LAST_SEQ, &wanted);
                        prop_assert_eq!(same, Ok((all, Vec::new())), "the same again is fine");
                    }
                }
            }
        }
    }

    #[test]
    fn the_least_recently_moved_device_goes_and_what_it_had_read_stays() {
        let mut devices = Devices::new();
        for (device, seq) in [(0, 9), (1, 2), (2, 3), (1, 4), (3, 5)] {
            place(&mut devices, LAST_SEQ, &mark(device, seq, seq)).expect("it fits");
        }
        let names: Vec<&str> = devices.keys().map(String::as_str).collect();
        assert_eq!(names, ["", "d1", "d2", "d3"]);
        assert_eq!(devices[""].reach.read_seq, 9);
    }
}
