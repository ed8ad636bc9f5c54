//! What can be asked of `kefu intents`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use kefu_types::Lang;

use super::Settings;

/// `kefu intents …`
#[derive(Debug, Subcommand)]
pub enum IntentsCommand {
    /// Say all that is wrong in a directory, as file:line:column: severity: message.
    ///
    /// Ends with 0 when there is nothing to mend, 1 when there are errors (with --strict also
    /// warnings), 78 when the model is required and cannot be used.
    Check(CheckArgs),
    /// Make intent files from lines of `intent<TAB>text`, or a knowledge base from a table of
    /// questions and answers (CSV or XLSX).
    Import {
        /// The lines, or the table: `.csv` or `.xlsx`.
        file: PathBuf,
        /// Directory to write to. For lines it must not hold intent files of other origin; a table
        /// goes to `knowledge/` below it, beside whatever is there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// The settings, for the model and where vectors are remembered.
        #[command(flatten)]
        settings: Settings,
    },
    /// Run the real pipeline over lines of `intent<TAB>text` (`oos` stands for out of scope), or
    /// over the set's own phrasings.
    ///
    /// Ends with 0 when every gate was reached, 1 when one was missed, 2 on a wrong command line,
    /// 78 when nothing could be measured (files, cases or model).
    Test(Box<TestArgs>),
    /// What the pipeline makes of one text, and why.
    Explain(ExplainArgs),
    /// Add a phrasing to an intent's file; comments and layout stay.
    AddPhrasing(AddPhrasingArgs),
    /// Switch an intent on or off in its file; comments and layout stay.
    Set(SetArgs),
}

/// `kefu intents test`
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Directory of intent files.
    pub dir: PathBuf,
    /// Lines of `intent<TAB>text`.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "cross_validate",
        conflicts_with = "cross_validate"
    )]
    pub cases: Option<PathBuf>,
    /// Instead of a file: hold back each of K parts of the set's own phrasings once.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..=50))]
    pub cross_validate: Option<u8>,
    /// What the parts are drawn with; the same seed gives the same parts.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        requires = "cross_validate"
    )]
    pub seed: u64,
    /// Also write the whole report as JSON; `-` is standard output.
    #[arg(long, value_name = "OUT")]
    pub json: Option<PathBuf>,
    /// Also write a page with plots: one file that needs no network.
    #[arg(long, value_name = "OUT")]
    pub html: Option<PathBuf>,
    /// A report written by `--json` before: say what got better and worse.
    #[arg(long, value_name = "OLD.json")]
    pub compare: Option<PathBuf>,
    /// What must be reached.
    #[command(flatten)]
    pub gates: Gates,
    /// The settings, for model and thresholds.
    #[command(flatten)]
    pub settings: Settings,
}

/// What a run must reach, else it ends with exit code 1. Shares are 0 to 1; a share that was not
/// measured fails its gate.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gates")]
pub struct Gates {
    /// Least share of in-scope cases whose first candidate is right.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_accuracy: Option<f64>,
    /// Least macro-F1.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_macro_f1: Option<f64>,
    /// Least share of the answers that are right.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_precision: Option<f64>,
    /// Least share of the cases that are answered.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_coverage: Option<f64>,
    /// Least share of the questions back that name the right intent.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_confirm_hit_rate: Option<f64>,
    /// Least share of the out-of-scope cases that are refused.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_oos_recall: Option<f64>,
    /// Least AUROC of in scope against out of scope.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_auroc: Option<f64>,
    /// Most that probabilities may be off, on average.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_calibration_error: Option<f64>,
    /// Longest 99th percentile of one text.
    #[arg(long, value_name = "MS")]
    pub max_latency_p99_ms: Option<f64>,
    /// Most cases that may be worse than in the report of `--compare`.
    #[arg(long, value_name = "CASES", requires = "compare")]
    pub max_regressions: Option<usize>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to 1, like 0.95".to_owned()),
    }
}

/// `kefu intents check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Directory of intent files.
    pub dir: PathBuf,
    /// Warnings fail, too.
    #[arg(long)]
    pub strict: bool,
    /// Only what the files themselves say; phrasings are not compared, no model is loaded.
    #[arg(long)]
    pub quick: bool,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
    /// The settings, for the model and the time zone.
    #[command(flatten)]
    pub settings: Settings,
}

/// `kefu intents explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The text.
    pub text: String,
    /// Directory of intent files [default: as configured].
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Language of the text [default: by its letters].
    #[arg(long, value_enum)]
    pub lang: Option<LangArg>,
    /// Print the whole explanation as JSON.
    #[arg(long)]
    pub json: bool,
    /// The settings, for model and thresholds.
    #[command(flatten)]
    pub settings: Settings,
}

/// `--lang`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LangArg {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl From<LangArg> for Lang {
    fn from(arg: LangArg) -> Self {
        match arg {
            LangArg::Zh => Self::Zh,
            LangArg::En => Self::En,
        }
    }
}

/// `kefu intents add-phrasing`
#[derive(Debug, Args)]
pub struct AddPhrasingArgs {
    /// The intent's id.
    pub id: String,
    /// How people say it.
    pub text: String,
    /// Language of the text [default: by its letters].
    #[arg(long, value_enum)]
    pub lang: Option<LangArg>,
    /// Directory of intent files [default: as configured].
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The settings, for the directory.
    #[command(flatten)]
    pub settings: Settings,
}

/// `kefu intents set`
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The intent's id.
    pub id: String,
    /// What to set: `enabled=true` or `enabled=false`.
    #[arg(value_name = "KEY=VALUE", value_parser = assignment, action = clap::ArgAction::Set)]
    pub enabled: bool,
    /// Directory of intent files [default: as configured].
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The settings, for the directory.
    #[command(flatten)]
    pub settings: Settings,
}

fn assignment(text: &str) -> Result<bool, String> {
    match text {
        "enabled=true" => Ok(true),
        "enabled=false" => Ok(false),
        _ => Err("expected enabled=true or enabled=false".to_owned()),
    }
}
