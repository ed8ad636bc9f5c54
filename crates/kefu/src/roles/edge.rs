//! The edge role.

use std::{os::fd::AsFd as _, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use kefu_blobs::{DiskBlobs, S3Blobs, S3Options};
use kefu_config::{Config, EdgeConfig, SiteConfig, Words};
use kefu_edge::{EdgeSettings, Limits, MediaSettings, Network, Question, Site, Wiring};
use kefu_media::SharedBlobs;
use kefu_types::{Clock, SystemClock, SystemEntropy};
use tokio::net::TcpListener;

use super::{Context, address};
use crate::exit::OrUnusable as _;

/// Serves pages, REST and WebSocket.
pub async fn run(config: Config, context: Context) -> anyhow::Result<()> {
    let listener = listener(&config, context.supervised).or_unusable()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let wiring = Wiring {
        settings: settings(&config).or_unusable()?,
        chat: address(&config, "chat"),
        bot: address(&config, "bot"),
        metrics: context.metrics,
        blobs: blobs(&config, clock.clone()).or_unusable()?,
        clock,
        entropy: Arc::new(SystemEntropy),
    };
    Ok(kefu_edge::serve(listener, wiring, context.stop).await?)
}

/// Where the bytes of pictures and files are.
fn blobs(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<SharedBlobs> {
    let (dir, s3) = (config.media_dir(), &config.media.s3);
    if !s3.endpoint.is_empty() {
        let options = S3Options {
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            bucket: s3.bucket.clone(),
            prefix: s3.prefix.clone(),
            access_key: s3.access_key.clone(),
            secret_key: s3.secret_key.secret().to_owned(),
            timeout: Duration::from_secs(s3.timeout_s),
            spool: dir.join("spool"),
        };
        let opened = S3Blobs::open(options, clock).context("media.s3")?;
        return Ok(Arc::new(opened));
    }
    let opened = DiskBlobs::open(&dir);
    let opened = opened.with_context(|| format!("{}: cannot be written", dir.display()))?;
    Ok(Arc::new(opened))
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
    let types = &config.media.types;
    if let Some(unknown) = types.iter().find(|one| kefu_media::known(one).is_none()) {
        bail!("media.types: {unknown:?} is not known; docs/media.md lists those that are");
    }
    let networks = trusted_proxies.iter().map(|text| {
        text.parse::<Network>()
            .with_context(|| format!("edge.trusted_proxies: {text}"))
    });
    Ok(EdgeSettings {
        site: site(&config.site),
        text_chars_max: u32::try_from(config.chat.text_chars_max).unwrap_or(u32::MAX),
        recall_within_s: u32::try_from(config.chat.recall_within_s).unwrap_or(u32::MAX),
        attention_after_s: config.assist.attention_after_s,
        attention_fallbacks: config.assist.attention_fallbacks,
        typing_preview: config.assist.preview,
        trusted_proxies: networks.collect::<anyhow::Result<_>>()?,
        allowed_origins: config.edge.allowed_origins.clone(),
        widget_origins: config.edge.widget_origins.clone(),
        cookie_secure: config.edge.cookie_secure,
        metrics: config
            .edge
            .metrics
            .secret()
            .parse()
            .context("edge.metrics")?,
        media: media(config),
        limits: limits(config),
        ..EdgeSettings::default()
    })
}

fn media(config: &Config) -> MediaSettings {
    let media = &config.media;
    MediaSettings {
        enabled: media.enabled,
        file_bytes_max: media.file_bytes_max,
        image_bytes_max: media.image_bytes_max,
        image_pixels_max: media.image_pixels_max,
        image_side_max: media.image_side_max,
        thumb_side_max: media.thumb_side_max,
        types: media.types.clone(),
        upload_timeout_s: media.upload_timeout_s,
        uploads_at_once_max: media.uploads_at_once_max,
        uploads_per_person_max: media.uploads_per_person_max,
        uploads_per_minute_per_person: media.uploads_per_minute_per_person,
        decodes_at_once_max: media.decodes_at_once_max,
        decodes_waiting_max: media.decodes_waiting_max,
        sweep_s: media.sweep_s,
    }
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
        heartbeat_max_s: edge.heartbeat_max_s,
        poll_s: more.poll_s,
        outbox_frames_max: edge.outbox_frames_max,
        outbox_bytes_max: more.outbox_bytes_max,
        compress_above_bytes: more.compress_above_bytes,
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
        requests_per_minute_per_session: edge.requests_per_minute_per_session,
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
            attention_after_s,
            attention_fallbacks,
            typing_preview,
            trusted_proxies,
            allowed_origins,
            widget_origins,
            cookie_secure,
            metrics,
            media,
            limits,
        } = settings(&Config::default()).expect("the defaults are good");
        let own = EdgeSettings::default();
        assert_eq!(own.site, Site::default(), "words are the operator's");
        assert_eq!(tenant, own.tenant);
        assert_eq!(text_chars_max, own.text_chars_max);
        assert_eq!(recall_within_s, own.recall_within_s);
        assert_eq!(
            (attention_after_s, attention_fallbacks, typing_preview),
            (
                own.attention_after_s,
                own.attention_fallbacks,
                own.typing_preview
            )
        );
        assert_eq!(trusted_proxies, own.trusted_proxies);
        assert_eq!(allowed_origins, own.allowed_origins);
        assert_eq!(widget_origins, own.widget_origins);
        assert_eq!(cookie_secure, own.cookie_secure);
        assert_eq!(metrics, own.metrics);
        assert_eq!(media, own.media);
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
