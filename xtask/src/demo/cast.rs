// SPDX-License-Identifier: Apache-2.0
//! The demo's means: accounts, the `revive-vm` command, the table of transactions, and the comparison of values.

use std::{fmt, path::PathBuf};

use serde_json::Value;

use crate::{
    run::{program, Progress, Result},
    table::{grouped, Table},
    workspace,
};

/// An account that a dev chain funds.
#[derive(Clone, Copy)]
pub(super) struct Account {
    /// Its secret, as the command line takes it.
    pub(super) suri: &'static str,
    /// Its address: the last 20 bytes of keccak-256 of its public key.
    pub(super) address: &'static str,
}

pub(super) const ALICE: Account =
    Account { suri: "//Alice", address: "0x9621dde636de098b43efb0fa9b61facfe328f99d" };
pub(super) const BOB: Account =
    Account { suri: "//Bob", address: "0x41dccbd49b26c50d34355ed86ff0fa9e489d1e01" };
pub(super) const CHARLIE: Account =
    Account { suri: "//Charlie", address: "0xe2235a2ffe0354b27a6a1c543be6bf2920ff2134" };

/// A contract on the chain.
pub(super) struct Contract {
    name: &'static str,
    address: String,
    abi: PathBuf,
}

/// What one transaction came to: the command's JSON.
pub(super) struct Outcome {
    /// Contract and function.
    step: String,
    pub(super) json: Value,
}

/// Runs the command and judges what comes back.
pub(super) struct Cast<'a> {
    progress: &'a Progress,
    url: String,
    table: Table,
    checked: usize,
    wrong: Vec<String>,
    contracts: Vec<(String, String, PathBuf)>,
}

/// How many values were right.
pub(super) struct Verdict {
    passed: usize,
    wrong: Vec<String>,
}

impl<'a> Cast<'a> {
    pub(super) fn new(progress: &'a Progress, url: String) -> Self {
        let table = Table::new(&[
            "call",
            "by",
            "outcome",
            "gas",
            "ref time (ps)",
            "proof (bytes)",
            "deposit",
            "events",
        ]);
        Self { progress, url, table, checked: 0, wrong: Vec::new(), contracts: Vec::new() }
    }

    /// Creates a contract from `contracts/build/NAME.polkavm`, as Alice.
    pub(super) fn deploy(&mut self, name: &'static str, arguments: &[&str]) -> Result<(Contract, Outcome)> {
        let build = workspace::contracts_build();
        let abi = build.join(format!("{name}.abi.json"));
        let blob = build.join(format!("{name}.polkavm"));
        let mut words =
            vec!["instantiate".to_owned(), path(&blob), "--abi".into(), path(&abi), "--execute".into()];
        if !arguments.is_empty() {
            words.push("--args".into());
            words.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        }
        let json = self.command(ALICE, &words)?;
        let outcome = self.record(format!("{name}: deploy"), ALICE, json);
        let address = outcome.json["address"]
            .as_str()
            .ok_or_else(|| format!("{name} was not deployed: {}", outcome.json))?
            .to_owned();
        self.contracts.push((name.into(), address.clone(), abi.clone()));
        Ok((Contract { name, address, abi }, outcome))
    }

    /// Submits a call as a transaction.
    pub(super) fn execute(
        &mut self,
        caller: Account,
        contract: &Contract,
        function: &str,
        arguments: &[&str],
        options: &[&str],
    ) -> Result<Outcome> {
        let mut words = call(contract, function, arguments);
        words.push("--execute".into());
        words.extend(options.iter().map(|option| (*option).to_owned()));
        let json = self.command(caller, &words)?;
        let outcome = self.record(format!("{}: {function}", contract.name), caller, json);
        self.expect(
            &format!("{}: is in a block", outcome.step),
            "true",
            &outcome.json["executed"].to_string(),
        );
        Ok(outcome)
    }

    /// Calls a function in a dry run and compares the one value that it returns.
    pub(super) fn expect_read(
        &mut self,
        contract: &Contract,
        function: &str,
        arguments: &[&str],
        expected: &str,
    ) -> Result<()> {
        let json = self.command(ALICE, &call(contract, function, arguments))?;
        let found = match json["output"].as_array().map(Vec::as_slice) {
            Some([value]) => text(value),
            _ => json.to_string(),
        };
        self.expect(&format!("{}: {function}({})", contract.name, arguments.join(", ")), expected, &found);
        Ok(())
    }

    /// What the command says about a call without submitting it, as Alice: `verb` is `trace`, `estimate`,
    /// `profile --contract` or `debug --contract`.
    pub(super) fn look(
        &self,
        verb: &[&str],
        contract: &Contract,
        function: &str,
        arguments: &[&str],
        options: &[&str],
    ) -> Result<Value> {
        let mut words: Vec<String> = verb.iter().map(|word| (*word).to_owned()).collect();
        words.extend(call(contract, function, arguments).into_iter().skip(1));
        words.extend(options.iter().map(|option| (*option).to_owned()));
        self.command(ALICE, &words)
    }

    /// The traces of all calls of contracts in a block.
    pub(super) fn trace_block(&self, contract: &Contract, block: &Value) -> Result<Value> {
        let words = ["trace".to_owned(), "--block".into(), text(block), "--abi".into(), path(&contract.abi)];
        self.command(ALICE, &words)
    }

    /// The transaction did what it was asked to.
    pub(super) fn expect_success(&mut self, outcome: &Outcome) {
        self.expect(&format!("{}: outcome", outcome.step), "success", &outcome.describe());
    }

    /// The contract undid everything and gave exactly this reason, as hexadecimal return data.
    pub(super) fn expect_revert(&mut self, outcome: &Outcome, reason: &str) {
        let json = &outcome.json;
        self.expect(&format!("{}: reverted", outcome.step), "true", &json["reverted"].to_string());
        self.expect(&format!("{}: reason", outcome.step), reason, &text(&json["data"]));
        self.expect_no_events(outcome);
    }

    /// The virtual machine or the chain ended the call with the named error.
    pub(super) fn expect_error(&mut self, outcome: &Outcome, error: &str) {
        let found = text(&outcome.json["error"]);
        let name =
            found.split(|character: char| !character.is_ascii_alphanumeric()).find(|word| *word == error);
        self.expect(&format!("{}: error", outcome.step), error, name.unwrap_or(&found));
        self.expect(&format!("{}: success", outcome.step), "false", &outcome.json["success"].to_string());
        self.expect_no_events(outcome);
    }

    /// The transaction emitted exactly these events of the contract, in this order.
    pub(super) fn expect_events(
        &mut self,
        outcome: &Outcome,
        contract: &Contract,
        expected: &[(&str, Value)],
    ) {
        let show = |address: &str, name: &str, arguments: &Value| {
            let mut pairs: Vec<String> = arguments
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| format!("{name}: {}", text(value)))
                .collect();
            pairs.sort();
            format!("{name}({}) of {address}", pairs.join(", "))
        };
        let expected: Vec<String> =
            expected.iter().map(|(name, arguments)| show(&contract.address, name, arguments)).collect();
        let found: Vec<String> = outcome
            .events()
            .iter()
            .map(|event| show(&text(&event["contract"]), &text(&event["name"]), &event["args"]))
            .collect();
        let list = |events: Vec<String>| if events.is_empty() { "none".into() } else { events.join("; ") };
        self.expect(&format!("{}: events", outcome.step), &list(expected), &list(found));
    }

    fn expect_no_events(&mut self, outcome: &Outcome) {
        self.expect(&format!("{}: number of events", outcome.step), "0", &outcome.events().len().to_string());
    }

    /// Compares one value and says so.
    pub(super) fn expect(&mut self, what: &str, expected: &str, found: &str) {
        self.checked += 1;
        if expected == found {
            self.progress.say(format_args!("   ok  {what} = {found}"));
        } else {
            let message = format!("{what}: expected {expected}, found {found}");
            self.progress.say(format_args!("WRONG  {message}"));
            self.wrong.push(message);
        }
    }

    /// All transactions so far.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// How it went.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict { passed: self.checked - self.wrong.len(), wrong: self.wrong.clone() }
    }

    /// What to type next, for a node that stays.
    pub(super) fn how_to_go_on(&self, process: u32) -> String {
        let command = path(&workspace::release_binary("revive-vm"));
        let mut lines = vec![format!("\nThe node goes on at {} (process {process}). Try:", self.url)];
        for (name, address, abi) in &self.contracts {
            let (function, arguments) = if name == "counter" { ("get", "") } else { ("balanceOf", " //Bob") };
            let abi = path(abi);
            lines.push(format!(
                "  {command} --url {} call {address} {function}{arguments} --abi {abi}",
                self.url
            ));
        }
        lines.push(format!("Stop it with: kill {process}"));
        lines.join("\n")
    }

    /// Runs the command and gives its JSON. A call that reverted or failed on the chain has its JSON, too.
    fn command(&self, caller: Account, words: &[String]) -> Result<Value> {
        let binary = workspace::release_binary("revive-vm");
        let mut command = program(&binary);
        command.args(["--json", "--url", &self.url, "--suri", caller.suri]).args(words);
        let output = command.output().map_err(|error| format!("cannot run {}: {error}", binary.display()))?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        match (output.status.code(), serde_json::from_str(&stdout)) {
            (Some(0 | 3), Ok(json)) => Ok(json),
            _ => Err(format!(
                "revive-vm {} ended with {} and printed\n{stdout}{}",
                words.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }

    /// Adds a transaction to the table.
    fn record(&mut self, step: String, caller: Account, json: Value) -> Outcome {
        let outcome = Outcome { step, json };
        let json = &outcome.json;
        let deposit = &json["storage_deposit"];
        let sign = if deposit["kind"] == "refund" { "-" } else { "" };
        let events: Vec<String> = outcome.events().iter().map(|event| text(&event["name"])).collect();
        self.table.row([
            outcome.step.clone(),
            caller.suri.into(),
            outcome.in_a_word(),
            number(&json["gas_consumed"]),
            number(&json["weight_consumed"]["ref_time"]),
            number(&json["weight_consumed"]["proof_size"]),
            format!("{sign}{}", number(&deposit["amount"])),
            events.join(" "),
        ]);
        outcome
    }
}

impl Outcome {
    /// In a word or two.
    fn describe(&self) -> String {
        let json = &self.json;
        if json["success"] == true {
            "success".into()
        } else if json["reverted"] == true {
            json["revert_reason"].as_str().map_or("reverted".into(), |reason| format!("reverted: {reason}"))
        } else {
            text(&json["error"])
        }
    }

    /// The same without the arguments of a custom error, for the table.
    fn in_a_word(&self) -> String {
        let text = self.describe();
        text.split_once('(').map_or(text.as_str(), |(name, _)| name).to_owned()
    }

    fn events(&self) -> &[Value] {
        self.json["events"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl Verdict {
    /// An error if anything was wrong.
    pub(super) fn into_result(self) -> Result<()> {
        match self.wrong.len() {
            0 => Ok(()),
            wrong => Err(format!("{wrong} values of the demo are wrong")),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in &self.wrong {
            writeln!(formatter, "WRONG  {message}")?;
        }
        write!(formatter, "{} passed, {} failed", self.passed, self.wrong.len())
    }
}

fn call(contract: &Contract, function: &str, arguments: &[&str]) -> Vec<String> {
    let mut words = vec!["call".to_owned(), contract.address.clone(), function.to_owned()];
    words.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    words.extend(["--abi".into(), path(&contract.abi)]);
    words
}

pub(super) fn path(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// A JSON value without the quotes of a string.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A number, which JSON may carry as a string, with its digits in groups; "-" for anything else.
fn number(value: &Value) -> String {
    let parsed = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    parsed.map_or("-".into(), grouped)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cast, Contract, Outcome};
    use crate::run::Progress;

    fn outcome(json: serde_json::Value) -> Outcome {
        Outcome { step: "step".into(), json }
    }

    #[test]
    fn right_values_pass_and_one_wrong_value_fails_the_demo() {
        let progress = Progress::start();
        let mut cast = Cast::new(&progress, String::new());
        let contract = Contract { name: "c", address: "0x01".into(), abi: "c.json".into() };
        let good = outcome(json!({
            "success": true,
            "events": [{ "contract": "0x01", "name": "Moved", "args": { "to": "0x02", "value": "7" } }],
        }));
        cast.expect_success(&good);
        cast.expect_events(&good, &contract, &[("Moved", json!({ "value": "7", "to": "0x02" }))]);
        let trap = outcome(json!({ "success": false, "error": "Revive::ContractTrapped", "events": [] }));
        cast.expect_error(&trap, "ContractTrapped");
        assert_eq!(cast.verdict().to_string(), "5 passed, 0 failed");
        assert!(cast.verdict().into_result().is_ok());

        cast.expect_events(&good, &contract, &[("Moved", json!({ "value": "8", "to": "0x02" }))]);
        assert!(cast.verdict().to_string().ends_with("\n5 passed, 1 failed"));
        assert!(cast.verdict().into_result().is_err());
    }

    #[test]
    fn an_error_whose_name_only_begins_alike_is_another_error() {
        let progress = Progress::start();
        let mut cast = Cast::new(&progress, String::new());
        let outcome = outcome(json!({ "success": false, "error": "Revive::OutOfGasAndMore", "events": [] }));
        cast.expect_error(&outcome, "OutOfGas");
        assert!(cast.verdict().into_result().is_err());
    }
}
