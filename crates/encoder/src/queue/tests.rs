use std::sync::{Mutex, mpsc};

use kefu_types::ManualClock;

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// Computes only when let: every batch waits for one `()`.
struct Held {
    gate: Mutex<mpsc::Receiver<()>>,
    seen: Mutex<Vec<Vec<usize>>>,
}

impl Work for Held {
    fn knows_word(&self, word: &str) -> bool {
        word == "known"
    }

    fn ask(&self, text: &str) -> Result<Asked, EmbedError> {
        assert_ne!(text, "unspeakable", "asked to");
        let tokens = vec![u32::from(text == "panic"); text.chars().count()];
        Ok(Asked { tokens, hash: None })
    }

    fn known(&self, text: &str) -> Option<Vec<f32>> {
        (text == "known").then(|| vec![-1.0])
    }

    fn compute(&self, asked: &[Asked]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.gate.lock().unwrap().recv().unwrap();
        let lengths = asked.iter().map(|asked| asked.tokens.len()).collect();
        self.seen.lock().unwrap().push(lengths);
        assert!(!asked.iter().any(|asked| asked.tokens[0] == 1), "asked to");
        Ok(asked
            .iter()
            .map(|asked| vec![asked.tokens.len() as f32])
            .collect())
    }

    fn remember(&self, _: &[Asked], _: &[Vec<f32>]) {}
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
            tokens_max: 100,
            batch_tokens_max: 6,
            wait_max: LONG,
            threads: 1,
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

    fn submit(&self, texts: &[&str]) -> Result<Ticket, EmbedError> {
        self.queue.submit(texts, LONG)
    }

    /// Submits one request of five tokens and returns when the worker has taken it and is held in it.
    fn occupy(&self) -> Ticket {
        let ticket = self.submit(&["first"]).unwrap();
        // The worker holds the gate's lock only while it computes.
        while self.held.gate.try_lock().is_ok() {
            thread::yield_now();
        }
        ticket
    }

    fn open(&self, batches: usize) {
        (0..batches).for_each(|_| self.gate.send(()).unwrap());
    }

    /// The lengths of the texts of each batch.
    fn seen(&self) -> Vec<Vec<usize>> {
        self.held.seen.lock().unwrap().clone()
    }
}

#[test]
fn a_full_queue_refuses_at_once_and_has_room_again_after() {
    let bench = Bench::new(2);
    let first = bench.occupy();
    let second = bench.submit(&["second"]).unwrap();
    assert!(matches!(
        bench.submit(&["third"]),
        Err(EmbedError::Overloaded(reason)) if reason.contains("encoder_requests_max")
    ));
    bench.open(3);
    assert_eq!(first.wait().unwrap(), vec![vec![5.0]]);
    assert_eq!(second.wait().unwrap(), vec![vec![6.0]]);
    assert_eq!(bench.queue.depth(), 0);
    assert_eq!(
        bench.submit(&["third"]).unwrap().wait().unwrap(),
        vec![vec![5.0]]
    );
}

#[test]
fn ten_times_too_many_are_refused_early_and_hold_no_memory() {
    let bench = Bench::new(8);
    let first = bench.occupy();
    let (kept, refused): (Vec<_>, Vec<_>) = (0..80)
        .map(|_| bench.submit(&["text"]))
        .partition(Result::is_ok);
    assert_eq!((kept.len(), refused.len()), (7, 73));
    assert_eq!(bench.queue.depth(), 8, "the refused keep no place");
    bench.open(8);
    first.wait().unwrap();
    for ticket in kept {
        assert_eq!(ticket.unwrap().wait().unwrap(), vec![vec![4.0]]);
    }
    assert_eq!(bench.queue.depth(), 0);
}

#[test]
fn few_but_endless_requests_are_refused_by_their_tokens() {
    let bench = Bench::new(50);
    let first = bench.occupy();
    let long = "x".repeat(60);
    let second = bench.submit(&[&long]).unwrap();
    assert!(matches!(
        bench.submit(&[&long]),
        Err(EmbedError::Overloaded(reason)) if reason.contains("encoder_tokens_max")
    ));
    assert_eq!(
        bench.queue.depth(),
        2,
        "the refused one gave its place back"
    );
    bench.open(3);
    first.wait().unwrap();
    second.wait().unwrap();
    let alone = bench.submit(&[&"x".repeat(500)]).unwrap();
    assert_eq!(
        alone.wait().unwrap(),
        vec![vec![500.0]],
        "a request that is alone is never too long"
    );
}

#[test]
fn what_waits_is_computed_together_up_to_the_budget_and_each_gets_its_own() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    let tickets: Vec<Ticket> = [&["a", "bb"][..], &["ccc"], &["d"]]
        .map(|texts| bench.submit(texts).unwrap())
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
    assert_eq!(bench.seen(), [vec![5], vec![1, 2, 3], vec![1]]);
}

#[test]
fn a_caller_that_left_costs_nothing() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    drop(bench.submit(&["gone"]).unwrap());
    let stays = bench.submit(&["stay"]).unwrap();
    bench.open(2);
    first.wait().unwrap();
    stays.wait().unwrap();
    assert_eq!(bench.seen().concat(), [5, 4]);
    assert_eq!(bench.queue.depth(), 0);
}

#[test]
fn a_request_past_its_own_deadline_is_told_so_and_skipped() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    let late = bench
        .queue
        .submit(&["late!!"], Duration::from_secs(3))
        .unwrap();
    bench.clock.advance(Duration::from_secs(3));
    let fresh = bench.submit(&["fre"]).unwrap();
    bench.open(2);
    first.wait().unwrap();
    fresh.wait().unwrap();
    assert!(
        matches!(late.wait(), Err(EmbedError::Overloaded(reason)) if reason.contains("3000 ms"))
    );
    assert_eq!(bench.seen().concat(), [5, 3]);
}

#[test]
fn nobody_waits_longer_than_asked_even_for_a_stuck_encoder() {
    let bench = Bench::new(9);
    let _first = bench.occupy();
    let stuck = bench
        .queue
        .embed_within(&["text"], Duration::from_millis(5));
    assert!(matches!(stuck, Err(EmbedError::Overloaded(reason)) if reason.contains("5 ms")));
    bench.open(1);
}

#[test]
fn a_panic_fails_its_batch_and_not_the_next() {
    let bench = Bench::new(9);
    bench.open(2);
    assert!(matches!(
        bench.queue.embed_within(&["panic"], LONG),
        Err(EmbedError::Failed(_))
    ));
    let fine = bench.queue.embed_within(&["fine"], LONG);
    assert_eq!(fine.unwrap(), vec![vec![4.0]]);
    assert_eq!(bench.queue.depth(), 0);
}

#[test]
fn known_texts_do_not_queue() {
    let bench = Bench::new(1);
    let _first = bench.occupy();
    assert_eq!(
        bench.queue.embed_within(&["known", "known"], LONG).unwrap(),
        vec![vec![-1.0]; 2]
    );
    bench.open(1);
}

#[test]
fn bulk_work_gives_way_to_what_waits_and_still_ends() {
    let bench = Bench::new(9);
    let first = bench.occupy();
    let waits = bench.submit(&["request"]).unwrap();
    thread::scope(|scope| {
        let bulk = scope.spawn(|| bench.queue.embed(&["b"; 5]));
        bench.open(4);
        first.wait().unwrap();
        waits.wait().unwrap();
        assert_eq!(bulk.join().unwrap().unwrap(), vec![vec![1.0]; 5]);
    });
    assert_eq!(bench.seen(), [vec![5], vec![7], vec![1; 4], vec![1]]);
}

#[test]
fn the_real_encoder_gives_the_same_through_the_queue_as_without() {
    let dir = tempfile::tempdir().unwrap();
    crate::tiny::write(dir.path()).unwrap();
    let encoder = Arc::new(Encoder::load(dir.path(), crate::ModelOptions::default()).unwrap());
    let clock = Arc::new(ManualClock::new(0));
    let options = QueueOptions {
        threads: 2,
        ..QueueOptions::default()
    };
    let queue = Queue::start(Arc::clone(&encoder), options, clock).unwrap();
    let texts = ["我要退货", "", "where is my order"];
    let expected = encoder.embed(&texts).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                assert_eq!(queue.embed_within(&texts, LONG).unwrap(), expected);
                assert_eq!(queue.embed(&texts).unwrap(), expected);
                // Not asked before: this one goes through the line.
                let other = queue.embed_within(&["物流 3"], LONG).unwrap();
                assert_eq!(other, encoder.embed(&["物流 3"]).unwrap());
            });
        }
    });
    assert_eq!(
        (queue.dimension(), queue.model_id()),
        (encoder.dimension(), encoder.model_id())
    );
}
