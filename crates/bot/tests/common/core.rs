//! The other end of the wire: a core that hands out turns over a Unix socket and takes commits,
//! as badly as a test wants.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kefu_bot::{Bot, BotSettings, LinkSettings, Status, run};
use kefu_proto::{
    transport::{Address, channel, listen_unix},
    v1::{
        self, CommitResult, CommitTurn, SubscribeRequest, Turn,
        commit_result::Outcome,
        turns_server::{Turns, TurnsServer},
    },
};
use kefu_types::{SeededEntropy, SystemClock};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, mpsc, oneshot},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status as RpcStatus, transport::Server};

pub const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Desk {
    /// Streams of bots, newest last.
    streams: Mutex<Vec<mpsc::Sender<Result<Turn, RpcStatus>>>>,
    subscriptions: Mutex<Vec<SubscribeRequest>>,
    /// What the next commits meet, in order; applied when nothing is planned.
    plans: Mutex<VecDeque<Plan>>,
    tries: AtomicUsize,
}

/// What a commit meets.
#[derive(Debug, Clone, Copy)]
pub enum Plan {
    Refuse(Code),
    Stale,
}

#[derive(Clone)]
struct Service {
    desk: Arc<Desk>,
    commits: mpsc::UnboundedSender<CommitTurn>,
}

#[tonic::async_trait]
impl Turns for Service {
    type SubscribeStream = ReceiverStream<Result<Turn, RpcStatus>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, RpcStatus> {
        let (sender, stream) = mpsc::channel(64);
        self.desk
            .subscriptions
            .lock()
            .await
            .push(request.into_inner());
        self.desk.streams.lock().await.push(sender);
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn commit(
        &self,
        request: Request<CommitTurn>,
    ) -> Result<Response<CommitResult>, RpcStatus> {
        self.desk.tries.fetch_add(1, Ordering::SeqCst);
        let outcome = match self.desk.plans.lock().await.pop_front() {
            Some(Plan::Refuse(code)) => return Err(RpcStatus::new(code, "planned")),
            Some(Plan::Stale) => Outcome::Stale,
            None => Outcome::Applied,
        };
        if outcome == Outcome::Applied {
            let _ = self.commits.send(request.into_inner());
        }
        Ok(Response::new(CommitResult {
            outcome: outcome.into(),
        }))
    }
}

/// A core, its socket, and a bot that is linked to it.
pub struct Core {
    desk: Arc<Desk>,
    commits: mpsc::UnboundedReceiver<CommitTurn>,
    service: Service,
    socket: PathBuf,
    server: Option<Runtime>,
    pub status: Arc<Status>,
    pub stop: CancellationToken,
    pub link: tokio::task::JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Core {
    /// A core with a bot that is linked already.
    pub async fn with_bot(settings: LinkSettings) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("chat.sock");
        let (sender, commits) = mpsc::unbounded_channel();
        let service = Service {
            desk: Arc::default(),
            commits: sender,
        };
        let bot = Bot::new(
            super::engine(),
            BotSettings::default(),
            Arc::new(SystemClock::new()),
        );
        let status = Arc::new(Status::default());
        status.set_engine(true);
        let stop = CancellationToken::new();
        let core = channel(&Address::Unix(socket.clone())).expect("a channel");
        let link = tokio::spawn(run(
            Arc::new(bot),
            core,
            settings,
            Arc::new(SeededEntropy::new(7)),
            status.clone(),
            stop.clone(),
        ));
        let mut core = Self {
            desk: service.desk.clone(),
            commits,
            server: Some(listen(&socket, service.clone()).await),
            service,
            socket,
            status,
            stop,
            link,
            _directory: directory,
        };
        core.linked(1).await;
        core
    }

    /// Waits for the bot's subscription number `count`.
    pub async fn linked(&mut self, count: usize) {
        let linked = async {
            while self.desk.streams.lock().await.len() < count || !self.status.ready().0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, linked)
            .await
            .expect("the bot links");
    }

    pub async fn subscription(&self) -> SubscribeRequest {
        self.desk
            .subscriptions
            .lock()
            .await
            .last()
            .cloned()
            .expect("a subscription")
    }

    pub async fn plan(&self, plans: &[Plan]) {
        self.desk.plans.lock().await.extend(plans);
    }

    pub fn tries(&self) -> usize {
        self.desk.tries.load(Ordering::SeqCst)
    }

    /// Hands a turn to the bot.
    pub async fn hand(&self, turn: v1::Turn) {
        let streams = self.desk.streams.lock().await;
        let stream = streams.last().expect("a bot");
        stream.send(Ok(turn)).await.expect("the bot listens");
    }

    /// The next commit that was applied.
    pub async fn commit(&mut self) -> CommitTurn {
        let commit = tokio::time::timeout(PATIENCE, self.commits.recv()).await;
        commit.expect("a commit in time").expect("the core lives")
    }

    /// A commit that was applied already.
    pub fn committed(&mut self) -> Option<CommitTurn> {
        self.commits.try_recv().ok()
    }

    /// No commit comes for a while.
    pub async fn silence(&mut self) {
        let commit = tokio::time::timeout(Duration::from_millis(300), self.commits.recv()).await;
        assert!(commit.is_err(), "{commit:?}");
    }

    /// Ends every stream but goes on serving.
    pub async fn drop_streams(&self) {
        self.desk.streams.lock().await.clear();
    }

    /// Dies with every connection and comes back on the same socket.
    pub async fn restart(&mut self, after: Duration) {
        self.kill();
        self.drop_streams().await;
        tokio::time::sleep(after).await;
        self.server = Some(listen(&self.socket, self.service.clone()).await);
    }

    fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_background();
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server with a runtime of its own, so that killing it cuts every connection.
async fn listen(socket: &Path, service: Service) -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let (listening, listens) = oneshot::channel();
    let socket = socket.to_path_buf();
    runtime.spawn(async move {
        let incoming = listen_unix(&socket).await.expect("the socket is free");
        listening.send(()).expect("the test waits");
        let server = Server::builder().add_service(TurnsServer::new(service));
        server
            .serve_with_incoming(incoming)
            .await
            .expect("the core serves");
    });
    listens.await.expect("the core listens");
    runtime
}
