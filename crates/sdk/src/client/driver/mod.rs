//! The task behind a client: gives the machine what happens, and does what it says.

mod telling;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Weak},
    time::Duration,
};

use kefu_proto::v1::{Accepted, ClientFrame, client_frame, server_frame};
use kefu_types::Clock;
use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

use telling::Listener;

use super::{RoomEvent, Shared, WorkspaceEvent, options::Report};
use crate::{
    Dump, EventName, Problem, State,
    machine::{Effect, Input, LinkEnd, LinkEvent, Machine, Now},
    net::{Down, Target, Transport},
    outbox::{OutboxStore, Outgoing},
};

type Fate = oneshot::Sender<Result<Accepted, Problem>>;
type Answer = oneshot::Sender<Result<server_frame::Body, Problem>>;

/// What the application wants.
pub(super) enum Command {
    /// Something for the machine alone.
    Step(Input),
    /// A message, kept already.
    Push(Box<Outgoing>, Fate),
    /// A conversation after a sequence, told there.
    Room(u64, u64, mpsc::Sender<RoomEvent>),
    /// The workspace's lists, told there.
    Workspace(mpsc::Sender<WorkspaceEvent>),
    /// A question.
    Ask(client_frame::Body, Answer),
    /// What happened so far.
    Dump(oneshot::Sender<Dump>),
}

pub(super) struct Driver {
    machine: Machine,
    target: Arc<Target>,
    transports: Vec<Arc<dyn Transport>>,
    state: watch::Sender<State>,
    outbox: Arc<Mutex<Box<dyn OutboxStore>>>,
    report: Option<Report>,
    shared: Weak<Shared>,
    clock: Option<Arc<dyn Clock>>,
    began: Instant,
    links: BTreeMap<u64, mpsc::Sender<ClientFrame>>,
    down: mpsc::Sender<(u64, LinkEvent)>,
    told: mpsc::Receiver<(u64, LinkEvent)>,
    fates: BTreeMap<(u64, String), Fate>,
    answers: BTreeMap<u64, Answer>,
    questions: u64,
    rooms: BTreeMap<u64, Listener>,
    workspace: Option<mpsc::Sender<WorkspaceEvent>>,
    /// Something of the workspace was not taken: the lists are asked for anew.
    workspace_stale: bool,
    /// What the effects of one step bring about.
    inputs: VecDeque<Input>,
}

impl Driver {
    pub(super) fn new(
        machine: Machine,
        target: Arc<Target>,
        transports: Vec<Arc<dyn Transport>>,
        state: watch::Sender<State>,
        outbox: Arc<Mutex<Box<dyn OutboxStore>>>,
    ) -> Self {
        let (down, told) = mpsc::channel(target.limits.down_frames_max.max(1));
        Self {
            machine,
            target,
            transports,
            state,
            outbox,
            report: None,
            shared: Weak::new(),
            clock: None,
            began: Instant::now(),
            links: BTreeMap::new(),
            down,
            told,
            fates: BTreeMap::new(),
            answers: BTreeMap::new(),
            questions: 0,
            rooms: BTreeMap::new(),
            workspace: None,
            workspace_stale: false,
            inputs: VecDeque::new(),
        }
    }

    pub(super) fn reporting(mut self, report: Option<Report>) -> Self {
        self.report = report;
        self
    }

    pub(super) fn counting(mut self, shared: Weak<Shared>, clock: Arc<dyn Clock>) -> Self {
        self.shared = shared;
        self.clock = Some(clock);
        self
    }

    /// Until nobody holds the client any more.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let pause = Duration::from_millis(self.target.limits.reopen_ms.max(1));
        loop {
            let due = self
                .machine
                .due_ms()
                .map(|ms| self.began + Duration::from_millis(ms));
            let owes = self.workspace_stale || self.rooms.values().any(Listener::owes);
            let owed = owes.then(|| Instant::now() + pause);
            let wakes = due.into_iter().chain(owed).min();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                Some((line, event)) = self.told.recv() => self.step(Input::Link(line, event)),
                () = wait(wakes) => {
                    self.catch_up();
                    self.step(Input::Tick);
                }
            }
        }
        self.step(Input::Stop);
    }

    fn now(&self) -> Now {
        let passed = self.began.elapsed();
        Now {
            ms: u64::try_from(passed.as_millis()).unwrap_or(u64::MAX),
            wall_ms: self.clock.as_ref().map_or(0, |clock| clock.wall_ms()),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Step(Input::Leave(conversation)) => {
                // A room that was opened anew since is not left by the old one.
                let is_left = self
                    .rooms
                    .get(&conversation)
                    .is_some_and(|room| room.events.is_closed());
                if is_left {
                    self.rooms.remove(&conversation);
                    self.step(Input::Leave(conversation));
                }
            }
            Command::Step(input) => self.step(input),
            Command::Push(item, fate) => {
                let key = (item.conversation_id, item.client_id.clone());
                self.fates.insert(key, fate);
                self.step(Input::Push(*item));
            }
            Command::Room(conversation, after_seq, events) => {
                self.rooms.insert(conversation, Listener::new(events));
                self.step(Input::Open(conversation, after_seq));
            }
            Command::Workspace(events) => {
                self.workspace = Some(events);
                self.step(Input::Workspace);
            }
            Command::Ask(body, answer) => {
                self.questions += 1;
                self.answers.insert(self.questions, answer);
                self.step(Input::Ask(self.questions, body));
            }
            Command::Dump(answer) => {
                let wall_ms = self.now().wall_ms;
                let _ = answer.send(self.machine.dump(wall_ms));
            }
        }
    }

    fn step(&mut self, input: Input) {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            for effect in self.machine.step(self.now(), input) {
                self.act(effect);
            }
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(line, rung) => self.connect(line, rung),
            Effect::Write(line, frame) => self.write(line, *frame),
            Effect::HangUp(line) => drop(self.links.remove(&line)),
            Effect::Settled(conversation, client_id, fate) => {
                self.settle(conversation, client_id, fate);
            }
            Effect::Tell(news) => self.tell(news),
            Effect::Answer(token, answer) => {
                if let Some(asked) = self.answers.remove(&token) {
                    let _ = asked.send(answer);
                }
            }
            Effect::Report(event) => {
                if let Some(report) = &self.report {
                    report(&event);
                }
            }
        }
    }

    fn connect(&mut self, line: u64, rung: usize) {
        let (up, frames) = mpsc::channel(self.target.limits.up_frames_max.max(1));
        self.links.insert(line, up);
        let down = Down::new(line, self.down.clone());
        let carried = self.transports[rung].carry(self.target.clone(), frames, down.clone());
        tokio::spawn(async move {
            let end = carried.await;
            down.closed(end).await;
        });
    }

    fn write(&mut self, line: u64, frame: ClientFrame) {
        let Some(link) = self.links.get(&line) else {
            return;
        };
        if link.try_send(frame).is_err() {
            // It carries nothing away, or has ended and the word of it is on its way.
            self.links.remove(&line);
            let end = LinkEnd {
                detail: "the link takes nothing more".into(),
                ..LinkEnd::default()
            };
            self.inputs
                .push_back(Input::Link(line, LinkEvent::Closed(end)));
        }
    }

    fn settle(&mut self, conversation: u64, client_id: String, fate: Result<Accepted, Problem>) {
        let kept = match &fate {
            Ok(_) => self.outbox.lock().remove(conversation, &client_id),
            Err(problem) => self.mark_failed(conversation, &client_id, problem),
        };
        if kept.is_err() {
            let now = self.now();
            self.machine
                .note_outside(now, EventName::OutboxFailed, conversation);
        }
        if fate.is_ok()
            && let Some(shared) = self.shared.upgrade()
        {
            shared.let_go(conversation);
        }
        if let Some(told) = self.fates.remove(&(conversation, client_id)) {
            let _ = told.send(fate);
        }
    }

    /// It stays until somebody decides.
    fn mark_failed(&self, conversation: u64, id: &str, why: &Problem) -> Result<(), Problem> {
        let mut outbox = self.outbox.lock();
        let all = outbox.list().into_iter();
        let mut its = all.filter(|it| it.conversation_id == conversation && it.client_id == id);
        match its.next() {
            Some(item) => outbox.put(&Outgoing {
                failed: why.code.clone(),
                ..item
            }),
            None => Ok(()),
        }
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
