// SPDX-License-Identifier: Apache-2.0
//! `revive-vm upload`: a contract's code onto the chain, as a dry run or as a transaction.

use serde::Serialize;

use super::report::explained;
use crate::{
    args::{Global, UploadArgs},
    blob_file,
    chain::{errors::NamedError, types::Weight, Chain, Signer},
    error::{Outcome, Result},
    output::{self, grouped, hex, keccak_256, Lines},
};

/// The result; the JSON document is exactly this.
#[derive(Serialize)]
struct Report {
    code_hash: String,
    deposit: Option<String>,
    /// What the transaction weighs, beside the overhead that every one has.
    weight: Option<Weight>,
    executed: bool,
    success: bool,
    /// Whether the chain has this code already. Then nothing is to be paid.
    already_stored: bool,
    error: Option<String>,
    error_detail: Option<String>,
    fee: Option<String>,
    block: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &UploadArgs) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let blob = blob_file::read(&args.blob)?;
    blob_file::parse(&args.blob, &blob)?;
    let code_hash = keccak_256(&blob);
    let blob_bytes = blob.len();

    let chain = Chain::connect(&global.url).await?;
    let already_stored = chain.code(code_hash).await?.is_some();
    let dry_run = chain.dry_upload(signer.account(), &blob, args.deposit_limit).await?;
    let (deposit, weight, mut error, mut detail) = match dry_run {
        Ok(value) => (Some(value.deposit), Some(value.weight), None, String::new()),
        Err((error, detail)) => {
            let detail =
                if detail.is_empty() { chain.refusal(&blob).await.unwrap_or_default() } else { detail };
            (None, None, Some(NamedError::new(&error, chain.at().metadata_ref())), detail)
        }
    };
    let failed = error.is_some();
    let included = if args.execute && (!failed || args.force) {
        let limit = args.deposit_limit.or(deposit).unwrap_or(u128::MAX);
        let included = chain.submit(&signer, "upload_code", (blob, limit)).await?;
        error = included.error.clone();
        if error.is_none() {
            detail.clear();
        }
        Some(included)
    } else {
        None
    };

    let meaning = error.as_ref().map_or(String::new(), |error| error.meaning.clone());
    let detail = explained(&meaning, &detail);
    let fee = included.as_ref().and_then(|included| included.fee);
    let report = Report {
        code_hash: hex(code_hash),
        deposit: deposit.map(|deposit| deposit.to_string()),
        weight,
        executed: included.is_some(),
        success: error.is_none(),
        already_stored,
        error: error.as_ref().map(|error| error.name.clone()),
        error_detail: Some(detail).filter(|detail| !detail.is_empty()),
        fee: fee.map(|fee| fee.to_string()),
        block: included.as_ref().map(|included| hex(included.block)),
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        let mut lines = Lines::default();
        let how = if report.success { "success" } else { "refused" };
        match &included {
            Some(included) => lines.add(
                "result",
                format!("{how}, in block {} {}", grouped(included.block_number), hex(included.block)),
            ),
            None => lines.add("result", format!("{how}, in a dry run")),
        };
        if let Some(error) = &report.error {
            lines.add("error", error);
        }
        if let Some(detail) = &report.error_detail {
            lines.add("", detail);
        }
        lines
            .add("code hash", &report.code_hash)
            .add("size", format!("{} bytes", grouped(blob_bytes as u128)));
        if already_stored {
            lines.add("note", "the chain has this code already");
        }
        if let Some(deposit) = deposit {
            lines.add("deposit", chain.unit().show(deposit));
        }
        if let Some(weight) = weight {
            lines.add("weight", weight.to_string());
        }
        if let Some(fee) = fee {
            lines.add("fee", chain.unit().show(fee));
        }
        output::print(&lines.render(0))?;
    }
    if let Some(advice) = error.as_ref().and_then(|error| error.advice(&signer)) {
        tell!("hint: {advice}");
    }
    if failed && args.execute && !args.force {
        tell!("hint: nothing was submitted, because the dry run failed; add --force to submit it anyway");
    } else if !args.execute && report.success && !global.json {
        tell!("hint: this was a dry run; add --execute to submit a transaction");
    }
    Ok(if report.success { Outcome::Success } else { Outcome::ContractFailed })
}
