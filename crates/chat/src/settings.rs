//! Every number that shapes the core. Plain data: the configuration fills it in.

use std::time::Duration;

use kefu_dialog::Policy;

pub use crate::texts::Texts;
use crate::{
    assist::Assist, board::BoardRules, closing::Closing, identity::IdentityRules, left::LeftRules,
    office::Office, sla::Sla, teamwork::Teamwork, trail::TrailRules,
};

/// How the core behaves.
#[derive(Debug, Clone)]
pub struct ChatSettings {
    /// The tenant that a request means when it names none; created at the first start.
    pub tenant: String,
    /// Numbers of the dialog.
    pub policy: Policy,
    /// How long things take and last.
    pub timing: Timing,
    /// How much of everything there may be.
    pub limits: Limits,
    /// Cost of a password hash.
    pub hashing: Hashing,
    /// How much history of the intents there may be.
    pub history: History,
    /// Searching what was said.
    pub search: Search,
    /// Pictures and files.
    pub media: MediaRules,
    /// What agents share around a conversation.
    pub teamwork: Teamwork,
    /// Replies that bots propose to agents.
    pub assist: Assist,
    /// Pages that visitors are on.
    pub trail: TrailRules,
    /// What the service itself says.
    pub texts: Texts,
    /// Reasons that an agent may give for being away.
    pub away_reasons: Vec<String>,
    /// How talks with agents end.
    pub closing: Closing,
    /// Messages left instead of waiting.
    pub left: LeftRules,
    /// Whose tokens name visitors.
    pub identity: IdentityRules,
    /// When agents are there; `None`: nobody is told that they are not.
    pub office: Option<Office>,
    /// What is promised to visitors who want a person.
    pub sla: Sla,
    /// The event history and the board.
    pub board: BoardRules,
    /// `before_commit`, `after_commit` or `after_ack`, with `:n` for the n-th batch of messages:
    /// the process ends there. Only heeded in debug builds and with the feature `failpoints`.
    pub failpoint: Option<String>,
}

impl Default for ChatSettings {
    fn default() -> Self {
        Self {
            tenant: "default".to_owned(),
            policy: Policy::default(),
            timing: Timing::default(),
            limits: Limits::default(),
            hashing: Hashing::default(),
            history: History::default(),
            search: Search::default(),
            media: MediaRules::default(),
            teamwork: Teamwork::default(),
            assist: Assist::default(),
            trail: TrailRules::default(),
            texts: Texts::default(),
            away_reasons: Vec::new(),
            closing: Closing::default(),
            left: LeftRules::default(),
            identity: IdentityRules::default(),
            office: None,
            sla: Sla::default(),
            board: BoardRules::default(),
            failpoint: None,
        }
    }
}

/// How long things take and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the visitor's message until "please wait" when no bot has answered.
    pub turn_deadline: Duration,
    /// From the first unanswered message until the queue when no bot has answered.
    pub bot_away: Duration,
    /// An agent who ended a talk has this long to tidy up.
    pub wrap_up: Duration,
    /// An agent may be without a connection this long and keep the conversations.
    pub agent_grace: Duration,
    /// Life of a user's session.
    pub user_session: Duration,
    /// Life of a visitor's token.
    pub visitor_session: Duration,
    /// Life of the link that creates the first admin.
    pub setup_link: Duration,
    /// How long the writer keeps trying while the store stalls, before it refuses.
    pub store_stall: Duration,
    /// Pause between two tries, or two looks, at a store that stalls.
    pub store_retry: Duration,
    /// The longest wait for an acknowledgement. What was sent may be stored: a retry finds out.
    pub acknowledgement: Duration,
    /// Failed logins are counted over this long.
    pub login_window: Duration,
    /// Places in the queue are announced at most this often.
    pub queue_announcement: Duration,
    /// One's own message may be recalled for this long.
    pub recall_within: Duration,
    /// An agent who is asked about a conversation has this long to answer.
    pub offer: Duration,
    /// Who declined or missed one is not asked about it again before this.
    pub offer_again: Duration,
    /// At a shutdown, how long to wait for what is being written.
    pub drain: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            turn_deadline: Duration::from_secs(5),
            bot_away: Duration::from_secs(15),
            wrap_up: Duration::from_secs(60),
            agent_grace: Duration::from_secs(180),
            user_session: Duration::from_secs(12 * 3600),
            visitor_session: Duration::from_secs(180 * 24 * 3600),
            setup_link: Duration::from_secs(24 * 3600),
            store_stall: Duration::from_secs(5),
            store_retry: Duration::from_millis(50),
            acknowledgement: Duration::from_secs(10),
            login_window: Duration::from_secs(300),
            queue_announcement: Duration::from_millis(250),
            recall_within: Duration::from_secs(120),
            offer: Duration::from_secs(20),
            offer_again: Duration::from_secs(60),
            drain: Duration::from_secs(10),
        }
    }
}

/// How much of everything there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one text.
    pub text_chars_max: usize,
    /// Encoded bytes of one body.
    pub body_bytes_max: usize,
    /// Characters of a name or a login.
    pub name_chars_max: usize,
    /// Characters of a password.
    pub password_chars_min: usize,
    /// Bytes of a password: hashing more would be a free way to burn our time.
    pub password_bytes_max: usize,
    /// Messages in one commit of a bot.
    pub bot_messages_max: usize,
    /// Bytes of a dialog state.
    pub state_bytes_max: usize,
    /// Messages handed to a bot with one turn: the newest.
    pub turn_messages_max: usize,
    /// Turns that wait for an answer; beyond it visitors are queued for people at once.
    pub turns_open_max: usize,
    /// Bots connected at once.
    pub bots_max: usize,
    /// Turns that one bot may have in flight, whatever it asks for.
    pub bot_in_flight_max: usize,
    /// Changes that wait for the writer in the normal lane.
    pub writer_queue_max: usize,
    /// Changes of conversations with priority that wait for the writer: room of their own, so that
    /// they are taken when the rest is refused.
    pub writer_queue_vip_max: usize,
    /// With priority, at most so many pass while somebody waits: in the people's queue, in the
    /// bots' and in the writer's.
    pub vip_ahead_max: u32,
    /// Changes in one transaction.
    pub batch_changes_max: usize,
    /// Committed batches that wait to be fanned out.
    pub fan_out_batches_max: usize,
    /// Heads of conversations kept in memory.
    pub heads_max: u64,
    /// Sessions kept in memory.
    pub sessions_max: u64,
    /// How often a change is computed anew because the conversation moved.
    pub conflict_retries_max: usize,
    /// Edges connected at once.
    pub links_max: usize,
    /// Events that wait for one edge; beyond it they are dropped and the edge is told.
    pub link_events_max: usize,
    /// Conversations watched by one edge.
    pub watches_max: usize,
    /// Messages or conversations in one page.
    pub page_max: u32,
    /// Passwords hashed at the same time.
    pub hashing_at_once_max: usize,
    /// Logins that wait for a hash; beyond it they are refused.
    pub hashing_queue_max: usize,
    /// Failed logins of one name in [`Timing::login_window`].
    pub login_failures_max: u32,
    /// Messages of one tenant's people per second; twice as many at once are let pass.
    pub tenant_messages_per_second: u32,
    /// New visitors of one tenant per second; twice as many at once are let pass.
    pub tenant_visitors_per_second: u32,
    /// Names whose failed logins are remembered.
    pub login_names_max: u64,
    /// Users of one tenant.
    pub users_max: usize,
    /// Conversations an agent may be allowed to own.
    pub agent_capacity_max: u32,
    /// Places in the line of a group that are announced to workspaces, and to visitors as they
    /// move; further back a visitor hears of every tenth of the way.
    pub queue_announced_max: u32,
    /// Places announced at once; the rest is said the next time.
    pub announcements_max: usize,
    /// Groups of one tenant.
    pub groups_max: usize,
    /// Offers in a row that an agent may leave unanswered before they are taken to be away.
    pub offers_missed_max: u32,
    /// Devices of one person whose cursors are kept in one conversation.
    pub devices_max: usize,
    /// People whose cursors are shown with one conversation.
    pub cursors_max: u32,
    /// Conversations in one page of what was missed.
    pub missed_page_max: u32,
    /// First messages of each of them.
    pub missed_messages_max: u32,
    /// Unread messages are counted up to here.
    pub unread_max: u32,
    /// The newest messages among which they are counted.
    pub unread_scan_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_chars_max: 4_000,
            body_bytes_max: 64 * 1024,
            name_chars_max: 64,
            password_chars_min: 8,
            password_bytes_max: 256,
            bot_messages_max: 8,
            state_bytes_max: 64 * 1024,
            turn_messages_max: 16,
            turns_open_max: 10_000,
            bots_max: 64,
            bot_in_flight_max: 256,
            writer_queue_max: 8_192,
            writer_queue_vip_max: 2_048,
            vip_ahead_max: 8,
            batch_changes_max: 512,
            fan_out_batches_max: 64,
            heads_max: 50_000,
            sessions_max: 100_000,
            conflict_retries_max: 16,
            links_max: 256,
            link_events_max: 4_096,
            watches_max: 100_000,
            page_max: 200,
            hashing_at_once_max: 2,
            hashing_queue_max: 32,
            login_failures_max: 5,
            tenant_messages_per_second: 50_000,
            tenant_visitors_per_second: 5_000,
            login_names_max: 10_000,
            users_max: 5_000,
            agent_capacity_max: 100,
            queue_announced_max: 50,
            announcements_max: 500,
            groups_max: 200,
            offers_missed_max: 3,
            devices_max: 16,
            cursors_max: 64,
            missed_page_max: 20,
            missed_messages_max: 10,
            unread_max: 100,
            unread_scan_max: 1_000,
        }
    }
}

/// Cost of a password hash (argon2id, RFC 9106). The default is OWASP's second choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// How much history of the intents there may be, of each tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Versions that are kept. The newest, which serves, always is.
    pub versions_max: u32,
    /// Files of one version.
    pub files_max: usize,
    /// Bytes of one file.
    pub file_bytes_max: u64,
    /// Bytes of all files of one version.
    pub bytes_max: u64,
    /// Characters of a note; the rest is cut off.
    pub note_chars_max: usize,
    /// Ids in each list of what changed; the rest is counted.
    pub changes_max: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            versions_max: 200,
            files_max: 10_000,
            file_bytes_max: 256 << 20,
            bytes_max: 512 << 20,
            note_chars_max: 500,
            changes_max: 200,
        }
    }
}

/// Searching what was said. The store must have been opened with the same `enabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Off: nothing is indexed, and every search is refused.
    pub enabled: bool,
    /// Characters of a query.
    pub query_chars_max: usize,
    /// Hits in one page.
    pub page_max: u32,
    /// Characters of a snippet, without the marks of what was left out.
    pub snippet_chars_max: usize,
    /// Searches at the same time: the connections for reading serve others, too.
    pub at_once_max: usize,
    /// Older messages that are looked at in one transaction while they are being indexed.
    pub catch_up_messages_max: u32,
    /// Pause between two such transactions.
    pub catch_up_pause: Duration,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            enabled: true,
            query_chars_max: 200,
            page_max: 50,
            snippet_chars_max: 120,
            at_once_max: 2,
            catch_up_messages_max: 200,
            catch_up_pause: Duration::from_millis(50),
        }
    }
}

/// Pictures and files in conversations, as far as the core decides about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaRules {
    /// Off: nothing can be uploaded or sent any more; what was is still served.
    pub enabled: bool,
    /// Bytes that one tenant may store.
    pub tenant_bytes_max: u64,
    /// What was uploaded and not sent for this long goes.
    pub unsent: Duration,
    /// What was sent goes after this long; zero: never.
    pub expire: Duration,
}

impl Default for MediaRules {
    fn default() -> Self {
        Self {
            enabled: true,
            tenant_bytes_max: 10 << 30,
            unsent: Duration::from_secs(24 * 3_600),
            expire: Duration::ZERO,
        }
    }
}
