// SPDX-License-Identifier: Apache-2.0
//! `revive-vm instantiate`: a new contract, from a blob or from uploaded code, as a dry run or as a transaction.

use std::path::Path;

use super::{
    contract::{given_weight, require_mapping, DryRun},
    report::{Parts, Report},
};
use crate::{
    abi::Abi,
    args::{Global, HexBytes, InstantiateArgs},
    blob_file,
    chain::{address_of_named_account, trace::Subject, types::Code, Chain, Signer},
    error::{Error, Outcome, Result},
    output::{hex, keccak_256},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &InstantiateArgs) -> Result<Outcome> {
    let limits = &args.limits;
    let signer = Signer::from_suri(&global.suri)?;
    let abis = args.abi.iter().map(|path| Abi::read(path)).collect::<Result<Vec<_>>>()?;
    let data = match (&args.data, abis.first()) {
        (Some(HexBytes(data)), _) => data.clone(),
        (None, Some(abi)) => abi.encode_constructor(&args.args, &address_of_named_account)?,
        (None, None) if args.args.is_empty() => Vec::new(),
        (None, None) => {
            return Err(Error::new("the parameters of the constructor are not known")
                .hint("give the contract's ABI with --abi FILE, or encoded input with --data 0x…"))
        }
    };
    let code = code(&args.code)?;
    let code_hash = match &code {
        Code::Upload(blob) => keccak_256(blob),
        Code::Existing(hash) => *hash,
    };

    let chain = Chain::connect(&global.url).await?;
    let result = chain
        .dry_instantiate(
            signer.account(),
            limits.value,
            given_weight(limits),
            limits.deposit_limit,
            &code,
            &data,
            args.salt,
        )
        .await?;
    let mut address = result.result.as_ref().ok().map(|value| value.addr);
    let mut dry_run = DryRun::new(&chain, result, |value| value.result);
    let subject = Subject::Instantiation { code: code.clone(), input: data.clone(), salt: args.salt };
    dry_run.estimate(&chain, &signer, limits, &subject).await?;

    let included = if dry_run.allows_submission(limits) {
        require_mapping(&chain, &signer).await?;
        let (weight, deposit) = dry_run.limits(limits);
        let weight = (weight.ref_time, weight.proof_size);
        let included = match code {
            Code::Upload(blob) => {
                let fields = (limits.value, weight, deposit, blob, data, args.salt);
                chain.submit(&signer, "instantiate_with_code", fields).await?
            }
            Code::Existing(hash) => {
                let fields = (limits.value, weight, deposit, hash, data, args.salt);
                chain.submit(&signer, "instantiate", fields).await?
            }
        };
        // Another transaction may have come in between, so only the event says where the contract is.
        address = included.instantiated.last().map(|event| event.contract);
        Some(included)
    } else {
        None
    };
    let parts = Parts { chain: &chain, signer: &signer, limits, dry_run, included, abis: &abis, call: None };
    let mut report = Report::new(parts);
    report.address = address.map(hex);
    report.code_hash = Some(hex(code_hash));
    report.print(global.json)
}

/// A code hash, or a blob from a file.
pub(super) fn code(text: &str) -> Result<Code> {
    let path = Path::new(text);
    if let Some(digits) = text.strip_prefix("0x").filter(|_| !path.exists()) {
        let bytes = alloy_primitives::hex::decode(digits)
            .map_err(|error| Error::usage(format!("`{text}` is neither a file nor a code hash: {error}")))?;
        let len = bytes.len();
        let hash = bytes
            .try_into()
            .map_err(|_| Error::usage(format!("a code hash has 32 bytes, `{text}` has {len}")))?;
        return Ok(Code::Existing(hash));
    }
    let blob = blob_file::read(path)?;
    blob_file::parse(path, &blob)?;
    Ok(Code::Upload(blob))
}
