//! A road between the product and a server, that can be closed in several ways.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
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
    /// Everything passes, each piece this many milliseconds late.
    Late(u64),
}

/// Where it leads.
#[derive(Debug, Clone)]
enum Target {
    Socket(PathBuf),
    Port(String, u16),
}

/// Listens on this machine and passes on to a server.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    road: watch::Sender<Road>,
    requests: Arc<AtomicUsize>,
    target: Arc<Mutex<Target>>,
    stranded: Arc<AtomicU64>,
    made: Arc<AtomicU64>,
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
        Self::to(match server.get_socket() {
            Some(dir) => Target::Socket(dir.join(format!(".s.PGSQL.{}", server.get_port()))),
            None => Target::Port(server.get_host().to_owned(), server.get_port()),
        })
        .await
    }

    /// Before a service at `http://127.0.0.1:port`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn before_service(base: &str) -> Self {
        Self::to(target(base)).await
    }

    async fn to(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (road, seen) = watch::channel(Road::Open);
        let target = Arc::new(Mutex::new(target));
        let requests = Arc::new(AtomicUsize::new(0));
        let (stranded, made) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let shared = Passing {
            road: seen,
            lost: Arc::new(watch::Sender::new(false)),
            requests: requests.clone(),
            number: 0,
            stranded: stranded.clone(),
        };
        let (leads, counter) = (target.clone(), made.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let passing = Passing {
                    lost: Arc::new(watch::Sender::new(false)),
                    number: counter.fetch_add(1, Ordering::SeqCst),
                    ..shared.clone()
                };
                let target = leads.lock().expect("no panic holds it").clone();
                ways.spawn(way(client, target, passing));
                while ways.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            road,
            requests,
            target,
            stranded,
            made,
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

    /// The way through it to a service.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The service came back elsewhere: new connections lead there.
    pub fn leads_to(&self, base: &str) {
        *self.target.lock().expect("no panic holds it") = target(base);
    }

    /// Whatever is connected now is so for ever, and nothing passes any more, whatever the road:
    /// neither end is told. New connections are as the road is.
    pub fn strand(&self) {
        let made = self.made.load(Ordering::SeqCst);
        self.stranded.store(made, Ordering::SeqCst);
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
    /// The how manieth connection this is.
    number: u64,
    /// Those below this pass nothing and are never closed.
    stranded: Arc<AtomicU64>,
}

impl Passing {
    fn is_stranded(&self) -> bool {
        self.number < self.stranded.load(Ordering::SeqCst)
    }
}

/// Of `http://127.0.0.1:port`.
fn target(base: &str) -> Target {
    let address = base.trim_start_matches("http://");
    let (host, port) = address.rsplit_once(':').expect("host and port");
    Target::Port(host.to_owned(), port.parse().expect("a port"))
}

async fn way(client: TcpStream, target: Target, passing: Passing) {
    // A road that is cut when somebody comes is closed in their face.
    if *passing.road.borrow() == Road::Cut {
        return;
    }
    let Some((from_server, to_server)) = reach(&target).await else {
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

async fn reach(target: &Target) -> Option<(Incoming, Outgoing)> {
    match target {
        Target::Socket(file) => {
            let (incoming, outgoing) = UnixStream::connect(file).await.ok()?.into_split();
            Some((Box::new(incoming), Box::new(outgoing)))
        }
        Target::Port(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await.ok()?;
            let _ = stream.set_nodelay(true);
            let (incoming, outgoing) = stream.into_split();
            Some((Box::new(incoming), Box::new(outgoing)))
        }
    }
}

/// One direction.
async fn pass(mut from: Incoming, mut to: Outgoing, mut passing: Passing, is_request: bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes).await {
        if passing.is_stranded() {
            if count == 0 {
                break;
            }
            continue;
        }
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
        if let Road::Late(ms) = now {
            tokio::time::sleep(Duration::from_millis(ms)).await;
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
    if passing.is_stranded() {
        // One end has gone; the other is not told.
        std::future::pending::<()>().await;
    }
}

/// `COMMIT` as a statement of its own; it comes in one piece.
fn has_commit(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"COMMIT\0")
}
