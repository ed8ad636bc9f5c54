//! What of a message can be searched.

use kefu_proto::v1::{self, body};

/// The texts of a message that are searched, in the order in which they are shown: what was said,
/// a card's title and text, the label of a button that was pressed, the name of a picture or a file.
/// Notices have none.
///
/// This is the one place that decides it, for every index. Whatever must never be found (a body
/// that only its readers can decrypt, one that was taken back) has no texts here; what is taken
/// back leaves the index with the recall.
#[must_use]
pub fn searched(message: &v1::Message) -> Vec<&str> {
    if message.recalled_seq != 0 {
        return Vec::new();
    }
    let texts = match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Text(said)) => [said.text.as_str(), ""],
        Some(body::Kind::Card(card)) => [card.title.as_str(), card.text.as_str()],
        Some(body::Kind::Postback(pressed)) => [pressed.label.as_str(), ""],
        Some(body::Kind::Image(image)) => [image.name.as_str(), ""],
        Some(body::Kind::File(file)) => [file.name.as_str(), ""],
        Some(body::Kind::Notice(_) | body::Kind::Recall(_)) | None => ["", ""],
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}
