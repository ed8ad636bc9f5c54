//! Notes beside conversations.

use kefu_chat::store::{Change, NewNote, Outcome, Page};
use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};

use super::tables::{HeadKey, Tables};

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::AddNote(new) => add(tables, new),
        Change::ReadMentions {
            tenant,
            agent,
            conversation,
            number,
        } => {
            tables.mentions.retain(|(whose, note_id), _| {
                let note = tables
                    .notes
                    .values()
                    .flatten()
                    .find(|note| note.id == *note_id);
                let seen = note.is_some_and(|note| {
                    note.conversation_id == conversation.0 && note.number <= *number
                });
                !(*whose == (*tenant, *agent) && seen)
            });
            Outcome::Applied
        }
        _ => Outcome::Missing,
    }
}

fn add(tables: &mut Tables, new: &NewNote) -> Outcome {
    let key = (
        new.tenant,
        kefu_types::ConversationId(new.note.conversation_id),
    );
    if !tables.heads.contains_key(&key) {
        return Outcome::Missing;
    }
    let notes = tables.notes.entry(key).or_default();
    let is_it = |note: &&v1::Note| {
        (note.author_id, &note.client_id) == (new.note.author_id, &new.note.client_id)
    };
    if let Some(first) = notes.iter().find(is_it) {
        return Outcome::Noted {
            note: Box::new(first.clone()),
            new: false,
        };
    }
    let number = notes.len() as u64 + 1;
    if number > new.notes_max {
        return Outcome::QuotaFull;
    }
    let note = v1::Note {
        number,
        ..new.note.clone()
    };
    notes.push(note.clone());
    for agent in note.body.iter().flat_map(|body| &body.mentioned_ids) {
        let whose = (new.tenant, AgentId(*agent));
        tables.mentions.insert((whose, note.id), key);
    }
    Outcome::Noted {
        note: Box::new(note),
        new: true,
    }
}

pub(super) fn page(tables: &Tables, key: HeadKey, page: Page, limit: usize) -> Vec<v1::Note> {
    let all = tables.notes.get(&key).map_or(&[][..], Vec::as_slice);
    match page {
        Page::After(number) => {
            let after = all.iter().filter(|note| note.number > number);
            after.take(limit).cloned().collect()
        }
        Page::Before(number) => {
            let before: Vec<_> = all.iter().filter(|note| note.number < number).collect();
            let first = before.len().saturating_sub(limit);
            before.into_iter().skip(first).cloned().collect()
        }
    }
}

pub(super) fn mentions(tables: &Tables, agent: (TenantId, AgentId), limit: usize) -> Vec<v1::Note> {
    let unread = tables.mentions.range((agent, 0)..=(agent, u64::MAX)).rev();
    let notes = unread.filter_map(|((_, id), key)| {
        let notes = tables.notes.get(key)?;
        notes.iter().find(|note| note.id == *id)
    });
    notes.take(limit).cloned().collect()
}
