//! All users in memory: every call checks a role, and there are few users.

use std::{collections::BTreeMap, sync::Arc};

use kefu_types::{AgentId, TenantId};
use parking_lot::RwLock;

use crate::model::User;

#[derive(Default)]
pub(crate) struct Directory(RwLock<BTreeMap<(TenantId, AgentId), Arc<User>>>);

impl Directory {
    /// Takes a user's row; an older version than the known one is ignored. Says whether it was new.
    pub(crate) fn learn(&self, user: User) -> bool {
        let mut users = self.0.write();
        let key = (user.tenant, user.id);
        if users
            .get(&key)
            .is_some_and(|known| known.version >= user.version)
        {
            return false;
        }
        users.insert(key, Arc::new(user));
        true
    }

    pub(crate) fn get(&self, tenant: TenantId, id: AgentId) -> Option<Arc<User>> {
        self.0.read().get(&(tenant, id)).cloned()
    }

    pub(crate) fn by_login(&self, tenant: TenantId, login: &str) -> Option<Arc<User>> {
        self.of(tenant).into_iter().find(|user| user.login == login)
    }

    /// All users of a tenant, by id.
    pub(crate) fn of(&self, tenant: TenantId) -> Vec<Arc<User>> {
        let range = (tenant, AgentId(0))..=(tenant, AgentId(u64::MAX));
        self.0
            .read()
            .range(range)
            .map(|(_, user)| user.clone())
            .collect()
    }
}
