//! Several cores on one PostgreSQL: what only one may have, only one gets.

use std::sync::Arc;

use kefu_chat::{
    Group, Head, Subject, TokenHash, User,
    store::{Change, GroupGuard, NewNote, Outcome, OwnerGuard, Page, SharedStore, StoreError},
};
use kefu_dialog::Phase;
use kefu_proto::v1::{self, Role};
use kefu_types::{AgentId, ConversationId, GroupId};
use tokio::task::JoinSet;

use crate::{
    rows::{TENANT, head, says, session, tenant, user, visitor},
    stores::{Kind, Place},
};

/// As the core's writer does: what merely stalls is tried again.
async fn apply(store: &SharedStore, changes: &[Change]) -> Vec<Outcome> {
    loop {
        match store.apply(changes).await {
            Ok(outcomes) => return outcomes,
            Err(StoreError::Retryable(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn two() -> (Place, [SharedStore; 2]) {
    let place = Place::new(Kind::Postgres).await;
    let (one, two) = tokio::join!(place.open(), place.open());
    (place, [one, two])
}

async fn all<T: Send + 'static>(mut tasks: JoinSet<T>) -> Vec<T> {
    let mut results = Vec::new();
    while let Some(result) = tasks.join_next().await {
        results.push(result.expect("no task panics"));
    }
    results
}

/// Says twenty things, each on the newest head, however often another core was quicker.
async fn talk(store: SharedStore, core: u64) -> Vec<u64> {
    let mut seqs = Vec::new();
    for n in 0..20 {
        loop {
            let now = store.head(TENANT, ConversationId(10)).await;
            let now = now.expect("readable").expect("stored");
            let unique = core * 1_000 + n * 10 + now.version * 100_000;
            let advance = says(&now, &format!("c{core}-{n}"), "x", unique);
            // A neighbour in the same batch that is always refused.
            let stale = says(
                &head(TENANT, 10),
                &format!("stale{core}-{n}"),
                "x",
                unique + 1,
            );
            let outcomes = apply(&store, &[advance.clone(), stale].map(Change::Advance)).await;
            match &outcomes[0] {
                Outcome::Applied => {
                    seqs.push(advance.head.last_seq);
                    break;
                }
                Outcome::Duplicate(stored) => panic!("stored before: {stored:?}"),
                Outcome::VersionConflict => {}
                other => panic!("{other:?}"),
            }
        }
    }
    seqs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writing_one_conversation_they_leave_one_gapless_sequence() {
    let (_place, stores) = two().await;
    apply(&stores[0], &[tenant(1), visitor(TENANT, 10)]).await;
    let first = says(&head(TENANT, 10), "first", "x", 1);
    apply(&stores[0], &[Change::Advance(first)]).await;
    let mut tasks = JoinSet::new();
    for (core, store) in (1..).zip(stores.clone()) {
        tasks.spawn(talk(store, core));
    }
    let mut seqs = all(tasks).await.concat();
    seqs.sort_unstable();
    assert!(seqs.iter().copied().eq(2..=41), "{seqs:?}");
    let stored = stores[1]
        .messages(TENANT, ConversationId(10), Page::After(0), 100)
        .await;
    let stored = stored.expect("readable");
    assert!(stored.iter().map(|message| message.seq).eq(1..=41));
}

/// The head alone moves: no message's place is there to be taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claiming_one_conversation_at_once_one_of_them_has_it() {
    let (_place, stores) = two().await;
    apply(&stores[0], &[tenant(1)]).await;
    for round in 0..40_u64 {
        let now = head(TENANT, 100 + round);
        apply(&stores[0], &[visitor(TENANT, now.id.0)]).await;
        let claim = |agent: u64| {
            let mut claim = says(&now, "", "", round * 10 + agent);
            let mut owned = (*claim.head).clone();
            owned.last_seq = 0;
            owned.state.phase = Phase::Serving;
            owned.agent = Some(AgentId(agent));
            claim.head = Arc::new(owned);
            claim.messages = [].into();
            claim.key = None;
            [Change::Advance(claim)]
        };
        let (first, second) = (claim(1), claim(2));
        let (first, second) = tokio::join!(apply(&stores[0], &first), apply(&stores[1], &second));
        let mut outcomes = [first, second].concat();
        outcomes.sort_by_key(|outcome| *outcome == Outcome::Applied);
        assert_eq!(
            outcomes,
            [Outcome::VersionConflict, Outcome::Applied],
            "round {round}"
        );
    }
}

fn assignment(now: &Head, agent: AgentId, group: GroupId, unique: u64) -> Change {
    let mut advance = says(now, "", "x", unique);
    let mut owned = (*advance.head).clone();
    owned.state.phase = Phase::Serving;
    owned.agent = Some(agent);
    owned.group = group;
    advance.head = Arc::new(owned);
    advance.key = None;
    advance.guard = Some(OwnerGuard { agent, capacity: 3 });
    advance.room = (group.0 != 0).then(|| GroupGuard {
        groups: [group].into(),
        capacity: 3,
    });
    Change::Advance(advance)
}

/// Twenty conversations are assigned at once, each by one of two cores: how many were, and how many
/// were refused as `full`.
async fn assigned(
    stores: &[SharedStore; 2],
    to: impl Fn(u64) -> (AgentId, GroupId),
    full: Outcome,
) -> (usize, usize) {
    let visitors: Vec<Change> = (10..30).map(|id| visitor(TENANT, id)).collect();
    apply(&stores[0], &visitors).await;
    let mut tasks = JoinSet::new();
    for id in 10..30_u64 {
        let store = stores[usize::from(id % 2 == 0)].clone();
        let (agent, group) = to(id);
        let change = assignment(&head(TENANT, id), agent, group, id);
        tasks.spawn(async move { apply(&store, &[change]).await.remove(0) });
    }
    let outcomes = all(tasks).await;
    let count = |wanted: Outcome| {
        let same = outcomes.iter().filter(|outcome| **outcome == wanted);
        same.count()
    };
    (count(Outcome::Applied), count(full))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn assigning_at_once_they_stay_within_the_agents_capacity() {
    let (_place, stores) = two().await;
    let agent = user(TENANT, 7, "li", Role::Agent);
    apply(&stores[0], &[tenant(1), Change::CreateUser(agent.clone())]).await;
    let to = |_| (agent.id, GroupId(0));
    let outcomes = assigned(&stores, to, Outcome::CapacityFull).await;
    assert_eq!(outcomes, (3, 17));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn assigning_at_once_to_many_agents_they_stay_within_the_groups_capacity() {
    let (_place, stores) = two().await;
    let group = Group {
        id: GroupId(5),
        key: "returns".to_owned(),
        capacity: 3,
        version: 1,
        ..Group::default_of(TENANT)
    };
    apply(
        &stores[0],
        &[tenant(1), Change::PutGroup(Box::new(group.clone()))],
    )
    .await;
    let to = |id| (AgentId(100 + id), group.id);
    let outcomes = assigned(&stores, to, Outcome::GroupFull).await;
    assert_eq!(outcomes, (3, 17));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_admin_stays_and_the_setup_link_works_once() {
    let (_place, stores) = two().await;
    let token = TokenHash::of("link");
    let open = Change::OpenSetup {
        tenant: TENANT,
        token,
        expires_at_ms: 100,
    };
    apply(&stores[0], &[tenant(1), open]).await;
    let mut tasks = JoinSet::new();
    for (n, store) in (1..9_u64).zip(stores.iter().cycle().cloned()) {
        let complete = Change::CompleteSetup {
            token,
            at_ms: 1,
            user: user(TENANT, n, &format!("root{n}"), Role::Admin),
            session: session(TENANT, 50 + n, Subject::User(AgentId(n))),
        };
        tasks.spawn(async move { apply(&store, &[complete]).await.remove(0) });
    }
    let outcomes = all(tasks).await;
    let count = |wanted| {
        outcomes
            .iter()
            .filter(|outcome| **outcome == wanted)
            .count()
    };
    assert_eq!((count(Outcome::Applied), count(Outcome::Taken)), (1, 7));
    let first = stores[0].users().await.expect("readable").remove(0);
    let second = user(TENANT, 99, "second", Role::Admin);
    apply(&stores[0], &[Change::CreateUser(second.clone())]).await;
    // Each core disables another of the two.
    let disabled = |user: User| {
        Change::UpdateUser(User {
            disabled: true,
            version: user.version + 1,
            ..user
        })
    };
    let mut tasks = JoinSet::new();
    for (store, user) in stores.iter().cloned().zip([first, second]) {
        tasks.spawn(async move { apply(&store, &[disabled(user)]).await.remove(0) });
    }
    let outcomes = all(tasks).await;
    assert!(outcomes.contains(&Outcome::Applied), "{outcomes:?}");
    assert!(outcomes.contains(&Outcome::LastAdmin), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn they_may_open_an_empty_database_at_once() {
    let place = Arc::new(Place::new(Kind::Postgres).await);
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let place = place.clone();
        tasks.spawn(async move { place.open().await });
    }
    let stores = all(tasks).await;
    apply(&stores[0], &[tenant(1)]).await;
    assert_eq!(stores[5].tenant("t1").await, Ok(Some(TENANT)));
    assert_eq!(
        stores[5].ceiling().await,
        Ok(1),
        "the highest of all cores' rows"
    );
}

/// Adds ten notes, each under a key of its own and once more under the same.
async fn notes(store: SharedStore, core: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for n in 0..10 {
        let note = v1::Note {
            id: core * 1_000 + n,
            conversation_id: 10,
            author_id: core,
            client_id: format!("n{n}"),
            body: Some(v1::NoteBody::default()),
            ..v1::Note::default()
        };
        let new = Change::AddNote(Box::new(NewNote {
            tenant: TENANT,
            note,
            notes_max: 100,
        }));
        for is_new in [true, false] {
            match apply(&store, std::slice::from_ref(&new)).await.remove(0) {
                Outcome::Noted { note, new } if new == is_new => numbers.push(note.number),
                other => panic!("{other:?}"),
            }
        }
    }
    numbers.dedup();
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn noting_beside_one_conversation_they_leave_gapless_numbers() {
    let (_place, stores) = two().await;
    apply(&stores[0], &[tenant(1), visitor(TENANT, 10)]).await;
    let mut tasks = JoinSet::new();
    for (core, store) in (1..).zip(stores.clone()) {
        tasks.spawn(notes(store, core));
    }
    let mut numbers = all(tasks).await.concat();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=20), "{numbers:?}");
}
