//! The rates that were tried, from the lowest to the highest: what each took, what failed, and where it
//! bends.

use std::fmt::Write as _;

use super::plot::{Axis, Line, even, plot_on, powers, tens};
use crate::commands::bench::{report::Report, steps::Step};

/// Nothing where there is one rate only.
pub fn section(page: &mut String, report: &Report) {
    let searched = report.steps.iter().filter(|step| !step.steady);
    let mut steps: Vec<&Step> = searched.collect();
    steps.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    let [_, .., highest] = steps.as_slice() else {
        return;
    };
    let across = even(highest.rate, "/s");
    let _ = write!(
        page,
        "<h2>The knee</h2><p>{}</p>",
        super::escaped(&sentence(report))
    );
    times(page, report, &steps, &across);
    failures(page, &steps, &across);
    table(page, report);
}

fn sentence(report: &Report) -> String {
    let words = report.knee.words();
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// Over the rates, on an axis of powers of ten: what is overloaded takes a hundred times as long.
fn times(page: &mut String, report: &Report, steps: &[&Step], across: &Axis) {
    let bound = report.p99_max_ms as f64;
    let longest = steps.iter().map(|step| step.acknowledged.max);
    let up = powers(longest.fold(bound, f64::max));
    let measured = |name: &str, of: fn(&Step) -> f64| Line {
        name: name.to_owned(),
        points: steps
            .iter()
            .map(|step| (step.rate, tens(of(step))))
            .collect(),
        dots: true,
    };
    let mut lines = vec![
        measured("p50", |step| step.acknowledged.p50),
        measured("p99", |step| step.acknowledged.p99),
        measured("longest", |step| step.acknowledged.max),
        Line {
            name: format!("{bound} ms, the bound of p99"),
            points: vec![(0.0, tens(bound)), (across.end, tens(bound))],
            dots: false,
        },
    ];
    let borne = report.knee.borne;
    if borne > 0.0 {
        lines.push(Line {
            name: format!("{borne:.1}/s, the highest borne"),
            points: vec![(borne, 0.0), (borne, up.end)],
            dots: false,
        });
    }
    let title = "Time to the acknowledgement, by rate";
    page.push_str(&plot_on(title, "ms, by powers of ten", &lines, across, &up));
}

fn failures(page: &mut String, steps: &[&Step], across: &Axis) {
    let share = |step: &Step, count: u64| 100.0 * count as f64 / step.intended.max(1) as f64;
    let line = |name: &str, of: fn(&Step) -> u64| Line {
        name: name.to_owned(),
        points: steps
            .iter()
            .map(|step| (step.rate, share(step, of(step))))
            .collect(),
        dots: true,
    };
    let lines = [
        line("refused", |step| step.refused),
        line("without an answer", |step| step.unanswered),
    ];
    let most = lines.iter().flat_map(|line| &line.points);
    let up = even(most.map(|point| point.1).fold(0.0, f64::max), " %");
    let title = "Failures, by rate";
    page.push_str(&plot_on(title, "of what was said", &lines, across, &up));
}

/// In the order in which they were tried.
fn table(page: &mut String, report: &Report) {
    page.push_str(
        "<div class=\"scroll\"><table><tr><th>tried</th><th>rate</th><th>acknowledged/s</th><th>p99 ms</th>\
         <th>refused</th><th>without an answer</th><th>borne</th></tr>",
    );
    for (number, step) in (1..).zip(&report.steps) {
        let Step {
            rate,
            acknowledged_per_second,
            acknowledged,
            refused,
            unanswered,
            steady,
            ..
        } = step;
        let after = if *steady { ", after the search" } else { "" };
        let _ = write!(
            page,
            "<tr><td>{number}{after}</td><td>{rate:.1}/s</td><td>{acknowledged_per_second:.1}</td>\
             <td>{:.2}</td><td>{refused}</td><td>{unanswered}</td><td>{}</td></tr>",
            acknowledged.p99,
            verdict(step),
        );
    }
    page.push_str("</table></div>");
}

/// "yes", or why not.
pub fn verdict(step: &Step) -> String {
    if step.borne {
        return "yes".to_owned();
    }
    format!("no: {}", step.why_not())
}
