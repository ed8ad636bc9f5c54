//! Texts with a NUL. PostgreSQL cannot hold one and SQLite's tools cut them short there, so no
//! store takes one. Bodies and dialog states are encoded and may hold anything.

use kefu_chat::{
    Group, Head, User,
    store::{Change, StoreError},
};
use kefu_proto::v1;

/// Whether there is a NUL in it.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains('\0')
}

/// Refuses changes that would store a text with a NUL. The core singles out which one it is.
pub(crate) fn refuse(changes: &[Change]) -> Result<(), StoreError> {
    match changes.iter().find_map(place) {
        Some(place) => Err(StoreError::Rejected(format!("the {place} holds a NUL"))),
        None => Ok(()),
    }
}

/// The first text of a change that holds one.
fn place(change: &Change) -> Option<&'static str> {
    let first = |texts: &[(&'static str, &str)]| {
        let held = texts.iter().find(|(_, text)| is_in(text));
        held.map(|(place, _)| *place)
    };
    match change {
        Change::CreateTenant { name, .. } => first(&[("tenant's name", name)]),
        Change::CreateVisitor { visitor, head, .. } => {
            first(&[("visitor's name", &visitor.name)]).or_else(|| first(&of_head(head)))
        }
        Change::Identify(arrival) => {
            let fresh = arrival.fresh.as_ref();
            let subject = ("visitor's own id", arrival.identity.subject.as_str());
            first(&[subject]).or_else(|| {
                let (visitor, head) = fresh?;
                first(&[("visitor's name", &visitor.name)]).or_else(|| first(&of_head(head)))
            })
        }
        Change::Advance(advance) => first(&of_head(&advance.head)).or_else(|| {
            let mut messages = advance.messages.iter();
            messages.find_map(|message| first(&of_message(message)))
        }),
        Change::CreateUser(user)
        | Change::UpdateUser(user)
        | Change::CompleteSetup { user, .. } => first(&of_user(user)),
        Change::PutGroup(group) => first(&of_group(group)),
        Change::SetState(change) => first(&of_user(&change.user)),
        Change::Happened { events, .. } => {
            let mut events = events.iter();
            events.find_map(|event| first(&[("event's reason", &event.reason)]))
        }
        Change::RecordVersion(record) => {
            let mut files = record.version.files.iter();
            files.find_map(|file| first(&[("file's path", &file.path)]))
        }
        Change::ReserveMedia { media, .. } => first(&[("client id", &media.client_id)]),
        Change::AddNote(new) => first(&[
            ("author's name", &new.note.author_name),
            ("client id", &new.note.client_id),
        ]),
        Change::ChangeTags(change) => {
            let mut tags = change.add.iter().chain(&change.remove);
            tags.find_map(|tag| first(&[("tag", tag)]))
        }
        Change::SaveCanned(saved) => first(&[
            ("shortcut", &saved.reply.shortcut),
            ("title", &saved.reply.title),
            ("Chinese text", &saved.reply.text_zh),
            ("English text", &saved.reply.text_en),
        ]),
        Change::Mark(mark) => first(&[("device's id", &mark.device)]),
        Change::Summarize { summary, .. } => first(&[("summary's category", &summary.category)]),
        Change::CountProposed(counts) => counts
            .iter()
            .find_map(|row| first(&[("intent", &row.intent)])),
        Change::SeePage(new) => first(&[
            ("page's address", &new.page.url),
            ("page's title", &new.page.title),
            ("page's referrer", &new.page.referrer),
        ]),
        Change::Probe { .. }
        | Change::Rate { .. }
        | Change::MoveLeft(_)
        | Change::ForgetEvents { .. }
        | Change::SeeAlerts(_)
        | Change::CreateSession(_)
        | Change::RevokeSessions { .. }
        | Change::OpenSetup { .. }
        | Change::ReadMentions { .. }
        | Change::DeleteCanned { .. }
        | Change::SealMedia { .. }
        | Change::ExpireMedia(_)
        | Change::ForgetMedia { .. }
        | Change::PutPiece { .. }
        | Change::SealContent { .. }
        | Change::BeginEpoch { .. }
        | Change::IndexOlder { .. } => None,
    }
}

fn of_head(head: &Head) -> [(&'static str, &str); 4] {
    [
        ("visitor's name", &head.visitor_name),
        ("agent's name", &head.agent_name),
        ("reason of the hand-off", &head.handoff_reason),
        ("preview", &head.preview),
    ]
}

fn of_message(message: &v1::Message) -> [(&'static str, &str); 3] {
    let trace = message.trace.as_ref();
    let assist = trace.and_then(|trace| trace.assist.as_ref());
    [
        ("sender's name", &message.sender_name),
        ("client id", &message.client_id),
        // Counted by it, in a column of its own.
        ("intent", assist.map_or("", |assist| assist.intent.as_str())),
    ]
}

fn of_group(group: &Group) -> [(&'static str, &str); 3] {
    [
        ("group's key", &group.key),
        ("group's name", &group.name),
        ("group's calendar", &group.calendar),
    ]
}

fn of_user(user: &User) -> [(&'static str, &str); 4] {
    [
        ("login", &user.login),
        ("user's name", &user.name),
        ("password's hash", &user.password_hash),
        ("reason for being away", &user.away_reason),
    ]
}
