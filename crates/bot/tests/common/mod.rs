//! A small shop's real engine, and a visitor who talks to a bot turn by turn.
#![allow(dead_code, reason = "every test file uses another part")]

pub mod core;

use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use kefu_bot::{Bot, BotSettings};
use kefu_dialog::{Effect, Event, Phase, Policy, State, step};
use kefu_intents::Catalogue;
use kefu_nlu::{EmbedError, Embedder, Engine, NoVectorCache, Settings};
use kefu_proto::v1::{self, body::Kind, button::Action};
use kefu_types::ManualClock;

/// 2026-11-12 10:00 in Shanghai.
pub const NOW_MS: i64 = 1_794_448_800_000;

/// Vectors of hashed character pairs: enough likeness for a small set, and no model file. Fails
/// and panics on demand, as a real encoder may.
struct Pairs;

impl Embedder for Pairs {
    fn dimension(&self) -> usize {
        64
    }

    fn model_id(&self) -> &'static str {
        "pairs"
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        texts.iter().map(|text| vector(text)).collect()
    }
}

fn vector(text: &str) -> Result<Vec<f32>, EmbedError> {
    assert!(!text.contains("爆炸"), "the encoder has a bug");
    if text.contains("过载") {
        return Err(EmbedError::Overloaded("the queue is full".to_owned()));
    }
    let chars: Vec<u32> = text.chars().map(u32::from).collect();
    let mut vector = vec![0.01_f32; 64];
    for pair in chars.windows(2) {
        let hash = (pair[0].wrapping_mul(31) ^ pair[1]).wrapping_mul(2_654_435_761);
        vector[(hash >> 26) as usize] += 1.0;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    Ok(vector.into_iter().map(|x| x / length).collect())
}

pub fn build(yaml: &str) -> Arc<Engine> {
    let catalogue = Catalogue::parse([("shop.yaml", yaml)], date(2026, 11, 1));
    let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
    let settings = Settings::default();
    let engine = Engine::build(
        Arc::new(catalogue),
        Some(Arc::new(Pairs)),
        &NoVectorCache,
        &settings,
        &|_, _| {},
    );
    Arc::new(engine.expect("the engine is built"))
}

pub fn engine() -> Arc<Engine> {
    static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| build(include_str!("shop.yaml")));
    ENGINE.clone()
}

pub fn bot() -> Bot {
    Bot::new(
        engine(),
        BotSettings::default(),
        Arc::new(ManualClock::new(NOW_MS)),
    )
}

/// A conversation with a bot, as the core would keep it.
pub struct Talk {
    pub bot: Bot,
    pub state: State,
    pub language: String,
    pub now_ms: i64,
}

/// One reply of the bot.
#[derive(Debug)]
pub struct Reply {
    pub text: String,
    pub buttons: Vec<(String, String)>,
    pub trace: v1::Trace,
    pub commit: v1::CommitTurn,
}

impl Talk {
    pub fn new() -> Self {
        Self {
            bot: bot(),
            state: State::default(),
            language: "zh".to_owned(),
            now_ms: NOW_MS,
        }
    }

    pub fn say(&mut self, text: &str) -> Reply {
        self.turn(vec![typed(text)])
    }

    /// Presses the button that was offered under this label.
    pub fn press(&mut self, reply: &Reply, label: &str) -> Reply {
        let button = reply.buttons.iter().find(|(shown, _)| shown == label);
        let (_, payload) = button.unwrap_or_else(|| panic!("no button {label}: {reply:?}"));
        self.turn(vec![pressed(payload, label)])
    }

    pub fn turn(&mut self, messages: Vec<v1::Message>) -> Reply {
        let turn = self.begin(messages);
        let commit = self.bot.handle(&turn).expect("the turn is answered");
        self.end(commit)
    }

    pub fn begin(&mut self, messages: Vec<v1::Message>) -> v1::Turn {
        let (state, effects) = step(
            &self.state,
            &Event::VisitorMessage { at_ms: self.now_ms },
            &Policy::default(),
        );
        self.state = state;
        assert!(effects.contains(&Effect::RequestTurn {
            turn: self.state.turn
        }));
        v1::Turn {
            tenant_id: 1,
            conversation_id: 7,
            turn: self.state.turn,
            version: 40 + self.state.turn,
            state: self.state.to_json(),
            messages,
            language: self.language.clone(),
            deadline_ms: self.now_ms + 5_000,
            now_ms: self.now_ms,
        }
    }

    pub fn end(&mut self, commit: v1::CommitTurn) -> Reply {
        self.state = State::from_json(&commit.new_state).expect("a state");
        self.language.clone_from(&commit.language);
        assert_eq!(commit.messages.len(), 1, "one reply to a turn");
        let message = commit.messages[0].clone();
        let (text, buttons) = match message.body.expect("a body").kind.expect("a kind") {
            Kind::Text(text) => (text.text, text.buttons),
            Kind::Card(card) => (card.text, card.buttons),
            other => panic!("a bot does not send {other:?}"),
        };
        let buttons = buttons.into_iter().map(|button| match button.action {
            Some(Action::Postback(payload)) => (button.label, payload),
            Some(Action::Url(url)) => (button.label, url),
            None => panic!("a button without an action"),
        });
        Reply {
            text,
            buttons: buttons.collect(),
            trace: message.trace.expect("a trace"),
            commit,
        }
    }

    pub fn is(&self, phase: fn(&Phase) -> bool) -> bool {
        phase(&self.state.phase)
    }
}

pub fn typed(text: &str) -> v1::Message {
    message(Kind::Text(v1::Text {
        text: text.to_owned(),
        ..Default::default()
    }))
}

pub fn pressed(payload: &str, label: &str) -> v1::Message {
    message(Kind::Postback(v1::Postback {
        payload: payload.to_owned(),
        label: label.to_owned(),
        ..Default::default()
    }))
}

pub fn photo() -> v1::Message {
    message(Kind::Image(v1::Image {
        media_id: 5,
        name: "a.jpg".to_owned(),
        ..v1::Image::default()
    }))
}

fn message(kind: Kind) -> v1::Message {
    v1::Message {
        body: Some(v1::Body { kind: Some(kind) }),
        sender: v1::Sender::Visitor.into(),
        ..v1::Message::default()
    }
}
