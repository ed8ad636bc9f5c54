//! What an idle connection costs, beside a bare server of the same library and node's `ws`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::ensure;
use futures::StreamExt as _;
use kefu_benches::process::{Process, free_port};
use kefu_tests::{Api, Options, binary, workspace_root};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::{accept_async_with_config, tungstenite::protocol::WebSocketConfig};

use crate::{
    hold::{Holder, To},
    plan::Plan,
    service::{self, WIDER, address, memory_mib, role, sessions},
};

/// Until allocators and kernels have settled.
const SETTLE: Duration = Duration::from_secs(4);
/// Of the bare server, as small as a frame of a chat.
const BUFFER_BYTES: usize = 4 * 1024;

/// KiB for each connection, by subject and level.
///
/// # Errors
/// When something of ours does not start.
pub async fn measure(plan: &Plan) -> anyhow::Result<Value> {
    let mut figures = json!({});
    figures["kefu"] = kefu(plan).await?;
    let mut bare = Command::new(std::env::current_exe()?);
    figures["bare"] = anything(plan, bare.arg("--serve-idle")).await?;
    figures["ws"] = match ws(plan).await {
        Ok(figure) => figure,
        Err(error) => json!({ "failed": format!("{error:#}") }),
    };
    figures["two_edges"] = two_edges(plan).await?;
    Ok(figures)
}

async fn kefu(plan: &Plan) -> anyhow::Result<Value> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let options = Options::default()
        .without_model()
        .data_dir(&dir.path().join("data"));
    let service = service::start(options).await?;
    let (api, ids) = (
        service.api(),
        [role(&service, "edge")?, role(&service, "chat")?],
    );
    let at = address(&service.base).to_owned();
    // The first of everything is made before the beginning is read.
    let _first = Holder::start(&plan.dir, &at, To::Kefu(&sessions(&api, 1).await?)).await?;
    tokio::time::sleep(SETTLE).await;
    let before = [memory_mib(&ids[..1])?, memory_mib(&ids[1..])?];
    let (mut holders, mut levels, mut held) = (Vec::new(), Vec::new(), 0);
    for level in &plan.idle {
        let more = sessions(&api, level - held).await?;
        holders.push(Holder::start(&plan.dir, &at, To::Kefu(&more)).await?);
        held = *level;
        tokio::time::sleep(SETTLE).await;
        eprintln!("  {held} are idle");
        let now = [memory_mib(&ids[..1])?, memory_mib(&ids[1..])?];
        let each = |role: usize| kib_each(now[role] - before[role], held);
        levels.push(json!({
            "connections": held, "edge_kib": each(0), "chat_kib": each(1), "kib": each(0) + each(1),
        }));
    }
    Ok(json!({ "levels": levels, "begun_mib": before }))
}

fn kib_each(mib: f64, count: usize) -> f64 {
    (mib * 1024.0 / count as f64 * 100.0).round() / 100.0
}

/// A server that says where it listens and knows nobody.
async fn anything(plan: &Plan, command: &mut Command) -> anyhow::Result<Value> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let mut process = Process::start(command, dir.path())?;
    let at = process.says("listening ").await?;
    let ids = [process.id()];
    let _first = Holder::start(&plan.dir, &at, To::Anything(1)).await?;
    tokio::time::sleep(SETTLE).await;
    let before = memory_mib(&ids)?;
    let (mut holders, mut levels, mut held) = (Vec::new(), Vec::new(), 0);
    for level in &plan.idle {
        holders.push(Holder::start(&plan.dir, &at, To::Anything(level - held)).await?);
        held = *level;
        tokio::time::sleep(SETTLE).await;
        eprintln!("  {held} are idle");
        let kib = kib_each(memory_mib(&ids)? - before, held);
        levels.push(json!({ "connections": held, "kib": kib }));
    }
    Ok(json!({ "levels": levels, "begun_mib": before }))
}

async fn ws(plan: &Plan) -> anyhow::Result<Value> {
    let web = workspace_root().canonicalize()?.join("web");
    ensure!(
        web.join("node_modules/ws").is_dir(),
        "node's ws is not installed"
    );
    let server = workspace_root()
        .canonicalize()?
        .join("benches/peers/ws.cjs");
    let mut command = Command::new("node");
    anything(plan, command.arg(server).arg(web)).await
}

/// A core, and two edges that share its data directory, each with as many as one may have.
async fn two_edges(plan: &Plan) -> anyhow::Result<Value> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let chat = start_role(dir.path(), "chat", None)?;
    let mut edges = Vec::new();
    for _ in 0..2 {
        let at = format!("127.0.0.1:{}", free_port()?);
        let mut edge = start_role(dir.path(), "edge", Some(&at))?;
        edge.listens(&at).await?;
        let api = Api::new(&format!("http://{at}"));
        until_ready(&api).await?;
        edges.push((edge, at, api));
    }
    let ids: Vec<i32> = edges.iter().map(|(edge, ..)| edge.id()).collect();
    tokio::time::sleep(SETTLE).await;
    let before = [memory_mib(&ids)?, memory_mib(&[chat.id()])?];
    let mut holders = Vec::new();
    for (_, at, api) in &edges {
        let more = sessions(api, plan.idle_each).await?;
        holders.push(Holder::start(&plan.dir, at, To::Kefu(&more)).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let held = 2 * plan.idle_each;
    let edge = kib_each(memory_mib(&ids)? - before[0], held);
    let chat = kib_each(memory_mib(&[chat.id()])? - before[1], held);
    Ok(json!({ "connections": held, "edge_kib": edge, "chat_kib": chat, "kib": edge + chat }))
}

fn start_role(dir: &Path, role: &str, listen: Option<&str>) -> anyhow::Result<Process> {
    let own = tempfile::Builder::new()
        .prefix(role)
        .tempdir_in(dir)?
        .keep();
    let data: PathBuf = dir.join("data");
    std::fs::create_dir_all(&data)?;
    let mut command = Command::new(binary());
    command.arg(role).arg("--data-dir").arg(data);
    if let Some(listen) = listen {
        command.args(["--listen", listen]);
    }
    command.envs(WIDER.map(|(name, value)| (name, value.to_string())));
    Process::start(&mut command, &own)
}

/// Ready is an edge that makes sessions: there is no bot, and `/readyz` says so.
async fn until_ready(api: &Api) -> anyhow::Result<()> {
    for _ in 0..200 {
        if sessions(api, 1).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the edge is not ready")
}

/// The bare server: accepts, reads, answers nothing.
///
/// # Errors
/// When it cannot listen.
pub async fn serve_bare() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?);
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let Ok(mut socket) = accept_async_with_config(stream, Some(config)).await else {
                return;
            };
            while let Some(Ok(_)) = socket.next().await {}
        });
    }
}
