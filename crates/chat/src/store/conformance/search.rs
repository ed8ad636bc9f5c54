use kefu_proto::v1::{self, body};
use kefu_text::search::Query;
use kefu_types::{ConversationId, TenantId};

use super::fixture::{ONE, TWO, apply, conversation, next, tenants};
use crate::{
    model::Head,
    store::{Advance, Change, Outcome, SharedStore},
};

/// Says it, as a visitor; answers the head after it and the message's id.
async fn say(store: &SharedStore, head: &Head, text: &str) -> (Head, u64) {
    let advance = next(head, "", Some(text));
    put(store, advance).await
}

async fn put(store: &SharedStore, advance: Advance) -> (Head, u64) {
    let (head, id) = ((*advance.head).clone(), advance.messages[0].id);
    let outcomes = apply(store, &[Change::Advance(advance)]).await;
    assert_eq!(outcomes, [Outcome::Applied]);
    (head, id)
}

async fn say_all(store: &SharedStore, head: &Head, texts: &[&str]) -> Vec<u64> {
    let (mut head, mut ids) = (head.clone(), Vec::new());
    for text in texts {
        let (moved, id) = say(store, &head, text).await;
        head = moved;
        ids.push(id);
    }
    ids
}

async fn page(
    store: &SharedStore,
    tenant: TenantId,
    query: &str,
    conversation: Option<ConversationId>,
    before: u64,
    limit: u32,
) -> Vec<u64> {
    let query = Query::of(query);
    let found = store
        .search(tenant, &query, conversation, before, limit)
        .await
        .expect("searchable");
    found.iter().map(|message| message.id).collect()
}

/// All of the tenant that match, newest first.
async fn find(store: &SharedStore, tenant: TenantId, query: &str) -> Vec<u64> {
    page(store, tenant, query, None, u64::MAX, 100).await
}

pub(super) async fn what_was_said_is_found_in_any_script(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let texts = [
        "您好，我想查詢一下退款進度。",
        "Order SF-1029 for li.wang@example.com, please",
        "手机iPhone15的屏幕碎了",
        "ＳＦ—２０３０ 呢？",
        "😀👍……",
    ];
    let ids = say_all(&store, &head, &texts).await;
    let hits: [(&str, &[usize]); 20] = [
        ("退", &[0]),
        ("度", &[0]),
        ("退款", &[0]),
        ("查询一下退款", &[0]),
        ("查詢", &[0]),
        ("好我", &[0]),
        ("款退", &[]),
        ("退货", &[]),
        ("order", &[1]),
        ("sf", &[3, 1]),
        ("sf-1029", &[1]),
        ("1029 SF", &[1]),
        ("example.com", &[1]),
        ("com.example", &[]),
        ("orde", &[]),
        ("手机iphone15的屏", &[2]),
        ("iphone15的", &[2]),
        ("机iphone", &[]),
        ("2030呢", &[3]),
        ("😀", &[]),
    ];
    for (query, wanted) in hits {
        let wanted: Vec<u64> = wanted.iter().map(|at| ids[*at]).collect();
        assert_eq!(find(&store, ONE, query).await, wanted, "{query}");
    }
    let found = store
        .search(ONE, &Query::of("退款"), None, u64::MAX, 9)
        .await;
    let message = found.expect("searchable").remove(0);
    assert_eq!(message.body, Some(super::fixture::text(texts[0])));
    assert!(message.trace.is_some(), "a message comes back whole");
}

pub(super) async fn cards_and_buttons_are_found_and_notices_are_not(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 10).await;
    let card = body::Kind::Card(v1::Card {
        title: "退货政策".to_owned(),
        text: "七天内可退".to_owned(),
        ..v1::Card::default()
    });
    let pressed = body::Kind::Postback(v1::Postback {
        payload: "intent:secret".to_owned(),
        label: "查物流".to_owned(),
        ..Default::default()
    });
    let notice = body::Kind::Notice(v1::Notice {
        agent_name: "小王".to_owned(),
        reason: "投诉".to_owned(),
        ..v1::Notice::default()
    });
    let mut ids = Vec::new();
    for kind in [card, pressed, notice] {
        let mut advance = next(&head, "", Some(""));
        let mut message = advance.messages[0].clone();
        message.body = Some(v1::Body { kind: Some(kind) });
        advance.messages = [message].into();
        let (moved, id) = put(&store, advance).await;
        head = moved;
        ids.push(id);
    }
    assert_eq!(find(&store, ONE, "政策").await, [ids[0]]);
    assert_eq!(find(&store, ONE, "可退 政策").await, [ids[0]]);
    assert_eq!(find(&store, ONE, "策七").await, [0; 0], "two texts are two");
    assert_eq!(find(&store, ONE, "物流").await, [ids[1]]);
    for hidden in ["secret", "小王", "投诉"] {
        assert_eq!(find(&store, ONE, hidden).await, [0; 0], "{hidden}");
    }
}

pub(super) async fn what_looks_like_an_operator_is_text(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let texts = ["to be or not to be", "near a refund", "and nothing more"];
    let ids = say_all(&store, &head, &texts).await;
    let hits: [(&str, &[usize]); 12] = [
        ("be OR not", &[0]),
        ("nothing OR refund", &[]),
        ("NEAR(refund)", &[]),
        ("refund NEAR", &[1]),
        ("ref*", &[]),
        ("\"be not\"", &[0]),
        ("AND", &[2]),
        ("NOT nothing", &[]),
        ("terms:refund", &[]),
        ("^near", &[1]),
        ("'refund' & ! ( | <-> :*", &[1]),
        ("a\\' refund\"", &[1]),
    ];
    for (query, wanted) in hits {
        let wanted: Vec<u64> = wanted.iter().map(|at| ids[*at]).collect();
        assert_eq!(find(&store, ONE, query).await, wanted, "{query}");
    }
    for nothing in ["", " ", "* \" ' ( ) & | ! :* <->", "\0", "%", "_"] {
        assert_eq!(find(&store, ONE, nothing).await, [0; 0], "{nothing:?}");
    }
}

pub(super) async fn a_search_stays_in_its_tenant_and_its_conversation(store: SharedStore) {
    tenants(&store).await;
    let (first, second) = (
        conversation(&store, ONE, 10).await,
        conversation(&store, ONE, 20).await,
    );
    let other = conversation(&store, TWO, 30).await;
    let (_, mine) = say(&store, &first, "退款 refund").await;
    let (_, next_door) = say(&store, &second, "退款 refund").await;
    let (_, theirs) = say(&store, &other, "退款 refund").await;
    for query in ["退", "退款", "refund", "款refund", "refund 退款"] {
        assert_eq!(find(&store, ONE, query).await, [next_door, mine]);
        assert_eq!(find(&store, TWO, query).await, [theirs]);
        for (head, id) in [(&first, mine), (&second, next_door)] {
            let found = page(&store, ONE, query, Some(head.id), u64::MAX, 9).await;
            assert_eq!(found, [id]);
        }
        let crossed = page(&store, ONE, query, Some(other.id), u64::MAX, 9).await;
        assert_eq!(crossed, [0; 0], "another tenant's conversation is empty");
        assert_eq!(find(&store, TenantId(3), query).await, [0; 0]);
    }
}

pub(super) async fn pages_of_hits_stay_where_they_are_while_others_write(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 10).await;
    let mut said = Vec::new();
    for n in 0..10 {
        let (moved, id) = say(&store, &head, &format!("退款 {n}")).await;
        head = moved;
        said.push(id);
    }
    said.reverse();
    let (mut seen, mut before) = (Vec::new(), u64::MAX);
    loop {
        let found = page(&store, ONE, "退款", None, before, 3).await;
        let Some(last) = found.last() else { break };
        before = *last;
        seen.extend(found);
        // It is newer than every page to come.
        head = say(&store, &head, "退款 again").await.0;
    }
    assert_eq!(seen, said);
    assert_eq!(page(&store, ONE, "退款", None, u64::MAX, 0).await, [0; 0]);
}

pub(super) async fn no_query_and_no_text_is_too_long(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let word = "ab".repeat(2_000);
    let pairs = "退货".repeat(2_000);
    let words: String = (0..1_000).map(|n| format!("{n:03} ")).collect();
    let marks = format!("e{}", "\u{301}".repeat(3_999));
    let ids = say_all(&store, &head, &[&word, &pairs, &words, &marks]).await;
    assert_eq!(find(&store, ONE, &word).await, [ids[0]]);
    assert_eq!(find(&store, ONE, &pairs[..600]).await, [ids[1]]);
    assert_eq!(find(&store, ONE, "998 999").await, [ids[2]]);
    let all: String = (0..10_000).map(|n| format!("w{n} ")).collect();
    assert_eq!(find(&store, ONE, &all).await, [0; 0]);
    let same = "退货 ".repeat(10_000);
    assert_eq!(find(&store, ONE, &same).await, [ids[1]]);
}

pub(super) async fn only_what_is_stored_is_found_and_only_once(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let first = next(&head, "c1", Some("退款"));
    let id = first.messages[0].id;
    let again = Change::Advance(first.clone());
    let outcomes = apply(&store, &[Change::Advance(first), again.clone()]).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    let stale = Change::Advance(next(&head, "c2", Some("退款退款")));
    let outcomes = apply(&store, &[again, stale]).await;
    assert_eq!(outcomes[1], Outcome::VersionConflict);
    assert_eq!(find(&store, ONE, "退款").await, [id]);
    // All that is stored was indexed as it was written.
    let mut whole = Vec::new();
    for _ in 0..4 {
        whole = apply(&store, &[Change::IndexOlder { messages_max: 10 }]).await;
    }
    assert_eq!(whole, [Outcome::Indexed { whole: true }]);
    assert_eq!(find(&store, ONE, "退款").await, [id]);
}
