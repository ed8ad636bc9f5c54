//! The wire to the core: subscribe, work on the turns that come, commit each.
//!
//! The bot dials, the core never does: a bot may start, die and come back at any moment.

mod backoff;
mod failpoint;
mod settings;
mod status;
mod work;

use std::sync::Arc;

use kefu_proto::v1::{self, turns_client::TurnsClient};
use kefu_types::Entropy;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Status as RpcStatus, transport::Channel};

pub(crate) use self::backoff::Backoff;
use self::work::Worker;
pub use self::{settings::LinkSettings, status::Status};
use crate::Bot;

/// Serves turns until `stop`; connects again for ever. After `stop` no turn is taken any more and
/// those under way have [`LinkSettings::drain`] to end.
pub async fn run(
    bot: Arc<Bot>,
    core: Channel,
    settings: LinkSettings,
    entropy: Arc<dyn Entropy>,
    status: Arc<Status>,
    stop: CancellationToken,
) {
    let mut backoff = Backoff::new(settings.retry_first, settings.reconnect_max);
    let turns_max = usize::try_from(settings.turns_max.max(1)).unwrap_or(1);
    let link = Link {
        client: TurnsClient::new(core),
        slots: Arc::new(Semaphore::new(turns_max)),
        tasks: TaskTracker::new(),
        worker: Arc::new(Worker::new(bot, entropy.clone(), settings.clone())),
        settings,
        status,
    };
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => break,
            ended = link.serve(&mut backoff) => ended,
        };
        link.status.set_connected(false);
        match ended {
            Ok(()) => tracing::info!("the core ended the stream of turns; connecting again"),
            Err(error) => tracing::warn!(
                code = ?error.code(),
                error = error.message(),
                "no link to the core; trying again"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(backoff.pause(&*entropy)) => {}
        }
    }
    link.status.set_connected(false);
    link.tasks.close();
    if tokio::time::timeout(link.settings.drain, link.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(turns = link.tasks.len(), "turns under way were given up");
    }
}

struct Link {
    client: TurnsClient<Channel>,
    /// One permit per turn under way: more are not even read from the stream.
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
    worker: Arc<Worker>,
    settings: LinkSettings,
    status: Arc<Status>,
}

impl Link {
    /// One subscription, from its begin to its end.
    async fn serve(&self, backoff: &mut Backoff) -> Result<(), RpcStatus> {
        let request = v1::SubscribeRequest {
            bot_id: self.settings.bot_id.clone(),
            max_in_flight: self.settings.turns_max.max(1),
        };
        let mut client = self.client.clone();
        let mut turns = client.subscribe(request).await?.into_inner();
        self.status.set_connected(true);
        tracing::info!("linked to the core");
        loop {
            let permit = self.slots.clone().acquire_owned().await;
            let Some(turn) = turns.message().await? else {
                return Ok(());
            };
            // A core that accepts and drops at once is not yet well.
            backoff.reset();
            let (worker, client) = (self.worker.clone(), self.client.clone());
            self.tasks.spawn(async move {
                let _permit = permit;
                worker.work(turn, client).await;
            });
        }
    }
}
