//! Visitors whom the business names.

use kefu_chat::store::{Arrival, Identity, Outcome};
use kefu_types::TenantId;

use super::{people, tables::Tables};

pub(super) fn arrive(tables: &mut Tables, arrival: &Arrival) -> Outcome {
    let (identity, session) = (&arrival.identity, &arrival.session);
    let tenant = identity.tenant;
    let is_kept = |whose: &TenantId, until: i64| *whose != tenant || until > arrival.at_ms;
    let tokens = &mut tables.identity_tokens;
    tokens.retain(|(whose, _), until| is_kept(whose, *until));
    let token = (tenant, arrival.token.0);
    if tokens.contains_key(&token) {
        return Outcome::Taken;
    }
    let person = (tenant, identity.subject.clone());
    match &arrival.fresh {
        Some(_) if tables.identities.contains_key(&person) => return Outcome::VersionConflict,
        Some((visitor, _)) => {
            people::create_visitor(tables, visitor, session);
            tables.identities.insert(person, identity.clone());
        }
        None => {
            tables.sessions.insert(session.token.0, session.clone());
        }
    }
    tables.identity_tokens.insert(token, arrival.until_ms);
    Outcome::Applied
}

pub(super) fn of(tables: &Tables, tenant: TenantId, subject: &str) -> Option<Identity> {
    let key = (tenant, subject.to_owned());
    tables.identities.get(&key).cloned()
}
