// SPDX-License-Identifier: Apache-2.0
//! Running other programs, and telling the user what runs and for how long.

use std::{
    env,
    ffi::OsStr,
    fmt::Display,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::road::Road;

/// A failure carries the text to print: nobody but the user handles it.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// Prints what happens, with the time since the command began.
pub(crate) struct Progress {
    start: Instant,
}

impl Progress {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Prints one line.
    pub(crate) fn say(&self, text: impl Display) {
        println!("[{}] {text}", clock(self.start.elapsed()));
    }

    /// Runs a step between two lines; the second one says how long it took.
    pub(crate) fn step<T>(&self, name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        self.say(format_args!("== {name}"));
        let start = Instant::now();
        let result = step();
        let outcome = if result.is_ok() { "done" } else { "FAILED" };
        self.say(format_args!("== {name}: {outcome} after {}", clock(start.elapsed())));
        result.map_err(|error| format!("{name}: {error}"))
    }
}

/// Minutes and seconds.
fn clock(elapsed: Duration) -> String {
    format!("{:02}:{:02}", elapsed.as_secs() / 60, elapsed.as_secs() % 60)
}

/// A program to run in the workspace's root, with the variables removed that `cargo run` set for this process:
/// they describe xtask, and build scripts that look at them would run again for nothing.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::workspace::root());
    for (variable, _) in env::vars_os() {
        let text = variable.to_string_lossy();
        let from_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if from_cargo || matches!(&*text, "CARGO" | "LD_LIBRARY_PATH") {
            command.env_remove(&variable);
        }
    }
    command
}

/// Options with absolute paths, where those of `paths` have one as their value: a path is relative to where the user stands, while
/// commands run in the workspace's root.
pub(crate) fn with_absolute_paths<'a>(
    options: impl Iterator<Item = &'a str>,
    paths: &[&str],
) -> Result<Vec<PathBuf>> {
    let absolute = |path: &str| std::path::absolute(path).map_err(|error| format!("{path}: {error}"));
    let mut previous = "";
    options
        .map(|option| {
            let is_path = paths.contains(&previous);
            previous = option;
            match option.split_once('=') {
                _ if is_path => absolute(option),
                Some((name, path)) if paths.contains(&name) => {
                    Ok(format!("{name}={}", absolute(path)?.display()).into())
                }
                _ => Ok(option.into()),
            }
        })
        .collect()
}

/// A cargo command of the host's toolchain. The wasm runtime is built by the toolchain of `road`.
pub(crate) fn cargo(road: Road) -> Command {
    let mut command = program("cargo");
    command.env("CARGO_TARGET_DIR", crate::workspace::target_dir());
    if env::var_os("WASM_BUILD_TOOLCHAIN").is_none() {
        if let Some(toolchain) = road.wasm_toolchain() {
            command.env("WASM_BUILD_TOOLCHAIN", toolchain);
        }
    }
    command
}

/// Prints the command, runs it with our own input and output, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| format!("cannot run {}: {error}", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{} ended with {status}", shown(command)))
}

/// Runs a command silently and gives what it wrote to its standard output, or `None` when it is missing or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command silently under a deadline. Fails when it is missing, fails or takes longer.
pub(crate) fn run_within(command: &mut Command, deadline: Duration) -> Result<()> {
    println!("$ {}", shown(command));
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", shown(command)))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("ended with {status}")),
            Ok(None) if start.elapsed() < deadline => std::thread::sleep(Duration::from_millis(100)),
            Ok(None) => {
                // The child may have ended meanwhile; then there is nothing left to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("gave no result within {} s", deadline.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Whether a program of this name is on the search path.
pub(crate) fn is_installed(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// A command as one could type it, with the variables that were set for it.
fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), value?.to_string_lossy())));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    variables.chain(words.map(|word| word.to_string_lossy().into_owned())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_absolute_and_nothing_else() {
        let options = ["--json", "a.json", "--rounds", "3", "--blobs", "b", "--blobs=c", "--only=d"];
        let options = with_absolute_paths(options.into_iter(), &["--json", "--blobs"]).unwrap();
        let here = env::current_dir().unwrap();
        let expected = [
            "--json".into(),
            here.join("a.json"),
            "--rounds".into(),
            "3".into(),
            "--blobs".into(),
            here.join("b"),
            format!("--blobs={}", here.join("c").display()).into(),
            "--only=d".into(),
        ];
        assert_eq!(options, expected);
    }
}
