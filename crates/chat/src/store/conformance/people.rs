use kefu_proto::v1::Role;
use kefu_types::{AgentId, VisitorId};

use super::fixture::{ONE, TWO, apply, conversation, next, session, tenants, user};
use crate::{
    Subject, TokenHash, User,
    store::{Change, Outcome, SharedStore},
};

pub(super) async fn a_login_is_unique_in_its_tenant(store: SharedStore) {
    tenants(&store).await;
    assert_eq!(store.tenant("two").await, Ok(Some(TWO)));
    assert_eq!(store.tenant("three").await, Ok(None));
    let changes = [
        Change::CreateUser(user(ONE, 10, "li", Role::Agent)),
        Change::CreateUser(user(ONE, 11, "li", Role::Agent)),
        Change::CreateUser(user(TWO, 12, "li", Role::Agent)),
    ];
    let outcomes = apply(&store, &changes).await;
    assert_eq!(
        outcomes,
        [Outcome::Applied, Outcome::Taken, Outcome::Applied]
    );
    assert_eq!(
        store.user(ONE, AgentId(10)).await,
        Ok(Some(user(ONE, 10, "li", Role::Agent)))
    );
    assert_eq!(store.user(TWO, AgentId(10)).await, Ok(None));
    assert_eq!(store.users().await.map(|users| users.len()), Ok(2));
}

pub(super) async fn the_last_admin_stays(store: SharedStore) {
    tenants(&store).await;
    let (a, b) = (
        user(ONE, 10, "a", Role::Admin),
        user(ONE, 11, "b", Role::Admin),
    );
    let elsewhere = user(TWO, 12, "c", Role::Admin);
    let made = [a.clone(), b.clone(), elsewhere].map(Change::CreateUser);
    apply(&store, &made).await;
    // Both at once, in one batch: one must be refused.
    let disabled = User {
        disabled: true,
        version: 2,
        ..a
    };
    let demoted = User {
        role: Role::Agent,
        version: 2,
        ..b.clone()
    };
    let outcomes = apply(
        &store,
        &[Change::UpdateUser(disabled), Change::UpdateUser(demoted)],
    )
    .await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::LastAdmin]);
    let renamed = User {
        name: "B".to_owned(),
        version: 2,
        ..b.clone()
    };
    let stale = User {
        name: "C".to_owned(),
        version: 2,
        ..b
    };
    let outcomes = apply(
        &store,
        &[Change::UpdateUser(renamed), Change::UpdateUser(stale)],
    )
    .await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::VersionConflict]);
}

pub(super) async fn a_revoked_session_says_so(store: SharedStore) {
    tenants(&store).await;
    let subject = Subject::User(AgentId(10));
    let sessions = [20, 21, 22].map(|id| session(ONE, id, subject));
    let visitor = session(
        ONE,
        23,
        Subject::Visitor(VisitorId(10), kefu_types::ConversationId(1)),
    );
    let made: Vec<Change> = sessions
        .iter()
        .cloned()
        .chain([visitor.clone()])
        .map(Change::CreateSession)
        .collect();
    apply(&store, &made).await;
    let revoke = |tenant, session, user, except| Change::RevokeSessions {
        tenant,
        session,
        user,
        except,
        at_ms: 77,
    };
    let foreign = apply(&store, &[revoke(TWO, Some(sessions[0].id), None, None)]).await;
    assert_eq!(
        foreign,
        [Outcome::Revoked(vec![])],
        "another tenant's session is not there"
    );
    let change = revoke(ONE, None, Some(AgentId(10)), Some(sessions[2].id));
    let outcomes = apply(&store, &[change]).await;
    let Outcome::Revoked(mut ended) = outcomes[0].clone() else {
        panic!("{outcomes:?}")
    };
    ended.sort_unstable_by_key(|(id, _)| *id);
    assert_eq!(ended, [0, 1].map(|n| (sessions[n].id, sessions[n].token)));
    let read = async |token: TokenHash| {
        store
            .session(token)
            .await
            .expect("readable")
            .expect("stored")
    };
    assert_eq!(read(sessions[0].token).await.revoked_at_ms, 77);
    assert_eq!(read(sessions[2].token).await, sessions[2]);
    assert_eq!(
        read(visitor.token).await,
        visitor,
        "a visitor of the same number is somebody else"
    );
    assert_eq!(store.session(TokenHash::of("forged")).await, Ok(None));
}

pub(super) async fn the_setup_link_works_exactly_once(store: SharedStore) {
    tenants(&store).await;
    let (old, token) = (TokenHash::of("old"), TokenHash::of("link"));
    let open = |token| Change::OpenSetup {
        tenant: ONE,
        token,
        expires_at_ms: 100,
    };
    let complete = |token, id: u64, at_ms| Change::CompleteSetup {
        token,
        at_ms,
        user: user(ONE, id, &format!("admin{id}"), Role::Admin),
        session: session(ONE, id + 50, Subject::User(AgentId(id))),
    };
    assert_eq!(
        apply(&store, &[open(old), open(token)]).await,
        [Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(
        store.setup(old, 1).await,
        Ok(None),
        "a newer link voids the older"
    );
    assert_eq!(store.setup(token, 99).await, Ok(Some(ONE)));
    assert_eq!(store.setup(token, 100).await, Ok(None));
    let changes = [
        complete(token, 10, 100),
        complete(old, 10, 1),
        complete(token, 11, 1),
        complete(token, 12, 1),
    ];
    let outcomes = apply(&store, &changes).await;
    assert_eq!(
        outcomes,
        [
            Outcome::Taken,
            Outcome::Taken,
            Outcome::Applied,
            Outcome::Taken
        ]
    );
    let users = store.users().await.expect("readable");
    assert_eq!(users.iter().map(|user| user.id.0).collect::<Vec<_>>(), [11]);
    assert_eq!(
        apply(&store, &[open(old)]).await,
        [Outcome::Taken],
        "no link once there is a user"
    );
    assert_eq!(store.setup(token, 1).await, Ok(None));
}

pub(super) async fn the_ceiling_covers_every_id(store: SharedStore) {
    tenants(&store).await;
    let ceiling = async || store.ceiling().await.expect("readable");
    assert!(ceiling().await >= 2);
    let head = conversation(&store, ONE, 5_000).await;
    assert!(ceiling().await >= 5_003);
    let advance = next(&head, "a", Some("x"));
    let newest = advance.messages[0].id.max(advance.head.stamp);
    apply(&store, &[Change::Advance(advance)]).await;
    assert!(ceiling().await >= newest);
    let top = ceiling().await;
    let refused = next(&head, "b", Some("x"));
    apply(&store, &[Change::Advance(refused)]).await;
    assert_eq!(ceiling().await, top, "what was not stored does not count");
    assert_eq!(store.probe().await, Ok(()));
}
