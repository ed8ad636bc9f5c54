use std::time::Duration;

use kefu_proto::v1::{self, act_request::Action, link_down, link_up};

use super::world::{World, act, fallback, get, history, is_applied, send, settings, up};

/// Every call that one tenant's people can make, tried on what is another's.
#[tokio::test]
async fn nothing_of_one_tenant_can_be_seen_or_done_from_another() {
    let world = World::new().await;
    world
        .core
        .ensure_tenant("other")
        .await
        .expect("a second tenant");
    let admin = world.admin().await;
    let mut agent = world.agent(&admin, "li", 5).await;
    let theirs = world.visitor_of("other").await;
    let mut bot = world.bot(4);
    theirs.says("a", "秘密").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");

    let core = &world.core;
    for token in [&admin, &agent.token] {
        assert_eq!(
            get(core, token, theirs.id)
                .await
                .expect_err("not ours")
                .code(),
            "not_found"
        );
        assert_eq!(
            history(core, token, theirs.id)
                .await
                .expect_err("not ours")
                .code(),
            "not_found"
        );
        assert_eq!(
            send(core, token, theirs.id, "x", "x")
                .await
                .expect_err("not ours")
                .code(),
            "not_found"
        );
        for action in [
            Action::Claim,
            Action::End,
            Action::Finish,
            Action::ReturnToBot,
            Action::Transfer,
        ] {
            let error = act(core, token, theirs.id, action, 0)
                .await
                .expect_err("not ours");
            assert_eq!(error.code(), "not_found");
        }
        let error = act(core, token, theirs.id, Action::Transfer, agent.id)
            .await
            .expect_err("not ours");
        assert_eq!(error.code(), "not_found");
        let list = v1::ListConversationsRequest {
            session: token.clone(),
            ..Default::default()
        };
        let listed = core.list_conversations(list).await.expect("ours only");
        assert!(listed.conversations.is_empty());
    }

    let forged = v1::CommitTurn {
        tenant_id: admin_tenant(&world, &admin).await,
        ..fallback(&turn, "x")
    };
    assert_eq!(
        core.commit_turn(forged)
            .await
            .expect_err("not that tenant's")
            .code(),
        "not_found"
    );
    assert!(is_applied(core, fallback(&turn, "好")).await);

    let watch = v1::Watch {
        session: agent.token.clone(),
        conversation_id: theirs.id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    theirs
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    let ours = world.visitor().await;
    ours.says("b", "你好").await.expect("accepted");
    loop {
        match agent
            .events
            .next()
            .await
            .expect("the link goes on")
            .body
            .expect("a body")
        {
            link_down::Body::Appended(appended) => {
                assert_eq!(
                    appended.conversation.map(|head| head.id),
                    Some(ours.id),
                    "the other tenant's did not come"
                );
                break;
            }
            link_down::Body::Changed(changed) => panic!("a head of another tenant: {changed:?}"),
            _ => {}
        }
    }
    assert_eq!(
        theirs.sees().await.phase(),
        v1::Phase::Queued,
        "no agent of ours serves them"
    );

    let login = v1::LoginRequest {
        tenant: "other".to_owned(),
        login: "li".to_owned(),
        password: super::world::PASSWORD.to_owned(),
    };
    assert_eq!(
        core.login(login).await.expect_err("not there").code(),
        "unauthenticated"
    );
    let nowhere = v1::CreateVisitorRequest {
        tenant: "nowhere".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        core.create_visitor(nowhere)
            .await
            .expect_err("no such tenant")
            .code(),
        "not_found"
    );
}

async fn admin_tenant(world: &World, admin: &str) -> u64 {
    world
        .core
        .whoami(v1::WhoamiRequest {
            session: admin.to_owned(),
        })
        .await
        .expect("logged in")
        .tenant_id
}

#[tokio::test]
async fn a_tenant_that_does_too_much_waits_and_its_neighbour_does_not() {
    let mut settings = settings();
    settings.limits.tenant_messages_per_second = 2;
    settings.limits.tenant_visitors_per_second = 1;
    let world = World::with(settings).await;
    let tenant = world.core.ensure_tenant("other").await;
    tenant.expect("a second tenant");
    let (one, two) = (world.visitor().await, world.visitor().await);
    let refused = world
        .core
        .create_visitor(v1::CreateVisitorRequest::default())
        .await
        .expect_err("a third at once");
    assert_eq!(
        (refused.code(), refused.retry_after_ms()),
        ("rate_limited", 1_000)
    );
    let theirs = world.visitor_of("other").await;

    for n in 0..4 {
        let speaker = if n % 2 == 0 { &one } else { &two };
        let said = speaker.says(&format!("m{n}"), "你好").await;
        said.expect("within what the tenant may send");
    }
    let refused = one.says("m4", "你好").await.expect_err("a fifth at once");
    assert_eq!(
        (refused.code(), refused.retry_after_ms()),
        ("rate_limited", 500)
    );
    theirs.says("x", "你好").await.expect("another tenant");
    world.pass(Duration::from_millis(500));
    let accepted = one.says("m4", "你好").await.expect("after the wait");
    assert!(!accepted.duplicate, "what was refused was not stored");
}
