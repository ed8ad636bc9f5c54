//! The edge role.

use std::{os::fd::AsFd as _, sync::Arc};

use anyhow::Context as _;
use kefu_config::{Config, EdgeConfig, SiteConfig, Words};
use kefu_edge::{EdgeSettings, Limits, Network, Question, Site, Wiring};
use kefu_types::{SystemClock, SystemEntropy};
use tokio::net::TcpListener;

use super::{Context, address};
use crate::exit::OrUnusable as _;

/// Serves pages, REST and WebSocket.
pub async fn run(config: Config, context: Context) -> anyhow::Result<()> {
    let listener = listener(&config, context.supervised).or_unusable()?;
    let wiring = Wiring {
        settings: settings(&config).or_unusable()?,
        chat: address(&config, "chat"),
        bot: address(&config, "bot"),
        metrics: context.metrics,
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
    };
    Ok(kefu_edge::serve(listener, wiring, context.stop).await?)
}

/// The supervisor's listener is this process's standard input.
fn listener(config: &Config, supervised: bool) -> anyhow::Result<TcpListener> {
    let listener = if supervised {
        std::net::TcpListener::from(std::io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        std::net::TcpListener::bind(&config.listen)
            .with_context(|| format!("cannot listen on {}", config.listen))?
    };
    listener.set_nonblocking(true)?;
    Ok(TcpListener::from_std(listener)?)
}

fn settings(config: &Config) -> anyhow::Result<EdgeSettings> {
    let EdgeConfig {
        trusted_proxies, ..
    } = &config.edge;
    let networks = trusted_proxies.iter().map(|text| {
        text.parse::<Network>()
            .with_context(|| format!("edge.trusted_proxies: {text}"))
    });
    Ok(EdgeSettings {
        site: site(&config.site),
        text_chars_max: u32::try_from(config.chat.text_chars_max).unwrap_or(u32::MAX),
        recall_within_s: u32::try_from(config.chat.recall_within_s).unwrap_or(u32::MAX),
        trusted_proxies: networks.collect::<anyhow::Result<_>>()?,
        allowed_origins: config.edge.allowed_origins.clone(),
        cookie_secure: config.edge.cookie_secure,
        metrics: config
            .edge
            .metrics
            .secret()
            .parse()
            .context("edge.metrics")?,
        limits: limits(config),
        ..EdgeSettings::default()
    })
}

fn limits(config: &Config) -> Limits {
    let edge = &config.edge;
    let more = &edge.limits;
    Limits {
        body_bytes_max: edge.body_bytes_max,
        body_timeout_s: more.body_timeout_s,
        header_timeout_s: more.header_timeout_s,
        headers_max: more.headers_max,
        header_bytes_max: more.header_bytes_max,
        request_timeout_s: edge.request_timeout_s,
        connections_max: more.connections_max,
        sockets_max: edge.sockets_max,
        sockets_per_ip_max: edge.sockets_per_ip_max,
        frame_bytes_max: edge.frame_bytes_max,
        hello_timeout_s: edge.hello_timeout_s,
        heartbeat_s: edge.heartbeat_s,
        poll_s: more.poll_s,
        outbox_frames_max: edge.outbox_frames_max,
        outbox_bytes_max: more.outbox_bytes_max,
        events_max: more.events_max,
        open_conversations_max: more.open_conversations_max,
        calls_in_flight_max: more.calls_in_flight_max,
        sends_per_second: edge.sends_per_second,
        frames_per_second: more.frames_per_second,
        page_messages_max: more.page_messages_max,
        page_conversations_max: more.page_conversations_max,
        snapshot_conversations_max: more.snapshot_conversations_max,
        link_queue_max: more.link_queue_max,
        sessions_per_minute_per_ip: edge.sessions_per_minute_per_ip,
        logins_per_minute_per_ip: edge.logins_per_minute_per_ip,
        drain_s: config.supervisor.drain_s.saturating_sub(1).max(1),
        reconnect_spread_ms: more.reconnect_spread_ms,
        intents_body_bytes_max: config.intents.publish_bytes_max,
        intents_timeout_s: config.intents.publish_timeout_s,
    }
}

fn site(config: &SiteConfig) -> Site {
    let words = |words: &Words| kefu_edge::Words {
        zh: words.zh.clone(),
        en: words.en.clone(),
    };
    let question = |question: &kefu_config::Question| Question {
        zh: question.zh.clone(),
        en: question.en.clone(),
        postback: question.postback.clone(),
    };
    Site {
        name: words(&config.name),
        welcome: words(&config.welcome),
        questions: config.questions.iter().map(question).collect(),
    }
}

#[cfg(test)]
mod tests {
    use kefu_config::Config;
    use kefu_edge::{EdgeSettings, Limits, Site};

    use super::settings;

    /// The defaults stand twice, for the edge knows no configuration file: they agree.
    #[test]
    fn without_a_setting_the_edge_has_its_own_defaults() {
        let EdgeSettings {
            tenant,
            site: _,
            text_chars_max,
            recall_within_s,
            trusted_proxies,
            allowed_origins,
            cookie_secure,
            metrics,
            limits,
        } = settings(&Config::default()).expect("the defaults are good");
        let own = EdgeSettings::default();
        assert_eq!(own.site, Site::default(), "words are the operator's");
        assert_eq!(tenant, own.tenant);
        assert_eq!(text_chars_max, own.text_chars_max);
        assert_eq!(recall_within_s, own.recall_within_s);
        assert_eq!(trusted_proxies, own.trusted_proxies);
        assert_eq!(allowed_origins, own.allowed_origins);
        assert_eq!(cookie_secure, own.cookie_secure);
        assert_eq!(metrics, own.metrics);
        // The supervisor waits for the role, which must be done a second before.
        let drain_s = own.limits.drain_s - 1;
        assert_eq!(
            limits,
            Limits {
                drain_s,
                ..own.limits
            }
        );
    }
}
