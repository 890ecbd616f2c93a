// SPDX-License-Identifier: Apache-2.0
//! `revive-vm profile --contract`: where the gas of a call on a chain goes.

use revive_vm_primitives::{Blob, GasModel};

use super::{profile::Report, report::reason, subject};
use crate::{
    args::{Global, ProfileArgs},
    chain::{errors::NamedError, trace::TraceOptions, Chain, Signer},
    error::{Outcome, Result},
    recorded,
    replay::{self, Unit},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &ProfileArgs, contract: &str) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let described = subject::describe(contract, &args.words, &args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let traced =
        chain.trace(&described.subject, &subject::terms(&signer, &args.subject), TraceOptions::ALL).await?;
    let codes = recorded::codes(&chain, &traced.trace, Some(&described.subject), &args.blob).await?;
    if codes.values().any(|code| Blob::parse(&code.blob).is_ok_and(|blob| blob.debug_info().is_empty())) {
        tell!(
            "warning: code on the chain has no debug info; functions are shown by export or code offset. \
             Give a blob that was not stripped with --blob"
        );
    }
    let unit = if args.time { Unit::Picoseconds } else { Unit::Gas };
    let summary = replay::profile(&traced.trace, &codes, unit)?;
    let (exit, outcome) = match &traced.outcome.result {
        Ok(value) if value.did_revert() => {
            ("reverted", format!("reverted: {}", reason(&described.abis, &value.data)))
        }
        Ok(_) => ("success", "success".to_string()),
        Err(error) => {
            let error = NamedError::new(error, chain.at().metadata_ref());
            ("failed", format!("{}: {}", error.name, traced.outcome.debug_message))
        }
    };
    let gas_model = codes.values().next().map_or(GasModel::Flat, |code| code.gas_model);
    let used = summary.stacks.iter().map(|(_, amount)| *amount).sum::<u64>();
    let report = Report::new(exit, outcome, gas_model, used, unit.name(), &summary);
    report.finish(global, args, &summary, &described.title)?;
    Ok(if exit == "success" { Outcome::Success } else { Outcome::ContractFailed })
}
