//! The figures as a table while they come, and as a page.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use crate::{Run, Strangers, peers::Peers, speed::Speed};

/// Everything that one run measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub runs: Vec<Run>,
    pub strangers: Vec<Strangers>,
    pub speed: Speed,
    pub peers: Vec<Peers>,
}

pub fn print(run: &Run) {
    let e = &run.evaluation;
    println!(
        "{:17} {:16} {:7} {:9} {:6.2} {:>6} {:>5} {:>11} {:>9} {:>8} {:>6} {:>14} {:>8}",
        run.set,
        run.regime,
        run.intents,
        run.phrasings,
        run.fit_seconds,
        percent(e.accuracy),
        percent(e.macro_f1),
        percent(e.coverage),
        percent(e.precision_answered),
        percent(e.confirm_rate),
        percent(e.confirm_hit_rate),
        percent(e.oos_recall),
        percent(e.oos_auroc),
    );
}

/// The means of each set and regime.
pub fn print_means(runs: &[Run]) {
    println!("\nmeans");
    for ((set, regime), runs) in grouped(runs) {
        let of =
            |get: fn(&Run) -> Option<f64>| percent(mean(runs.iter().filter_map(|run| get(run))));
        println!(
            "{set:17} {regime:16} top {} answered {} precise {} asked {} hit {} refused oos {} AUROC {}",
            of(|r| r.evaluation.accuracy),
            of(|r| r.evaluation.coverage),
            of(|r| r.evaluation.precision_answered),
            of(|r| r.evaluation.confirm_rate),
            of(|r| r.evaluation.confirm_hit_rate),
            of(|r| r.evaluation.oos_recall),
            of(|r| r.evaluation.oos_auroc),
        );
    }
}

type Group<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Run>>;

fn grouped(runs: &[Run]) -> Group<'_> {
    let mut groups = Group::new();
    for run in runs {
        groups.entry((run.set, &run.regime)).or_default().push(run);
    }
    groups
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

fn percent(x: Option<f64>) -> String {
    x.map_or("–".to_owned(), |x| format!("{:.1}", 100.0 * x))
}

/// Markdown.
pub fn page(figures: &Figures) -> String {
    let mut page = String::from(
        "# Understanding, measured beside its peers\n\nAll in %, means over draws or folds. Peers read the same phrasings and the vectors of the same\nmodel; Kefu also reads a label that says something, as the standard question it is, and a second layer.\n",
    );
    let groups = grouped(&figures.runs);
    top(&mut page, figures, &groups);
    bands(&mut page, figures, &groups);
    scope(&mut page, figures, &groups);
    page.push_str("\n## Twenty unrelated intents added\n\n| set | regime | answers turned wrong | decisions turned wrong | tops turned wrong |\n|---|---|---|---|---|\n");
    for s in &figures.strangers {
        let of = |x: f64| percent(Some(x));
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            s.set,
            s.regime,
            of(s.answers_turned_wrong),
            of(s.decisions_turned_wrong),
            of(s.tops_turned_wrong)
        );
    }
    let s = &figures.speed;
    let _ = write!(
        page,
        "\n## Speed\n\n| what | time |\n|---|---|\n| fit 10,000 phrasings, vectors known | {:.2} s |\n| one of them changed | {:.3} s |\n| none changed | {:.3} s |\n| fit 1,000 intents of 10 phrasings | {:.2} s |\n| keywords: 10,000 patterns, 100 characters, p50 / p99 | {:.1} / {:.1} µs |\n",
        s.ten_thousand_phrasings_s,
        s.one_of_ten_thousand_changed_s,
        s.no_phrasing_changed_s,
        s.thousand_intents_s,
        s.keywords_p50_us,
        s.keywords_p99_us
    );
    page
}

/// The peers of a group's splits.
fn peers_of<'a>(figures: &'a Figures, runs: &[&Run]) -> Vec<&'a Peers> {
    let name = |run: &&Run| format!("{} / {} / {}", run.set, run.regime, run.seed);
    let names: Vec<String> = runs.iter().map(name).collect();
    figures
        .peers
        .iter()
        .filter(|p| names.contains(&p.name))
        .collect()
}

/// The mean of each peer.
fn means(peers: &[&Peers], get: fn(&Peers) -> &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let mut means = BTreeMap::new();
    for name in peers.iter().flat_map(|p| get(p).keys()) {
        let of = peers.iter().filter_map(|p| get(p).get(name).copied());
        means.insert(name.clone(), mean(of).unwrap_or_default());
    }
    means
}

fn best(means: &BTreeMap<String, f64>) -> String {
    let best = means.iter().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or("–".to_owned(), |(name, x)| {
        format!("{} ({name})", percent(Some(*x)))
    })
}

fn top(page: &mut String, figures: &Figures, groups: &Group<'_>) {
    page.push_str("\n## Top intent\n\n| set | regime | Kefu | best peer | all peers |\n|---|---|---|---|---|\n");
    for ((set, regime), runs) in groups {
        let peers = means(&peers_of(figures, runs), |p| &p.top);
        let all: Vec<String> = (peers.iter())
            .map(|(name, x)| format!("{name} {}", percent(Some(*x))))
            .collect();
        let ours = mean(runs.iter().filter_map(|run| run.evaluation.accuracy));
        let _ = writeln!(
            page,
            "| {set} | {regime} | **{}** | {} | {} |",
            percent(ours),
            best(&peers),
            all.join(", ")
        );
    }
}

fn bands(page: &mut String, figures: &Figures, groups: &Group<'_>) {
    page.push_str("\n## At the calibrated setting (target 97 % of answers right)\n\nPeers answer as much as a threshold lets them that is best in hindsight, at Kefu's precision.\n\n| set | regime | right of answered | answered | answered by kNN | answered by the best peer | asked | right one among the choices |\n|---|---|---|---|---|---|---|---|\n");
    for ((set, regime), runs) in groups {
        let of =
            |get: fn(&Run) -> Option<f64>| percent(mean(runs.iter().filter_map(|run| get(run))));
        let peers = means(&peers_of(figures, runs), |p| &p.coverage);
        let knn = peers
            .iter()
            .find(|(name, _)| name.starts_with("kNN"))
            .map(|(_, x)| *x);
        let _ = writeln!(
            page,
            "| {set} | {regime} | {} | **{}** | {} | {} | {} | {} |",
            of(|r| r.evaluation.precision_answered),
            of(|r| r.evaluation.coverage),
            percent(knn),
            best(&peers),
            of(|r| r.evaluation.confirm_rate),
            of(|r| r.evaluation.confirm_hit_rate),
        );
    }
}

fn scope(page: &mut String, figures: &Figures, groups: &Group<'_>) {
    page.push_str("\n## Out of scope (AUROC)\n\n| set | regime | Kefu | refused | best single signal | all single signals |\n|---|---|---|---|---|---|\n");
    for ((set, regime), runs) in groups {
        let of = |get: fn(&Run) -> Option<f64>| mean(runs.iter().filter_map(|run| get(run)));
        let Some(auroc) = of(|r| r.evaluation.oos_auroc) else {
            continue;
        };
        let peers = means(&peers_of(figures, runs), |p| &p.auroc);
        let all: Vec<String> = (peers.iter())
            .map(|(name, x)| format!("{name} {}", percent(Some(*x))))
            .collect();
        let refused = of(|r| r.evaluation.oos_recall);
        let _ = writeln!(
            page,
            "| {set} | {regime} | **{}** | {} | {} | {} |",
            percent(Some(auroc)),
            percent(refused),
            best(&peers),
            all.join(", ")
        );
    }
}
