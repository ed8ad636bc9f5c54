//! `kefu config`: the settings in force, as a file that would set them.

use std::{io::Write as _, process::ExitCode};

use kefu_config::Config;

use crate::cli::ConfigArgs;

pub fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let text = if args.schema {
        format!("{:#}\n", Config::schema())
    } else {
        toml::to_string(&super::load(&args.settings)?)?
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
