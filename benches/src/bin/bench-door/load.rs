//! `kefu bench` against the service: people, and the bot beside people.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, bail, ensure};
use kefu_tests::{Options, PASSWORD, Service, binary};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    join,
    process::Command,
    time::timeout,
};

use crate::{
    hold::{Holder, To},
    plan::{Plan, Run},
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

/// After its limit, what a run may take for its last answers, for reading everything back and for ending
/// conversations.
const GRACE: Duration = Duration::from_secs(240);
/// Of what a run says, the last lines, which say why it failed.
const LINES: usize = 12;

/// A directory, a service in it, and agents.
struct World {
    service: Service,
    dir: tempfile::TempDir,
    logins: Vec<String>,
    hand_over: Duration,
}

impl World {
    async fn start(plan: &Plan, options: Options) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir_in(&plan.dir)?;
        let service = service::start(options.data_dir(&dir.path().join("data"))).await?;
        let logins = agents(&service, plan.agents).await?;
        eprintln!("  {} agents are hired", logins.len());
        Ok(Self {
            service,
            logins,
            dir,
            hand_over: plan.hand_over,
        })
    }

    /// The file of so many agents.
    fn agents_file(&self, count: usize) -> anyhow::Result<String> {
        let some = self.logins.iter().take(count);
        let lines: Vec<String> = some.map(|it| format!("{it} {PASSWORD}")).collect();
        let file = self.dir.path().join(format!("agents-{count}"));
        std::fs::write(&file, lines.join("\n"))?;
        Ok(file.display().to_string())
    }

    /// A run of `kefu bench` that begins no rate after its limit; what it says is passed on. Its figures.
    async fn bench(&self, name: &str, run: Run, more: &[&str]) -> anyhow::Result<Value> {
        let out = self.dir.path().join(name);
        let [length, limit, hand_over] =
            [run.step, run.limit, self.hand_over].map(|it| it.as_secs().to_string());
        let mut child = Command::new(binary())
            .args(["bench", "--server", &self.service.base, "--out"])
            .arg(&out)
            .args(["--warm-up", "3", "--duration", &length, "--limit", &limit])
            .args(["--hand-over", &hand_over])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = child.stdout.take().context("its words are piped")?;
        let told = child.stderr.take().context("its words are piped")?;
        let running = async { join!(child.wait(), passed_on(name, said), passed_on(name, told)) };
        let most = run.limit + GRACE;
        let Ok((ended, said, told)) = timeout(most, running).await else {
            bail!("{name}: it does not end in {} s", most.as_secs());
        };
        let Ok(text) = std::fs::read_to_string(out.join("bench.json")) else {
            bail!("{name}: {} {}", said.join("; "), told.join("; "));
        };
        if !ended?.success() {
            eprintln!("  {name}: promises were broken, see its audit");
        }
        Ok(serde_json::from_str(&text)?)
    }

    fn memory(&self) -> anyhow::Result<Value> {
        let peak = |name| anyhow::Ok(peak_mib(role(&self.service, name)?)?.round());
        Ok(json!({ "edge": peak("edge")?, "chat": peak("chat")?, "bot": peak("bot")? }))
    }
}

/// Passes on what a run says, line by line; the last lines.
async fn passed_on(name: &str, words: impl AsyncRead + Unpin) -> Vec<String> {
    let (mut lines, mut last) = (BufReader::new(words).lines(), Vec::new());
    while let Ok(Some(line)) = lines.next_line().await {
        eprintln!("  {name}: {line}");
        if last.len() == LINES {
            last.remove(0);
        }
        last.push(line);
    }
    last
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
        "best_rate": figures["best_rate"], "knee": figures["knee"],
        "cut_short": figures["cut_short"], "steps": steps, "audit": figures["audit"],
    })
}

/// Notes the figures of a run, or why there are none: what was measured before it is kept, and what comes
/// after it is measured.
fn noted(part: &mut Value, name: &str, run: anyhow::Result<Value>) {
    part[name] = match run {
        Ok(figures) => kept(&figures),
        Err(error) => {
            eprintln!("  {name}: {error:#}");
            json!({ "failed": format!("{error:#}") })
        }
    };
}

/// The highest rate between so many visitors and agents, then 60 % of it.
///
/// # Errors
/// When the service does not start, or `kefu bench` cannot measure.
pub async fn people(plan: &Plan, part: &mut Value) -> anyhow::Result<()> {
    let world = World::start(plan, Options::default().without_model()).await?;
    let agents = world.agents_file(plan.agents)?;
    let [visitors, first, steady] = [
        plan.visitors.to_string(),
        plan.first_rate.to_string(),
        plan.steady.as_secs().to_string(),
    ];
    let more = [
        "--agents-file",
        &agents,
        "--visitors",
        &visitors,
        "--rates",
        &first,
        "--find-max",
        "--steady",
        &steady,
    ];
    let run = world.bench("people", plan.search, &more).await?;
    *part = kept(&run);
    part["peak_mib"] = world.memory()?;
    Ok(())
}

/// Answers of the bot while a crowd is connected; and people beside a bot that is asked ten times
/// as much as it can answer.
///
/// # Errors
/// When the service does not start, or one of the runs cannot measure; the figures of the others are
/// there.
pub async fn bot(plan: &Plan, model: &Path, part: &mut Value) -> anyhow::Result<()> {
    let options = Options::default().env("KEFU_BOT__MODEL_DIR", model.display());
    let world = World::start(plan, options).await?;
    let crowd = sessions(&world.service.api(), plan.visitors).await?;
    let at = address(&world.service.base);
    let _crowd = Holder::start(&plan.dir, at, To::Kefu(&crowd)).await?;
    eprintln!("  {} are connected", plan.visitors);
    part["connected"] = plan.visitors.into();
    for (tier, texts, rates) in [
        ("keywords", KEYWORDS.to_owned(), &plan.keyword_rates),
        ("model", questions(), &plan.model_rates),
    ] {
        let file = world.dir.path().join(format!("{tier}.txt"));
        std::fs::write(&file, texts)?;
        let run = ask(&world, tier, &file, rates, plan.visitors, plan.asking).await;
        noted(part, tier, run);
    }
    let (visitors, agents, rate) = plan.beside;
    let agents = world.agents_file(agents)?;
    let (visitors, rate) = (visitors.to_string(), rate.to_string());
    let people = [
        "--agents-file",
        &agents,
        "--visitors",
        &visitors,
        "--rates",
        &rate,
    ];
    let alone = world.bench("alone", plan.talking, &people).await;
    noted(part, "people_alone", alone);
    let most = plan.model_rates.last().copied().unwrap_or(10);
    let borne = sustained(&part["model"]).unwrap_or(most);
    let file = world.dir.path().join("model.txt");
    let tenfold = [borne * 10];
    // As long as the people's run, and their arriving.
    let longer = Run {
        step: plan.talking.step * 2,
        ..plan.talking
    };
    let (asked, beside) = join!(
        ask(&world, "overload", &file, &tenfold, plan.visitors, longer),
        world.bench("beside", plan.talking, &people)
    );
    noted(part, "overload", asked);
    noted(part, "people_beside", beside);
    part["peak_mib"] = world.memory()?;
    let runs = part.as_object().into_iter().flatten();
    let failed = runs.filter(|(_, run)| run.get("failed").is_some());
    let failed: Vec<&str> = failed.map(|(name, _)| name.as_str()).collect();
    ensure!(failed.is_empty(), "without figures: {}", failed.join(", "));
    Ok(())
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
    run: Run,
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
    world.bench(name, run, &more).await
}
