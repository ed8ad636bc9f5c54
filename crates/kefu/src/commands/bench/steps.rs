//! One rate after the other, or the search for the highest that is borne.

use std::{sync::Arc, thread, time::Duration};

use serde::Serialize;
use tokio::{runtime::Handle, time::sleep};

use super::{
    knee::Knee,
    plan::Plan,
    progress,
    schedule::Schedule,
    tally::{Second, Tally, Times, What, micros},
    world::World,
};

/// Between the plan and the first word.
const LEAD: Duration = Duration::from_millis(300);
/// Sleeping is no more exact than this, so nearer moments are met at once.
const GRAIN: Duration = Duration::from_micros(50);
/// A search ends here, if not before.
const TRIES: usize = 14;
/// A rate is borne when so much of it is acknowledged while it lasts.
const BORNE: f64 = 0.97;
/// Of the highest rate borne, after a search.
const STEADY: f64 = 0.6;

/// Why a rate was not borne.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Nothing was said while it lasted.
    Silent,
    /// One of 100 took longer than it may.
    Slow,
    /// Something was refused for good.
    Refused,
    /// Fewer were acknowledged than were said.
    Behind,
}

impl Limit {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Silent => "nothing was said",
            Self::Slow => "p99 too long",
            Self::Refused => "refusals",
            Self::Behind => "fell behind",
        }
    }
}

/// What one rate gave.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Step {
    /// Messages per second that were meant.
    pub rate: f64,
    /// Acknowledged in each second, over the window.
    pub acknowledged_per_second: f64,
    pub intended: u64,
    pub refused: u64,
    /// Neither acknowledged nor refused when the last answers were no longer waited for.
    pub unanswered: u64,
    /// From the intended moment to the acknowledgement: it is durable. Milliseconds, as all times.
    pub acknowledged: Times,
    /// To the other person's screen.
    pub delivered: Times,
    /// To the visitor's own screen.
    pub echoed: Times,
    /// To the bot's next words.
    pub answered: Times,
    /// How late the generator itself was; part of every time.
    pub late: Times,
    /// Cores that the generator kept busy.
    pub generator_cores: f64,
    pub seconds: Vec<Second>,
    /// Whether the rate was borne.
    pub borne: bool,
    /// Why not.
    pub limits: Vec<Limit>,
    /// It was no part of a search, but came after it.
    pub steady: bool,
}

impl Step {
    /// In words; empty when it was borne.
    pub fn why_not(&self) -> String {
        let why: Vec<&str> = self.limits.iter().map(|limit| limit.words()).collect();
        why.join(", ")
    }

    /// For whoever waits.
    fn line(&self) -> String {
        let verdict = if self.borne {
            "borne".to_owned()
        } else {
            format!("not borne: {}", self.why_not())
        };
        format!(
            "{:.1}/s: {:.1}/s acknowledged, p99 {:.1} ms, {} refused, {} without an answer; {verdict}",
            self.rate,
            self.acknowledged_per_second,
            self.acknowledged.p99,
            self.refused,
            self.unanswered
        )
    }
}

/// All rates of the plan, in their order, or as the search wants them; and whether some were left out
/// because there was no time for them.
///
/// # Errors
/// When there was time for none.
pub async fn all(world: &Arc<World>) -> anyhow::Result<(Vec<Step>, bool)> {
    let plan = &world.plan;
    let mut steps: Vec<Step> = Vec::new();
    let mut is_cut = false;
    while let Some(rate) = wanted(plan, &steps) {
        if !plan.has_time(plan.duration) {
            is_cut = true;
            break;
        }
        let step = one(world, rate, plan.duration, steps.len()).await?;
        progress::say(&step.line());
        steps.push(step);
    }
    let best = Knee::of(&steps).borne;
    if let Some(length) = plan.steady.filter(|_| best > 0.0) {
        if plan.has_time(length) {
            let step = one(world, STEADY * best, length, steps.len()).await?;
            progress::say(&step.line());
            let steady = true;
            steps.push(Step { steady, ..step });
        } else {
            is_cut = true;
        }
    }
    if is_cut {
        progress::say("there is no time left (--limit): what was not measured is left out");
    }
    anyhow::ensure!(!steps.is_empty(), "--limit left no time for a rate");
    Ok((steps, is_cut))
}

/// The next rate.
fn wanted(plan: &Plan, steps: &[Step]) -> Option<f64> {
    if !plan.find_max {
        return plan.rates.get(steps.len()).copied();
    }
    if steps.len() >= TRIES {
        return None;
    }
    let first = plan.rates.first().copied().unwrap_or(20.0);
    let tried: Vec<(f64, bool)> = steps.iter().map(|step| (step.rate, step.borne)).collect();
    next_rate(first, &tried)
}

/// Doubles while it is borne, halves while nothing is, then comes nearer from both sides.
fn next_rate(first: f64, tried: &[(f64, bool)]) -> Option<f64> {
    let borne = tried.iter().filter(|it| it.1).map(|it| it.0);
    let low = borne.fold(0.0, f64::max);
    let refused = tried.iter().filter(|it| !it.1).map(|it| it.0);
    let high = refused.fold(f64::INFINITY, f64::min);
    match (low > 0.0, high.is_finite()) {
        (false, false) => Some(first),
        (true, false) => Some(low * 2.0),
        (false, true) => (high > 0.5).then_some(high / 2.0),
        // What is not monotonic, or near enough, is the end.
        (true, true) => (high > low * 1.1).then(|| (low * high).sqrt()),
    }
}

async fn one(
    world: &Arc<World>,
    rate: f64,
    length: Duration,
    number: usize,
) -> anyhow::Result<Step> {
    let plan = &world.plan;
    let start_us = world.now_us() + micros(LEAD);
    let start = Duration::from_micros(start_us);
    let from = start + plan.warm_up;
    let to = from + length;
    *world.tally.lock() = Some(Tally::new(from, to));
    let (busy, began) = (busy_s(), Duration::from_micros(world.now_us()));
    let pacing = {
        let (world, tasks) = (world.clone(), Handle::current());
        let seed = plan.seed.wrapping_add(number as u64 + 1);
        let length = plan.warm_up + length;
        thread::Builder::new()
            .name("pace".into())
            .spawn(move || pace(&world, &tasks, seed, rate, length, start_us))?
    };
    watch(world, rate, to).await;
    let passed = Duration::from_micros(world.now_us()).saturating_sub(began);
    let cores = (busy_s() - busy) / passed.as_secs_f64().max(0.001);
    // The thread ends with the schedule.
    let _ = tokio::task::spawn_blocking(move || pacing.join()).await;
    drain(world, plan).await;
    let Some(tally) = world.tally.lock().take() else {
        anyhow::bail!("nothing was counted");
    };
    Ok(step(plan, rate, &tally, cores))
}

fn step(plan: &Plan, rate: f64, tally: &Tally, generator_cores: f64) -> Step {
    let per_second = tally.acknowledged_in_time as f64 / tally.length_s();
    let acknowledged = tally.times(What::Acknowledged);
    let meant = tally.intended as f64 / tally.length_s();
    let limits = [
        (Limit::Silent, tally.intended == 0),
        (
            Limit::Slow,
            acknowledged.p99 > plan.p99_max.as_secs_f64() * 1_000.0,
        ),
        (Limit::Refused, tally.refused > 0),
        (Limit::Behind, per_second < BORNE * meant),
    ];
    let limits = limits.into_iter().filter(|(_, is_met)| *is_met);
    let limits: Vec<Limit> = limits.map(|(limit, _)| limit).collect();
    let answered = acknowledged.count + tally.refused;
    Step {
        rate,
        acknowledged_per_second: per_second,
        intended: tally.intended,
        refused: tally.refused,
        unanswered: tally.intended.saturating_sub(answered),
        delivered: tally.times(What::Delivered),
        echoed: tally.times(What::Echoed),
        answered: tally.times(What::Answered),
        late: tally.late(),
        generator_cores,
        seconds: tally.seconds().to_vec(),
        borne: limits.is_empty(),
        limits,
        steady: false,
        acknowledged,
    }
}

/// A thread of its own keeps the time, because the runtime's timers tick in milliseconds.
fn pace(world: &Arc<World>, tasks: &Handle, seed: u64, rate: f64, length: Duration, start_us: u64) {
    let plan = &world.plan;
    let served = world.served();
    let schedule = Schedule::new(
        seed,
        rate,
        length,
        &served,
        plan.agent_share,
        plan.texts.len(),
    );
    for planned in schedule {
        let at_us = start_us + micros(planned.at);
        let wait = Duration::from_micros(at_us.saturating_sub(world.now_us()));
        if wait > GRAIN {
            thread::sleep(wait);
        }
        world.say(&planned, at_us, tasks);
    }
}

async fn watch(world: &Arc<World>, rate: f64, to: Duration) {
    let begin_us = world.now_us();
    let length_s = to.as_secs_f64() - begin_us as f64 / 1e6;
    let bar = progress::bar("messages a second", length_s.ceil() as u64);
    bar.set_message(format!("{rate:.0} messages a second"));
    while world.now_us() < micros(to) {
        bar.set_position((world.now_us() - begin_us) / 1_000_000);
        sleep(Duration::from_millis(100)).await;
    }
    bar.finish();
}

/// Until everything has its answer, and what was said has been read.
async fn drain(world: &Arc<World>, plan: &Plan) {
    let deadline_us = world.now_us() + micros(plan.drain);
    let quiet_us = 500_000;
    while world.now_us() < deadline_us {
        let is_quiet = world.now_us() > world.read_us() + quiet_us;
        if world.unsettled() == 0 && is_quiet {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let unsettled = world.unsettled();
    if unsettled > 0 {
        progress::say(&format!(
            "{unsettled} messages have no answer after {} s",
            plan.drain.as_secs()
        ));
    }
}

/// Processor time of this process, seconds.
fn busy_s() -> f64 {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike as _,
    };
    getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |used| {
        let us = used.user_time().num_microseconds() + used.system_time().num_microseconds();
        us as f64 / 1e6
    })
}

#[cfg(test)]
mod tests {
    use super::next_rate;

    #[test]
    fn a_search_ends_near_what_is_borne_wherever_it_begins() {
        for limit in [3.0, 77.0, 12_345.0] {
            for first in [1.0, 50.0, 100_000.0] {
                let mut tried = Vec::new();
                while let Some(rate) = next_rate(first, &tried) {
                    tried.push((rate, rate <= limit));
                    assert!(tried.len() < 40, "it ends: {tried:?}");
                }
                let borne = tried.iter().filter(|it| it.1).map(|it| it.0);
                let best = borne.fold(0.0, f64::max);
                assert!(best <= limit && best * 1.1 >= limit, "{best} of {limit}");
            }
        }
    }
}
