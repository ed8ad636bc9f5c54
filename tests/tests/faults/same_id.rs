//! Row 14: one client id, at once from many connections, on two nodes, after a restart, and with
//! other words.

use std::{collections::BTreeSet, sync::Arc};

use kefu_proto::v1::Accepted;
use kefu_tests::{Client, Codec, History, Options, Place, Postgres, Refusal, Service, seed};
use tokio::task::JoinSet;

use crate::common::{on, quick};

const AT_ONCE: usize = 12;

/// The same id from as many devices at once, half of them over REST; `words` by device.
async fn all_send(
    clients: Vec<Client>,
    id: &str,
    words: impl Fn(usize) -> String,
) -> Vec<Result<Accepted, Refusal>> {
    let mut sending = JoinSet::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let (id, words) = (id.to_owned(), words(number));
        sending.spawn(async move {
            let conversation = client.conversation;
            if number % 4 < 2 {
                client.posts(conversation, &id, &words).await
            } else {
                client.sends(conversation, &id, &words).await
            }
        });
    }
    sending.join_all().await
}

/// One place, one id, and one of them was the first.
fn assert_one(answers: &[Result<Accepted, Refusal>]) -> (u64, u64) {
    let accepted: Vec<_> = answers.iter().flatten().collect();
    let places: BTreeSet<_> = accepted.iter().map(|told| (told.id, told.seq)).collect();
    assert_eq!(places.len(), 1, "{answers:?}");
    let first = accepted.iter().filter(|told| !told.duplicate).count();
    assert!(first <= 1, "{answers:?}");
    *places.first().expect("one")
}

async fn same_id_on(places: &[Place], history: &Arc<History>, restart: impl AsyncFnOnce()) {
    let visitor = Client::visitor(&places[0], history, Codec::Proto).await;
    let conversation = visitor.conversation;
    assert_eq!(
        visitor.acts(conversation, "ACTION_REQUEST_HUMAN").await,
        200
    );
    let devices = || {
        (0..AT_ONCE)
            .map(|number| visitor.another_device().at(&places[number % places.len()]))
            .collect::<Vec<_>>()
    };
    let answers = all_send(devices(), "same", |_| "同一句".into()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let same = assert_one(&answers);

    // Two sets of words under one id: one of them is stored, the other is a conflict.
    let answers = all_send(devices(), "other", |n| ["甲", "乙"][n / 2 % 2].into()).await;
    assert_one(&answers);
    let refused: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert_eq!(refused.len(), AT_ONCE / 2, "{answers:?}");
    assert!(
        refused.iter().all(|refusal| refusal.code() == "conflict"),
        "{refused:?}"
    );

    restart().await;
    let mut again = visitor.another_device();
    let told = again
        .insists(conversation, "same", "同一句")
        .await
        .expect("a retry");
    assert_eq!((told.id, told.seq, told.duplicate), (same.0, same.1, true));
    let other = again.insists(conversation, "same", "另一句").await;
    assert_eq!(other.expect_err("a conflict").code, "conflict");
    history.assert_holds(&again.reads_all().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_at_once_after_a_restart_and_with_other_words_is_one_message() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = || quick().data_dir(dir.path());
    let service = Service::start(options()).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut second = None;
    same_id_on(std::slice::from_ref(&place), &history, async || {
        drop(service.kill_all().await);
        let service = Service::start(options()).await;
        place.set(&service.base);
        second = Some(service);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_at_once_on_two_nodes_is_one_message() {
    let server = Postgres::find().await;
    let database = server.database().await;
    let node = |number: u32| -> Options { on(&database.url(), quick()).env("KEFU_NODE", number) };
    let first = Service::start(node(0)).await;
    let second = Service::start(node(1)).await;
    let places = [Place::new(&first.base), Place::new(&second.base)];
    let history = Arc::new(History::new(seed()));
    same_id_on(&places, &history, async || {
        for node in [&first, &second] {
            let dead = node.kill_role("chat");
            node.until_restarted("chat", dead).await;
            node.until_ready().await;
        }
    })
    .await;
    drop((first.kill_all().await, second.kill_all().await));
}
