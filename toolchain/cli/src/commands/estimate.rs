// SPDX-License-Identifier: Apache-2.0
//! `revive-vm estimate`: the limits that a call or an instantiation needs.

use serde_json::json;

use super::{report::result_lines, subject};
use crate::{
    args::{EstimateArgs, Global},
    chain::{errors::NamedError, types::Weight, Chain, Signer},
    error::{Outcome, Result},
    output::{self, grouped, Lines},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &EstimateArgs) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let described = subject::describe(&args.target, &args.words, &args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let estimate = chain.estimate(&described.subject, &subject::terms(&signer, &args.subject)).await?;
    let outcome = &estimate.outcome;
    if global.json {
        let error = outcome.result.as_ref().err();
        output::print_json(&json!({
            "success": estimate.limits.is_some(),
            "weight_limit": estimate.limits.map(|(limit, _)| limit),
            "storage_deposit_limit": estimate.limits.map(|(_, deposit)| deposit.to_string()),
            "searched": estimate.searched,
            "runs": estimate.runs,
            "gas_consumed": outcome.gas_consumed.to_string(),
            "weight_consumed": outcome.weight_consumed,
            "error": error.map(|error| NamedError::new(error, chain.at().metadata_ref()).name),
            "error_detail": outcome.debug_message,
        }))?;
    } else {
        let mut lines = Lines::default();
        if let Some((limit @ Weight { ref_time, proof_size }, deposit)) = estimate.limits {
            let how = if estimate.searched { "searched, since the contracts look at them" } else { "exact" };
            lines
                .add("weight limit", limit.to_string())
                .add("deposit limit", format!("{} ({})", grouped(deposit), chain.unit().show(deposit)))
                .add("how found", format!("{how}; {} runs", estimate.runs))
                .add("as options", format!("--weight {ref_time},{proof_size} --deposit-limit {deposit}"));
        } else {
            lines.add("limits", "none suffice");
        }
        let mut text = lines.render(0);
        text.push('\n');
        text.push_str(&result_lines(&chain, &signer, &described, outcome).render(0));
        output::print(&text)?;
    }
    Ok(if estimate.limits.is_some() { Outcome::Success } else { Outcome::ContractFailed })
}
