//! Sensitive words: what becomes of a message before it is stored, and who hears of it.

use std::sync::Arc;

use kefu_proto::v1::{self, Sender, body, link_down::Body};
use kefu_types::TenantId;
use kefu_words::{Action, Hit, List, Side, Span, Verdict, Words};

use super::Core;
use crate::{error::CoreError, people::Who};

/// What of a button that was pressed counts as said: nobody sees it, but a bot answers it.
const SAID_PREFIX: &str = "text:";

/// A body as it may be stored.
pub(crate) struct Judged {
    pub(crate) body: Option<v1::Body>,
    pub(crate) masked: bool,
    pub(crate) alert: bool,
    hits: Vec<v1::WordHit>,
    side: Side,
}

impl Core {
    /// These lists judge every message from now on.
    pub fn set_words(&self, words: Words) {
        for side in Side::ALL {
            let entries = words.of(side).len();
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            metrics::gauge!("kefu_chat_word_entries", "list" => side.name()).set(entries as f64);
        }
        *self.words.write() = Arc::new(words);
    }

    /// What may be stored of this body.
    pub(crate) fn judge(&self, who: &Who, sent: Option<&v1::Body>) -> Result<Judged, CoreError> {
        let words = self.words.read().clone();
        let side = if who.is_visitor() {
            Side::Visitors
        } else {
            Side::Agents
        };
        let (body, verdict) = judged(words.of(side), sent);
        if verdict.block {
            count(side, Action::Block);
            return Err(CoreError::Blocked);
        }
        Ok(Judged {
            body,
            masked: verdict.masked.is_some(),
            alert: verdict.alert,
            hits: verdict.hits.iter().map(hit).collect(),
            side,
        })
    }

    /// To all workspaces of the tenant; edges pass it on to those who oversee. They are told where, and
    /// read why.
    pub(crate) fn publish_words(&self, tenant: TenantId, alert: &v1::WordAlert) {
        let found = v1::WordsFound {
            tenant_id: tenant.0,
            alert: Some(v1::WordAlert {
                hits: Vec::new(),
                ..alert.clone()
            }),
        };
        self.hub.workspaces(tenant, || Body::Words(found.clone()));
    }
}

impl Judged {
    /// Counts what was found, once it is stored.
    pub(crate) fn count(&self) {
        if self.masked {
            count(self.side, Action::Mask);
        }
        if self.alert {
            count(self.side, Action::Alert);
        }
    }

    /// What supervisors hear of a message of `who` in which words were found; where it stands is
    /// filled in when it is sealed.
    pub(crate) fn alert_for(&self, who: &Who) -> Option<v1::WordAlert> {
        let (list, agent) = match who {
            Who::Visitor { .. } => (Sender::Visitor, None),
            Who::User { user, .. } => (Sender::Agent, Some(user)),
        };
        self.alert.then(|| v1::WordAlert {
            list: list.into(),
            agent_id: agent.map_or(0, |agent| agent.id.0),
            agent_name: agent.map_or_else(String::new, |agent| agent.name.clone()),
            hits: self.hits.clone(),
            ..Default::default()
        })
    }
}

fn count(side: Side, action: Action) {
    metrics::counter!("kefu_chat_words_total", "list" => side.name(), "action" => action.key())
        .increment(1);
}

/// The body with what is masked in it, and everything that was found.
fn judged(list: &List, sent: Option<&v1::Body>) -> (Option<v1::Body>, Verdict) {
    let mut body = sent.cloned();
    let verdict = match body.as_mut().and_then(|body| body.kind.as_mut()) {
        Some(body::Kind::Text(said)) => mask(list, &mut said.text, &mut said.masked),
        Some(body::Kind::Postback(pressed)) => {
            let mut verdict = mask(list, &mut pressed.label, &mut pressed.masked);
            if let Some(said) = pressed.payload.strip_prefix(SAID_PREFIX) {
                let more = list.judge(said);
                verdict.block |= more.block;
                verdict.alert |= more.alert;
                verdict.hits = joined(verdict.hits, more.hits);
            }
            verdict
        }
        Some(body::Kind::Image(image)) => named(list, &image.name),
        Some(body::Kind::File(file)) => named(list, &file.name),
        Some(body::Kind::Card(_) | body::Kind::Notice(_) | body::Kind::Recall(_)) | None => {
            Verdict::default()
        }
    };
    (body, verdict)
}

fn mask(list: &List, text: &mut String, masked: &mut Vec<v1::Masked>) -> Verdict {
    let mut verdict = list.judge(text);
    if let Some(found) = &mut verdict.masked {
        *text = std::mem::take(&mut found.text);
        *masked = found.spans.iter().map(span).collect();
    }
    verdict
}

/// The name of an upload cannot be masked: the message must name what was uploaded as it is.
fn named(list: &List, name: &str) -> Verdict {
    let verdict = list.judge(name);
    Verdict {
        block: verdict.block || verdict.masked.is_some(),
        masked: None,
        ..verdict
    }
}

/// What a button shows, and what else it says: that has no place in what is shown.
fn joined(mut shown: Vec<Hit>, said: Vec<Hit>) -> Vec<Hit> {
    for more in said {
        if shown.iter().all(|hit| hit.rule != more.rule) {
            let spans = Vec::new();
            shown.push(Hit { spans, ..more });
        }
    }
    shown
}

fn hit(hit: &Hit) -> v1::WordHit {
    let span = |span: &Span| v1::WordSpan {
        start: span.start,
        end: span.end,
    };
    v1::WordHit {
        rule: hit.rule.clone(),
        spans: hit.spans.iter().map(span).collect(),
    }
}

fn span(span: &Span) -> v1::Masked {
    v1::Masked {
        start: span.start,
        end: span.end,
    }
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, File, Masked, Postback, Recall, Text, body::Kind};
    use kefu_words::{Action, List};

    use super::judged;

    fn list() -> List {
        let entries = [
            ("代开发票", Action::Block),
            ("傻瓜", Action::Mask),
            ("曝光", Action::Alert),
        ];
        List::build(entries).expect("a small list")
    }

    fn of(kind: Kind) -> (Option<Kind>, bool, bool, bool) {
        let (body, verdict) = judged(&list(), Some(&Body { kind: Some(kind) }));
        let kind = body.and_then(|body| body.kind);
        (kind, verdict.block, verdict.masked.is_some(), verdict.alert)
    }

    fn pressed(label: &str, payload: &str) -> Kind {
        Kind::Postback(Postback {
            label: label.to_owned(),
            payload: payload.to_owned(),
            ..Default::default()
        })
    }

    fn file(name: &str) -> Kind {
        Kind::File(File {
            name: name.to_owned(),
            ..Default::default()
        })
    }

    #[test]
    fn a_text_is_masked_and_says_where() {
        let said = Kind::Text(Text {
            text: "你傻 瓜，曝光".to_owned(),
            ..Default::default()
        });
        let stored = Kind::Text(Text {
            text: "你***，曝光".to_owned(),
            masked: vec![Masked { start: 1, end: 4 }],
            ..Default::default()
        });
        assert_eq!(of(said), (Some(stored), false, true, true));
    }

    #[test]
    fn a_button_counts_by_its_label_and_by_what_it_says() {
        let (kind, block, masked, alert) = of(pressed("傻瓜", "text:曝光"));
        let Some(Kind::Postback(stored)) = kind else {
            panic!("still a button: {kind:?}")
        };
        assert_eq!(
            (stored.label.as_str(), stored.payload.as_str()),
            ("**", "text:曝光")
        );
        assert_eq!((block, masked, alert), (false, true, true));
        let said = Body {
            kind: Some(pressed("曝光台", "text:曝光 曝光")),
        };
        let hits = judged(&list(), Some(&said)).1.hits;
        assert_eq!(hits.len(), 1, "one entry");
        assert_eq!(hits[0].spans.len(), 1, "in what is shown");
        let unseen = Body {
            kind: Some(pressed("好", "text:曝光")),
        };
        let hits = judged(&list(), Some(&unseen)).1.hits;
        assert_eq!((hits[0].rule.as_str(), hits[0].spans.len()), ("曝光", 0));
        assert!(of(pressed("好", "text:代开发票")).1);
        assert!(
            !of(pressed("好", "intent:代开发票")).1,
            "an id is nothing that is said"
        );
    }

    #[test]
    fn a_file_whose_name_would_be_masked_is_refused() {
        assert!(of(file("傻瓜.pdf")).1);
        assert_eq!(
            of(file("曝光.pdf")),
            (Some(file("曝光.pdf")), false, false, true)
        );
        let recall = Kind::Recall(Recall { seq: 1 });
        assert_eq!(of(recall.clone()), (Some(recall), false, false, false));
    }
}
