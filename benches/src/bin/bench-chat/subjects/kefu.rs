//! Kefu itself: `kefu serve` with the shipped settings but for the limits that are for strangers,
//! as the generator is one address.
//!
//! A conversation is a visitor who waits in the queue, so that no bot writes, with one device that
//! sends and a second one that reads.

use anyhow::{Context as _, anyhow, ensure};
use kefu_tests::{Api, Options, Service};
use serde_json::{Value, json};

use super::{Counters, Subject, few_at_once};
use crate::{
    lines::KefuLine,
    load::Conversation,
    plan::Plan,
    stores::{Kind, Place, audit},
    watch::{Roles, named},
};

/// A running service.
pub struct Kefu {
    service: Service,
    place: Place,
}

impl Kefu {
    /// Starts it on an empty store of this kind.
    ///
    /// # Errors
    /// When there is no place for the store, or it does not start.
    pub async fn start(plan: &Plan, kind: Kind) -> anyhow::Result<Self> {
        let place = Place::new(plan, kind).await?;
        let mut options = Options::default()
            .without_model()
            .data_dir(&place.dir.path().join("data"))
            .env("KEFU_EDGE__SENDS_PER_SECOND", 1_000_000)
            .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000)
            .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 1_000_000)
            .env("KEFU_EDGE__SOCKETS_PER_IP_MAX", 15_000)
            .env("KEFU_EDGE__HEARTBEAT_S", 300);
        if let Some(database) = &place.database {
            options = options.env("KEFU_STORE__URL", database.url());
        }
        let started = Service::try_start(options).await;
        let service = started.map_err(|ended| anyhow!("it does not start: {}", ended.log))?;
        Ok(Self { service, place })
    }
}

impl Subject for Kefu {
    type Line = KefuLine;

    async fn connect(&mut self, count: usize) -> anyhow::Result<Vec<Conversation<KefuLine>>> {
        let api = self.service.api();
        few_at_once(count, |_| conversation(api.clone())).await
    }

    fn roles(&self) -> Roles {
        let role = |name: &str| {
            let ids = self.service.pid_of(name).map(nix::unistd::Pid::as_raw);
            (name.to_owned(), ids.into_iter().collect())
        };
        let mut roles = vec![role("edge"), role("chat"), role("bot")];
        if self.place.database.is_some() {
            // All of the server's: nobody else has work for it during a run.
            roles.push(("postgres".to_owned(), named("postgres")));
        }
        roles
    }

    async fn counters(&self) -> anyhow::Result<Counters> {
        let text = reqwest::get(format!("{}/metrics", self.service.base))
            .await?
            .text()
            .await?;
        Ok(Counters {
            commits: sum(&text, "kefu_chat_batch_changes_count"),
            changes: sum(&text, "kefu_chat_batch_changes_sum"),
            commit_seconds: sum(&text, "kefu_chat_commit_seconds_sum"),
            messages: sum(&text, "kefu_chat_messages_total"),
        })
    }

    async fn audit(self, conversations: Vec<Conversation<KefuLine>>) -> anyhow::Result<Value> {
        let Self { mut service, place } = self;
        let ledgers: Vec<_> = conversations
            .into_iter()
            .map(|it| (it.sender.conversation(), it.ledger))
            .collect();
        service.terminate().await;
        let stored = audit(&place, &ledgers).await?;
        let acknowledged: u64 = ledgers
            .iter()
            .map(|(_, it)| it.acknowledged.len() as u64)
            .sum();
        let delivered: u64 = ledgers
            .iter()
            .map(|(_, it)| it.delivered.len() as u64)
            .sum();
        ensure!(
            acknowledged == stored && delivered == stored,
            "{acknowledged} messages were acknowledged, {delivered} delivered and {stored} stored"
        );
        Ok(json!({ "acknowledged": acknowledged, "delivered": delivered, "stored": stored }))
    }
}

async fn conversation(api: Api) -> anyhow::Result<Conversation<KefuLine>> {
    let wanted = json!({ "language": "zh" });
    let (status, session) = api.post("/api/v1/visitor/session", wanted).await?;
    ensure!(status == 201, "no session: {session}");
    let token = session["token"].as_str().context("no token")?;
    let id = &session["principal"]["conversationId"];
    let id: u64 = id.as_str().context("no conversation")?.parse()?;
    let path = format!("/api/v1/conversations/{id}/actions");
    let human = json!({ "action": "ACTION_REQUEST_HUMAN" });
    let (status, queued) = api.with_token(token).post(&path, human).await?;
    ensure!(status == 200, "not queued: {queued}");
    let address = api.base().trim_start_matches("http://");
    let reader = KefuLine::connect(address, token, id, true).await?;
    let sender = KefuLine::connect(address, token, id, false).await?;
    Ok(Conversation::new(sender, Some(reader)))
}

/// The samples of a family, whatever their labels.
fn sum(text: &str, family: &str) -> f64 {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(family)?;
        rest.starts_with(['{', ' '])
            .then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
    });
    samples.sum()
}
