use kefu_proto::v1::{self, Role, act_request::Action};

use super::{
    people::{change, whoami},
    world::{PASSWORD, World},
};

#[tokio::test]
async fn the_last_admin_can_be_neither_disabled_nor_demoted() {
    let world = World::new().await;
    let admin = world.admin().await;
    let me = whoami(&world, &admin).await.expect("logged in").id;
    for update in [
        v1::UpdateUserRequest {
            disabled: Some(true),
            ..change(&admin, me)
        },
        v1::UpdateUserRequest {
            role: Some(Role::Agent.into()),
            ..change(&admin, me)
        },
    ] {
        assert_eq!(
            world
                .core
                .update_user(update)
                .await
                .expect_err("the last one")
                .code(),
            "conflict"
        );
    }
    let second = world.user(&admin, "second", Role::Admin, 1).await;
    let demote = v1::UpdateUserRequest {
        role: Some(Role::Agent.into()),
        ..change(&admin, me)
    };
    world
        .core
        .update_user(demote)
        .await
        .expect("there is another one");
    let list = world
        .core
        .list_users(v1::ListUsersRequest { session: admin })
        .await;
    assert_eq!(list.expect_err("a role counts at once").code(), "forbidden");
    assert!(!second.disabled);
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_the_conversations_go_back() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut agent = world.agent(&admin, "li", 1).await;
    let visitor = world.visitor().await;
    visitor
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    visitor.reaches(v1::Phase::Serving).await;
    let disable = v1::UpdateUserRequest {
        disabled: Some(true),
        ..change(&admin, agent.id)
    };
    world.core.update_user(disable).await.expect("an admin may");
    assert_eq!(
        whoami(&world, &agent.token).await.expect_err("out").code(),
        "unauthenticated"
    );
    assert_eq!(
        world.login("li", PASSWORD).await.expect_err("out").code(),
        "unauthenticated"
    );
    visitor.reaches(v1::Phase::Queued).await;
    loop {
        let event = agent.events.next().await.expect("the link goes on");
        if matches!(event.body, Some(v1::link_down::Body::SessionEnded(_))) {
            break;
        }
    }
    let listed = world
        .core
        .list_agents(v1::ListAgentsRequest { session: admin })
        .await
        .expect("listed");
    assert!(listed.users.iter().all(|user| user.id != agent.id));
}

#[tokio::test]
async fn users_are_checked_before_they_are_made() {
    let world = World::new().await;
    let admin = world.admin().await;
    let good = v1::CreateUserRequest {
        session: admin.clone(),
        login: "li".to_owned(),
        name: "小李".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::Agent.into(),
        capacity: 3,
    };
    for bad in [
        v1::CreateUserRequest {
            password: "short".to_owned(),
            ..good.clone()
        },
        v1::CreateUserRequest {
            password: "x".repeat(257),
            ..good.clone()
        },
        v1::CreateUserRequest {
            login: " ".to_owned(),
            ..good.clone()
        },
        v1::CreateUserRequest {
            login: "a b".to_owned(),
            ..good.clone()
        },
        v1::CreateUserRequest {
            name: "\u{0}".to_owned(),
            ..good.clone()
        },
        v1::CreateUserRequest {
            role: 0,
            ..good.clone()
        },
        v1::CreateUserRequest {
            role: 77,
            ..good.clone()
        },
        v1::CreateUserRequest {
            capacity: 101,
            ..good.clone()
        },
    ] {
        assert_eq!(
            world
                .core
                .create_user(bad)
                .await
                .expect_err("refused")
                .code(),
            "invalid"
        );
    }
    world
        .core
        .create_user(good.clone())
        .await
        .expect("a good one");
    let again = v1::CreateUserRequest {
        login: " LI ".to_owned(),
        ..good
    };
    assert_eq!(
        world
            .core
            .create_user(again)
            .await
            .expect_err("taken")
            .code(),
        "conflict"
    );
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let password = v1::UpdateUserRequest {
        password: Some("another horse".to_owned()),
        ..change(&admin, agent.id)
    };
    world
        .core
        .update_user(password)
        .await
        .expect("an admin may");
    assert_eq!(
        whoami(&world, &agent.token)
            .await
            .expect_err("ended")
            .code(),
        "unauthenticated"
    );
    assert!(world.login("li", PASSWORD).await.is_err());
    world
        .login("li", "another horse")
        .await
        .expect("the new one");
    whoami(&world, &admin)
        .await
        .expect("the admin's own session goes on");
}
