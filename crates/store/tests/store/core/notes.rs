//! Notes through the core: who may write and read them, whom they mention, and who looks on.

use kefu_chat::{ChatSettings, CoreError, LinkEvents, Teamwork};
use kefu_proto::v1::{self, Role, act_request::Action, link_down, link_up};

use super::{
    recalls::served,
    world::{Agent, PATIENCE, World, settings, up},
};

async fn write(
    world: &World,
    (token, conversation_id): (&str, u64),
    client_id: &str,
    text: &str,
    whisper: bool,
) -> Result<v1::NoteWritten, CoreError> {
    let request = v1::WriteNoteRequest {
        session: token.to_owned(),
        conversation_id,
        client_id: client_id.to_owned(),
        text: text.to_owned(),
        whisper,
    };
    world.core.write_note(request).await
}

/// A plain note, stored.
async fn note(world: &World, who: (&str, u64), client_id: &str, text: &str) -> v1::Note {
    let written = write(world, who, client_id, text, false).await;
    written.expect("stored").note.expect("a note")
}

async fn list(world: &World, token: &str, id: u64) -> Result<Vec<v1::Note>, CoreError> {
    let request = v1::ListNotesRequest {
        session: token.to_owned(),
        conversation_id: id,
        ..v1::ListNotesRequest::default()
    };
    world.core.list_notes(request).await.map(|page| page.notes)
}

async fn mentions(world: &World, token: &str) -> Vec<u64> {
    let session = token.to_owned();
    let request = v1::ListMentionsRequest { session };
    let mentions = world.core.list_mentions(request).await.expect("a user's");
    mentions.notes.iter().map(|note| note.id).collect()
}

async fn read(world: &World, token: &str, id: u64, number: u64) -> Result<v1::Empty, CoreError> {
    let request = v1::ReadMentionsRequest {
        session: token.to_owned(),
        conversation_id: id,
        number,
    };
    world.core.read_mentions(request).await
}

fn code<T: std::fmt::Debug>(result: Result<T, CoreError>) -> &'static str {
    result.expect_err("it is refused").code()
}

/// The next of these events; others are passed over.
async fn heard<T>(events: &mut LinkEvents, wanted: impl Fn(link_down::Body) -> Option<T>) -> T {
    let search = async {
        loop {
            let down = events.next().await.expect("the link goes on");
            if let Some(found) = down.body.and_then(&wanted) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("it comes")
}

fn noted(body: link_down::Body) -> Option<v1::Note> {
    match body {
        link_down::Body::Noted(noted) => noted.note,
        _ => None,
    }
}

fn seen(body: link_down::Body) -> Option<v1::MentionsRead> {
    match body {
        link_down::Body::Mentions(seen) => seen.read,
        _ => None,
    }
}

fn viewers(body: link_down::Body) -> Option<Vec<String>> {
    match body {
        link_down::Body::Viewers(changed) => {
            let viewers = changed.viewers?.viewers;
            Some(viewers.into_iter().map(|viewer| viewer.name).collect())
        }
        _ => None,
    }
}

#[tokio::test]
async fn notes_are_the_agents_own_and_no_visitor_reaches_them() {
    let world = World::new().await;
    let (visitor, agent) = served(&world).await;
    let before = visitor.sees().await;
    let first = note(&world, (&agent.token, visitor.id), "n1", "秘密").await;
    assert_eq!((first.number, first.after_seq), (1, before.last_seq));
    assert_eq!(first.author_name, "li");
    let second = note(&world, (&agent.token, visitor.id), "n2", "再说").await;
    assert_eq!(second.number, 2);
    // The same again is the same; the same id for other words is refused.
    let again = write(&world, (&agent.token, visitor.id), "n1", "秘密", false).await;
    let again = again.expect("the first one");
    assert!(again.duplicate && again.note.as_ref() == Some(&first));
    let other = write(&world, (&agent.token, visitor.id), "n1", "别的", false).await;
    assert_eq!(code(other), "conflict");
    let notes = list(&world, &agent.token, visitor.id).await;
    assert_eq!(notes.expect("readable"), [first, second]);

    // Nothing that a visitor sees has moved, and nothing lets them in.
    assert_eq!(visitor.sees().await, before);
    let said = visitor.history().await;
    assert!(
        said.iter()
            .all(|message| !format!("{message:?}").contains("秘密"))
    );
    let who = (visitor.token.as_str(), visitor.id);
    assert_eq!(
        code(write(&world, who, "v1", "x", false).await),
        "forbidden"
    );
    assert_eq!(code(list(&world, who.0, who.1).await), "forbidden");
    assert_eq!(code(read(&world, who.0, who.1, 1).await), "forbidden");
    let session = visitor.token.clone();
    let request = v1::ListMentionsRequest { session };
    assert_eq!(code(world.core.list_mentions(request).await), "forbidden");
}

#[tokio::test]
async fn a_note_outlives_the_process_and_its_bounds_are_said() {
    let teamwork = Teamwork {
        note_chars_max: 6,
        notes_max: 2,
        note_mentions_max: 1,
        ..Teamwork::default()
    };
    let world = World::with(ChatSettings {
        teamwork,
        ..settings()
    })
    .await;
    let (visitor, agent) = served(&world).await;
    let who = (agent.token.as_str(), visitor.id);
    for (client_id, text, refusal) in [
        ("n1", "", "invalid"),
        ("n1", " \n", "invalid"),
        ("n1", "\u{0}", "invalid"),
        ("", "x", "invalid"),
        ("n 1", "x", "invalid"),
        ("n1", "1234567", "too_large"),
    ] {
        let refused = write(&world, who, client_id, text, false).await;
        assert_eq!(code(refused), refusal, "{text:?}");
    }
    for id in [0, 1, u64::MAX] {
        let nowhere = write(&world, (who.0, id), "n1", "x", false).await;
        assert_eq!(code(nowhere), "not_found", "{id}");
        assert_eq!(code(list(&world, who.0, id).await), "not_found", "{id}");
    }
    assert_eq!(code(read(&world, who.0, visitor.id, 0).await), "invalid");
    let kept = note(&world, who, "n1", "一").await;
    note(&world, who, "n2", "二").await;
    let full = write(&world, who, "n3", "三", false).await;
    assert_eq!(code(full), "too_large");
    let (token, id) = (agent.token.clone(), visitor.id);
    drop((visitor, agent));
    let world = world.restart().await;
    let notes = list(&world, &token, id).await.expect("readable");
    assert_eq!((notes.len(), &notes[0]), (2, &kept));
    let again = write(&world, (&token, id), "n1", "一", false).await;
    assert!(again.expect("known").duplicate);
}

#[tokio::test]
async fn a_mention_is_heard_at_once_and_stays_until_it_was_seen_on_any_device() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let mut wang = world.agent(&admin, "wang", 1).await;
    let chen = world.agent(&admin, "chen", 1).await;
    let by = (chen.token.as_str(), visitor.id);
    let first = note(&world, by, "n1", "@Wang 请看, @chen @nobody").await;
    let body = first.body.clone().expect("a body");
    assert_eq!(
        body.mentioned_ids,
        [wang.id],
        "neither the author nor nobody"
    );
    assert_eq!(heard(&mut wang.events, noted).await, first);
    let second = note(&world, by, "n2", "@wang 再看").await;
    assert_eq!(mentions(&world, &wang.token).await, [second.id, first.id]);
    assert_eq!(mentions(&world, &chen.token).await, [0; 0]);
    // A retry mentions nobody once more.
    read(&world, &wang.token, visitor.id, 1)
        .await
        .expect("theirs");
    note(&world, by, "n1", "@Wang 请看, @chen @nobody").await;
    assert_eq!(mentions(&world, &wang.token).await, [second.id]);
    let read_event = heard(&mut wang.events, seen).await;
    assert_eq!((read_event.agent_id, read_event.number), (wang.id, 1));
    read(&world, &wang.token, visitor.id, 2)
        .await
        .expect("theirs");
    assert_eq!(mentions(&world, &wang.token).await, [0; 0]);
}

#[tokio::test]
async fn a_whisper_is_a_supervisors_word_to_the_owner() {
    let world = World::new().await;
    let (visitor, agent) = served(&world).await;
    let admin = world.login("root", super::world::PASSWORD).await;
    let admin = admin.expect("the first admin");
    let boss = world.user(&admin, "boss", Role::Supervisor, 1).await;
    let boss = world.at_work("boss", boss.id).await;
    let colleague = world.agent(&admin, "wu", 1).await;
    let at = visitor.id;
    let not_theirs = write(&world, (&colleague.token, at), "n1", "x", true).await;
    assert_eq!(code(not_theirs), "forbidden");
    let written = write(&world, (&boss.token, at), "n1", "答应他", true).await;
    let whisper = written.expect("stored").note.expect("a note");
    let body = whisper.body.clone().expect("a body");
    assert!(body.whisper);
    assert_eq!(body.mentioned_ids, [agent.id], "its owner hears it");
    assert_eq!(mentions(&world, &agent.token).await, [whisper.id]);
    let plain = write(&world, (&boss.token, at), "n1", "答应他", false).await;
    assert_eq!(code(plain), "conflict", "the same words, but no whisper");
    agent.does(at, Action::End).await.expect("theirs");
    agent.does(at, Action::Finish).await.expect("theirs");
    let nobody = write(&world, (&boss.token, at), "n2", "x", true).await;
    assert_eq!(code(nobody), "invalid", "nobody serves it");
    note(&world, (&boss.token, at), "n3", "a note is always possible").await;
}

#[tokio::test]
async fn no_note_mention_or_look_crosses_a_tenant() {
    let world = World::new().await;
    world.core.ensure_tenant("other").await.expect("another");
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let theirs = world.visitor_of("other").await;
    let who = (agent.token.as_str(), theirs.id);
    assert_eq!(
        code(write(&world, who, "n1", "x", false).await),
        "not_found"
    );
    assert_eq!(code(list(&world, who.0, who.1).await), "not_found");
    read(&world, who.0, who.1, 1)
        .await
        .expect("nothing to be seen");
    // Whoever looks at what is another's is not seen there.
    let (link, mut events) = world.core.open_link().expect("room");
    let watch = v1::Watch {
        session: theirs.token.clone(),
        conversation_id: theirs.id,
    };
    link.receive(up(link_up::Body::Watch(watch))).await;
    agent.link.receive(looks(&agent, theirs.id)).await;
    theirs.says("m1", "x").await.expect("accepted");
    let first = heard(&mut events, |body| match body {
        link_down::Body::Viewers(_) => Some("viewers"),
        link_down::Body::Appended(_) => Some("message"),
        _ => None,
    });
    assert_eq!(first.await, "message");
}

fn looks(agent: &Agent, conversation_id: u64) -> v1::LinkUp {
    up(link_up::Body::Look(v1::Look {
        session: agent.token.clone(),
        socket_id: 1,
        conversation_id,
    }))
}

async fn watches_and_looks(agent: &Agent, conversation_id: u64) {
    let watch = v1::Watch {
        session: agent.token.clone(),
        conversation_id,
    };
    agent.link.receive(up(link_up::Body::Watch(watch))).await;
    agent.link.receive(looks(agent, conversation_id)).await;
}

#[tokio::test]
async fn who_looks_is_seen_by_who_looks_until_their_socket_is_gone() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let mut li = world.agent(&admin, "li", 1).await;
    let wu = world.agent(&admin, "wu", 1).await;
    let he = world.agent(&admin, "he", 1).await;
    watches_and_looks(&li, visitor.id).await;
    assert_eq!(heard(&mut li.events, viewers).await, ["li"]);
    watches_and_looks(&wu, visitor.id).await;
    assert_eq!(heard(&mut li.events, viewers).await, ["li", "wu"]);
    watches_and_looks(&he, visitor.id).await;
    assert_eq!(heard(&mut li.events, viewers).await, ["li", "wu", "he"]);
    let unlook = v1::Unlook {
        socket_id: 1,
        conversation_id: visitor.id,
    };
    wu.link.receive(up(link_up::Body::Unlook(unlook))).await;
    assert_eq!(heard(&mut li.events, viewers).await, ["li", "he"]);
    // Visitors and forged sessions do not look.
    for session in [visitor.token.as_str(), "forged"] {
        let look = v1::Look {
            session: session.to_owned(),
            socket_id: 9,
            conversation_id: visitor.id,
        };
        wu.link.receive(up(link_up::Body::Look(look))).await;
    }
    // Their edge dies, or they log out: gone.
    drop(he);
    assert_eq!(heard(&mut li.events, viewers).await, ["li"]);
    watches_and_looks(&wu, visitor.id).await;
    assert_eq!(heard(&mut li.events, viewers).await, ["li", "wu"]);
    let out = v1::LogoutRequest {
        session: wu.token.clone(),
        everywhere: false,
    };
    world.core.logout(out).await.expect("theirs");
    assert_eq!(heard(&mut li.events, viewers).await, ["li"]);
}
