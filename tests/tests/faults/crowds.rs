//! Row 13: hundreds of clients come back within a second of a restart. All are served again; who
//! is refused is told when to come.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{client_frame, server_frame};
use kefu_tests::{Client, Codec, History, PATIENCE, Place, Service, Socket, seed};
use tokio::{
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite;

use crate::common::quick;

const CLIENTS: usize = 500;

/// One try to connect and read on. `Err` is a refusal that says when to come again, in ms.
async fn tries(base: &str, token: &str, conversation: u64) -> Result<(), Option<u32>> {
    let refused = |error: anyhow::Error| {
        let http = error.downcast_ref::<tungstenite::Error>();
        match http {
            Some(tungstenite::Error::Http(response)) => {
                let after = response.headers().get("retry-after");
                let seconds = after.and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
                assert!(seconds.is_some_and(|s| s > 0), "{response:?}");
                seconds.map(|s| s * 1_000)
            }
            // The process died with it: there was nobody to say anything.
            _ => None,
        }
    };
    let mut socket = Socket::connect(base, Codec::Proto).await.map_err(refused)?;
    let hello = kefu_proto::v1::Hello {
        token: token.into(),
        language: String::new(),
        device_id: String::new(),
    };
    socket
        .send(client_frame::Body::Hello(hello))
        .await
        .map_err(|_| None)?;
    let open = kefu_proto::v1::Open {
        conversation_id: conversation,
        ..kefu_proto::v1::Open::default()
    };
    socket
        .send(client_frame::Body::Open(open))
        .await
        .map_err(|_| None)?;
    loop {
        match socket.next().await.map_err(|_| None)?.body {
            Some(server_frame::Body::Goodbye(bye)) => {
                assert!(bye.reconnect_after_ms > 0, "{bye:?}");
                return Err(Some(bye.reconnect_after_ms));
            }
            Some(server_frame::Body::Problem(why)) => {
                assert!(why.retry_after_ms > 0, "{why:?}");
                return Err(Some(why.retry_after_ms));
            }
            Some(server_frame::Body::Opened(_)) => return Ok(()),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_who_come_back_at_once_after_a_restart_are_all_served() {
    // Few seats: the crowd itself must be too much at once.
    let service = Service::start(quick().env("KEFU_EDGE__SOCKETS_PER_IP_MAX", CLIENTS)).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut arriving = JoinSet::new();
    for _ in 0..CLIENTS {
        let (place, history) = (place.clone(), history.clone());
        arriving.spawn(async move {
            let mut client = Client::visitor(&place, &history, Codec::Proto).await;
            client.connect().await.map(drop).ok();
            client
        });
    }
    let clients = arriving.join_all().await;
    for role in ["edge", "chat"] {
        let together = Arc::new(Barrier::new(CLIENTS + 1));
        let mut returning = JoinSet::new();
        for client in &clients {
            let (base, together) = (service.base.clone(), together.clone());
            let (token, conversation) = (client.api().token().to_owned(), client.conversation);
            returning.spawn(async move {
                together.wait().await;
                let (deadline, mut refusals) = (Instant::now() + PATIENCE, 0);
                while let Err(refused) = tries(&base, &token, conversation).await {
                    refusals += usize::from(refused.is_some());
                    assert!(Instant::now() < deadline, "never served again");
                    let told = refused.unwrap_or(50).min(500);
                    sleep(Duration::from_millis(told.into())).await;
                }
                refusals
            });
        }
        let dead = service.kill_role(role);
        together.wait().await;
        let refusals: usize = returning.join_all().await.into_iter().sum();
        eprintln!("{role}: {CLIENTS} clients are back, {refusals} refusals");
        service.until_restarted(role, dead).await;
    }
    drop(clients);
}
