//! Connections that are held and say nothing, by a process of their own: each has its own bound of
//! open files.

use std::{fmt::Write as _, path::Path, process::Command};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kefu_benches::{frames::Frames, process::Process};

use crate::{
    line::Line,
    service::{AT_ONCE, Session},
};

/// A process that holds connections until this value goes.
#[derive(Debug)]
pub struct Holder {
    _process: Process,
    _dir: tempfile::TempDir,
}

/// What is connected to.
#[derive(Debug, Clone, Copy)]
pub enum To<'a> {
    /// Kefu: each session's conversation is opened.
    Kefu(&'a [Session]),
    /// A server that knows nobody: so many plain connections.
    Anything(usize),
}

impl Holder {
    /// Connects all of them, and returns when they are.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn start(dir: &Path, address: &str, to: To<'_>) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("hold-").tempdir_in(dir)?;
        let mut lines = format!("{address}\n");
        let count = match to {
            To::Kefu(sessions) => {
                for Session {
                    token,
                    conversation,
                } in sessions
                {
                    writeln!(lines, "{conversation} {token}")?;
                }
                sessions.len()
            }
            To::Anything(count) => {
                lines.push_str(&"-\n".repeat(count));
                count
            }
        };
        let file = dir.path().join("connections");
        std::fs::write(&file, lines)?;
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = Process::start(command.arg("--hold").arg(&file), dir.path())?;
        let held = process.says("holding ").await?;
        ensure!(held == count.to_string(), "it holds {held} of {count}");
        Ok(Self {
            _process: process,
            _dir: dir,
        })
    }
}

/// The holder itself: connects what the file names, says so, and reads what comes.
///
/// # Errors
/// When one is refused or ends.
pub async fn hold(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let (address, lines) = text.split_once('\n').context("an address first")?;
    let lines: Vec<&str> = lines.lines().collect();
    let held: Vec<Held> = stream::iter(&lines)
        .map(|line| connect(address, line))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    println!("holding {}", held.len());
    let mut reading: tokio::task::JoinSet<anyhow::Result<()>> =
        held.into_iter().map(Held::read).collect();
    match reading.join_next().await {
        Some(ended) => ended?.context("a connection ended"),
        None => Ok(()),
    }
}

/// One held connection.
enum Held {
    Kefu(Box<Line>),
    Plain(Box<Frames>),
}

impl Held {
    async fn read(self) -> anyhow::Result<()> {
        match self {
            Self::Kefu(mut line) => loop {
                line.next().await?;
            },
            Self::Plain(mut frames) => loop {
                frames.read().await?;
            },
        }
    }
}

async fn connect(address: &str, line: &str) -> anyhow::Result<Held> {
    let Some((conversation, token)) = line.split_once(' ') else {
        let frames = Frames::connect(address, "/", "").await?;
        return Ok(Held::Plain(Box::new(frames)));
    };
    let mut line = Line::enter(address, token, false).await?;
    line.open(conversation.parse()?).await?;
    Ok(Held::Kefu(Box::new(line)))
}
