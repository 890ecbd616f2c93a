// SPDX-License-Identifier: Apache-2.0
//! `revive-vm debug --dap`: what an editor says is to be launched, as the words of a command line.

use std::io::{self, BufReader};

use clap::Parser;
use revive_vm_debugger::{
    dap::{serve, Launched, Launcher},
    SourceFiles,
};
use serde_json::{Map, Value};

use super::debug::session;
use crate::{
    args::{Cli, Command, Global},
    error::{Error, Outcome, Result},
};

/// Serves one editor.
pub(super) fn run(global: &Global) -> Result<Outcome> {
    let mut launcher = FromWords { global };
    serve(BufReader::new(io::stdin()), io::stdout().lock(), &mut launcher)
        .map_err(|error| Error::new(format!("the editor's messages: {error}")))?;
    Ok(Outcome::Success)
}

/// Attributes of `launch` that become an option, once for each of their values.
const OPTIONS: &[(&str, &str)] = &[
    ("gas", "--gas"),
    ("gasModel", "--gas-model"),
    ("contract", "--contract"),
    ("block", "--block"),
    ("index", "--index"),
    ("abi", "--abi"),
    ("blobs", "--blob"),
    ("data", "--data"),
    ("value", "--value"),
    ("weight", "--weight"),
    ("depositLimit", "--deposit-limit"),
    ("salt", "--salt"),
    ("sourceRoot", "--source-root"),
    ("url", "--url"),
    ("suri", "--suri"),
];

/// Attributes that become words, in this order.
const WORDS: &[&str] = &["program", "export", "args", "function", "arguments"];

/// Attributes that are for others.
const OTHERS: &[&str] = &[
    "name",
    "type",
    "request",
    "stopOnEntry",
    "noDebug",
    "hostCalls",
    "preLaunchTask",
    "postDebugTask",
    "presentation",
    "debugServer",
    "internalConsoleOptions",
    "serverReadyAction",
    "suppressMultipleSessionWarning",
];

/// Launches what the command line would, with the node and account of this one where nothing else is said.
struct FromWords<'a> {
    global: &'a Global,
}

impl Launcher for FromWords<'_> {
    fn launch(&mut self, arguments: &Map<String, Value>) -> Result<Launched, String> {
        let words = words(arguments)?;
        let cli = Cli::try_parse_from(&words).map_err(|error| error.to_string())?;
        let Cli { mut global, command: Command::Debug(args) } = cli else {
            return Err("nothing is to be debugged".into());
        };
        for (attribute, own, other) in
            [("url", &mut global.url, &self.global.url), ("suri", &mut global.suri, &self.global.suri)]
        {
            if !arguments.contains_key(attribute) {
                own.clone_from(other);
            }
        }
        let (session, message) = session(&global, &args).map_err(|error| match error.advice() {
            Some(advice) => format!("{error}\n{advice}"),
            None => error.to_string(),
        })?;
        Ok(Launched { session, sources: SourceFiles::new(args.source_root.as_deref()), message })
    }
}

/// The command line that the attributes stand for.
///
/// # Errors
/// There is no such attribute, or it cannot have that value.
fn words(arguments: &Map<String, Value>) -> Result<Vec<String>, String> {
    let mut words = vec!["revive-vm".to_owned(), "debug".into()];
    for (name, value) in arguments {
        if let Some((_, option)) = OPTIONS.iter().find(|(attribute, _)| attribute == name) {
            for text in texts(name, value)? {
                // As one word: what begins with a dash is no option then.
                words.push(format!("{option}={text}"));
            }
        } else if name == "hostCalls" {
            let answers = value.as_object().ok_or("`hostCalls` is an object: names and what they answer")?;
            for (import, answer) in answers {
                words.push(format!("--host-call={import}={}", text(name, answer)?));
            }
        } else if !WORDS.contains(&name.as_str())
            && !OTHERS.contains(&name.as_str())
            && !name.starts_with("__")
        {
            let known = OPTIONS.iter().map(|(attribute, _)| *attribute).chain(WORDS.iter().copied());
            return Err(format!(
                "there is no attribute `{}`; there are hostCalls, {}",
                name.escape_debug(),
                known.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    words.push("--".into());
    for name in WORDS {
        if let Some(value) = arguments.get(*name) {
            words.extend(texts(name, value)?);
        }
    }
    Ok(words)
}

/// Text, a number, or a list of these.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(values) => values.iter().map(|value| text(name, value)).collect(),
        value => Ok(vec![text(name, value)?]),
    }
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(format!("`{name}` has a value that is neither text nor a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(arguments: &Value) -> Result<Vec<String>, String> {
        words(arguments.as_object().expect("it is an object"))
    }

    #[test]
    fn attributes_are_words_of_a_command_line() {
        let call = json!({
            "type": "revive-vm", "request": "launch", "name": "mine", "stopOnEntry": false, "__sessionId": "x",
            "internalConsoleOptions": "neverOpen", "suppressMultipleSessionWarning": true,
            "contract": "0x01", "function": "pay", "arguments": ["-5", true, 7], "abi": ["a.json", "b.json"], "value": 9,
        });
        let words = of(&call).expect("it is right");
        assert_eq!(words[..2], ["revive-vm", "debug"]);
        for option in ["--contract=0x01", "--abi=a.json", "--abi=b.json", "--value=9"] {
            assert!(words.contains(&option.into()), "{option}");
        }
        assert_eq!(words[words.len() - 5..], ["--", "pay", "-5", "true", "7"]);
        let run = json!({ "program": "p.polkavm", "export": "run", "args": ["0x10", -1], "hostCalls": { "now": 5 }, "gas": 10 });
        let cli = Cli::try_parse_from(of(&run).expect("it is right")).expect("the parser takes it");
        let Command::Debug(args) = cli.command else { panic!("it is another command") };
        assert_eq!(args.words, ["p.polkavm", "run", "0x10", "-1"]);
        assert_eq!((args.terms.gas, &args.terms.host_calls[..]), (10, &[("now".into(), 5)][..]));
    }

    /// The extension of an editor offers nothing that is not taken, and everything that is.
    #[test]
    fn editors_offer_what_is_taken() {
        let text = include_str!("../../../debugger/editors/vscode/package.json");
        let package: Value = serde_json::from_str(text).expect("it is JSON");
        let attributes =
            &package["contributes"]["debuggers"][0]["configurationAttributes"]["launch"]["properties"];
        let mut offered: Vec<&str> =
            attributes.as_object().expect("there are some").keys().map(String::as_str).collect();
        let options = OPTIONS.iter().map(|(attribute, _)| *attribute);
        let mut taken: Vec<&str> =
            options.chain(WORDS.iter().copied()).chain(["hostCalls", "stopOnEntry"]).collect();
        offered.sort_unstable();
        taken.sort_unstable();
        assert_eq!(offered, taken);
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert!(of(&json!({ "progam": "p" })).unwrap_err().contains("no attribute `progam`"));
        assert!(of(&json!({ "gas": {} })).unwrap_err().contains("neither text nor a number"));
        assert!(of(&json!({ "hostCalls": [1] })).unwrap_err().contains("is an object"));
    }
}
