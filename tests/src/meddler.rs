//! A road between clients and a service on which one delivery is dropped or doubled: what audits
//! must find.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use kefu_proto::v1::{ServerFrame, server_frame};
use prost::Message as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What is done to one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meddling {
    /// Nothing.
    None,
    /// It never comes.
    Drops,
    /// It comes twice.
    Doubles,
}

/// Listens on this machine and passes on to a service.
#[derive(Debug)]
pub struct Meddler {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Meddler {
    /// Does it to the `at`th delivery of somebody's words, of all WebSockets that speak Protobuf.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn before_service(base: &str, meddling: Meddling, at: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(AtomicUsize::new(0));
        let target = base.trim_start_matches("http://").to_owned();
        let (counter, mut tasks) = (seen.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (target, seen) = (target.clone(), counter.clone());
                ways.spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else {
                        return;
                    };
                    let (mut up, to_client) = client.into_split();
                    let (down, mut to_server) = server.into_split();
                    tokio::select! {
                        _ = tokio::io::copy(&mut up, &mut to_server) => {}
                        _ = pass(down, to_client, meddling, at, &seen) => {}
                    }
                });
                while ways.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            seen,
            _tasks: tasks,
        }
    }

    /// The way through it.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Deliveries that came by.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    meddling: Meddling,
    at: usize,
    seen: &AtomicUsize,
) -> std::io::Result<()> {
    let mut held = Vec::new();
    let end = loop {
        if from.read_buf(&mut held).await? == 0 {
            return to.write_all(&held).await;
        }
        if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    if !held.starts_with(b"HTTP/1.1 101") {
        to.write_all(&held).await?;
        return tokio::io::copy(&mut from, &mut to).await.map(drop);
    }
    let mut rest = held.split_off(end);
    to.write_all(&held).await?;
    loop {
        while let Some((begin, end)) = frame(&rest) {
            let one: Vec<u8> = rest.drain(..end).collect();
            let is_it = is_delivery(&one[begin..]) && seen.fetch_add(1, Ordering::SeqCst) + 1 == at;
            let times = match meddling {
                Meddling::Drops if is_it => 0,
                Meddling::Doubles if is_it => 2,
                _ => 1,
            };
            for _ in 0..times {
                to.write_all(&one).await?;
            }
        }
        if from.read_buf(&mut rest).await? == 0 {
            return Ok(());
        }
    }
}

/// Where the payload of the first frame begins and ends (RFC 6455, 5.2); servers mask nothing.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match bytes.get(1)? {
        126 => (
            4,
            u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(*short)),
    };
    let end = begin + usize::try_from(length).ok()?;
    (end <= bytes.len()).then_some((begin, end))
}

/// Somebody's words, which have a client id.
fn is_delivery(payload: &[u8]) -> bool {
    let frame = ServerFrame::decode(payload).ok();
    match frame.and_then(|frame| frame.body) {
        Some(server_frame::Body::Messages(batch)) => {
            batch.messages.iter().any(|it| !it.client_id.is_empty())
        }
        _ => false,
    }
}
