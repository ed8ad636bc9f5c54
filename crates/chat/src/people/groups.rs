//! All groups in memory: every hand-off names one, and there are few.

use std::{collections::BTreeMap, sync::Arc};

use kefu_types::{GroupId, TenantId};
use parking_lot::RwLock;

use crate::{model::Group, sla::Sla, store::GroupGuard};

#[derive(Default)]
pub(crate) struct GroupBook(RwLock<BTreeMap<(TenantId, GroupId), Arc<Group>>>);

impl GroupBook {
    /// Takes a group as it is stored, and tells `also`; an older version than the known one is
    /// ignored. Says whether it was new.
    pub(crate) fn learn(&self, group: Group, also: impl FnOnce(&Group)) -> bool {
        // Told under the same lock: of two versions the newer one stays there, too.
        let mut groups = self.0.write();
        let key = (group.tenant, group.id);
        if groups
            .get(&key)
            .is_some_and(|known| known.version >= group.version)
        {
            return false;
        }
        also(&group);
        groups.insert(key, Arc::new(group));
        true
    }

    /// A group; the default one is always there.
    pub(crate) fn get(&self, tenant: TenantId, id: GroupId) -> Option<Arc<Group>> {
        let known = self.0.read().get(&(tenant, id)).cloned();
        known.or_else(|| (id.0 == 0).then(|| Arc::new(Group::default_of(tenant))))
    }

    /// All groups of a tenant, the default one first, then by name.
    pub(crate) fn of(&self, tenant: TenantId) -> Vec<Arc<Group>> {
        let range = (tenant, GroupId(1))..=(tenant, GroupId(u64::MAX));
        let groups = self.0.read();
        let mut named: Vec<_> = groups
            .range(range)
            .map(|(_, group)| group.clone())
            .collect();
        drop(groups);
        named.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        self.get(tenant, GroupId(0))
            .into_iter()
            .chain(named)
            .collect()
    }

    /// The group whose rules hold for who is in this one: what a disabled group had is the default
    /// group's.
    fn ruling(&self, tenant: TenantId, id: GroupId) -> Option<Arc<Group>> {
        let own = self.get(tenant, id).filter(|group| !group.disabled);
        own.or_else(|| self.get(tenant, GroupId(0)))
    }

    /// The key of the calendar that who waits for a group goes by.
    pub(crate) fn calendar(&self, tenant: TenantId, id: GroupId) -> String {
        let group = self.ruling(tenant, id);
        group.map_or_else(String::new, |group| group.calendar.clone())
    }

    /// What keeps the group of a conversation within its bound, if it has one: what a disabled group
    /// had is the default group's, and takes its room.
    pub(crate) fn room(&self, tenant: TenantId, id: GroupId) -> Option<GroupGuard> {
        let own = self.get(tenant, id).filter(|group| !group.disabled);
        let home = own.or_else(|| self.get(tenant, GroupId(0)))?;
        if home.capacity == 0 {
            return None;
        }
        let mut groups = vec![home.id];
        if home.is_default() {
            let all = self.of(tenant);
            let disabled = all.iter().filter(|group| group.disabled);
            groups.extend(disabled.map(|group| group.id));
            // One that nobody here has heard of is taken for it, too.
            if !groups.contains(&id) {
                groups.push(id);
            }
        }
        Some(GroupGuard {
            groups: groups.into(),
            capacity: home.capacity,
        })
    }

    /// What is promised to who waits for a group, where all others are promised `everybodys`.
    pub(crate) fn promised(&self, tenant: TenantId, id: GroupId, everybodys: Sla) -> Sla {
        let group = self.ruling(tenant, id);
        group.map_or(everybodys, |group| everybodys.in_group(&group))
    }

    /// The group that intent files name so.
    pub(crate) fn by_key(&self, tenant: TenantId, key: &str) -> Option<Arc<Group>> {
        self.of(tenant).into_iter().find(|group| group.key == key)
    }
}

#[cfg(test)]
mod tests {
    use kefu_types::{GroupId, TenantId};

    use super::GroupBook;
    use crate::model::Group;

    const TENANT: TenantId = TenantId(1);

    fn group(id: u64, capacity: u32, disabled: bool) -> Group {
        Group {
            id: GroupId(id),
            key: id.to_string(),
            capacity,
            disabled,
            version: 1,
            ..Group::default_of(TENANT)
        }
    }

    #[test]
    fn what_was_a_disabled_group_s_takes_the_room_of_the_default_one() {
        let book = GroupBook::default();
        let groups = [
            group(0, 4, false),
            group(1, 3, false),
            group(2, 9, true),
            group(3, 0, false),
        ];
        for group in groups {
            assert!(book.learn(group, |_| {}));
        }
        let room = |id: u64| {
            let room = book.room(TENANT, GroupId(id))?;
            let groups: Vec<u64> = room.groups.iter().map(|group| group.0).collect();
            Some((groups, room.capacity))
        };
        assert_eq!(room(1), Some((vec![1], 3)));
        assert_eq!(room(3), None, "it has no bound");
        assert_eq!(room(0), Some((vec![0, 2], 4)));
        assert_eq!(room(2), Some((vec![0, 2], 4)));
        assert_eq!(room(7), Some((vec![0, 2, 7], 4)));
        assert_eq!(GroupBook::default().room(TENANT, GroupId(1)), None);
    }
}
