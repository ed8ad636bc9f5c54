//! The page: one file, nothing loaded from outside.

use std::fmt::Write as _;

use crate::{
    meter::PROCESSES,
    plot::{Line, plot},
    report::Report,
};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5c6877;--line:#dde3ea;--ground:#fff;--good:#0b7a4b;--bad:#b3261e;--a:#2563eb;--b:#d97706;--c:#0f9d77;--d:#9333ea}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#2c3644;--ground:#12171f;--good:#4ade9f;--bad:#ff8a80;--a:#7aa5ff;--b:#f6ad55;--c:#4fd1b0;--d:#c792ff}}
body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:960px;padding:0 1rem;color:var(--ink);background:var(--ground)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.soft{color:var(--soft);margin:.2rem 0}.verdict{font-size:1.15rem;font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:.5rem 1.5rem;margin:1rem 0}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:.3rem .5rem;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:500}
figure{margin:1.5rem 0}figcaption{font-weight:600}figcaption span{color:var(--soft);font-weight:400;margin-left:.5rem}
svg{width:100%;height:auto;display:block}.grid{stroke:var(--line)}.mark{stroke:var(--bad);opacity:.7}.axis{fill:var(--soft);font-size:11px}
.line{fill:none;stroke-width:1.5}.legend{margin:.2rem 0;color:var(--soft)}.legend span{margin-right:1.2rem}.legend span::before{content:'';display:inline-block;width:1rem;height:3px;margin-right:.4rem;vertical-align:middle;background:var(--k)}
.a{stroke:var(--a);--k:var(--a)}.b{stroke:var(--b);--k:var(--b)}.c{stroke:var(--c);--k:var(--c)}.d{stroke:var(--d);--k:var(--d)}
ul{padding-left:1.2rem}
";

/// Everything in the report, for people.
pub fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Kefu soak</title><style>{STYLE}</style></head><body>\
         <h1>Kefu: {:.1} minutes of faults on {}</h1>\
         <p class=\"soft\">seed {}, {} visitors and {} agents at once</p>",
        report.minutes, report.store, report.seed, report.visitors, report.agents
    );
    verdict(&mut html, report);
    figures(&mut html, report);
    faults(&mut html, report);
    plots(&mut html, report);
    rest(&mut html, report);
    html.push_str("</body></html>\n");
    html
}

fn verdict(html: &mut String, report: &Report) {
    if report.broken.is_empty() {
        html.push_str(
            "<p class=\"verdict good\">Everything held: what was acknowledged is stored as it was \
             told, once, in one sequence without a gap; every reader got exactly what it missed; \
             nothing was invented; memory and descriptors came back to where they were.</p>",
        );
        return;
    }
    html.push_str("<p class=\"verdict bad\">Something broke:</p><ul>");
    for line in &report.broken {
        let line = line.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(html, "<li>{line}</li>");
    }
    html.push_str("</ul>");
}

fn figures(html: &mut String, report: &Report) {
    let summary = &report.summary;
    let figures = [
        ("faults", report.happened.len().to_string()),
        ("conversations", summary.conversations.to_string()),
        ("sent", summary.sent.to_string()),
        ("acknowledged", summary.acknowledged.to_string()),
        ("stored", summary.stored.to_string()),
        ("given to readers", summary.heard.to_string()),
        ("refused with a reason", summary.refused.to_string()),
        ("answers lost", summary.unanswered.to_string()),
    ];
    html.push_str("<dl>");
    for (name, value) in figures {
        let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl>");
}

fn faults(html: &mut String, report: &Report) {
    html.push_str(
        "<h2>What was done, and how soon somebody new was served after it</h2><table>\
         <tr><th>fault</th><th>times</th><th>median, s</th><th>longest, s</th></tr>",
    );
    for (name, times) in report.by_kind() {
        let median = times[times.len() / 2];
        let longest = times.last().copied().unwrap_or_default();
        let _ = write!(
            html,
            "<tr><td>{name}</td><td>{}</td><td>{median:.2}</td><td>{longest:.2}</td></tr>",
            times.len()
        );
    }
    html.push_str("</table>");
}

fn plots(html: &mut String, report: &Report) {
    let end_s = report.ticks.last().map_or(1.0, |tick| tick.at_s);
    let marks: Vec<f64> = report.happened.iter().map(|fault| fault.at_s).collect();
    let classes = ["a", "b", "c", "d"];
    let of = |value: &dyn Fn(&crate::meter::Tick, usize) -> Option<f64>| -> Vec<Line<'_>> {
        let named = PROCESSES.iter().zip(classes).enumerate();
        named
            .map(|(index, (name, class))| Line {
                name,
                class,
                points: report
                    .ticks
                    .iter()
                    .map(|tick| (tick.at_s, value(tick, index)))
                    .collect(),
            })
            .collect()
    };
    let memory = of(&|tick, index| Some(tick.resident_kib[index]? as f64 / 1_024.0));
    let open = of(&|tick, index| Some(tick.descriptors[index]? as f64));
    let said = Line {
        name: "acknowledged",
        class: "a",
        points: report
            .ticks
            .iter()
            .map(|tick| (tick.at_s, Some(tick.acknowledged as f64)))
            .collect(),
    };
    html.push_str("<h2>Over time</h2><p>A red stroke at the foot is a fault.</p>");
    html.push_str(&plot(
        "Messages acknowledged",
        "per second",
        &[said],
        &marks,
        end_s,
    ));
    html.push_str(&plot("Resident memory", "MiB", &memory, &marks, end_s));
    html.push_str(&plot("Open descriptors", "", &open, &marks, end_s));
}

fn rest(html: &mut String, report: &Report) {
    html.push_str(
        "<h2>At rest, when everybody had gone</h2><table>\
         <tr><th>process</th><th>resident, MiB</th><th>descriptors</th></tr>",
    );
    for name in PROCESSES {
        if let Some((resident, descriptors)) = report.at_rest.get(name) {
            let _ = write!(
                html,
                "<tr><td>{name}</td><td>{:.1}</td><td>{descriptors}</td></tr>",
                *resident as f64 / 1_024.0
            );
        }
    }
    html.push_str("</table>");
}
