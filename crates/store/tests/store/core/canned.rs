//! Canned replies through the core: who may see and change which, and what they may say.

use kefu_chat::{ChatSettings, CoreError, Teamwork};
use kefu_proto::v1::{self, Role};

use super::world::{PASSWORD, World, settings};

async fn save(
    world: &World,
    token: &str,
    reply: v1::CannedReply,
) -> Result<v1::CannedReply, CoreError> {
    let request = v1::SaveCannedRequest {
        session: token.to_owned(),
        reply: Some(reply),
    };
    world.core.save_canned(request).await
}

async fn shortcuts(world: &World, token: &str) -> Vec<String> {
    let session = token.to_owned();
    let listed = world.core.list_canned(v1::ListCannedRequest { session });
    let replies = listed.await.expect("a user's").replies;
    replies.into_iter().map(|reply| reply.shortcut).collect()
}

async fn delete(world: &World, token: &str, id: u64) -> Result<v1::Empty, CoreError> {
    let session = token.to_owned();
    let request = v1::DeleteCannedRequest { session, id };
    world.core.delete_canned(request).await
}

fn reply(owner_id: u64, shortcut: &str) -> v1::CannedReply {
    v1::CannedReply {
        owner_id,
        shortcut: shortcut.to_owned(),
        title: "问候".to_owned(),
        text_zh: "{time.greeting}，{visitor.name}，我是 {agent.name}（{conversation.id}）"
            .to_owned(),
        ..v1::CannedReply::default()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

#[tokio::test]
async fn everybody_has_their_own_and_supervisors_the_shared_ones() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.user(&admin, "boss", Role::Supervisor, 1).await;
    let boss_token = world.login("boss", PASSWORD).await.expect("theirs");
    let (li, wu) = (
        world.agent(&admin, "li", 1).await,
        world.agent(&admin, "wu", 1).await,
    );
    let shared = save(&world, &boss_token, reply(0, " Hello ")).await;
    let shared = shared.expect("a supervisor may");
    assert_eq!((shared.shortcut.as_str(), shared.version), ("hello", 1));
    let own = save(&world, &li.token, reply(li.id, "mine")).await;
    let own = own.expect("their own");
    assert_eq!(shortcuts(&world, &li.token).await, ["hello", "mine"]);
    assert_eq!(shortcuts(&world, &wu.token).await, ["hello"]);

    assert_eq!(
        code(save(&world, &li.token, reply(0, "x")).await),
        "forbidden"
    );
    assert_eq!(
        code(save(&world, &li.token, shared.clone()).await),
        "forbidden"
    );
    assert_eq!(
        code(delete(&world, &li.token, shared.id).await),
        "forbidden"
    );
    // A colleague's own is nobody else's, not even a supervisor's.
    for token in [&wu.token, &boss_token, &admin] {
        assert_eq!(
            code(save(&world, token, reply(li.id, "x")).await),
            "not_found"
        );
        assert_eq!(code(save(&world, token, own.clone()).await), "not_found");
        assert_eq!(code(delete(&world, token, own.id).await), "not_found");
    }
    // Nobody makes a shared one of their own, or the other way round.
    let moved = v1::CannedReply {
        owner_id: boss.id,
        ..shared.clone()
    };
    assert_eq!(code(save(&world, &boss_token, moved).await), "not_found");
    let visitor = world.visitor().await;
    let session = visitor.token.clone();
    let listed = world.core.list_canned(v1::ListCannedRequest { session });
    assert_eq!(code(listed.await), "forbidden");
    assert_eq!(
        code(save(&world, &visitor.token, reply(0, "x")).await),
        "forbidden"
    );
    assert_eq!(
        code(delete(&world, &visitor.token, shared.id).await),
        "forbidden"
    );

    let changed = v1::CannedReply {
        text_en: "Hi".to_owned(),
        ..shared.clone()
    };
    let changed = save(&world, &admin, changed).await.expect("an admin may");
    assert_eq!(changed.version, 2);
    assert_eq!(
        code(save(&world, &boss_token, shared.clone()).await),
        "conflict"
    );
    delete(&world, &boss_token, shared.id)
        .await
        .expect("theirs");
    assert_eq!(
        code(delete(&world, &boss_token, shared.id).await),
        "not_found"
    );
    let token = li.token.clone();
    drop((visitor, li, wu));
    let world = world.restart().await;
    assert_eq!(shortcuts(&world, &token).await, ["mine"], "durable");
}

#[tokio::test]
async fn what_is_wrong_with_one_is_said() {
    let teamwork = Teamwork {
        canned_chars_max: 9,
        canned_shared_max: 1,
        ..Teamwork::default()
    };
    let world = World::with(ChatSettings {
        teamwork,
        ..settings()
    })
    .await;
    let admin = world.admin().await;
    let good = v1::CannedReply {
        text_zh: "您好".to_owned(),
        ..reply(0, "a")
    };
    for (what, wrong, refusal) in [
        (
            "no shortcut",
            v1::CannedReply {
                shortcut: " ".to_owned(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "a space",
            v1::CannedReply {
                shortcut: "a b".to_owned(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "a slash",
            v1::CannedReply {
                shortcut: "/a".to_owned(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "too long",
            v1::CannedReply {
                shortcut: "a".repeat(33),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "no title",
            v1::CannedReply {
                title: String::new(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "no text",
            v1::CannedReply {
                text_zh: " ".to_owned(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "long text",
            v1::CannedReply {
                text_en: "1234567890".to_owned(),
                ..good.clone()
            },
            "too_large",
        ),
        (
            "a NUL",
            v1::CannedReply {
                text_en: "\u{0}".to_owned(),
                ..good.clone()
            },
            "invalid",
        ),
        (
            "no such",
            v1::CannedReply {
                id: 5,
                version: 1,
                ..good.clone()
            },
            "not_found",
        ),
        (
            "no version",
            v1::CannedReply {
                id: 5,
                ..good.clone()
            },
            "invalid",
        ),
    ] {
        assert_eq!(code(save(&world, &admin, wrong).await), refusal, "{what}");
    }
    let unknown = v1::CannedReply {
        text_en: "{order}".to_owned(),
        ..good.clone()
    };
    let why = save(&world, &admin, unknown)
        .await
        .expect_err("no variable");
    assert_eq!(why.code(), "invalid");
    assert!(why.to_string().contains("{order}"), "{why}");
    assert!(why.to_string().contains("{visitor.name}"), "{why}");
    save(&world, &admin, good.clone()).await.expect("the first");
    assert_eq!(code(save(&world, &admin, good).await), "conflict");
    let second = v1::CannedReply {
        text_zh: "您好".to_owned(),
        ..reply(0, "b")
    };
    assert_eq!(code(save(&world, &admin, second).await), "too_large");
}
