//! What the bot would say, in words that an agent can send.

use std::collections::BTreeMap;

use kefu_intents::{Intent, Role};
use kefu_proto::v1::{self, body::Kind, button::Action};

use super::{Wording, answer::body};
use crate::reading::{mentioned, reference, valid};

impl Wording<'_> {
    /// The whole reply of an intent or an entry of the knowledge base, as text. `None` where there is
    /// none that a person could send: what only the dialog uses, what hands over to people, what says
    /// that something was done, and what holds a value that nobody knows.
    pub(crate) fn proposal(&self, id: &str, said: &str) -> Option<String> {
        if let Some(entry) = self.catalogue.knowledge.get(id) {
            return words(&body(&entry.reply(), &BTreeMap::new()));
        }
        let intent = valid(self.catalogue, id, self.today)?;
        if !is_for_people(intent) {
            return None;
        }
        let wanted = reference(intent);
        let values = mentioned(&wanted, said, self.day);
        let open = |name: &String| !values.contains_key(name);
        let missing = wanted
            .slots
            .iter()
            .find(|it| !it.optional && open(&it.name));
        if let Some(slot) = missing {
            return words(&self.ask(&wanted, slot, (false, None, false)));
        }
        if intent.action.is_some() {
            return None;
        }
        words(&body(self.variant(id, 0)?, &values))
    }
}

/// Whether an agent could say it: not yes, no, "cancelled" or "I am getting somebody".
const fn is_for_people(intent: &Intent) -> bool {
    let of_dialog = matches!(
        intent.role,
        Some(Role::Human | Role::Cancel | Role::Affirm | Role::Deny)
    );
    !of_dialog && intent.handoff.is_none()
}

/// A body as text: a card's title first, and the addresses that buttons would open last.
fn words(body: &v1::Body) -> Option<String> {
    let (title, text, buttons) = match body.kind.as_ref()? {
        Kind::Text(text) => ("", &text.text, &text.buttons),
        Kind::Card(card) => (card.title.as_str(), &card.text, &card.buttons),
        _ => return None,
    };
    let link = |button: &v1::Button| match &button.action {
        Some(Action::Url(url)) => Some(format!("{}: {url}", button.label)),
        _ => None,
    };
    let lines = [title.to_owned(), text.trim().to_owned()];
    let lines = lines.into_iter().chain(buttons.iter().filter_map(link));
    let text: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    let text = text.join("\n");
    (!text.is_empty() && !has_placeholder(&text)).then_some(text)
}

/// Whether a value is still to be filled in.
fn has_placeholder(text: &str) -> bool {
    text.split('{').skip(1).any(|rest| {
        let name = rest.split_once('}').map(|(name, _)| name);
        name.is_some_and(|name| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !name.is_empty() && name.chars().all(is_part)
        })
    })
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Card, body::Kind};

    use super::{has_placeholder, words};
    use crate::wording::answer::plain;

    #[test]
    fn a_card_is_its_title_its_text_and_where_it_leads() {
        let card = Card {
            title: "退货".to_owned(),
            text: "七天内。".to_owned(),
            buttons: vec![
                kefu_proto::v1::Button {
                    label: "详情".to_owned(),
                    action: Some(kefu_proto::v1::button::Action::Url(
                        "https://a.example".to_owned(),
                    )),
                },
                super::super::postback("不", "none".to_owned()),
            ],
            ..Default::default()
        };
        let body = Body {
            kind: Some(Kind::Card(card)),
        };
        let expected = "退货\n七天内。\n详情: https://a.example";
        assert_eq!(words(&body).as_deref(), Some(expected));
    }

    #[test]
    fn what_still_wants_a_value_is_not_proposed() {
        assert!(has_placeholder("订单 {order_no} 已发货"));
        assert!(!has_placeholder("{} { 号 } 普通的 {"));
        assert_eq!(words(&plain("单号 {order}".to_owned(), vec![])), None);
        assert_eq!(words(&plain(" ".to_owned(), vec![])), None);
    }
}
