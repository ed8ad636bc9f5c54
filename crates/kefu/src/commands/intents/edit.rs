//! `kefu intents add-phrasing` and `kefu intents set`

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use kefu_intents::{Change, edit_dir};

use crate::{
    cli::{AddPhrasingArgs, SetArgs, Settings},
    commands::load,
};

pub fn add_phrasing(args: &AddPhrasingArgs) -> anyhow::Result<ExitCode> {
    let change = Change::AddPhrasing {
        text: args.text.clone(),
        lang: args.lang.map(Into::into),
    };
    apply(args.dir.clone(), &args.settings, &args.id, &change)
}

pub fn set(args: &SetArgs) -> anyhow::Result<ExitCode> {
    let change = Change::SetEnabled(args.enabled);
    apply(args.dir.clone(), &args.settings, &args.id, &change)
}

fn apply(
    dir: Option<PathBuf>,
    settings: &Settings,
    id: &str,
    change: &Change,
) -> anyhow::Result<ExitCode> {
    let dir = match dir {
        Some(dir) => dir,
        None => load(settings)?.bot.intents_dir,
    };
    let path = edit_dir(&dir, id, change)?;
    writeln!(std::io::stdout(), "{}: `{id}` is as wanted", path.display())?;
    Ok(ExitCode::SUCCESS)
}
