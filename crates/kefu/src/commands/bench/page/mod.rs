//! The report as one page: no script, and nothing loaded from anywhere.

mod plot;
mod search;

use std::fmt::Write as _;

use super::{report::Report, steps::Step, tally::Times};
use plot::{Axis, Line, even, plot};

const STYLE: &str = include_str!("page.css");

/// Everything in the report, for people.
pub fn html(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>kefu bench</title><style>{STYLE}</style></head><body>\
         <h1>kefu bench</h1><p class=\"soft\">{}</p>",
        escaped(&summary(report))
    );
    verdict(&mut page, report);
    search::section(&mut page, report);
    table(&mut page, report);
    plots(&mut page, report);
    rest(&mut page, report);
    page.push_str("</body></html>\n");
    page
}

fn summary(report: &Report) -> String {
    let Report {
        visitors,
        agents,
        served,
        machine,
        compression,
        ..
    } = report;
    let frames = if *compression {
        "compressed"
    } else {
        "as they are"
    };
    format!(
        "{visitors} visitors, {agents} agents with {served} conversations, against {}; frames {frames}; \
         seed {}; {} s of warm-up and {} s measured for each rate. Generator on {} cores of {}, {} MiB, {}; \
         kefu {}",
        report.server,
        report.seed,
        report.warm_up_s,
        report.duration_s,
        machine.cores,
        machine.processor,
        machine.memory_mib,
        machine.system,
        report.kefu,
    )
}

fn verdict(page: &mut String, report: &Report) {
    let audit = &report.audit;
    if audit.is_good() {
        page.push_str(
            "<p class=\"verdict good\">Every promise held: what was acknowledged is stored as it was \
             said, once, in its order and in one sequence without a gap, and every reader was given \
             exactly that.</p>",
        );
    } else {
        page.push_str("<p class=\"verdict bad\">Promises were broken:</p><ul>");
        for (promise, times) in &audit.broken {
            let _ = write!(page, "<li>{times} times: {promise}</li>");
        }
        for example in &audit.examples {
            let _ = write!(page, "<li class=\"soft\">{}</li>", escaped(example));
        }
        page.push_str("</ul>");
    }
    let figures = [
        ("highest rate borne", format!("{:.1}/s", report.best_rate)),
        ("conversations", audit.conversations.to_string()),
        ("said", audit.said.to_string()),
        ("acknowledged", audit.acknowledged.to_string()),
        ("refused with a reason", audit.refused.to_string()),
        ("read back", audit.stored.to_string()),
        ("given to readers", audit.delivered.to_string()),
    ];
    page.push_str("<dl>");
    for (name, value) in figures {
        let _ = write!(page, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    page.push_str("</dl>");
}

fn table(page: &mut String, report: &Report) {
    let _ = write!(
        page,
        "<h2>Rates</h2><p class=\"soft\">Times are milliseconds from the moment at which a message was \
         meant to be said. Borne: 99 of 100 acknowledged within {} ms, none refused, and as many \
         acknowledged as were said.</p><div class=\"scroll\"><table><tr><th>rate</th><th>acknowledged/s</th>\
         <th>of</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>longest</th><th>refused</th>\
         <th>generator: late p99, cores</th><th>borne</th></tr>",
        report.p99_max_ms
    );
    for step in &report.steps {
        let kinds = kinds(step);
        for (place, (name, times)) in kinds.iter().enumerate() {
            let Times {
                p50,
                p90,
                p99,
                p999,
                max,
                ..
            } = times;
            if place == 0 {
                let _ = write!(
                    page,
                    "<tr><td>{:.1}/s</td><td>{:.1}</td>",
                    step.rate, step.acknowledged_per_second
                );
            } else {
                page.push_str("<tr><td></td><td></td>");
            }
            let _ = write!(
                page,
                "<td>{name}</td><td>{p50:.2}</td><td>{p90:.2}</td><td>{p99:.2}</td><td>{p999:.2}</td><td>{max:.2}</td>"
            );
            if place == 0 {
                let _ = write!(
                    page,
                    "<td>{}</td><td>{:.2}, {:.2}</td><td>{}</td></tr>",
                    step.refused,
                    step.late.p99,
                    step.generator_cores,
                    search::verdict(step)
                );
            } else {
                page.push_str("<td></td><td></td><td></td></tr>");
            }
        }
    }
    page.push_str("</table></div>");
}

/// What was measured of a step.
fn kinds(step: &Step) -> Vec<(&'static str, &Times)> {
    let all = [
        ("acknowledged", &step.acknowledged),
        ("delivered to the other person", &step.delivered),
        ("on the visitor's own screen", &step.echoed),
        ("answered by the bot", &step.answered),
    ];
    let some = all.into_iter().filter(|(_, times)| times.count > 0);
    some.collect()
}

fn plots(page: &mut String, report: &Report) {
    page.push_str("<h2>How long, for how many</h2>");
    for (title, of) in [
        (
            "To the acknowledgement",
            (|step| &step.acknowledged) as fn(&Step) -> &Times,
        ),
        ("To the other person", |step| &step.delivered),
        ("To the bot's answer", |step| &step.answered),
    ] {
        let with = report.steps.iter().filter(|step| of(step).count > 0);
        let lines: Vec<Line> = with
            .map(|step| Line {
                name: format!("{:.1}/s", step.rate),
                points: curve(of(step)),
                dots: false,
            })
            .collect();
        if !lines.is_empty() {
            page.push_str(&plot(
                title,
                "ms, by share of the messages",
                &lines,
                &shares(),
            ));
        }
    }
    page.push_str("<h2>Over time</h2>");
    for step in &report.steps {
        let seconds = || (1_u32..).map(f64::from).zip(&step.seconds);
        let line = |name: &str, of: &dyn Fn(&super::tally::Second) -> f64| Line {
            name: name.to_owned(),
            points: seconds().map(|(at, second)| (at, of(second))).collect(),
            dots: false,
        };
        let across = even(step.seconds.len() as f64, " s");
        let lines = [
            line("meant", &|it| it.intended as f64),
            line("acknowledged", &|it| it.acknowledged as f64),
        ];
        let title = format!("Messages at {:.1}/s", step.rate);
        page.push_str(&plot(&title, "in each second", &lines, &across));
        let lines = [line("longest", &|it| it.worst_ms)];
        let title = format!("Longest time to an acknowledgement at {:.1}/s", step.rate);
        page.push_str(&plot(&title, "ms, by second", &lines, &across));
    }
}

/// Shares ever nearer to all: 0, 9 of 10, 99 of 100 … each as wide.
fn nines(share: f64) -> f64 {
    -(1.0 - share).max(1e-6).log10()
}

fn curve(times: &Times) -> Vec<(f64, f64)> {
    let inner = times.curve.iter().filter(|(share, _)| *share < 1.0);
    inner.map(|(share, ms)| (nines(*share), *ms)).collect()
}

fn shares() -> Axis {
    let marks = [
        (0.0, "0"),
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.99, "99 %"),
        (0.999, "99.9 %"),
    ];
    let marks = marks.map(|(share, words)| (nines(share), words.to_owned()));
    Axis {
        end: 4.0,
        marks: marks
            .into_iter()
            .chain([(4.0, "99.99 %".to_owned())])
            .collect(),
    }
}

fn rest(page: &mut String, report: &Report) {
    let _ = write!(
        page,
        "<h2>Command</h2><pre>{}</pre><p class=\"soft\">All figures are in bench.json; what they mean is in \
         docs/bench.md.</p>",
        escaped(&report.command.join(" "))
    );
}

/// Text that may come from outside: it stays text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
