//! `kefu bench`: a service under the load that one expects, measured and audited.
//!
//! An open loop: who says what when is drawn from the seed before the first word, and times count
//! from the moments at which things were meant to be said. Every visitor and every agent is a client
//! of the SDK, as an application would be.

mod arrive;
mod files;
mod knee;
mod ledger;
mod page;
mod plan;
mod progress;
mod readback;
mod report;
mod schedule;
mod steps;
mod tally;
mod world;

use std::{fs, io::Write as _, process::ExitCode};

use anyhow::Context as _;
use kefu_types::{Clock as _, SystemClock};

use crate::cli::BenchArgs;
use plan::Plan;
use report::Report;
use world::World;

/// Ends with 0 when every promise held, 1 when one was broken or nothing could be measured.
///
/// # Errors
/// When the run could not be done.
pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let plan = Plan::new(args)?;
    files::allow(plan.visitors + plan.agents.len())?;
    // Before the run, not after it.
    fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measured(plan))?;
    let (json, html) = (args.out.join("bench.json"), args.out.join("bench.html"));
    fs::write(
        &json,
        format!("{}\n", serde_json::to_string_pretty(&report)?),
    )
    .with_context(|| json.display().to_string())?;
    fs::write(&html, page::html(&report)).with_context(|| html.display().to_string())?;
    let mut out = std::io::stdout().lock();
    out.write_all(report.lines().as_bytes())?;
    writeln!(out, "{}\n{}", json.display(), html.display())?;
    Ok(if report.audit.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn measured(plan: Plan) -> anyhow::Result<Report> {
    arrive::ready(&plan).await?;
    let visitors = arrive::visitors(&plan).await?;
    let world = arrive::people(World::new(plan, visitors)).await?;
    warn(&world);
    let served = world.served().into_iter().filter(|it| *it).count();
    let steps = steps::all(&world).await?;
    let audit = readback::audit(&world).await?;
    readback::leave(&world).await;
    let at_ms = SystemClock::new().wall_ms();
    Ok(Report::new(&world.plan, served, at_ms, steps, audit))
}

/// What would make the figures say something else than they seem to.
fn warn(world: &World) {
    let plan = &world.plan;
    let most = plan.rates.iter().copied().fold(0.0, f64::max);
    let each = most * plan.agent_share / plan.agents.len().max(1) as f64;
    // edge.sends_per_second, as it is shipped.
    if each > 15.0 {
        progress::say(&format!(
            "each agent is to say {each:.0} messages a second; a service lets a connection say 20 \
             (edge.sends_per_second): more agents, or a smaller --agent-share"
        ));
    }
}
