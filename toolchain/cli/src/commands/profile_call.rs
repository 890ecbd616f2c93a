// SPDX-License-Identifier: Apache-2.0
//! `revive-vm profile --contract`: where the gas of a call on a chain goes.

use std::{collections::HashMap, path::Path};

use revive_vm_primitives::{Blob, GasModel};

use super::{profile::Report, report::reason, subject};
use crate::{
    args::{Global, ProfileArgs},
    blob_file,
    chain::{
        errors::NamedError,
        trace::{Trace, TraceOptions},
        Chain, Signer,
    },
    error::{Error, Outcome, Result},
    output::hex,
    replay::{self, Code, Unit},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &ProfileArgs, contract: &str) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let described = subject::describe(contract, &args.words, &args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let options = TraceOptions { host_calls: true, memory: true, bytes_max: None };
    let traced = chain.trace(&described.subject, &subject::terms(&signer, &args.subject), options).await?;
    let mut codes = codes(&chain, &traced.trace, &described).await?;
    for path in &args.blob {
        with_debug_info(&mut codes, path)?;
    }
    if codes.values().any(|code| Blob::parse(&code.bytes).is_ok_and(|blob| blob.debug_info().is_empty())) {
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

/// The code of all contracts in the trace.
async fn codes(
    chain: &Chain,
    trace: &Trace,
    described: &subject::Described,
) -> Result<HashMap<[u8; 32], Code>> {
    use crate::chain::{trace::Subject, types};
    let mut codes = HashMap::new();
    for hash in trace.frames.iter().filter_map(|frame| frame.code_hash) {
        if codes.contains_key(&hash) {
            continue;
        }
        // What the dry run uploaded is not there.
        let uploaded = match &described.subject {
            Subject::Instantiation { code: types::Code::Upload(blob), .. }
                if crate::output::keccak_256(blob) == hash =>
            {
                Some(blob.clone())
            }
            _ => None,
        };
        let bytes = match uploaded {
            Some(blob) => blob,
            None => chain
                .blob(hash)
                .await?
                .ok_or_else(|| Error::new(format!("the chain has no code {}", hex(hash))))?,
        };
        let model = chain.code(hash).await?.map_or(0, |code| code.gas_model);
        let gas_model = GasModel::from_id(model)
            .ok_or_else(|| Error::new(format!("code {} has the unknown gas model {model}", hex(hash))))?;
        codes.insert(hash, Code { bytes, gas_model });
    }
    Ok(codes)
}

/// Takes a file in place of the code that it is but for debug info.
fn with_debug_info(codes: &mut HashMap<[u8; 32], Code>, path: &Path) -> Result<()> {
    let bytes = blob_file::read(path)?;
    let blob = blob_file::parse(path, &bytes)?;
    let same = codes
        .values_mut()
        .find(|code| Blob::parse(&code.bytes).is_ok_and(|on_chain| is_same(&on_chain, &blob)));
    match same {
        Some(code) => code.bytes = bytes.clone(),
        None => {
            return Err(Error::new(format!("{} is not the code of a contract that ran", path.display()))
                .hint("it must be the blob that was uploaded, or the same with debug info"))
        }
    }
    Ok(())
}

/// Whether two blobs run alike.
fn is_same(a: &Blob<'_>, b: &Blob<'_>) -> bool {
    let (x, y) = (a.code(), b.code());
    a.isa() == b.isa()
        && (x.bytes(), x.bitmask()) == (y.bytes(), y.bitmask())
        && x.jump_table().iter().eq(y.jump_table().iter())
        && (a.ro_data(), a.rw_data()) == (b.ro_data(), b.rw_data())
        && (a.ro_data_size(), a.rw_data_size(), a.stack_size())
            == (b.ro_data_size(), b.rw_data_size(), b.stack_size())
        && a.imports().iter().eq(b.imports().iter())
        && a.exports()
            .map(|export| (export.name, export.offset))
            .eq(b.exports().map(|export| (export.name, export.offset)))
}
