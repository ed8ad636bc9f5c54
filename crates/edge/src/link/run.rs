//! Keeps the link: connect, say who we are, watch everything that is registered, pass on what
//! comes, and begin again when it ends.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures::future::try_join3;
use kefu_proto::{
    LINK_PROTOCOL,
    v1::{LinkDown, LinkHello, LinkUp, chat_client::ChatClient, link_down, link_up::Body},
};
use kefu_types::Entropy;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming, transport::Channel};

use crate::measures;

use super::{
    Event,
    hub::{Hub, Line},
};

/// Watches that may be unanswered at once while everything is watched again, so that the answers
/// do not overflow the core's queue for this edge.
const WATCHES_IN_FLIGHT_MAX: usize = 128;
/// The core answers a hello or a watch within this, or the link is made anew.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Runs until `shutdown`. `queue_max` bounds what may wait to go up.
pub(crate) async fn keep_linked(
    hub: Arc<Hub>,
    chat: ChatClient<Channel>,
    entropy: Arc<dyn Entropy>,
    queue_max: usize,
    shutdown: CancellationToken,
) {
    let edge_id = format!("edge-{:016x}", entropy.next_u64());
    let mut backoff = BACKOFF_MIN;
    loop {
        let mut stood = false;
        let link = link_once(&hub, chat.clone(), &edge_id, queue_max, &mut stood);
        let ended = tokio::select! {
            () = shutdown.cancelled() => break,
            Err(ended) = link => ended,
        };
        hub.hang_up();
        if ended.code() == Code::FailedPrecondition {
            hub.refused(Some(ended.message()));
        }
        metrics::gauge!(measures::LINK_UP).set(0.0);
        if stood {
            backoff = BACKOFF_MIN;
            tracing::warn!(
                reason = ended.message(),
                "the link to the chat core is lost"
            );
        }
        // Between half and all of the backoff, so that edges do not return in step.
        let spread = entropy.next_u64() % 512;
        let wait = backoff.mul_f64(0.5 + f64::from(u32::try_from(spread).unwrap_or(0)) / 1024.0);
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(wait) => backoff = (backoff * 2).min(BACKOFF_MAX),
        }
    }
    hub.hang_up();
}

/// One link's life; always ends with the reason it ended for.
async fn link_once(
    hub: &Hub,
    mut chat: ChatClient<Channel>,
    edge_id: &str,
    queue_max: usize,
    stood: &mut bool,
) -> Result<Infallible, Status> {
    let (up, rest) = mpsc::channel(queue_max.max(1));
    let hello = Body::Hello(LinkHello {
        edge_id: edge_id.to_owned(),
        protocol: LINK_PROTOCOL,
    });
    let _ = up.try_send(LinkUp { body: Some(hello) });
    let open = async {
        let mut down = chat.link(ReceiverStream::new(rest)).await?.into_inner();
        match down.message().await? {
            Some(LinkDown {
                body: Some(link_down::Body::Ready(ready)),
            }) if ready.protocol == LINK_PROTOCOL => Ok((down, ready)),
            Some(LinkDown {
                body: Some(link_down::Body::Ready(ready)),
            }) => Err(other_release(ready.protocol)),
            _ => Err(Status::unavailable(
                "the core did not say that the link is ready",
            )),
        }
    };
    let late = |_| Status::deadline_exceeded("the core did not answer in time");
    let (down, ready) = tokio::time::timeout(ANSWER_TIMEOUT, open)
        .await
        .map_err(late)??;
    hub.in_epoch(ready.epoch);
    *stood = true;
    hub.refused(None);
    metrics::gauge!(measures::LINK_UP).set(1.0);
    tracing::info!("linked to the chat core");
    let broken = CancellationToken::new();
    hub.registry.lock().line = Some(Line {
        up: up.clone(),
        broken: broken.clone(),
    });
    let running = try_join3(
        receive(hub, down),
        keep_watching(hub, up),
        carry(hub, chat, queue_max),
    );
    tokio::select! {
        () = broken.cancelled() => Err(Status::resource_exhausted("too much waits for the core")),
        ended = running => ended.map(|(never, _, _)| never),
    }
}

/// Carries messages up and their answers down, for as long as the link stands.
async fn carry(
    hub: &Hub,
    mut chat: ChatClient<Channel>,
    queue_max: usize,
) -> Result<Infallible, Status> {
    let (up, rest) = mpsc::channel(queue_max.max(1));
    let mut answers = chat.sends(ReceiverStream::new(rest)).await?.into_inner();
    hub.sends.open(up);
    while let Some(answer) = answers.message().await? {
        hub.sends.answer(answer);
    }
    Err(Status::unavailable("the core ended the stream of messages"))
}

/// A core that does not refuse us, and that we refuse.
fn other_release(theirs: u32) -> Status {
    Status::failed_precondition(format!(
        "this edge speaks version {LINK_PROTOCOL} of the link, the core version {theirs}: run both from one release"
    ))
}

async fn receive(hub: &Hub, mut down: Streaming<LinkDown>) -> Result<Infallible, Status> {
    while let Some(message) = down.message().await? {
        hub.dispatch(message);
    }
    Err(Status::unavailable("the core ended the link"))
}

/// Watches everything now, and again whenever the core says that events were lost.
async fn keep_watching(hub: &Hub, up: mpsc::Sender<LinkUp>) -> Result<Infallible, Status> {
    loop {
        watch_all(hub, &up).await?;
        hub.resync.notified().await;
    }
}

async fn watch_all(hub: &Hub, up: &mpsc::Sender<LinkUp>) -> Result<(), Status> {
    let conversations: Vec<u64> = {
        let mut registry = hub.registry.lock();
        registry
            .watches
            .values_mut()
            .for_each(|watching| watching.confirmed = false);
        // Workspaces watch again by themselves, because they also read their lists again.
        for member in registry.members.values() {
            member.mailbox.post(Event::Relinked);
        }
        registry.watches.keys().copied().collect()
    };
    for chunk in conversations.chunks(WATCHES_IN_FLIGHT_MAX) {
        for conversation in chunk {
            let body = hub.registry.lock().ask(*conversation);
            if let Some(body) = body {
                put(up, body).await?;
            }
        }
        all_answered(hub, chunk).await?;
    }
    // A core that started anew, or lost count of us, knows of none.
    let looks = hub.registry.lock().all_looks();
    for look in looks {
        let sent = up.send(look).await;
        sent.map_err(|_| Status::unavailable("the core ended the link"))?;
    }
    Ok(())
}

async fn all_answered(hub: &Hub, chunk: &[u64]) -> Result<(), Status> {
    let is_open = |id: &u64| {
        hub.registry
            .lock()
            .watches
            .get(id)
            .is_some_and(|it| !it.confirmed)
    };
    let answered = async {
        while chunk.iter().any(is_open) {
            hub.answered.notified().await;
        }
    };
    let late = |_| Status::deadline_exceeded("the core did not answer a watch in time");
    tokio::time::timeout(ANSWER_TIMEOUT, answered)
        .await
        .map_err(late)
}

async fn put(up: &mpsc::Sender<LinkUp>, body: Body) -> Result<(), Status> {
    let sent = up.send(LinkUp { body: Some(body) }).await;
    sent.map_err(|_| Status::unavailable("the core ended the link"))
}

impl Hub {
    /// What comes down from now on is of this epoch. Where another one came before, every client
    /// must open its conversations anew.
    fn in_epoch(&self, epoch: u64) {
        let mut registry = self.registry.lock();
        let before = registry.epoch.replace(epoch);
        if before.is_some_and(|before| before != epoch) {
            tracing::warn!(epoch, "a new epoch has begun: all sockets are closed");
            let members = registry.members.values();
            members.for_each(|member| member.mailbox.dismiss());
        }
    }

    /// The core is of another release, and nothing may be asked of it; or it is not any more.
    fn refused(&self, why: Option<&str>) {
        let mut registry = self.registry.lock();
        if registry.refusal.as_deref() != why {
            if let Some(reason) = why {
                tracing::error!(reason, "no link to the chat core: requests are refused");
                let members = registry.members.values();
                members.for_each(|member| member.mailbox.dismiss());
            }
            registry.refusal = why.map(str::to_owned);
        }
    }

    /// The link is gone: nobody's watch is in force, and whoever waits for an answer is told.
    fn hang_up(&self) {
        self.sends.close();
        let mut registry = self.registry.lock();
        registry.line = None;
        for watching in registry.watches.values_mut() {
            watching.confirmed = false;
            watching.waiting.clear();
        }
        registry
            .workspaces
            .values_mut()
            .for_each(|workspace| workspace.waiting.clear());
    }
}
