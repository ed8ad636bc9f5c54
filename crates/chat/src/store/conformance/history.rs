use std::sync::Arc;

use kefu_proto::v1::{CatalogueFile, CatalogueVersion};
use kefu_types::TenantId;

use super::fixture::{ONE, TWO, apply, tenants};
use crate::{
    ContentHash, RecordVersion,
    store::{Change, Outcome, SharedStore},
};

async fn put(store: &SharedStore, tenant: TenantId, pieces: &[&[u8]], at_ms: i64) -> ContentHash {
    let whole = pieces.concat();
    let content = ContentHash::of(&whole);
    let mut changes: Vec<Change> = (0..)
        .zip(pieces)
        .map(|(piece, data)| Change::PutPiece {
            tenant,
            content,
            piece,
            data: Arc::from(*data),
            at_ms,
        })
        .collect();
    changes.push(Change::SealContent {
        tenant,
        content,
        bytes: whole.len() as u64,
        at_ms,
    });
    let outcomes = apply(store, &changes).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    content
}

fn version(hash: &str, files: &[(&str, ContentHash, u64)]) -> CatalogueVersion {
    let file = |(path, content, bytes): &(&str, ContentHash, u64)| CatalogueFile {
        path: (*path).to_owned(),
        sha256: content.to_string(),
        bytes: *bytes,
        text: None,
    };
    CatalogueVersion {
        hash: hash.to_owned(),
        note: "备注".to_owned(),
        files: files.iter().map(file).collect(),
        ..CatalogueVersion::default()
    }
}

async fn record(
    store: &SharedStore,
    tenant: TenantId,
    version: &CatalogueVersion,
    expected_number: Option<u64>,
) -> Outcome {
    let change = Change::RecordVersion(Box::new(RecordVersion {
        tenant,
        version: version.clone(),
        expected_number,
        keep: 3,
        orphans_before_ms: 100,
    }));
    apply(store, &[change]).await.remove(0)
}

/// The number it has, and whether it is new.
fn number(outcome: &Outcome) -> (u64, bool) {
    match outcome {
        Outcome::Recorded { version, new } => (version.number, *new),
        other => panic!("not recorded: {other:?}"),
    }
}

pub(super) async fn a_version_comes_back_with_its_files(store: SharedStore) {
    tenants(&store).await;
    let a = put(&store, ONE, &[b"one ", b"two"], 50).await;
    let b = put(&store, ONE, &[b""], 50).await;
    let first = version("f00", &[("a.yaml", a, 7), ("sub/b.yaml", b, 0)]);
    assert_eq!(number(&record(&store, ONE, &first, None).await), (1, true));
    let stored = store.version(ONE, 1).await.expect("read").expect("there");
    assert_eq!(stored, CatalogueVersion { number: 1, ..first });
    assert_eq!(store.piece(ONE, a, 0).await, Ok(Some(b"one ".to_vec())));
    assert_eq!(store.piece(ONE, a, 1).await, Ok(Some(b"two".to_vec())));
    assert_eq!(store.piece(ONE, a, 2).await, Ok(None));
    let listed = store.versions(ONE, u64::MAX, 10).await.expect("read");
    assert_eq!(listed.len(), 1);
    assert!(listed[0].files.is_empty());
}

pub(super) async fn the_same_set_is_recorded_once_and_a_guess_of_the_newest_must_be_right(
    store: SharedStore,
) {
    tenants(&store).await;
    let a = put(&store, ONE, &[b"a"], 150).await;
    let b = put(&store, ONE, &[b"b"], 150).await;
    let one = version("aaa", &[("a.yaml", a, 1)]);
    let two = version("bbb", &[("a.yaml", b, 1)]);
    assert_eq!(number(&record(&store, ONE, &one, Some(0)).await), (1, true));
    assert_eq!(
        number(&record(&store, ONE, &one, Some(0)).await),
        (1, false)
    );
    let late = record(&store, ONE, &two, Some(0)).await;
    assert_eq!(late, Outcome::VersionConflict);
    assert_eq!(number(&record(&store, ONE, &two, Some(1)).await), (2, true));
    // Back to the first is a new version; the same files with other live intents, too.
    assert_eq!(number(&record(&store, ONE, &one, None).await), (3, true));
    let other_day = version("ccc", &[("a.yaml", a, 1)]);
    assert_eq!(
        number(&record(&store, ONE, &other_day, None).await),
        (4, true)
    );
}

pub(super) async fn contents_must_be_whole_before_a_version_names_them(store: SharedStore) {
    tenants(&store).await;
    let content = ContentHash::of(b"half of it");
    let wanted = version("aaa", &[("a.yaml", content, 10)]);
    let missing = Outcome::MissingContents(vec![content]);
    assert_eq!(record(&store, ONE, &wanted, None).await, missing);
    let changes = [
        Change::PutPiece {
            tenant: ONE,
            content,
            piece: 0,
            data: Arc::from(&b"half"[..]),
            at_ms: 50,
        },
        Change::SealContent {
            tenant: ONE,
            content,
            bytes: 10,
            at_ms: 50,
        },
    ];
    let outcomes = apply(&store, &changes).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Missing]);
    assert_eq!(record(&store, ONE, &wanted, None).await, missing);
    assert_eq!(store.piece(ONE, content, 0).await, Ok(None));
    put(&store, ONE, &[b"half", b" of it"], 60).await;
    assert_eq!(number(&record(&store, ONE, &wanted, None).await), (1, true));
}

pub(super) async fn old_versions_go_and_shared_contents_stay(store: SharedStore) {
    tenants(&store).await;
    let shared = put(&store, ONE, &[b"large and never changed"], 10).await;
    let mut own = Vec::new();
    for n in 1..=5_u64 {
        let text = n.to_string();
        own.push(put(&store, ONE, &[text.as_bytes()], 10).await);
        let files = [("a.yaml", own[own.len() - 1], 1), ("k.csv", shared, 23)];
        let recorded = record(&store, ONE, &version(&text, &files), None).await;
        assert_eq!(number(&recorded), (n, true));
    }
    let listed = store.versions(ONE, u64::MAX, 10).await.expect("read");
    let numbers: Vec<u64> = listed.iter().map(|version| version.number).collect();
    assert_eq!(numbers, [5, 4, 3], "three are kept, the newest among them");
    let page = store.versions(ONE, 5, 1).await.expect("read");
    assert_eq!(page[0].number, 4);
    assert_eq!(store.version(ONE, 2).await, Ok(None));
    assert_eq!(store.piece(ONE, own[0], 0).await, Ok(None), "dropped");
    assert!(matches!(store.piece(ONE, own[4], 0).await, Ok(Some(_))));
    assert!(matches!(store.piece(ONE, shared, 0).await, Ok(Some(_))));
    // What was just uploaded is named by nothing yet and must not go.
    let fresh = put(&store, ONE, &[b"fresh"], 200).await;
    let last = version("last", &[("k.csv", shared, 23)]);
    assert_eq!(number(&record(&store, ONE, &last, None).await), (6, true));
    assert!(matches!(store.piece(ONE, fresh, 0).await, Ok(Some(_))));
}

pub(super) async fn no_history_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let content = put(&store, ONE, &[b"ours"], 50).await;
    let ours = version("aaa", &[("a.yaml", content, 4)]);
    assert_eq!(number(&record(&store, ONE, &ours, None).await), (1, true));
    assert_eq!(store.version(TWO, 1).await, Ok(None));
    assert_eq!(store.versions(TWO, u64::MAX, 10).await, Ok(Vec::new()));
    assert_eq!(store.piece(TWO, content, 0).await, Ok(None));
    // That another tenant has the same contents is not to be found out by naming them.
    let theirs = record(&store, TWO, &ours, None).await;
    assert_eq!(theirs, Outcome::MissingContents(vec![content]));
}
