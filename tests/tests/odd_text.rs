//! Text as strange devices send it: understood as what it shows, kept as it was typed.

use kefu_proto::v1::Sender;
use kefu_tests::{Codec, Options, Service, Socket, Visitor, text, text_of};
use tokio_tungstenite::tungstenite::Message as Raw;

/// The longest message that is taken, in characters.
const CHARS_MAX: usize = 4_000;

async fn service() -> Service {
    Service::start(Options::default().without_model()).await
}

/// The first answer to `words` in a new conversation, and the words as everybody reads them.
async fn first_answer(service: &Service, words: &str) -> (String, String) {
    let mut visitor = Visitor::arrive(service, "zh").await;
    visitor.says(words).await;
    let answer = visitor.hears_from(Sender::Bot).await;
    let own = |message: &&kefu_proto::v1::Message| message.sender() == Sender::Visitor;
    let kept = visitor
        .seen
        .iter()
        .find(own)
        .map(text_of)
        .unwrap_or_default();
    (text_of(&answer).to_owned(), kept.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_wide_and_turned_characters_change_nothing_of_what_is_meant() {
    let service = service().await;
    let (expected, _) = first_answer(&service, "我要退货").await;
    for words in [
        "我要退貨",
        "我 要 退 货 ！！！",
        "\u{202E}我要\u{202C}退\u{2066}货\u{2069}",
        "\u{200F}我\u{200B}要\u{FEFF}退\u{2060}货\u{200D}",
        "【我要退货】😡😡😡",
    ] {
        let (answer, kept) = first_answer(&service, words).await;
        assert_eq!(answer, expected, "{words:?}");
        assert_eq!(kept, words, "what was typed is never changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_message_of_any_characters_is_answered() {
    let service = service().await;
    for piece in [
        "长",
        "😀",
        "\u{200B}x",
        "a\u{301}\u{316}",
        "ﷺ",
        "\u{202E}ab",
        "1",
    ] {
        let count = piece.chars().count();
        let words = piece.repeat(CHARS_MAX / count);
        let (answer, kept) = first_answer(&service, &words).await;
        assert!(!answer.is_empty(), "{piece:?}");
        assert!(kept == words, "{piece:?} is kept as it was typed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_is_refused_at_every_door_and_the_next_message_is_served() {
    let service = service().await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let token = visitor.api.token().to_owned();
    // Half of an emoji, as a client cuts it that counts in UTF-16.
    let body = r#"{"clientId":"half","body":{"text":{"text":"退货\ud83d"}}}"#;
    let path = format!("/api/v1/conversations/{}/messages", visitor.conversation);
    let request = reqwest::Client::new()
        .post(format!("{}{path}", service.base))
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body(body);
    let answer = request.send().await.expect("an answer");
    assert!([400, 422].contains(&answer.status().as_u16()), "{answer:?}");

    let mut socket = Socket::hello(&service.base, Codec::Json, &token)
        .await
        .expect("a welcome");
    let frame = format!(
        r#"{{"ref":"1","send":{{"conversationId":"{}","clientId":"half","body":{{"text":{{"text":"\udc00"}}}}}}}}"#,
        visitor.conversation
    );
    socket.raw(Raw::text(frame)).await.expect("connected");
    assert_eq!(socket.close_code().await.expect("a code"), 4400);

    visitor.sends("whole", text("退货😀")).await.expect("taken");
    visitor.hears_from(Sender::Bot).await;
    assert!(
        visitor
            .seen
            .iter()
            .all(|message| !text_of(message).contains('\u{FFFD}'))
    );
}
