//! Conversations, and what is said in them: short sentences of common and of rare words, now and
//! then with a number that stands nowhere else.

use std::sync::Arc;

use kefu_benches::mix;
use kefu_chat::{
    Head, Session, Subject, TokenHash, Visitor,
    store::{Advance, Change},
};
use kefu_proto::v1::{self, Sender, body};
use kefu_types::{ConversationId, Lang, SessionId, TenantId, VisitorId};

pub const TENANT: TenantId = TenantId(1);

const COMMON: [&str; 24] = [
    "你好",
    "请问",
    "我的",
    "订单",
    "什么时候",
    "发货",
    "退款",
    "退货",
    "怎么",
    "申请",
    "谢谢",
    "快递",
    "地址",
    "可以",
    "发票",
    "优惠券",
    "尺码",
    "不合适",
    "质量",
    "问题",
    "客服",
    "帮我",
    "查询",
    "一下",
];
const LATIN: [&str; 8] = ["iPhone", "XL", "order", "refund", "SF", "VIP", "app", "EMS"];
/// Words of two characters out of so many, of which each is as rare as the next.
const RARE_CHARS: u64 = 3_000;

/// The text of the message with this number.
pub fn text(number: u64) -> String {
    let mut said = String::new();
    for place in 0..3 + mix(number, 1) % 4 {
        let draw = mix(number, 10 + place);
        // The first words of the list come oftener than the last.
        let at = (draw % 24).min((draw >> 8) % 24) as usize;
        said.push_str(COMMON[at]);
        if draw.is_multiple_of(5) {
            said.push('，');
        }
    }
    let draw = mix(number, 2);
    if draw.is_multiple_of(3) {
        for place in 0..2 {
            let offset = mix(number, 30 + place) % RARE_CHARS;
            said.extend(char::from_u32(0x4E00 + offset as u32));
        }
    }
    if draw.is_multiple_of(4) {
        said.push_str(LATIN[(draw >> 16) as usize % LATIN.len()]);
    }
    if draw.is_multiple_of(7) {
        said.push_str(&format!(" {}", unique(number)));
    }
    said
}

/// A number that is said once, in messages whose draw has it.
pub fn unique(number: u64) -> String {
    format!("20261{number:09}")
}

pub fn has_unique(number: u64) -> bool {
    mix(number, 2).is_multiple_of(7)
}

pub fn tenant() -> Change {
    Change::CreateTenant {
        id: TENANT,
        name: "default".to_owned(),
    }
}

fn named(id: VisitorId) -> Visitor {
    Visitor {
        tenant: TENANT,
        id,
        name: String::new(),
        created_at_ms: 0,
    }
}

pub fn head(id: u64) -> Head {
    Head::begun(&named(VisitorId(id)), ConversationId(id), id, Lang::Zh)
}

pub fn visitor(head: &Head) -> Change {
    let subject = Subject::Visitor(head.visitor, head.id);
    Change::CreateVisitor {
        visitor: named(head.visitor),
        head: Arc::new(head.clone()),
        session: Session {
            id: SessionId(head.id.0),
            tenant: TENANT,
            token: TokenHash::of(&head.id.to_string()),
            subject,
            created_at_ms: 0,
            expires_at_ms: 0,
            revoked_at_ms: 0,
        },
    }
}

/// The message of this number is said; ids rise with the numbers.
pub fn says(head: &mut Head, number: u64) -> Change {
    let before = head.clone();
    head.version += 1;
    head.last_seq += 1;
    head.stamp = (1 << 40) + number;
    let text = v1::Text {
        text: text(number),
        ..Default::default()
    };
    let message = v1::Message {
        id: (1 << 40) + number,
        conversation_id: head.id.0,
        seq: head.last_seq,
        sender: Sender::Visitor.into(),
        sender_id: head.visitor.0,
        client_id: number.to_string(),
        body: Some(v1::Body {
            kind: Some(body::Kind::Text(text)),
        }),
        ..v1::Message::default()
    };
    Change::Advance(Advance {
        expected_version: before.version,
        expected_stamp: before.stamp,
        whole: !before.is_moved_by(head),
        head: Arc::new(head.clone()),
        messages: [message].into(),
        key: None,
        guard: None,
        room: None,
        reference: None,
        alert: None,
        left: None,
        events: [].into(),
    })
}
