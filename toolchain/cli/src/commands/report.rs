// SPDX-License-Identifier: Apache-2.0
//! What `call` and `instantiate` tell of a run, and what `trace` and `estimate` tell of it below what they are about.

use std::borrow::Borrow;

use alloy_dyn_abi::DynSolValue;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{contract::DryRun, subject::Described};
use crate::{
    abi::{self, Abi, Call},
    args::Limits,
    chain::{
        errors::NamedError,
        submit::Included,
        types::{
            Balance, ContractEmitted, ContractResult, DebugMessage, ExecReturnValue, StorageDeposit, Weight,
        },
        Chain, Signer, Unit,
    },
    console,
    error::{Outcome, Result},
    output::{self, group_digits, grouped, hex, Lines},
};

/// The result of `call` and `instantiate`; the JSON document is exactly this.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Address of a new contract. Only for instantiations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// Its code. Only for instantiations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code_hash: Option<String>,
    /// Whether a transaction was submitted and is in a block.
    executed: bool,
    /// Whether all went well.
    success: bool,
    /// Whether the contract asked to undo what it did.
    reverted: bool,
    /// Name of the error, such as `Revive::OutOfGas`.
    error: Option<String>,
    /// What is behind the error.
    error_detail: Option<String>,
    /// What the contract returned. After a transaction: in the dry run right before it, since blocks do not keep it.
    data: String,
    /// The same, decoded by the ABI.
    output: Option<Vec<Value>>,
    /// Why it reverted, if that can be told.
    revert_reason: Option<String>,
    /// What the dry run cost in Ethereum's unit of gas.
    gas_consumed: String,
    /// Of a dry run: what the contract used. Of a transaction: what the whole transaction used.
    weight_consumed: Weight,
    /// The limit that is needed.
    weight_required: Weight,
    /// The limit that the transaction was submitted with.
    weight_limit: Option<Weight>,
    storage_deposit: DepositReport,
    fee: Option<String>,
    block: Option<String>,
    /// Of contracts; of a dry run, those that a transaction would emit.
    events: Vec<EventReport>,
    /// What contracts said in the dry run.
    debug_messages: Vec<MessageReport>,
    /// The flags that the contract returned with.
    return_flags: Option<u32>,
    #[serde(skip)]
    view: View,
}

/// What people see beside the fields of the document.
#[derive(Debug)]
struct View {
    block_number: Option<u64>,
    output: Vec<String>,
    output_error: Option<String>,
    deposit: StorageDeposit,
    fee: Option<Balance>,
    unit: Unit,
    other_events: Vec<String>,
    not_submitted: bool,
    can_submit: bool,
    advice: Option<String>,
}

#[derive(Debug, Serialize)]
struct DepositReport {
    kind: &'static str,
    amount: String,
}

impl From<StorageDeposit> for DepositReport {
    fn from(deposit: StorageDeposit) -> Self {
        match deposit {
            StorageDeposit::Charge(amount) => Self { kind: "charge", amount: amount.to_string() },
            StorageDeposit::Refund(amount) => Self { kind: "refund", amount: amount.to_string() },
        }
    }
}

/// What a contract said in a dry run.
#[derive(Debug, Serialize)]
struct MessageReport {
    contract: String,
    text: String,
}

impl MessageReport {
    fn new(message: &DebugMessage) -> Self {
        Self { contract: hex(message.contract), text: console::text(&message.payload) }
    }
}

/// Adds what contracts said.
fn add_messages(lines: &mut Lines, messages: impl IntoIterator<Item = impl Borrow<MessageReport>>) {
    for (index, message) in messages.into_iter().enumerate() {
        let MessageReport { contract, text } = message.borrow();
        lines.add(if index == 0 { "debug messages" } else { "" }, format!("{contract}  {text}"));
    }
}

/// The result of a dry run in lines, for commands that show something else in the first place.
pub(super) fn result_lines(
    chain: &Chain,
    signer: &Signer,
    described: &Described,
    result: &ContractResult<ExecReturnValue>,
) -> Lines {
    let mut lines = Lines::default();
    match &result.result {
        Ok(value) if value.did_revert() => {
            lines.add("result", format!("reverted: {}", reason(&described.abis, &value.data)));
        }
        Ok(value) => {
            lines.add("result", "success");
            match described
                .call
                .as_ref()
                .and_then(|call| Some((call, call.decode_output(&value.data)?.ok()?)))
            {
                Some((call, values)) => {
                    for (index, line) in labelled(call, &values).into_iter().enumerate() {
                        lines.add(if index == 0 { "output" } else { "" }, line);
                    }
                }
                None => drop(lines.add("output", hex(&value.data))),
            }
        }
        Err(error) => {
            let error = NamedError::new(error, chain.at().metadata_ref());
            lines.add("result", format!("failed: {}", error.name));
            let texts = [error.meaning.clone(), result.debug_message.clone()];
            for text in texts.iter().chain(&error.advice(signer)).filter(|text| !text.is_empty()) {
                lines.add("", text);
            }
        }
    }
    lines
        .add("gas", grouped(result.gas_consumed))
        .add("weight used", result.weight_consumed.to_string())
        .add("required", result.weight_required.to_string());
    add_messages(&mut lines, result.debug_messages.iter().map(MessageReport::new));
    lines
}

/// The output in lines: type, name and value.
fn labelled(call: &Call, values: &[DynSolValue]) -> Vec<String> {
    let labels = call.output_labels();
    labels.iter().zip(values).map(|(label, value)| format!("{label} = {}", abi::show(value))).collect()
}

/// Why a contract reverted, for people.
pub(super) fn reason(abis: &[Abi], data: &[u8]) -> String {
    reason_or_data(abi::revert_reason_of(abis, data).as_deref(), &hex(data))
}

/// The same where the reason has been looked for, with the data in hexadecimal.
fn reason_or_data(reason: Option<&str>, data: &str) -> String {
    match (reason, data) {
        (Some(reason), _) => reason.into(),
        (None, "0x") => "none given".into(),
        (None, data) => format!("unknown error {data}"),
    }
}

/// An event of a contract.
#[derive(Debug, Serialize)]
struct EventReport {
    contract: String,
    name: Option<String>,
    args: Map<String, Value>,
    topics: Vec<String>,
    data: String,
    /// Arguments in order, for people.
    #[serde(skip)]
    shown: String,
}

impl EventReport {
    fn new(event: &ContractEmitted, abis: &[Abi]) -> Self {
        let decoded = abis.iter().find_map(|abi| abi.event(&event.topics, &event.data));
        let shown = match &decoded {
            Some(decoded) => {
                let args: Vec<_> =
                    decoded.args.iter().map(|(name, value)| format!("{name}={}", abi::show(value))).collect();
                format!("{}({})", decoded.name, args.join(", "))
            }
            None => {
                let topics: Vec<_> = event.topics.iter().map(hex).collect();
                format!("topics [{}] data {}", topics.join(", "), hex(&event.data))
            }
        };
        let (name, args) = match decoded {
            Some(decoded) => {
                let args = decoded.args.iter().map(|(name, value)| (name.clone(), abi::to_json(value)));
                (Some(decoded.name.clone()), args.collect())
            }
            None => (None, Map::new()),
        };
        Self {
            contract: hex(event.contract),
            name,
            args,
            topics: event.topics.iter().map(hex).collect(),
            data: hex(&event.data),
            shown,
        }
    }
}

/// What a report is made of.
pub(crate) struct Parts<'a> {
    /// The connection.
    pub(crate) chain: &'a Chain,
    /// Who signed, or would.
    pub(crate) signer: &'a Signer,
    /// The options.
    pub(crate) limits: &'a Limits,
    /// The dry run.
    pub(crate) dry_run: DryRun,
    /// The transaction, if there is one.
    pub(crate) included: Option<Included>,
    /// The ABIs that were given; the first is the contract's own.
    pub(crate) abis: &'a [Abi],
    /// The function that was called, if it is known.
    pub(crate) call: Option<&'a Call>,
}

/// What an error means, and what is known of this one.
pub(super) fn explained(meaning: &str, detail: &str) -> String {
    match (meaning, detail) {
        (text, "") | ("", text) => text.to_string(),
        (meaning, detail) => format!("{}: {detail}", meaning.trim_end_matches('.')),
    }
}

/// What to do where a contract reverted without a reason.
fn silent_revert(call: Option<&Call>, value: Balance) -> String {
    match call.and_then(Call::refuses_value).filter(|_| value > 0) {
        Some(function) => format!("{function} takes no value, says the ABI; leave --value out"),
        None => "`revive-vm trace` with the same words shows how far it came. Contracts revert so when they lack a function, get a value \
                 that they do not take, or fail to create a contract from code that was not uploaded"
            .into(),
    }
}

impl Report {
    /// Puts a report together.
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { chain, signer, limits, dry_run, included, abis, call } = parts;
        let returned = dry_run.returned.as_ref().ok();
        let data = returned.map_or(&[][..], |value| &value.data);
        // The transaction has the last word; the dry run only says why.
        let error = match &included {
            Some(included) => included.error.clone(),
            None => dry_run.returned.as_ref().err().cloned(),
        };
        let dry_reverted = returned.is_some_and(ExecReturnValue::did_revert);
        let reverted = match &included {
            Some(_) => error.as_ref().is_some_and(|error| error.is("ContractReverted")),
            None => dry_reverted,
        };
        let success = error.is_none() && !reverted;

        let decoded = if dry_reverted { None } else { call.and_then(|call| call.decode_output(data)) };
        let (output, shown_output, output_error) = match (decoded, call) {
            (Some(Ok(values)), Some(call)) if returned.is_some() => {
                let shown = labelled(call, &values);
                (Some(values.iter().map(abi::to_json).collect()), shown, None)
            }
            (Some(Err(error)), _) if returned.is_some() => (None, Vec::new(), Some(error)),
            _ => (None, Vec::new(), None),
        };
        let detail = error.as_ref().map(|error| explained(&error.meaning, &dry_run.detail));
        let contract_events =
            included.as_ref().map_or(&dry_run.events.contracts, |included| &included.contract_events);
        let weight =
            included.as_ref().and_then(|included| included.weight).unwrap_or(dry_run.weight_consumed);
        let submitted_limit = included.as_ref().map(|_| dry_run.limits(limits).0);
        Self {
            address: None,
            code_hash: None,
            executed: included.is_some(),
            success,
            reverted,
            error: error.as_ref().map(|error| error.name.clone()),
            error_detail: detail.filter(|detail| !detail.is_empty()),
            data: hex(data),
            output,
            revert_reason: if dry_reverted { abi::revert_reason_of(abis, data) } else { None },
            gas_consumed: dry_run.gas_consumed.to_string(),
            weight_consumed: weight,
            weight_required: dry_run.weight_required,
            weight_limit: submitted_limit,
            storage_deposit: dry_run.storage_deposit.into(),
            fee: included.as_ref().and_then(|included| included.fee).map(|fee| fee.to_string()),
            block: included.as_ref().map(|included| hex(included.block)),
            events: contract_events.iter().map(|event| EventReport::new(event, abis)).collect(),
            debug_messages: dry_run.debug_messages.iter().map(MessageReport::new).collect(),
            return_flags: returned.map(|value| value.flags),
            view: View {
                block_number: included.as_ref().map(|included| included.block_number),
                output: shown_output,
                output_error,
                deposit: dry_run.storage_deposit,
                fee: included.as_ref().and_then(|included| included.fee),
                unit: chain.unit().clone(),
                not_submitted: limits.execute && included.is_none(),
                can_submit: !limits.execute && success,
                advice: match &error {
                    Some(error) => error.advice(signer),
                    None if dry_reverted && data.is_empty() => Some(silent_revert(call, limits.value)),
                    None => None,
                },
                other_events: included.map_or(dry_run.events.others, |included| included.other_events),
            },
        }
    }

    /// Prints the report; advice goes to standard error.
    pub(crate) fn print(&self, json: bool) -> Result<Outcome> {
        if json {
            output::print_json(self)?;
        } else {
            output::print(&self.render())?;
        }
        if let Some(advice) = &self.view.advice {
            tell!("hint: {advice}");
        }
        if self.view.not_submitted {
            tell!("hint: nothing was submitted, because the dry run failed; add --force to submit it anyway");
        } else if self.view.can_submit && !json {
            tell!("hint: this was a dry run; add --execute to submit a transaction");
        }
        Ok(if self.success { Outcome::Success } else { Outcome::ContractFailed })
    }

    fn render(&self) -> String {
        let view = &self.view;
        let how = match (self.success, self.reverted) {
            (true, _) => "success",
            (false, true) => "reverted",
            (false, false) => "failed",
        };
        let mut lines = Lines::default();
        match (&self.block, view.block_number) {
            (Some(block), Some(number)) => {
                lines.add("result", format!("{how}, in block {} {block}", grouped(number)))
            }
            _ => lines.add("result", format!("{how}, in a dry run")),
        };
        if let Some(error) = self.error.as_deref().filter(|_| !self.reverted) {
            lines.add("error", error);
        }
        if let Some(detail) = self.error_detail.as_deref().filter(|_| !self.reverted) {
            lines.add("", detail);
        }
        if self.reverted {
            lines.add("reason", reason_or_data(self.revert_reason.as_deref(), &self.data));
        }
        if let Some(address) = &self.address {
            lines.add("contract", address);
        }
        if let Some(code_hash) = &self.code_hash {
            lines.add("code hash", code_hash);
        }
        for (index, output) in view.output.iter().enumerate() {
            lines.add(if index == 0 { "output" } else { "" }, output);
        }
        if let Some(error) = &view.output_error {
            lines.add("output", format!("{} ({error})", self.data));
        } else if view.output.is_empty() && !self.reverted && self.data != "0x" {
            lines.add("output", &self.data);
        }
        lines.add("gas", group_digits(&self.gas_consumed));
        let whole = if self.executed { " (the whole transaction)" } else { "" };
        lines.add("weight used", format!("{}{whole}", self.weight_consumed));
        lines.add("required", self.weight_required.to_string());
        if let Some(limit) = self.weight_limit {
            lines.add("limit", limit.to_string());
        }
        lines.add(
            "deposit",
            match view.deposit {
                StorageDeposit::Charge(0) | StorageDeposit::Refund(0) => "none".into(),
                StorageDeposit::Charge(amount) => format!("{} charged", view.unit.show(amount)),
                StorageDeposit::Refund(amount) => format!("{} refunded", view.unit.show(amount)),
            },
        );
        if let Some(fee) = view.fee {
            lines.add("fee", view.unit.show(fee));
        }
        add_messages(&mut lines, &self.debug_messages);
        for (index, event) in self.events.iter().enumerate() {
            lines.add(if index == 0 { "events" } else { "" }, format!("{}  {}", event.contract, event.shown));
        }
        if !view.other_events.is_empty() {
            lines.add("other events", view.other_events.join(", "));
        }
        lines.render(0)
    }
}
