// SPDX-License-Identifier: Apache-2.0
//! `revive-vm call`: a call of a contract, as a dry run or as a transaction.

use super::{
    contract::{given_weight, require_mapping, DryRun},
    report::{Parts, Report},
};
use crate::{
    abi::{Abi, Call},
    args::{CallArgs, Global, HexBytes},
    chain::{address_of_named_account, trace::Subject, Chain, Signer},
    error::{Error, Outcome, Result},
    output::hex,
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &CallArgs) -> Result<Outcome> {
    let limits = &args.limits;
    let signer = Signer::from_suri(&global.suri)?;
    let abis = args.abi.iter().map(|path| Abi::read(path)).collect::<Result<Vec<_>>>()?;
    let abi = abis.first();
    let (call, input) = match (&args.function, &args.data) {
        (Some(function), _) => {
            let call = Call::encode(abi, function, &args.args, &address_of_named_account)?;
            let input = call.input.clone();
            (Some(call), input)
        }
        (None, Some(HexBytes(data))) => (None, data.clone()),
        (None, None) => match abi {
            Some(abi) if limits.value == 0 && !abi.takes_plain_calls() => {
                return Err(Error::usage("an ABI file was given, but no function to call")
                    .hint(format!("it has: {}", abi.function_names())))
            }
            _ => (None, Vec::new()),
        },
    };

    let chain = Chain::connect(&global.url).await?;
    let result = chain
        .dry_call(
            signer.account(),
            args.address,
            limits.value,
            given_weight(limits),
            limits.deposit_limit,
            &input,
        )
        .await?;
    let mut dry_run = DryRun::new(&chain, result, |value| value);
    let subject = Subject::Call { dest: args.address, input: input.clone() };
    dry_run.estimate(&chain, &signer, limits, &subject).await?;
    let did_nothing = match &dry_run.returned {
        Ok(value) => value.data.is_empty() && limits.value == 0,
        Err(error) => error.is("ContractNotFound"),
    };
    if did_nothing && chain.contract(args.address).await?.is_none() {
        return Err(Error::new(format!("there is no contract at {}", hex(args.address)))
            .hint("check the address and the chain (--url); `revive-vm instantiate BLOB --execute` creates a contract"));
    }

    let included = if dry_run.allows_submission(limits) {
        require_mapping(&chain, &signer).await?;
        let (weight, deposit) = dry_run.limits(limits);
        let fields = (args.address, limits.value, (weight.ref_time, weight.proof_size), deposit, input);
        Some(chain.submit(&signer, "call", fields).await?)
    } else {
        None
    };
    let parts =
        Parts { chain: &chain, signer: &signer, limits, dry_run, included, abis: &abis, call: call.as_ref() };
    Report::new(parts).print(global.json)
}
