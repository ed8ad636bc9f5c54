//! `kefu intents explain`

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use kefu_nlu::{CandidateExplanation, Decision, Explanation, KeywordList, Reason, RuleOutcome};

use super::engine;
use crate::{cli::ExplainArgs, commands::load};

pub fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let config = load(&args.settings)?;
    let dir = args.dir.as_deref().unwrap_or(&config.bot.intents_dir);
    let engine = engine(&config, dir)?;
    let found = engine.explain(&args.text, args.lang.map(Into::into))?;
    let text = if args.json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else {
        readable(&found)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn readable(found: &Explanation) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = decision(&mut out, found);
    let _ = rules(&mut out, found);
    let _ = candidates(&mut out, found);
    out
}

fn decision(out: &mut String, found: &Explanation) -> std::fmt::Result {
    let what = match &found.decision {
        Decision::Answer(intent) => format!("answer {intent}"),
        Decision::Confirm(choices) => format!("ask: {}?", choices.join(", ")),
        Decision::Fallback => "not understood".to_owned(),
    };
    writeln!(out, "{} → {what}", found.text)?;
    let (sure, inside) = (100.0 * found.confidence, 100.0 * found.in_scope);
    writeln!(out, "  because    {}", because(found.reason))?;
    writeln!(
        out,
        "  read as    {} ({})",
        found.normalized,
        found.language.code()
    )?;
    writeln!(
        out,
        "  sure       {sure:.1} % of the first, {inside:.1} % of any intent"
    )?;
    if let Some(t) = &found.thresholds {
        writeln!(
            out,
            "  thresholds answer {:.1} %, ask {:.1} %, in scope {:.1} %, close from {:.0} % of the first",
            100.0 * t.answer,
            100.0 * t.confirm,
            100.0 * t.in_scope,
            100.0 * t.close_ratio
        )?;
    }
    Ok(())
}

const fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::KeywordWon => "the keywords of one intent decide",
        Reason::KeywordTie => "keywords of several intents win alike",
        Reason::Sure => "the first candidate is sure enough",
        Reason::TwoClose => "the second candidate is close to the first",
        Reason::Likely => "likely, but not sure enough to answer",
        Reason::OutOfScope => "more like text that no intent covers",
        Reason::TooManyAlike => "no few choices would be likely to hold what is meant",
        Reason::Nothing => "there is nothing to compare",
    }
}

fn rules(out: &mut String, found: &Explanation) -> std::fmt::Result {
    if !found.rules.is_empty() {
        writeln!(out, "keyword rules")?;
    }
    for rule in &found.rules {
        let outcome = match rule.outcome {
            RuleOutcome::Won => "won",
            RuleOutcome::Outranked => "outranked by a higher priority",
            RuleOutcome::Vetoed => "vetoed",
            RuleOutcome::Incomplete => "incomplete",
        };
        let of = |none: bool| -> Vec<&str> {
            let words = rule
                .found
                .iter()
                .filter(|f| (f.list == KeywordList::None) == none);
            words.map(|f| f.keyword.as_str()).collect()
        };
        let (matched, vetoes) = (of(false).join(", "), of(true).join(", "));
        let (intent, number, priority) = (&rule.intent, rule.rule, rule.priority);
        write!(
            out,
            "  {intent} rule {number} (priority {priority}): {outcome}; has {matched}"
        )?;
        if !vetoes.is_empty() {
            write!(out, "; must not have {vetoes}")?;
        }
        if !rule.missing.is_empty() {
            write!(out, "; lacks {}", rule.missing.join(", "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn candidates(out: &mut String, found: &Explanation) -> std::fmt::Result {
    if !found.candidates.is_empty() {
        writeln!(out, "candidates")?;
    }
    for candidate in &found.candidates {
        let CandidateExplanation {
            intent,
            title,
            probability,
            signals: s,
            nearest,
        } = candidate;
        writeln!(out, "  {:>5.1} %  {intent} ({title})", 100.0 * probability)?;
        writeln!(
            out,
            "           head {:.2} (vector {:.2}, n-grams {:.2}), nearest {:.2}, middle {:.2}, n-grams {:.2}",
            s.head, s.head_dense, s.head_ngrams, s.nearest, s.centroid, s.ngrams
        )?;
        for near in nearest {
            writeln!(out, "           {:.2}  {}", near.similarity, near.text)?;
        }
    }
    Ok(())
}
