//! `kefu bench` against the service: people, and the bot beside people.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use kefu_tests::{Options, PASSWORD, Service, binary};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    hold::{Holder, To},
    plan::Plan,
    service::{self, address, agents, peak_mib, role, sessions},
};

/// What keywords answer, by the shipped intents.
const KEYWORDS: &str = "发货时间\n多久发货\n几天发货\n今天能发货吗\n";
/// Of these are questions that only the model finds, each another one: what was asked before is
/// remembered.
const THINGS: [&str; 8] = [
    "外套", "裙子", "球鞋", "毛衣", "衬衫", "帽子", "围巾", "背包",
];
const TROUBLES: [&str; 8] = [
    "穿上太紧",
    "跟照片上差好多",
    "洗了一次就变形",
    "寄到半路没动静",
    "钱付了两遍",
    "想给朋友也带一件",
    "扣子掉了两颗",
    "拆开有股味道",
];
const ASKS: [&str; 4] = ["这可怎么办", "你们管不管", "帮我看看", "有什么说法吗"];
const QUESTIONS: usize = 20_000;

fn questions() -> String {
    let question = |n: usize| {
        let (thing, trouble) = (THINGS[n % 8], TROUBLES[n / 8 % 8]);
        format!("{thing}{trouble}，{} {n}\n", ASKS[n / 64 % 4])
    };
    (0..QUESTIONS).map(question).collect()
}

/// A directory, a service in it, and a file of agents.
struct World {
    service: Service,
    dir: tempfile::TempDir,
    agents: PathBuf,
}

impl World {
    async fn start(plan: &Plan, options: Options) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir_in(&plan.dir)?;
        let service = service::start(options.data_dir(&dir.path().join("data"))).await?;
        let logins = agents(&service, plan.agents).await?;
        let lines: Vec<String> = logins.iter().map(|it| format!("{it} {PASSWORD}")).collect();
        let file = dir.path().join("agents");
        std::fs::write(&file, lines.join("\n"))?;
        Ok(Self {
            service,
            agents: file,
            dir,
        })
    }

    /// A run of `kefu bench`; its figures.
    async fn bench(&self, name: &str, length: Duration, more: &[&str]) -> anyhow::Result<Value> {
        let out = self.dir.path().join(name);
        let seconds = length.as_secs().to_string();
        let ended = Command::new(binary())
            .args(["bench", "--server", &self.service.base, "--out"])
            .arg(&out)
            .args(["--warm-up", "3", "--duration", &seconds])
            .args(more)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let words = String::from_utf8_lossy(&ended.stdout).into_owned()
            + &String::from_utf8_lossy(&ended.stderr);
        let Ok(text) = std::fs::read_to_string(out.join("bench.json")) else {
            bail!("{name}: {words}");
        };
        let figures: Value = serde_json::from_str(&text)?;
        if !ended.status.success() {
            eprintln!("{name}: {words}");
        }
        Ok(figures)
    }

    fn memory(&self) -> anyhow::Result<Value> {
        let peak = |name| anyhow::Ok(peak_mib(role(&self.service, name)?)?.round());
        Ok(json!({ "edge": peak("edge")?, "chat": peak("chat")?, "bot": peak("bot")? }))
    }
}

/// What is kept of a run: each step without its curve, and the audit.
fn kept(figures: &Value) -> Value {
    let steps = figures["steps"].as_array().into_iter().flatten();
    let steps: Vec<Value> = steps
        .map(|step| {
            let mut step = step.clone();
            if let Some(fields) = step.as_object_mut() {
                fields.remove("seconds");
                for times in fields.values_mut().filter_map(Value::as_object_mut) {
                    times.remove("curve");
                }
            }
            step
        })
        .collect();
    json!({
        "visitors": figures["visitors"], "agents": figures["agents"], "served": figures["served"],
        "best_rate": figures["best_rate"], "steps": steps, "audit": figures["audit"],
    })
}

/// The highest rate between so many visitors and agents, then 60 % of it.
///
/// # Errors
/// When the service does not start, or `kefu bench` cannot measure.
pub async fn people(plan: &Plan) -> anyhow::Result<Value> {
    let world = World::start(plan, Options::default().without_model()).await?;
    let agents = world.agents.display().to_string();
    let visitors = plan.visitors.to_string();
    let first = plan.first_rate.to_string();
    let mut more = vec!["--agents-file", &agents, "--visitors", &visitors];
    let mut searching = more.clone();
    searching.extend(["--rates", &first, "--find-max"]);
    let found = world.bench("find", plan.step, &searching).await?;
    let best = found["best_rate"].as_f64().context("no best rate")?;
    let rate = format!("{:.1}", (best * 0.6).max(1.0));
    more.extend(["--rates", &rate]);
    let steady = world.bench("steady", plan.steady, &more).await?;
    Ok(json!({ "find": kept(&found), "steady": kept(&steady), "peak_mib": world.memory()? }))
}

/// Answers of the bot while a crowd is connected; and people beside a bot that is asked ten times
/// as much as it can answer.
///
/// # Errors
/// When the service does not start, or `kefu bench` cannot measure.
pub async fn bot(plan: &Plan, model: &Path) -> anyhow::Result<Value> {
    let options = Options::default().env("KEFU_BOT__MODEL_DIR", model.display());
    let world = World::start(plan, options).await?;
    let crowd = sessions(&world.service.api(), plan.visitors).await?;
    let at = address(&world.service.base);
    let _crowd = Holder::start(&plan.dir, at, To::Kefu(&crowd)).await?;
    let mut figures = json!({ "connected": plan.visitors });
    for (tier, texts, rates) in [
        ("keywords", KEYWORDS.to_owned(), &plan.keyword_rates),
        ("model", questions(), &plan.model_rates),
    ] {
        let file = world.dir.path().join(format!("{tier}.txt"));
        std::fs::write(&file, texts)?;
        let run = ask(&world, tier, &file, rates, plan.visitors, plan.step).await?;
        figures[tier] = kept(&run);
    }
    let (visitors, rate) = plan.beside;
    let (visitors, rate) = (visitors.to_string(), rate.to_string());
    let agents = world.agents.display().to_string();
    let people = [
        "--agents-file",
        &agents,
        "--visitors",
        &visitors,
        "--rates",
        &rate,
    ];
    figures["people_alone"] = kept(&world.bench("alone", plan.steady, &people).await?);
    let most = plan.model_rates.last().copied().unwrap_or(10);
    let borne = sustained(&figures["model"]).unwrap_or(most);
    let file = world.dir.path().join("model.txt");
    let tenfold = [borne * 10];
    let (asked, beside) = tokio::join!(
        ask(
            &world,
            "overload",
            &file,
            &tenfold,
            plan.visitors,
            plan.step + plan.steady
        ),
        world.bench("beside", plan.step, &people)
    );
    figures["overload"] = kept(&asked?);
    figures["people_beside"] = kept(&beside?);
    figures["peak_mib"] = world.memory()?;
    Ok(figures)
}

/// The highest rate of a run at which the bot answered 99 of 100 within a second.
fn sustained(run: &Value) -> Option<u32> {
    let steps = run["steps"].as_array()?.iter();
    let good = steps.filter(|step| step["answered"]["p99"].as_f64().is_some_and(|ms| ms < 1e3));
    good.filter_map(|step| step["rate"].as_f64())
        .fold(None, |most: Option<u32>, rate| {
            Some(most.unwrap_or(0).max(rate as u32))
        })
}

async fn ask(
    world: &World,
    name: &str,
    texts: &Path,
    rates: &[u32],
    visitors: usize,
    length: Duration,
) -> anyhow::Result<Value> {
    let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
    let (rates, texts) = (rates.join(","), texts.display().to_string());
    // Many who ask seldom: one who asks at once again is answered by the turn before.
    let visitors = visitors.min(2_000).to_string();
    let more = [
        "--bot",
        "--visitors",
        &visitors,
        "--rates",
        &rates,
        "--texts",
        &texts,
    ];
    world.bench(name, length, &more).await
}
