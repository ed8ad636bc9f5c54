//! The chat role.

use std::{io::Write as _, path::Path, sync::Arc, time::Duration};

use kefu_chat::{
    Assist, ChatSettings, Choice, Closing, Core, History, LeftRules, Limits, MediaRules, Search,
    Teamwork, Texts, Timing, TrailRules,
};
use kefu_config::{
    AssistConfig, ChoiceConfig, ClosingConfig, Config, LeftConfig, SearchConfig, TeamworkConfig,
    TrailConfig,
};
use kefu_proto::transport::listen_unix;
use kefu_rpc::ServeOptions;
use kefu_types::{Clock, Snowflake, SystemClock, SystemEntropy};
use nix::fcntl::Flock;

use super::{
    Context, SETUP_TOKEN_LINE,
    board::{board, sla},
    create_dir, hours, identity, policy, store, witness, words,
};
use crate::{exit::OrUnusable as _, lock::alone};

/// Decides, stores, fans out.
pub async fn run(config: Config, context: Context) -> anyhow::Result<()> {
    let _alone = alone_in(&config)?;
    let Some(store) = store::open(&config, &context.stop).await? else {
        return Ok(());
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let ids = Snowflake::new(clock.clone(), config.node).or_unusable()?;
    let entropy = Arc::new(SystemEntropy);
    let (shared, witness) = (store.shared(), Some(witness(&config)));
    let settings = ChatSettings {
        identity: identity::with_keys(&config.identity).or_unusable()?,
        office: hours::office(&config).or_unusable()?,
        board: board(&config).or_unusable()?,
        ..settings(&config)
    };
    let core = Core::start_before(shared, witness, clock, entropy, ids, settings).await?;
    words::watch(&core, &config, context.stop.clone())
        .await
        .or_unusable()?;
    if let Some(link) = core.ensure_setup().await? {
        // A secret: to the supervisor's pipe or the operator's terminal, never to the log.
        writeln!(std::io::stdout(), "{SETUP_TOKEN_LINE}{}", link.token).ok();
    }
    let listener = listen_unix(&config.run_dir().join("chat.sock"))
        .await
        .or_unusable()?;
    let options = ServeOptions::default();
    kefu_rpc::serve(listener, core, context.metrics, options, context.stop).await?;
    store.close().await
}

/// This process is the only one that writes to the store of this data directory, as long as it keeps
/// the lock.
///
/// # Errors
/// When another one is.
pub fn alone_in(config: &Config) -> anyhow::Result<Flock<std::fs::File>> {
    create_dir(&config.run_dir()).or_unusable()?;
    lock(&config.run_dir()).or_unusable()
}

/// One core per data directory. One that was just killed may need a moment to go.
fn lock(run_dir: &Path) -> anyhow::Result<Flock<std::fs::File>> {
    let path = run_dir.join("chat.lock");
    let held = format!(
        "{}: another chat core runs in this data directory",
        path.display()
    );
    alone(&path, 50, &held)
}

fn settings(config: &Config) -> ChatSettings {
    ChatSettings {
        policy: policy(&config.dialog),
        timing: timing(config),
        limits: limits(config),
        history: History {
            versions_max: config.intents.versions_max,
            file_bytes_max: config.intents.file_bytes_max,
            bytes_max: config.intents.version_bytes_max,
            ..History::default()
        },
        search: search(&config.search),
        media: MediaRules {
            enabled: config.media.enabled,
            tenant_bytes_max: config.media.tenant_bytes_max,
            unsent: Duration::from_secs(3_600 * u64::from(config.media.orphan_hours)),
            expire: Duration::from_secs(86_400 * u64::from(config.media.expire_days)),
        },
        teamwork: teamwork(&config.teamwork),
        assist: assist(&config.assist),
        trail: trail(&config.trail),
        texts: Texts {
            please_wait_zh: config.site.please_wait.zh.clone(),
            please_wait_en: config.site.please_wait.en.clone(),
        },
        away_reasons: config.routing.away_reasons.clone(),
        closing: closing(&config.closing),
        left: left(&config.left),
        sla: sla(&config.sla),
        identity: identity::rules(&config.identity),
        failpoint: std::env::var("KEFU_FAILPOINT").ok(),
        ..ChatSettings::default()
    }
}

fn timing(config: &Config) -> Timing {
    let chat = &config.chat;
    let more = &chat.limits;
    let hours = |hours: u32| Duration::from_secs(3_600 * u64::from(hours));
    Timing {
        turn_deadline: Duration::from_millis(chat.turn_deadline_ms),
        bot_away: Duration::from_millis(chat.bot_away_ms),
        wrap_up: Duration::from_secs(chat.wrap_up_s),
        agent_grace: Duration::from_secs(chat.agent_grace_s),
        user_session: hours(chat.user_session_hours),
        visitor_session: 24 * hours(chat.visitor_session_days),
        setup_link: hours(more.setup_link_hours),
        store_stall: Duration::from_millis(chat.writer_retry_ms),
        store_retry: Duration::from_millis(more.store_retry_ms),
        acknowledgement: Duration::from_millis(more.acknowledgement_ms),
        login_window: Duration::from_secs(more.login_window_s),
        queue_announcement: Duration::from_millis(more.queue_announcement_ms),
        recall_within: Duration::from_secs(chat.recall_within_s),
        offer: Duration::from_secs(config.routing.offer_s),
        offer_again: Duration::from_secs(config.routing.offer_again_s),
        drain: Duration::from_secs(config.supervisor.drain_s.saturating_sub(1).max(1)),
    }
}

fn limits(config: &Config) -> Limits {
    let (chat, routing) = (&config.chat, &config.routing);
    let more = &chat.limits;
    Limits {
        text_chars_max: chat.text_chars_max,
        body_bytes_max: more.body_bytes_max,
        name_chars_max: more.name_chars_max,
        password_chars_min: more.password_chars_min,
        password_bytes_max: more.password_bytes_max,
        bot_messages_max: more.bot_messages_max,
        state_bytes_max: more.state_bytes_max,
        turn_messages_max: more.turn_messages_max,
        turns_open_max: more.turns_open_max,
        bots_max: more.bots_max,
        bot_in_flight_max: more.bot_in_flight_max,
        writer_queue_max: chat.writer_queue_max,
        writer_queue_vip_max: more.writer_queue_vip_max,
        vip_ahead_max: more.vip_ahead_max,
        batch_changes_max: chat.writer_batch_max,
        fan_out_batches_max: more.fan_out_batches_max,
        heads_max: chat.heads_max,
        sessions_max: more.sessions_max,
        conflict_retries_max: more.conflict_retries_max,
        links_max: more.links_max,
        link_events_max: chat.link_queue_max,
        watches_max: more.watches_max,
        page_max: more.page_max,
        hashing_at_once_max: more.hashing_at_once_max,
        hashing_queue_max: more.hashing_queue_max,
        login_failures_max: chat.login_failures_max,
        tenant_messages_per_second: chat.tenant_messages_per_second,
        tenant_visitors_per_second: chat.tenant_visitors_per_second,
        login_names_max: more.login_names_max,
        users_max: more.users_max,
        agent_capacity_max: more.agent_capacity_max,
        queue_announced_max: more.queue_announced_max,
        announcements_max: routing.announcements_max,
        groups_max: routing.groups_max,
        offers_missed_max: routing.offers_missed_max,
        devices_max: chat.devices_max,
        cursors_max: more.cursors_max,
        missed_page_max: more.missed_page_max,
        missed_messages_max: more.missed_messages_max,
        unread_max: more.unread_max,
        unread_scan_max: more.unread_scan_max,
    }
}

fn teamwork(teamwork: &TeamworkConfig) -> Teamwork {
    Teamwork {
        note_chars_max: teamwork.note_chars_max,
        note_mentions_max: teamwork.note_mentions_max,
        notes_max: teamwork.notes_max,
        mentions_max: teamwork.mentions_max,
        viewers_max: teamwork.viewers_max,
        canned_chars_max: teamwork.canned_chars_max,
        canned_shared_max: teamwork.canned_shared_max,
        canned_own_max: teamwork.canned_own_max,
        tags_max: teamwork.tags_max,
        tag_chars_max: teamwork.tag_chars_max,
        tag_names_max: teamwork.tag_names_max,
    }
}

fn assist(assist: &AssistConfig) -> Assist {
    Assist {
        enabled: assist.enabled,
        proposals_max: assist.proposals_max,
        patience: Duration::from_millis(assist.patience_ms),
        at_once_max: assist.at_once_max,
        talks_max: assist.talks_max,
        messages_max: assist.messages_max,
        flush: Duration::from_secs(assist.flush_s),
        tally_max: assist.tally_max,
        days_max: assist.days_max,
        preview: assist.preview,
        preview_chars_max: assist.preview_chars_max,
    }
}

fn trail(trail: &TrailConfig) -> TrailRules {
    TrailRules {
        enabled: trail.enabled,
        pages_max: trail.pages_max,
        url_chars_max: trail.url_chars_max,
        title_chars_max: trail.title_chars_max,
        gap_ms: trail.gap_ms.into(),
    }
}

fn search(search: &SearchConfig) -> Search {
    Search {
        enabled: search.enabled,
        query_chars_max: search.query_chars_max,
        page_max: search.page_max,
        snippet_chars_max: search.snippet_chars_max,
        at_once_max: search.at_once_max,
        catch_up_messages_max: search.catch_up_messages_max,
        catch_up_pause: Duration::from_millis(search.catch_up_pause_ms),
    }
}

fn closing(closing: &ClosingConfig) -> Closing {
    let choices = |choices: &[ChoiceConfig]| {
        let each = choices.iter().map(|ChoiceConfig { id, zh, en }| Choice {
            id: id.clone(),
            zh: zh.clone(),
            en: en.clone(),
        });
        each.collect()
    };
    Closing {
        ratings: closing.ratings,
        rate_within: Duration::from_secs(3_600 * u64::from(closing.rate_within_hours)),
        reasons: choices(&closing.reasons),
        comment_chars_max: closing.comment_chars_max,
        categories: choices(&closing.categories),
        note_chars_max: closing.note_chars_max,
        remind_after: Duration::from_secs(closing.remind_after_s),
        close_after: Duration::from_secs(closing.close_after_s),
        reminder_zh: closing.reminder.zh.clone(),
        reminder_en: closing.reminder.en.clone(),
        ..Closing::default()
    }
}

const fn left(left: &LeftConfig) -> LeftRules {
    LeftRules {
        enabled: left.enabled,
        text_chars_max: left.text_chars_max,
        contact_chars_max: left.contact_chars_max,
        reason_chars_max: left.reason_chars_max,
        waiting_max: left.waiting_max,
        offer_after: Duration::from_secs(left.offer_after_s),
        offer_behind: left.offer_behind,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_chat::{ChatSettings, Choice, Timing};
    use kefu_config::Config;

    use super::settings;

    /// The defaults stand twice, for the core knows no configuration file: they agree.
    #[test]
    fn without_a_setting_the_core_has_its_own_defaults() {
        let ChatSettings {
            tenant,
            policy,
            timing,
            limits,
            hashing,
            history,
            search,
            media,
            teamwork,
            assist,
            trail,
            texts,
            away_reasons: _,
            closing,
            left,
            identity,
            office,
            sla,
            board: _,
            failpoint: _,
        } = settings(&Config::default());
        let own = ChatSettings::default();
        assert_eq!(tenant, own.tenant);
        assert_eq!(policy, own.policy);
        // The supervisor waits for the role, which must be done a second before.
        let drain = own.timing.drain - Duration::from_secs(1);
        assert_eq!(
            timing,
            Timing {
                drain,
                ..own.timing
            }
        );
        assert_eq!(limits, own.limits);
        assert_eq!(hashing, own.hashing);
        assert_eq!(history, own.history);
        assert_eq!(search, own.search);
        assert_eq!(media, own.media);
        assert_eq!(teamwork, own.teamwork);
        assert_eq!((assist, trail), (own.assist, own.trail));
        assert_eq!(texts, own.texts);
        assert_eq!((left, sla), (own.left, own.sla));
        let own_identity = own.identity.clone();
        // What can be chosen is the tenant's, in their words.
        let chosen = |all: &[Choice]| all.len();
        assert_eq!(
            (chosen(&closing.reasons), chosen(&closing.categories)),
            (6, 6)
        );
        let own = kefu_chat::Closing {
            reasons: closing.reasons.clone(),
            categories: closing.categories.clone(),
            ..own.closing
        };
        assert_eq!(closing, own);
        assert_eq!(office, None);
        let numbers = |it: &kefu_chat::IdentityRules| {
            let sizes = (it.token_bytes_max, it.id_chars_max);
            (it.keys.len(), it.skew, it.life_max, sizes)
        };
        assert_eq!(numbers(&identity), numbers(&own_identity));
    }
}
