use super::fixture::apply;
use crate::store::{Change, Lineage, Outcome, SharedStore};

pub(super) async fn an_epoch_only_ever_grows_and_the_identity_stays(store: SharedStore) {
    use Outcome::{Applied, VersionConflict};

    assert_eq!(store.lineage().await, Ok(Lineage::default()), "not drawn");
    let begins = |identity, epoch| Change::BeginEpoch { identity, epoch };
    let largest = i64::MAX.unsigned_abs();
    let changes = [begins(largest, 7), begins(6, 7), begins(6, 9), begins(6, 8)];
    let outcomes = apply(&store, &changes).await;
    assert_eq!(
        outcomes,
        [Applied, VersionConflict, Applied, VersionConflict]
    );
    let lineage = Lineage {
        identity: largest,
        epoch: 9,
    };
    assert_eq!(store.lineage().await, Ok(lineage));
    assert_eq!(apply(&store, &[begins(6, largest)]).await, [Applied]);
    let lineage = Lineage {
        epoch: largest,
        ..lineage
    };
    assert_eq!(store.lineage().await, Ok(lineage));
}
