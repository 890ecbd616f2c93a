// SPDX-License-Identifier: Apache-2.0
//! `revive-vm-fuzz TARGET --count N --seed S`: runs a fuzz target on generated inputs.
//!
//! Exit status: 0 if all inputs passed, 1 if not, 2 if the command line is wrong.

use std::{env, fs, io, path::PathBuf, process::ExitCode};

use revive_vm_testing::{
    fuzz::{campaign::Campaign, target, Entry, TARGETS},
    number::number,
};

const USAGE: &str = "usage: revive-vm-fuzz TARGET [--count N] [--seed S] [--failures DIR] [--failures-max N]
       revive-vm-fuzz TARGET --replay FILE
       revive-vm-fuzz list

Runs a target on N inputs (default 10000), made of the seeds from S on (default 0). Inputs that fail are made smaller
and written to DIR (default: target/fuzz-failures); --replay runs such a file again.";

enum Task {
    Run(Campaign),
    Replay(PathBuf),
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<(&'static Entry, Task), String> {
    let name = args.next().ok_or("the target is missing")?;
    let entry = target(&name).ok_or_else(|| format!("there is no target `{name}`"))?;
    let mut campaign =
        Campaign { count: 10_000, seed: 0, folder: "target/fuzz-failures".into(), failures_max: 10 };
    let mut replay = None;
    while let Some(arg) = args.next() {
        let (option, value) = match arg.split_once('=') {
            Some((option, value)) => (option.to_string(), Some(value.to_string())),
            None => (arg, None),
        };
        let value = value.or_else(|| args.next()).ok_or(format!("{option} needs a value"))?;
        match option.as_str() {
            "--count" => campaign.count = number(&value)?,
            "--seed" => campaign.seed = number(&value)?,
            "--failures" => campaign.folder = value.into(),
            "--failures-max" => campaign.failures_max = number(&value)?,
            "--replay" => replay = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown option `{option}`")),
        }
    }
    Ok((entry, replay.map_or(Task::Run(campaign), Task::Replay)))
}

fn run(entry: &Entry, task: Task) -> Result<bool, String> {
    match task {
        Task::Run(campaign) => Ok(campaign.run(entry, &mut io::stdout().lock())?.failures == 0),
        Task::Replay(path) => {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            // Targets of the same kind of input look for other things in it.
            let of = text.lines().find_map(|line| line.strip_prefix("target "));
            if let Some(of) = of.map(str::trim).filter(|of| *of != entry.name) {
                return Err(format!(
                    "{}: it is a case of the target {of}, not of {}",
                    path.display(),
                    entry.name
                ));
            }
            let replayed = (entry.open)(false)?.replay(&text);
            match &replayed {
                Ok(_) => println!("passes"),
                Err(difference) => println!("fails: {difference}"),
            }
            Ok(replayed.is_ok())
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--help" | "-h") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some("list") => {
            for entry in TARGETS {
                println!("{:20} {}", entry.name, entry.about);
            }
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let (entry, task) = match parse(args.into_iter()) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(entry, task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
