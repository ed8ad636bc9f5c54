//! Bytes on the wire for one conversation of a shop: the frames of a real one, as each way of writing
//! them would send them.

use std::time::Duration;

use kefu_proto::{
    snappy::pack,
    v1::{
        ClientFrame, Mark, Message, OpenWorkspace, Sender, ServerFrame, Typing, client_frame,
        server_frame,
    },
};
use kefu_tests::Options;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    line::{Line, Record},
    service::{self, address, agents, ask_for_a_person, log_in, sessions},
};

/// What the visitor asks the bot.
const ASKED: [&str; 4] = ["你好", "我的快递到哪了", "可以开发票吗", "怎么联系你们"];
/// What the agent and the visitor say by turns.
const TALK: [(&str, &str); 5] = [
    ("您好，请问您的订单号是多少？", "订单号 20261122001"),
    ("好的，我帮您查一下，请稍等。", "快一点，谢谢"),
    (
        "查到了，您的订单昨天已经签收，商品有什么问题吗？",
        "尺码买小了，想换大一号",
    ),
    (
        "可以的，我为您登记换货，换成 L 码，新的商品会在三天内寄出，运费由我们承担。",
        "太好了",
    ),
    ("不客气，还有什么可以帮您的吗？", "没有了，谢谢，再见"),
];
/// For an answer of the bot, which may have none.
const ANSWER: Duration = Duration::from_secs(3);
/// Frames above so many bytes are compressed, as the edge does it by default.
const COMPRESS_ABOVE: usize = 512;

/// Bytes by connection, direction and way of writing.
///
/// # Errors
/// When the service does not start or refuses something.
pub async fn measure() -> anyhow::Result<Value> {
    let (visitor, agent) = conversation().await?;
    Ok(json!({
        "asked": ASKED.len(), "talk": 2 * TALK.len(), "compress_above_bytes": COMPRESS_ABOVE,
        "visitor": sizes(&visitor), "agent": sizes(&agent),
    }))
}

async fn conversation() -> anyhow::Result<(Record, Record)> {
    let service = service::start(Options::default().without_model()).await?;
    let login = agents(&service, 1).await?.remove(0);
    let (api, at) = (service.api(), address(&service.base).to_owned());
    let token = log_in(&api, &login).await?;
    let free = json!({ "status": "AGENT_STATUS_FREE" });
    api.with_token(&token)
        .call(Method::PUT, "/api/v1/me/status", Some(free))
        .await?;
    let mut agent = Line::enter(&at, &token, true).await?;
    agent
        .write(client_frame::Body::Workspace(OpenWorkspace {}))
        .await?;
    agent
        .until(|body| matches!(body, server_frame::Body::Workspace(_)))
        .await?;
    let session = sessions(&api, 1).await?.remove(0);
    let id = session.conversation;
    let mut visitor = Line::enter(&at, &session.token, true).await?;
    visitor.open(id).await?;
    for words in ASKED {
        visitor.say(id, words).await?;
        hears(&mut visitor, id, |message| message.sender() == Sender::Bot).await?;
    }
    ask_for_a_person(&api, &session).await?;
    agent
        .until(|body| matches!(body, server_frame::Body::Conversation(head) if head.agent_id > 0))
        .await?;
    agent.open(id).await?;
    for (answer, more) in TALK {
        types(&mut agent, id).await?;
        agent.say(id, answer).await?;
        hears(&mut visitor, id, |message| {
            message.sender() == Sender::Agent
        })
        .await?;
        types(&mut visitor, id).await?;
        visitor.say(id, more).await?;
        hears(&mut agent, id, |message| {
            kefu_tests::text_of(message) == more
        })
        .await?;
    }
    let records = (visitor.record.take(), agent.record.take());
    Ok((records.0.unwrap_or_default(), records.1.unwrap_or_default()))
}

/// Waits for such a message, and says how far it read, as a page does.
async fn hears(
    line: &mut Line,
    conversation_id: u64,
    wanted: impl Fn(&Message) -> bool,
) -> anyhow::Result<()> {
    let mut seq = 0;
    let hearing = async {
        loop {
            if let server_frame::Body::Messages(batch) = line.next().await? {
                seq = batch.messages.last().map_or(seq, |last| last.seq);
                if batch.messages.iter().any(&wanted) {
                    return anyhow::Ok(());
                }
            }
        }
    };
    if let Ok(heard) = timeout(ANSWER, hearing).await {
        heard?;
    }
    let mark = Mark {
        conversation_id,
        delivered_seq: seq,
        read_seq: seq,
        ..Mark::default()
    };
    line.write(client_frame::Body::Mark(mark)).await
}

/// Begins to type; the message that follows ends it.
async fn types(line: &mut Line, conversation_id: u64) -> anyhow::Result<()> {
    let typing = Typing {
        conversation_id,
        active: true,
        ..Typing::default()
    };
    line.write(client_frame::Body::Typing(typing)).await
}

fn sizes(record: &Record) -> Value {
    let up = |write: fn(&ClientFrame) -> Vec<u8>| -> usize {
        let frames = record.up.iter().map(write);
        frames.map(|it| it.len() + header(it.len()) + 4).sum()
    };
    let down = |write: fn(&ServerFrame) -> Vec<u8>| -> usize {
        let frames = record.down.iter().map(write);
        frames.map(|it| it.len() + header(it.len())).sum()
    };
    json!({
        "frames_up": record.up.len(), "frames_down": record.down.len(),
        "json": { "up": up(as_json), "down": down(as_json) },
        "proto": { "up": up(as_proto), "down": down(as_proto) },
        "json_snappy": {
            "up": up(|it| pack(&as_json(it), COMPRESS_ABOVE)),
            "down": down(|it| pack(&as_json(it), COMPRESS_ABOVE)),
        },
        "proto_snappy": {
            "up": up(|it| pack(&as_proto(it), COMPRESS_ABOVE)),
            "down": down(|it| pack(&as_proto(it), COMPRESS_ABOVE)),
        },
    })
}

fn as_json<T: serde::Serialize>(frame: &T) -> Vec<u8> {
    serde_json::to_vec(frame).unwrap_or_default()
}

fn as_proto<T: prost::Message>(frame: &T) -> Vec<u8> {
    frame.encode_to_vec()
}

/// Of a WebSocket frame (RFC 6455, 5.2), without the mask of what goes up.
const fn header(length: usize) -> usize {
    match length {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    }
}
