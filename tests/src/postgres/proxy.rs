//! A road between the product and a server, that can be closed in several ways.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinSet,
};

/// How the road is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// Everything passes.
    Open,
    /// Nothing passes, and nothing is closed: half-open connections, a server that stalls.
    Frozen,
    /// From the next COMMIT on, no answer passes; the server gets everything.
    LosesAnswers,
    /// From the next COMMIT on, nothing passes: the server never gets it.
    LosesCommits,
    /// Connections are cut, and new ones are, too.
    Cut,
}

/// Listens on this machine and passes on to a server.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    road: watch::Sender<Road>,
    requests: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

type Incoming = Box<dyn AsyncRead + Unpin + Send>;
type Outgoing = Box<dyn AsyncWrite + Unpin + Send>;

impl Proxy {
    /// Before the server of these options.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn before(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (road, seen) = watch::channel(Road::Open);
        let server = Arc::new(server.clone());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let passing = Passing {
                    road: seen.clone(),
                    lost: Arc::new(watch::Sender::new(false)),
                    requests: counted.clone(),
                };
                ways.spawn(way(client, server.clone(), passing));
            }
        });
        Self {
            address,
            road,
            requests,
            _tasks: tasks,
        }
    }

    /// The way through the proxy to a database.
    #[must_use]
    pub fn url(&self, database: &PgConnectOptions) -> String {
        let name = database.get_database().unwrap_or("postgres");
        let through = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.address.port())
            .username(database.get_username())
            .database(name);
        through.to_url_lossy().to_string()
    }

    /// How often a client has spoken: the number of round trips, where each is waited for.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// From now on the road is so.
    pub fn set(&self, road: Road) {
        self.road.send_replace(road);
    }
}

/// What both directions of a connection know.
#[derive(Clone)]
struct Passing {
    road: watch::Receiver<Road>,
    /// Set once a COMMIT came by on a road that loses something.
    lost: Arc<watch::Sender<bool>>,
    requests: Arc<AtomicUsize>,
}

async fn way(client: TcpStream, server: Arc<PgConnectOptions>, passing: Passing) {
    // A road that is cut when somebody comes is closed in their face.
    if *passing.road.borrow() == Road::Cut {
        return;
    }
    let Some((from_server, to_server)) = reach(&server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let mut cut = passing.road.clone();
    tokio::select! {
        () = pass(Box::new(from_client), to_server, passing.clone(), true) => {}
        () = pass(from_server, Box::new(to_client), passing, false) => {}
        _ = cut.wait_for(|road| *road == Road::Cut) => {}
    }
}

async fn reach(server: &PgConnectOptions) -> Option<(Incoming, Outgoing)> {
    if let Some(dir) = server.get_socket() {
        let file = dir.join(format!(".s.PGSQL.{}", server.get_port()));
        let (incoming, outgoing) = UnixStream::connect(file).await.ok()?.into_split();
        return Some((Box::new(incoming), Box::new(outgoing)));
    }
    let stream = TcpStream::connect((server.get_host(), server.get_port()))
        .await
        .ok()?;
    let (incoming, outgoing) = stream.into_split();
    Some((Box::new(incoming), Box::new(outgoing)))
}

/// One direction.
async fn pass(mut from: Incoming, mut to: Outgoing, mut passing: Passing, is_request: bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes).await {
        if count == 0 {
            return;
        }
        let thawed = passing.road.wait_for(|road| *road != Road::Frozen).await;
        let Ok(now) = thawed.map(|road| *road) else {
            return;
        };
        let loses = matches!(now, Road::LosesAnswers | Road::LosesCommits);
        if is_request && loses && has_commit(&bytes[..count]) {
            passing.lost.send_replace(true);
        }
        if is_request {
            passing.requests.fetch_add(1, Ordering::SeqCst);
        }
        let is_lost = *passing.lost.borrow();
        let is_dropped = is_lost && (!is_request || now == Road::LosesCommits);
        if !is_dropped && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// `COMMIT` as a statement of its own; it comes in one piece.
fn has_commit(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"COMMIT\0")
}
