// SPDX-License-Identifier: Apache-2.0
//! `revive-vm map-account`: registers the signer's account, so that the chain can find it behind its address.

use serde::Serialize;

use crate::{
    args::Global,
    chain::{errors::NamedError, Chain, Signer},
    error::{Outcome, Result},
    output::{self, hex, Lines},
};

/// The result; the JSON document is exactly this.
#[derive(Serialize)]
struct Report {
    account: String,
    address: String,
    /// Whether a transaction was needed.
    executed: bool,
    success: bool,
    already_mapped: bool,
    error: Option<String>,
    error_detail: Option<String>,
    fee: Option<String>,
    block: Option<String>,
}

/// Runs the command. An account that is mapped already is no error: the command can be repeated.
pub(crate) async fn run(global: &Global) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let chain = Chain::connect(&global.url).await?;
    let already_mapped = chain.is_mapped(signer.account()).await?;
    let included = if already_mapped { None } else { Some(chain.submit(&signer, "map_account", ()).await?) };

    let error: Option<NamedError> = included.as_ref().and_then(|included| included.error.clone());
    let fee = included.as_ref().and_then(|included| included.fee);
    let report = Report {
        account: hex(signer.account()),
        address: hex(signer.address()),
        executed: included.is_some(),
        success: error.is_none(),
        already_mapped,
        error: error.as_ref().map(|error| error.name.clone()),
        error_detail: error.as_ref().map(|error| error.meaning.clone()).filter(|meaning| !meaning.is_empty()),
        fee: fee.map(|fee| fee.to_string()),
        block: included.as_ref().map(|included| hex(included.block)),
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        let mut lines = Lines::default();
        lines.add(
            "result",
            match (&report.error, &report.block) {
                (Some(error), _) => format!("failed: {error}"),
                (None, Some(block)) => format!("mapped, in block {block}"),
                (None, None) => "nothing to do: the account is mapped already".into(),
            },
        );
        if let Some(detail) = &report.error_detail {
            lines.add("", detail);
        }
        lines.add("account", &report.account).add("address", &report.address);
        if let Some(fee) = fee {
            lines.add("fee", chain.unit().show(fee));
        }
        output::print(&lines.render(0))?;
    }
    if let Some(advice) = error.and_then(|error| error.advice(&signer)) {
        tell!("hint: {advice}");
    }
    Ok(if report.success { Outcome::Success } else { Outcome::ContractFailed })
}
