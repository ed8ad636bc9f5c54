//! `with-postgres COMMAND [ARGS…]`: the command, with one PostgreSQL for all the tests in it.
//!
//! Every test has a database of its own anyway. Without this each would start a server of its own, too, where
//! there is none, which takes some seconds each time.

use std::process::ExitCode;

use anyhow::Context as _;
use kefu_tests::Postgres;
use tokio::{process::Command, signal::ctrl_c};

/// Two test processes at once, each with pools of several services.
const CONNECTIONS: &str = "max_connections=200";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().context("with-postgres COMMAND [ARGS…]")?;
    let mut command = Command::new(&program);
    command.args(words);
    let server = Postgres::find_with(&[CONNECTIONS]).await;
    command.env("KEFU_TEST_POSTGRES", server.url());
    let name = program.to_string_lossy().into_owned();
    let mut child = command.spawn().context(name)?;
    // An interrupt from the keyboard is the command's as well: it ends, and then the server is stopped.
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = ctrl_c() => {}
        }
    };
    drop(server);
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
