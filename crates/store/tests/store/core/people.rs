use std::time::Duration;

use kefu_proto::v1::{self, Role, act_request::Action};

use super::world::{PASSWORD, World};

pub(super) async fn whoami(
    world: &World,
    token: &str,
) -> Result<v1::Principal, kefu_chat::CoreError> {
    world
        .core
        .whoami(v1::WhoamiRequest {
            session: token.to_owned(),
        })
        .await
}

pub(super) fn change(admin: &str, id: u64) -> v1::UpdateUserRequest {
    v1::UpdateUserRequest {
        session: admin.to_owned(),
        user_id: id,
        ..Default::default()
    }
}

#[tokio::test]
async fn the_setup_link_makes_one_admin_however_many_use_it_at_once() {
    let world = World::new().await;
    let old = world
        .core
        .ensure_setup()
        .await
        .expect("works")
        .expect("no user yet");
    let link = world
        .core
        .ensure_setup()
        .await
        .expect("works")
        .expect("no user yet");
    let check = |token: &str| v1::CheckSetupRequest {
        setup_token: token.to_owned(),
    };
    assert_eq!(
        world
            .core
            .check_setup(check(&old.token))
            .await
            .expect_err("void")
            .code(),
        "not_found"
    );
    world
        .core
        .check_setup(check(&link.token))
        .await
        .expect("good");
    let tries = (0..6).map(|n| {
        let (core, setup_token) = (world.core.clone(), link.token.clone());
        let (login, name) = (format!("root{n}"), "R".to_owned());
        let request = v1::CompleteSetupRequest {
            setup_token,
            login,
            name,
            password: PASSWORD.to_owned(),
        };
        tokio::spawn(async move { core.complete_setup(request).await })
    });
    let mut tokens = Vec::new();
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.expect("no panic") {
            Ok(created) => tokens.push(created.token),
            Err(error) => assert_eq!(error.code(), "not_found"),
        }
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        whoami(&world, &tokens[0]).await.expect("logged in").role(),
        Role::Admin
    );
    assert_eq!(world.core.ensure_setup().await.expect("works"), None);
}

#[tokio::test]
async fn the_setup_link_ends_after_a_day() {
    let world = World::new().await;
    let link = world
        .core
        .ensure_setup()
        .await
        .expect("works")
        .expect("no user yet");
    world.pass(Duration::from_secs(24 * 3600 + 1));
    let check = v1::CheckSetupRequest {
        setup_token: link.token,
    };
    assert_eq!(
        world
            .core
            .check_setup(check)
            .await
            .expect_err("too late")
            .code(),
        "not_found"
    );
}

#[tokio::test]
async fn sessions_end_by_logout_by_time_and_everywhere() {
    let world = World::new().await;
    world.admin().await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(world.login("root", PASSWORD).await.expect("right"));
    }
    let logout = |token: &str, everywhere| v1::LogoutRequest {
        session: token.to_owned(),
        everywhere,
    };
    world
        .core
        .logout(logout(&tokens[0], false))
        .await
        .expect("logged out");
    assert_eq!(
        whoami(&world, &tokens[0]).await.expect_err("ended").code(),
        "unauthenticated"
    );
    whoami(&world, &tokens[1])
        .await
        .expect("another session goes on");
    world
        .core
        .logout(logout(&tokens[1], true))
        .await
        .expect("logged out everywhere");
    assert_eq!(
        whoami(&world, &tokens[2]).await.expect_err("ended").code(),
        "unauthenticated"
    );
    let token = world.login("root", PASSWORD).await.expect("right");
    world.pass(Duration::from_secs(12 * 3600));
    assert_eq!(
        whoami(&world, &token).await.expect_err("expired").code(),
        "unauthenticated"
    );
    assert_eq!(
        whoami(&world, "").await.expect_err("nobody").code(),
        "unauthenticated"
    );
}

#[tokio::test]
async fn wrong_passwords_are_bounded_and_say_when_to_come_back() {
    let world = World::new().await;
    world.admin().await;
    for _ in 0..5 {
        let error = world.login("ROOT", "wrong").await.expect_err("wrong");
        assert_eq!(error.code(), "unauthenticated");
    }
    let error = world.login("root", PASSWORD).await.expect_err("too many");
    assert_eq!(
        (error.code(), error.retry_after_ms()),
        ("rate_limited", 300_000)
    );
    let nobody = world.login("nobody", PASSWORD).await.expect_err("unknown");
    assert_eq!(
        nobody.to_string(),
        "unknown login or wrong password",
        "as for a wrong password"
    );
    world.pass(Duration::from_secs(300));
    world.login("root", PASSWORD).await.expect("a new window");
}

#[tokio::test]
async fn roles_are_checked_on_every_door() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let visitor = world.visitor().await;
    for token in [&agent.token, &visitor.token] {
        let list = world
            .core
            .list_users(v1::ListUsersRequest {
                session: token.clone(),
            })
            .await;
        assert_eq!(list.expect_err("admins only").code(), "forbidden");
        let make = v1::CreateUserRequest {
            session: token.clone(),
            ..Default::default()
        };
        assert_eq!(
            world
                .core
                .create_user(make)
                .await
                .expect_err("admins only")
                .code(),
            "forbidden"
        );
        let update = world.core.update_user(change(token, agent.id)).await;
        assert_eq!(update.expect_err("admins only").code(), "forbidden");
    }
    let session = visitor.token.clone();
    let agents = world
        .core
        .list_agents(v1::ListAgentsRequest {
            session: session.clone(),
        })
        .await;
    assert_eq!(agents.expect_err("not for visitors").code(), "forbidden");
    let list = v1::ListConversationsRequest {
        session: session.clone(),
        ..Default::default()
    };
    assert_eq!(
        world
            .core
            .list_conversations(list)
            .await
            .expect_err("not for visitors")
            .code(),
        "forbidden"
    );
    let status = v1::SetStatusRequest {
        session,
        status: v1::AgentStatus::Free.into(),
        ..Default::default()
    };
    assert_eq!(
        world
            .core
            .set_status(status)
            .await
            .expect_err("not for visitors")
            .code(),
        "forbidden"
    );
    let other = world.agent(&admin, "wang", 1).await;
    visitor
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    let owner = visitor.reaches(v1::Phase::Serving).await.agent_id;
    let stranger = if owner == agent.id { &other } else { &agent };
    for action in [Action::End, Action::ReturnToBot, Action::Transfer] {
        let error = stranger
            .does(visitor.id, action)
            .await
            .expect_err("not theirs");
        assert_eq!(error.code(), "conflict");
    }
    assert_eq!(
        stranger
            .says(visitor.id, "x", "我")
            .await
            .expect_err("not theirs")
            .code(),
        "conflict"
    );
    assert_eq!(
        stranger
            .does(visitor.id, Action::RequestHuman)
            .await
            .expect_err("visitors'")
            .code(),
        "forbidden"
    );
}
