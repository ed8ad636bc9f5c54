use std::sync::Mutex;

use kefu_types::ManualClock;

use super::*;

/// Computes only when let: every batch waits for one `()`.
struct Held {
    gate: Mutex<mpsc::Receiver<()>>,
    seen: Mutex<Vec<Vec<String>>>,
}

impl Work for Held {
    fn tokens(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        Ok(vec![0; text.chars().count()])
    }

    fn known(&self, text: &str) -> Option<Vec<f32>> {
        (text == "known").then(|| vec![-1.0])
    }

    fn compute(&self, texts: &[&str], tokens: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.gate.lock().unwrap().recv().unwrap();
        self.seen
            .lock()
            .unwrap()
            .push(texts.iter().map(|&text| text.to_owned()).collect());
        assert!(!texts.contains(&"panic"), "asked to");
        Ok(tokens
            .iter()
            .map(|tokens| vec![tokens.len() as f32])
            .collect())
    }
}

struct Bench {
    queue: Queue,
    held: Arc<Held>,
    gate: mpsc::Sender<()>,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new(requests_max: usize) -> Self {
        let (gate, receiver) = mpsc::channel();
        let held = Arc::new(Held {
            gate: Mutex::new(receiver),
            seen: Mutex::default(),
        });
        let clock = Arc::new(ManualClock::new(0));
        let options = QueueOptions {
            requests_max,
            batch_tokens_max: 6,
            wait_max: Duration::from_secs(60),
        };
        let work = Arc::clone(&held) as Arc<dyn Work>;
        let queue = Queue::start_with(work, 1, "held".into(), options, clock.clone()).unwrap();
        Self {
            queue,
            held,
            gate,
            clock,
        }
    }

    /// Submits one request and returns when the owner has taken it and is held in it.
    fn occupy(&self) -> Ticket {
        let ticket = self.queue.submit(&["first"]).unwrap();
        // The owner holds the gate's lock only while it computes.
        while self.held.gate.try_lock().is_ok() {
            thread::yield_now();
        }
        ticket
    }

    fn open(&self, batches: usize) {
        (0..batches).for_each(|_| self.gate.send(()).unwrap());
    }

    fn seen(&self) -> Vec<Vec<String>> {
        self.held.seen.lock().unwrap().clone()
    }
}

#[test]
fn a_full_queue_refuses_at_once_and_has_room_again_after() {
    let bench = Bench::new(2);
    let first = bench.occupy();
    let second = bench.queue.submit(&["second"]).unwrap();
    assert!(matches!(
        bench.queue.submit(&["third"]),
        Err(EmbedError::Overloaded(_))
    ));
    bench.open(3);
    assert_eq!(first.wait().unwrap(), vec![vec![5.0]]);
    assert_eq!(second.wait().unwrap(), vec![vec![6.0]]);
    assert_eq!(bench.queue.depth(), 0);
    assert_eq!(
        bench.queue.submit(&["third"]).unwrap().wait().unwrap(),
        vec![vec![5.0]]
    );
}

#[test]
fn what_waits_is_computed_together_up_to_the_budget_and_each_gets_its_own() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    let tickets: Vec<Ticket> = [&["a", "bb"][..], &["ccc"], &["d"]]
        .map(|texts| bench.queue.submit(texts).unwrap())
        .into();
    bench.open(3);
    first.wait().unwrap();
    let answers: Vec<_> = tickets
        .into_iter()
        .map(|ticket| ticket.wait().unwrap())
        .collect();
    assert_eq!(
        answers,
        [vec![vec![1.0], vec![2.0]], vec![vec![3.0]], vec![vec![1.0]]]
    );
    assert_eq!(
        bench.seen(),
        [vec!["first"], vec!["a", "bb", "ccc"], vec!["d"]]
    );
}

#[test]
fn a_caller_that_left_costs_nothing() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    drop(bench.queue.submit(&["gone"]).unwrap());
    let stays = bench.queue.submit(&["stays"]).unwrap();
    bench.open(2);
    first.wait().unwrap();
    stays.wait().unwrap();
    assert_eq!(bench.seen(), [["first"], ["stays"]]);
    assert_eq!(bench.queue.depth(), 0);
}

#[test]
fn a_request_past_its_deadline_is_told_so_and_skipped() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    let late = bench.queue.submit(&["late"]).unwrap();
    bench.clock.advance(Duration::from_secs(60));
    let fresh = bench.queue.submit(&["fresh"]).unwrap();
    bench.open(2);
    first.wait().unwrap();
    assert!(
        matches!(late.wait(), Err(EmbedError::Overloaded(reason)) if reason.contains("60000 ms"))
    );
    fresh.wait().unwrap();
    assert_eq!(bench.seen(), [["first"], ["fresh"]]);
}

#[test]
fn a_panic_fails_its_batch_and_not_the_next() {
    let bench = Bench::new(9);
    bench.open(2);
    assert!(matches!(
        bench.queue.embed(&["panic"]),
        Err(EmbedError::Failed(_))
    ));
    assert_eq!(bench.queue.embed(&["fine"]).unwrap(), vec![vec![4.0]]);
}

#[test]
fn known_texts_do_not_queue() {
    let bench = Bench::new(1);
    let _first = bench.occupy();
    assert_eq!(
        bench.queue.embed(&["known", "known"]).unwrap(),
        vec![vec![-1.0]; 2]
    );
    bench.open(1);
}

#[test]
fn the_real_encoder_gives_the_same_through_the_queue_as_without() {
    let dir = tempfile::tempdir().unwrap();
    crate::tiny::write(dir.path()).unwrap();
    let encoder = Arc::new(Encoder::load(dir.path(), crate::ModelOptions::default()).unwrap());
    let clock = Arc::new(ManualClock::new(0));
    let queue = Queue::start(Arc::clone(&encoder), QueueOptions::default(), clock).unwrap();
    let texts = ["我要退货", "", "where is my order"];
    let expected = encoder.embed(&texts).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(queue.embed(&texts).unwrap(), expected));
        }
    });
    assert_eq!(
        (queue.dimension(), queue.model_id()),
        (encoder.dimension(), encoder.model_id())
    );
}
