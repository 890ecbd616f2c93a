// SPDX-License-Identifier: Apache-2.0
//! `revive-vm-vectors DIR [--engine NAME] [--gas-model NAME]`: runs a folder of vectors and says which of them fail.
//!
//! `revive-vm-vectors --bless DIR`: writes the text vectors that are made from the specification.
//!
//! Exit status: 0 if there were vectors and all passed, 1 if not, 2 if the command line is wrong.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use revive_vm_executor::{Engine, EngineChoice, EngineConfig, GasModel};
use revive_vm_testing::{text::bless, vectors::run_folder};

const USAGE: &str = "usage: revive-vm-vectors --bless DIR
       revive-vm-vectors DIR [--engine auto|recompiler|interpreter]
                         [--gas-model flat|pipeline-l1|pipeline-l2|pipeline-l3|pipeline-footprint]

Runs every *.json vector in DIR. Prints one line per failure and, at the end, `N passed, N failed`. With --bless, writes the
text vectors that are made from the specification to DIR.";

struct Options {
    folder: PathBuf,
    engine: EngineChoice,
    gas: GasModel,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut folder = None;
    let mut engine = EngineChoice::Auto;
    let mut gas = GasModel::Flat;
    while let Some(arg) = args.next() {
        // Both options can be written `--option NAME` and `--option=NAME`.
        let (option, value) = match arg.split_once('=') {
            Some((option, value)) => (option, Some(value.to_string())),
            None => (arg.as_str(), None),
        };
        match option {
            "--engine" | "--gas-model" => {
                let name = value.or_else(|| args.next()).ok_or(format!("{option} needs a name"))?;
                if option == "--engine" {
                    engine = EngineChoice::from_name(&name).ok_or(format!("there is no engine `{name}`"))?;
                } else {
                    gas = GasModel::from_name(&name).ok_or(format!("there is no gas model `{name}`"))?;
                }
            }
            _ if arg.starts_with('-') => return Err(format!("unknown option `{arg}`")),
            _ => {
                if folder.replace(PathBuf::from(&arg)).is_some() {
                    return Err("one folder at a time".into());
                }
            }
        }
    }
    Ok(Options { folder: folder.ok_or("the folder is missing")?, engine, gas })
}

fn bless(folder: &Path) -> io::Result<usize> {
    let files = bless::files();
    for (name, text) in &files {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    Ok(files.len())
}

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    if let (Some("--bless"), Some(folder), None) = (args.next().as_deref(), args.next(), args.next()) {
        return match bless(Path::new(&folder)) {
            Ok(count) => {
                println!("{count} files written");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: {folder}: {error}");
                ExitCode::FAILURE
            }
        };
    }
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
    match run_folder(&options.folder, &engine, options.gas, &mut io::stdout().lock()) {
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
