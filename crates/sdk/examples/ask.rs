//! A visitor in a terminal: `cargo run --package kefu-sdk --example ask -- http://127.0.0.1:8811`.
//!
//! What is typed is sent, or waits in `ask.outbox` until it can be; the session is kept in
//! `ask.session`, which is a secret. Start it again, and it goes on.

#![allow(clippy::print_stdout, reason = "a terminal is what it is for")]

use std::{fs, path::Path};

use kefu_sdk::{
    FileOutbox, Limits, Options, Person, RoomEvent, Visitor,
    proto::{Message, body::Kind},
};
use tokio::sync::mpsc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::args().nth(1);
    let server = server.unwrap_or_else(|| "http://127.0.0.1:8811".into());
    let outbox = FileOutbox::open(Path::new("ask.outbox"), &Limits::default())?;
    let kept: Option<Person> = fs::read("ask.session")
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let options = Options::new(&server).language("en").outbox(outbox);
    let visitor = Visitor::enter(options, kept).await?;
    fs::write("ask.session", serde_json::to_vec(visitor.person())?)?;

    let mut room = visitor.room()?;
    let (line, mut typed) = mpsc::channel(16);
    std::thread::spawn(move || {
        for words in std::io::stdin().lines().map_while(Result::ok) {
            if line.blocking_send(words).is_err() {
                return;
            }
        }
    });
    loop {
        tokio::select! {
            line = typed.recv() => match line {
                Some(line) if line == "?" => println!("{}", serde_json::to_string_pretty(&visitor.dump().await?)?),
                Some(line) => drop(room.send(line)?),
                None => return Ok(()),
            },
            event = room.next() => match event {
                Some(RoomEvent::Messages(fresh)) => {
                    fresh.iter().for_each(show);
                    room.read();
                }
                Some(RoomEvent::Refused(problem)) => return Err(problem.into()),
                Some(_) => {}
                None => return Ok(()),
            },
        }
    }
}

fn show(message: &Message) {
    let who = message.sender().as_str_name().trim_start_matches("SENDER_");
    match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(Kind::Text(text)) => println!("{:>3} {who}: {}", message.seq, text.text),
        Some(Kind::Card(card)) => {
            println!("{:>3} {who}: {} {}", message.seq, card.title, card.text)
        }
        Some(Kind::Postback(press)) => println!("{:>3} {who}: [{}]", message.seq, press.label),
        _ => {}
    }
}
