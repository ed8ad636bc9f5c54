//! Several roles' metrics as one Prometheus text. A family may be announced only once, so the
//! samples of all roles are gathered under it, told apart by the label `role`.

use std::{collections::BTreeMap, fmt::Write as _};

#[derive(Default)]
struct Family<'a> {
    help: Option<&'a str>,
    kind: Option<&'a str>,
    samples: Vec<String>,
}

/// Joins the texts; a role without one is shown as down.
pub(super) fn merge(texts: &[(&str, Option<String>)]) -> String {
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    for (role, text) in texts {
        // Histograms and summaries have samples named after their family plus a suffix: those
        // belong to the family announced last.
        let mut current = "";
        for line in text.as_deref().unwrap_or_default().lines() {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("#"), Some(word @ ("HELP" | "TYPE")), Some(name)) => {
                    current = name;
                    let family = families.entry(name).or_default();
                    let slot = if word == "HELP" {
                        &mut family.help
                    } else {
                        &mut family.kind
                    };
                    slot.get_or_insert(line);
                }
                _ if line.starts_with('#') || line.trim().is_empty() => {}
                _ => {
                    let name = line.split(['{', ' ']).next().unwrap_or(line);
                    if current.is_empty() || !name.starts_with(current) {
                        current = name;
                    }
                    families
                        .entry(current)
                        .or_default()
                        .samples
                        .push(labelled(line, role));
                }
            }
        }
    }
    let mut merged = String::new();
    for family in families.values() {
        for line in family.help.into_iter().chain(family.kind) {
            let _ = writeln!(merged, "{line}");
        }
        for sample in &family.samples {
            let _ = writeln!(merged, "{sample}");
        }
    }
    let _ = writeln!(merged, "# TYPE kefu_role_up gauge");
    for (role, text) in texts {
        let _ = writeln!(
            merged,
            "kefu_role_up{{role=\"{role}\"}} {}",
            u8::from(text.is_some())
        );
    }
    merged
}

fn labelled(sample: &str, role: &str) -> String {
    let end = sample.find(['{', ' ']).unwrap_or(sample.len());
    let (name, rest) = sample.split_at(end);
    match rest.strip_prefix('{') {
        Some(labels) if labels.starts_with('}') => format!("{name}{{role=\"{role}\"{labels}"),
        Some(labels) => format!("{name}{{role=\"{role}\",{labels}"),
        None => format!("{name}{{role=\"{role}\"}}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn the_same_family_of_two_roles_is_announced_once() {
        let edge = "# HELP calls Calls.\n# TYPE calls counter\ncalls 1\ncalls{to=\"a {b} c\"} 2\n";
        let chat = "# HELP calls Calls.\n# TYPE calls counter\ncalls 3\n\n# TYPE wait summary\nwait{quantile=\"0.5\"} 1\nwait_sum 4\nwait_count 2\n";
        let merged = merge(&[
            ("edge", Some(edge.into())),
            ("chat", Some(chat.into())),
            ("bot", None),
        ]);
        let expected = "\
# HELP calls Calls.
# TYPE calls counter
calls{role=\"edge\"} 1
calls{role=\"edge\",to=\"a {b} c\"} 2
calls{role=\"chat\"} 3
# TYPE wait summary
wait{role=\"chat\",quantile=\"0.5\"} 1
wait_sum{role=\"chat\"} 4
wait_count{role=\"chat\"} 2
# TYPE kefu_role_up gauge
kefu_role_up{role=\"edge\"} 1
kefu_role_up{role=\"chat\"} 1
kefu_role_up{role=\"bot\"} 0
";
        assert_eq!(merged, expected);
    }
}
