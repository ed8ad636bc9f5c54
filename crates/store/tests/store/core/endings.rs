//! Ratings and summaries, through the core.

use std::time::Duration;

use kefu_chat::{ChatSettings, Choice, Closing, CoreError};
use kefu_proto::v1::{self, act_request::Action, body, notice};

use super::{
    recalls::served,
    world::{Visitor, World, settings},
};

pub const MINUTE: Duration = Duration::from_secs(60);

fn choice(id: &str) -> Choice {
    Choice {
        id: id.to_owned(),
        zh: id.to_owned(),
        en: id.to_owned(),
    }
}

pub fn with_closing(change: impl Fn(&mut Closing)) -> ChatSettings {
    let mut settings = settings();
    let closing = &mut settings.closing;
    closing.reasons = vec![choice("fast"), choice("slow")];
    closing.categories = vec![choice("order"), choice("other")];
    change(closing);
    settings
}

/// The sequence of the newest notice that closed a talk.
pub async fn ended_seq(visitor: &Visitor) -> u64 {
    let history = visitor.history().await;
    let closed = history
        .iter()
        .rev()
        .find(|message| fact(message) == Some(notice::Kind::Closed));
    closed.map_or(0, |message| message.seq)
}

pub fn fact(message: &v1::Message) -> Option<notice::Kind> {
    match message.body.as_ref()?.kind.as_ref()? {
        body::Kind::Notice(said) => Some(said.kind()),
        _ => None,
    }
}

pub fn rating(visitor: &Visitor, ended_seq: u64, score: u32) -> v1::Rating {
    v1::Rating {
        conversation_id: visitor.id,
        ended_seq,
        score,
        reasons: vec!["fast".to_owned()],
        comment: "谢谢".to_owned(),
        ..Default::default()
    }
}

pub async fn rates(
    world: &World,
    token: &str,
    rating: v1::Rating,
) -> Result<v1::Rating, CoreError> {
    let request = v1::RateRequest {
        session: token.to_owned(),
        rating: Some(rating),
    };
    world.core.rate(request).await
}

async fn sums_up(
    world: &World,
    token: &str,
    (id, ended_seq): (u64, u64),
    category: &str,
) -> Result<v1::Summary, CoreError> {
    let summary = v1::Summary {
        conversation_id: id,
        ended_seq,
        category: category.to_owned(),
        note: " 三天内到账 ".to_owned(),
        ..Default::default()
    };
    let request = v1::SummarizeRequest {
        session: token.to_owned(),
        summary: Some(summary),
    };
    world.core.summarize(request).await
}

async fn endings(world: &World, token: &str, id: u64) -> Vec<v1::Ending> {
    let request = v1::ListEndingsRequest {
        session: token.to_owned(),
        conversation_id: id,
    };
    world
        .core
        .list_endings(request)
        .await
        .expect("theirs")
        .endings
}

async fn code<T: std::fmt::Debug>(
    done: impl Future<Output = Result<T, CoreError>>,
) -> &'static str {
    done.await.expect_err("refused").code()
}

#[tokio::test]
async fn a_talk_is_rated_once_by_its_visitor_and_a_retry_is_the_same() {
    let world = World::with(with_closing(|_| {})).await;
    let (visitor, agent) = served(&world).await;
    let early = rates(&world, &visitor.token, rating(&visitor, 1, 5));
    assert_eq!(code(early).await, "not_found", "nothing has ended");
    agent.does(visitor.id, Action::End).await.expect("ended");
    let seq = ended_seq(&visitor).await;
    let first = rates(&world, &visitor.token, rating(&visitor, seq, 5))
        .await
        .expect("rated");
    assert_eq!((first.score, first.agent_id), (5, agent.id));
    let again = rates(&world, &visitor.token, rating(&visitor, seq, 5)).await;
    assert_eq!(again.expect("the same"), first);
    let other = rates(&world, &visitor.token, rating(&visitor, seq, 1));
    assert_eq!(code(other).await, "conflict");
    assert_eq!(
        endings(&world, &visitor.token, visitor.id).await,
        [v1::Ending {
            ended_seq: seq,
            rating: Some(first),
            summary: None,
        }]
    );
    // The next talk is another one.
    visitor.says("again", "还有").await.expect("accepted");
    agent.does(visitor.id, Action::End).await.expect("ended");
    let next = ended_seq(&visitor).await;
    assert!(next > seq);
    rates(&world, &visitor.token, rating(&visitor, next, 2))
        .await
        .expect("rated");
}

#[tokio::test]
async fn what_cannot_be_a_rating_is_refused_and_stores_nothing() {
    let world = World::with(with_closing(|_| {})).await;
    let (visitor, agent) = served(&world).await;
    agent.does(visitor.id, Action::End).await.expect("ended");
    let seq = ended_seq(&visitor).await;
    let good = || rating(&visitor, seq, 3);
    for (wrong, expected) in [
        (v1::Rating { score: 0, ..good() }, "invalid"),
        (v1::Rating { score: 6, ..good() }, "invalid"),
        (
            v1::Rating {
                reasons: vec!["kind".into()],
                ..good()
            },
            "invalid",
        ),
        (
            v1::Rating {
                reasons: vec!["fast".into(), "fast".into()],
                ..good()
            },
            "invalid",
        ),
        (
            v1::Rating {
                comment: "长".repeat(501),
                ..good()
            },
            "too_large",
        ),
        (
            v1::Rating {
                comment: "a\0".into(),
                ..good()
            },
            "invalid",
        ),
        (
            v1::Rating {
                ended_seq: 0,
                ..good()
            },
            "invalid",
        ),
        (
            v1::Rating {
                ended_seq: 1,
                ..good()
            },
            "not_found",
        ),
        (
            v1::Rating {
                ended_seq: seq + 1,
                ..good()
            },
            "not_found",
        ),
    ] {
        let refused = rates(&world, &visitor.token, wrong.clone());
        assert_eq!(code(refused).await, expected, "{wrong:?}");
    }
    let stranger = world.visitor().await;
    assert_eq!(
        code(rates(&world, &stranger.token, good())).await,
        "not_found"
    );
    assert_eq!(code(rates(&world, &agent.token, good())).await, "forbidden");
    world.pass(24 * 60 * MINUTE + MINUTE);
    assert_eq!(code(rates(&world, &visitor.token, good())).await, "closed");
    assert_eq!(endings(&world, &visitor.token, visitor.id).await, []);
}

#[tokio::test]
async fn whoever_ends_it_a_served_talk_can_be_rated_and_one_with_the_bot_cannot() {
    let world = World::with(with_closing(|_| {})).await;
    let (visitor, agent) = served(&world).await;
    visitor.does(Action::Close).await.expect("closed");
    let seq = ended_seq(&visitor).await;
    let rated = rates(&world, &visitor.token, rating(&visitor, seq, 4))
        .await
        .expect("rated");
    assert_eq!((rated.agent_id, rated.agent_name.as_str()), (agent.id, ""));
    let other = world.visitor().await;
    other.says("a", "你好").await.expect("accepted");
    other.does(Action::Close).await.expect("closed");
    let seq = ended_seq(&other).await;
    assert!(seq > 0);
    assert_eq!(
        code(rates(&world, &other.token, rating(&other, seq, 4))).await,
        "not_found"
    );
}

#[tokio::test]
async fn the_agent_of_a_talk_sums_it_up_and_the_visitor_does_not_see_it() {
    let world = World::with(with_closing(|_| {})).await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    let agent = world.agent(&admin, "li", 5).await;
    let colleague = world.agent(&admin, "wang", 5).await;
    agent
        .does(visitor.id, Action::Claim)
        .await
        .expect("claimed");
    agent.does(visitor.id, Action::End).await.expect("ended");
    let talk = (visitor.id, ended_seq(&visitor).await);
    assert_eq!(
        code(sums_up(&world, &agent.token, talk, "refund")).await,
        "invalid"
    );
    assert_eq!(
        code(sums_up(&world, &visitor.token, talk, "order")).await,
        "forbidden"
    );
    assert_eq!(
        code(sums_up(&world, &colleague.token, talk, "order")).await,
        "conflict"
    );
    assert_eq!(
        code(sums_up(&world, &agent.token, (visitor.id, 1), "order")).await,
        "not_found"
    );
    sums_up(&world, &agent.token, talk, "other")
        .await
        .expect("written");
    let stands = sums_up(&world, &admin, talk, "order")
        .await
        .expect("corrected");
    assert_eq!(stands.note, "三天内到账");
    let seen = endings(&world, &colleague.token, visitor.id).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].summary, Some(stands));
    assert_eq!(endings(&world, &visitor.token, visitor.id).await, []);
}
