use kefu_chat::{ChatSettings, CoreError, Search};
use kefu_proto::v1::{self, Role};

use super::{
    recalls::recalls,
    world::{PASSWORD, World, eventually, settings},
};

fn ask(session: &str, query: &str) -> v1::SearchRequest {
    v1::SearchRequest {
        session: session.to_owned(),
        query: query.to_owned(),
        ..v1::SearchRequest::default()
    }
}

async fn found(world: &World, session: &str, query: &str) -> Vec<v1::SearchHit> {
    let page = world.core.search(ask(session, query)).await;
    page.expect("users may search").hits
}

fn code(result: Result<v1::SearchPage, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

#[tokio::test]
async fn users_find_what_was_said_with_its_place_and_its_conversation() {
    let world = World::new().await;
    let admin = world.admin().await;
    world.user(&admin, "li", Role::Agent, 5).await;
    let agent = world.login("li", PASSWORD).await.expect("logged in");
    let (one, two) = (world.visitor().await, world.visitor().await);
    let accepted = one
        .says("a", "😀 我想查詢退款進度")
        .await
        .expect("accepted");
    two.says("b", "退款 refund please").await.expect("accepted");
    for session in [&admin, &agent] {
        let hits = found(&world, session, "退款").await;
        assert_eq!(hits.len(), 2, "newest first");
        let (newest, oldest) = (&hits[0], &hits[1]);
        let place = |hit: &v1::SearchHit| hit.conversation.as_ref().map(|head| head.id);
        assert_eq!((place(newest), place(oldest)), (Some(two.id), Some(one.id)));
        assert_eq!(
            oldest.message.as_ref().map(|message| message.id),
            Some(accepted.id)
        );
        assert_eq!(oldest.snippet, "😀 我想查詢退款進度");
        assert_eq!(oldest.spans, [v1::TextSpan { start: 6, end: 8 }]);
        let only = v1::SearchRequest {
            conversation_id: one.id,
            ..ask(session, "退款")
        };
        let page = world.core.search(only).await.expect("found");
        assert_eq!(page.hits.len(), 1);
        assert_eq!(page.next_before_id, 0);
    }
    assert!(found(&world, &agent, "……").await.is_empty());
}

#[tokio::test]
async fn what_is_taken_back_is_found_no_more_and_its_neighbours_are() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let who = (visitor.token.as_str(), visitor.id);
    let slip = visitor.says("a", "我的卡号是 6222").await;
    let slip = slip.expect("accepted");
    visitor.says("b", "卡号打错了").await.expect("accepted");
    assert_eq!(found(&world, &admin, "卡号").await.len(), 2);
    recalls(&world, who, "r", slip.seq).await.expect("recalled");
    let left = found(&world, &admin, "卡号").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].snippet, "卡号打错了");
    assert!(found(&world, &admin, "6222").await.is_empty());
    let world = world.restart().await;
    assert!(found(&world, &admin, "6222").await.is_empty());
}

#[tokio::test]
async fn visitors_strangers_and_other_tenants_find_nothing() {
    let world = World::new().await;
    world
        .core
        .ensure_tenant("other")
        .await
        .expect("a second tenant");
    let admin = world.admin().await;
    let (ours, theirs) = (world.visitor().await, world.visitor_of("other").await);
    ours.says("a", "我们的秘密").await.expect("accepted");
    theirs.says("a", "他们的秘密").await.expect("accepted");
    assert_eq!(
        code(world.core.search(ask(&ours.token, "秘密")).await),
        "forbidden"
    );
    assert_eq!(
        code(world.core.search(ask("nobody", "秘密")).await),
        "unauthenticated"
    );
    let hits = found(&world, &admin, "秘密").await;
    assert_eq!(hits.len(), 1);
    assert_eq!(
        hits[0].conversation.as_ref().map(|head| head.id),
        Some(ours.id)
    );
    let crossed = v1::SearchRequest {
        conversation_id: theirs.id,
        ..ask(&admin, "秘密")
    };
    assert_eq!(code(world.core.search(crossed).await), "not_found");
}

#[tokio::test]
async fn queries_and_pages_have_limits() {
    let world = World::with(ChatSettings {
        search: Search {
            query_chars_max: 10,
            page_max: 3,
            ..Search::default()
        },
        ..settings()
    })
    .await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    for n in 0..7 {
        visitor
            .says(&format!("c{n}"), "退款")
            .await
            .expect("accepted");
    }
    assert_eq!(code(world.core.search(ask(&admin, " \n")).await), "invalid");
    assert_eq!(
        code(world.core.search(ask(&admin, "12345678901")).await),
        "too_large"
    );
    let sized = |limit, before_id| v1::SearchRequest {
        limit,
        before_id,
        ..ask(&admin, "退款")
    };
    assert_eq!(code(world.core.search(sized(4, 0)).await), "invalid");
    let (mut seen, mut before, mut pages) = (Vec::new(), 0, 0);
    loop {
        let page = world.core.search(sized(0, before)).await.expect("found");
        let ids = page
            .hits
            .iter()
            .filter_map(|hit| Some(hit.message.as_ref()?.id));
        seen.extend(ids);
        pages += 1;
        before = page.next_before_id;
        if before == 0 {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (7, 3));
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, each once");
}

#[tokio::test]
async fn where_it_is_off_it_says_so() {
    let world = World::with(ChatSettings {
        search: Search {
            enabled: false,
            ..Search::default()
        },
        ..settings()
    })
    .await;
    let admin = world.admin().await;
    let error = world
        .core
        .search(ask(&admin, "退款"))
        .await
        .expect_err("it is off");
    assert_eq!(error.code(), "forbidden");
    assert!(error.to_string().contains("search is off"), "{error}");
}

#[tokio::test]
async fn a_restarted_core_finds_what_was_said_before_and_has_caught_up() {
    let world = World::new().await;
    let admin = world.admin().await;
    world
        .visitor()
        .await
        .says("a", "退款")
        .await
        .expect("accepted");
    let world = world.restart().await;
    assert_eq!(found(&world, &admin, "退款").await.len(), 1);
    eventually(async || {
        let page = world.core.search(ask(&admin, "退款")).await.expect("found");
        (!page.catching_up).then_some(())
    })
    .await;
}
