//! Replies for agents: what the bot would say where a person serves (ADR 52).
//!
//! A line of its own to the core, beside the one of the turns and behind it: a turn that is under way
//! goes first, what is late is thrown away, and whatever happens here no turn hears of it.

mod propose;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use kefu_proto::v1::{self, assist_client::AssistClient};
use kefu_types::Entropy;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status as RpcStatus, transport::Channel};

pub(crate) use self::propose::proposals;
use crate::{Bot, link::Backoff};

/// How a bot proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct AssistSettings {
    /// This bot's name, unique among the bots of a core.
    pub bot_id: String,
    /// Off: it does not.
    pub enabled: bool,
    /// An intent must be at least this likely to be proposed, 0 to 1.
    pub probability_min: f64,
    /// The first pause before another connection. Doubles every time.
    pub retry_first: Duration,
    /// The longest.
    pub reconnect_max: Duration,
}

/// Proposes until `stop`; connects again for ever.
pub async fn assist(
    bot: Arc<Bot>,
    core: Channel,
    settings: AssistSettings,
    entropy: Arc<dyn Entropy>,
    stop: CancellationToken,
) {
    if !settings.enabled {
        return;
    }
    let mut backoff = Backoff::new(settings.retry_first, settings.reconnect_max);
    let client = AssistClient::new(core);
    loop {
        let ended = stop
            .run_until_cancelled(serve(&bot, client.clone(), &settings, &mut backoff))
            .await;
        match ended {
            None => return,
            Some(Ok(())) => {}
            // The core is of a release that asks for nothing, or wants nothing.
            Some(Err(refused))
                if matches!(refused.code(), Code::Unimplemented | Code::PermissionDenied) =>
            {
                tracing::info!("the core wants no proposals");
                return;
            }
            Some(Err(error)) => tracing::debug!(code = ?error.code(), "no line for proposals"),
        }
        let pause = tokio::time::sleep(backoff.pause(&*entropy));
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

/// One subscription, one ask after the other.
async fn serve(
    bot: &Arc<Bot>,
    mut client: AssistClient<Channel>,
    settings: &AssistSettings,
    backoff: &mut Backoff,
) -> Result<(), RpcStatus> {
    let request = v1::AssistSubscribe {
        bot_id: settings.bot_id.clone(),
    };
    let mut asks = client.subscribe(request).await?.into_inner();
    while let Some(ask) = asks.message().await? {
        backoff.reset();
        let patience = Duration::from_millis(ask.patience_ms.into());
        // Late is as good as never: it is dropped, and the next one is looked at.
        let answered = tokio::time::timeout(patience, answer(bot, ask, settings.probability_min));
        let outcome = match answered.await {
            Ok(Some(answer)) => {
                let mut request = Request::new(answer);
                request.set_timeout(patience);
                match client.propose(request).await {
                    Ok(reply) if reply.get_ref().shown => "shown",
                    Ok(_) => "unshown",
                    Err(_) => "lost",
                }
            }
            Ok(None) => "failed",
            Err(_) => "late",
        };
        metrics::counter!("kefu_bot_proposals_total", "outcome" => outcome).increment(1);
    }
    Ok(())
}

/// Waits until no turn is under way, then computes on a thread that may. A panic is one ask's.
async fn answer(bot: &Arc<Bot>, ask: v1::AssistAsk, least: f64) -> Option<v1::AssistAnswer> {
    bot.turns_done().await;
    let bot = bot.clone();
    let work = move || catch_unwind(AssertUnwindSafe(|| bot.propose(&ask, least))).ok();
    let done = tokio::task::spawn_blocking(work).await.ok().flatten();
    if done.is_none() {
        metrics::counter!("kefu_bot_panics_total").increment(1);
        tracing::error!("looking for proposals panicked");
    }
    done
}
