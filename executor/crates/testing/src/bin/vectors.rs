// SPDX-License-Identifier: Apache-2.0
//! `revive-vm-vectors DIR [--engine NAME]`: runs a folder of vectors and says which of them fail.
//!
//! Exit status: 0 if there were vectors and all passed, 1 if not, 2 if the command line is wrong.

use std::{env, io, path::PathBuf, process::ExitCode};

use revive_vm_executor::{Engine, EngineChoice, EngineConfig};
use revive_vm_testing::vectors::run_folder;

const USAGE: &str = "usage: revive-vm-vectors DIR [--engine auto|recompiler|interpreter]

Runs every *.json vector in DIR. Prints one line per failure and, at the end, `N passed, N failed`.";

struct Options {
    folder: PathBuf,
    engine: EngineChoice,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut folder = None;
    let mut engine = EngineChoice::Auto;
    while let Some(arg) = args.next() {
        let name = match arg.strip_prefix("--engine=") {
            Some(name) => Some(name.to_string()),
            None if arg == "--engine" => Some(args.next().ok_or("--engine needs a name")?),
            None => None,
        };
        if let Some(name) = name {
            engine = EngineChoice::from_name(&name).ok_or(format!("there is no engine `{name}`"))?;
        } else if arg.starts_with('-') {
            return Err(format!("unknown option `{arg}`"));
        } else if folder.replace(PathBuf::from(arg)).is_some() {
            return Err("one folder at a time".into());
        }
    }
    Ok(Options { folder: folder.ok_or("the folder is missing")?, engine })
}

fn main() -> ExitCode {
    if env::args().skip(1).any(|arg| arg == "--help" || arg == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let engine = match Engine::new(EngineConfig { engine: options.engine, ..EngineConfig::default() }) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run_folder(&options.folder, &engine, &mut io::stdout().lock()) {
        Ok(summary) if summary.is_success() => ExitCode::SUCCESS,
        Ok(summary) => {
            if summary.passed + summary.failed == 0 {
                eprintln!("error: {} holds no *.json files", options.folder.display());
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {}: {error}", options.folder.display());
            ExitCode::FAILURE
        }
    }
}
