// SPDX-License-Identifier: Apache-2.0
//! `revive-vm trace`: what happens in a call, an instantiation, or a transaction of a block.

use serde_json::json;

use super::{report::result_lines, subject};
use crate::{
    args::{Global, TraceArgs},
    call_trace::View,
    chain::{
        errors::NamedError,
        trace::{BlockOfChain, Trace, TraceOptions},
        Chain, Signer,
    },
    error::{Error, Outcome, Result},
    output::{self, grouped, hex},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &TraceArgs) -> Result<Outcome> {
    // Host calls tell why other code did not run, so they are asked for where they are not shown, too.
    let options = TraceOptions { bytes_max: args.limit, ..TraceOptions::ALL };
    match (&args.target, &args.block) {
        (Some(target), None) => trace_subject(global, args, target, options).await,
        (None, Some(block)) => trace_transaction(global, args, block, options).await,
        (Some(_), Some(_)) => Err(Error::usage("give either what to run or --block, not both")),
        (None, None) => Err(Error::usage(
            "give what to run, 0xADDRESS FUNCTION… or BLOB ARGUMENT…, or a transaction by --block and --index",
        )),
    }
}

async fn trace_subject(
    global: &Global,
    args: &TraceArgs,
    target: &str,
    options: TraceOptions,
) -> Result<Outcome> {
    let signer = Signer::from_suri(&global.suri)?;
    let described = subject::describe(target, &args.words, &args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let terms = subject::terms(&signer, &args.subject);
    let mut traced = chain.trace(&described.subject, &terms, options).await?;
    if let Some(options) = shorter(args, &traced.trace, options) {
        traced = chain.trace(&described.subject, &terms, options).await?;
    }
    let error = |error: &_| NamedError::new(error, chain.at().metadata_ref()).name;
    let view = View { abis: &described.abis, error: &error, unit: chain.unit(), host_calls: args.host_calls };
    let succeeded = traced.outcome.result.as_ref().is_ok_and(|value| !value.did_revert());
    if global.json {
        let mut document = view.document(&traced.trace);
        document["success"] = json!(succeeded);
        document["error_detail"] = json!(traced.outcome.debug_message);
        output::print_json(&document)?;
    } else {
        let mut text = view.tree(&traced.trace);
        text.push('\n');
        text.push_str(&result_lines(&chain, &signer, &described, &traced.outcome).render(0));
        output::print(&text)?;
    }
    Ok(if succeeded { Outcome::Success } else { Outcome::ContractFailed })
}

/// How to ask again for a trace that did not have room for everything because of host calls, which are not shown.
fn shorter(args: &TraceArgs, trace: &Trace, options: TraceOptions) -> Option<TraceOptions> {
    let again = trace.omitted.is_some() && !args.host_calls && options.host_calls;
    again.then_some(TraceOptions { host_calls: false, memory: false, ..options })
}

async fn trace_transaction(
    global: &Global,
    args: &TraceArgs,
    block: &str,
    options: TraceOptions,
) -> Result<Outcome> {
    let abis = subject::abis(&args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let hash = block_hash(&chain, block).await?;
    let block = chain.block(hash).await?;
    let traces = match args.index {
        Some(index) => {
            let mut trace = transaction(&chain, hash, &block, index, options).await?;
            if let Some(options) = shorter(args, &trace, options) {
                trace = transaction(&chain, hash, &block, index, options).await?;
            }
            vec![(index, trace)]
        }
        None => {
            let mut traces = Vec::new();
            // The block says where to stop, and not the node, which could go on for ever.
            for index in 0..block.extrinsics.len() as u32 {
                let Some(mut trace) = chain.trace_transaction(&block, index, options).await? else { break };
                if let Some(options) = shorter(args, &trace, options) {
                    trace = transaction(&chain, hash, &block, index, options).await?;
                }
                if !trace.frames.is_empty() {
                    traces.push((index, trace));
                }
            }
            traces
        }
    };
    let error = |error: &_| NamedError::new(error, chain.at().metadata_ref()).name;
    let view = View { abis: &abis, error: &error, unit: chain.unit(), host_calls: args.host_calls };
    if global.json {
        let documents: Vec<_> = traces
            .iter()
            .map(|(index, trace)| {
                let mut document = view.document(trace);
                document["index"] = json!(index);
                document
            })
            .collect();
        output::print_json(&json!({ "block": hex(hash), "transactions": documents }))?;
    } else if traces.iter().all(|(_, trace)| trace.frames.is_empty()) {
        output::print("no contract was called\n")?;
    } else {
        let text: Vec<_> = traces
            .iter()
            .map(|(index, trace)| {
                format!("transaction {} of block {}\n{}", grouped(*index), hex(hash), view.tree(trace))
            })
            .collect();
        output::print(&text.join("\n"))?;
    }
    Ok(Outcome::Success)
}

/// What a transaction of a block did.
///
/// # Errors
/// There is no such transaction, or the node does not tell.
pub(super) async fn transaction(
    chain: &Chain,
    hash: [u8; 32],
    block: &BlockOfChain,
    index: u32,
    options: TraceOptions,
) -> Result<Trace> {
    chain.trace_transaction(block, index, options).await?.ok_or_else(|| {
        Error::new(format!("block {} has no transaction {index}", hex(hash)))
            .hint("they are counted from 0; without --index all that call contracts are shown")
    })
}

/// The block that a text names: a hash, or a number.
pub(super) async fn block_hash(chain: &Chain, text: &str) -> Result<[u8; 32]> {
    if let Some(digits) = text.strip_prefix("0x") {
        let hash = alloy_primitives::hex::decode(digits).ok().and_then(|bytes| bytes.try_into().ok());
        return hash.ok_or_else(|| Error::usage(format!("`{text}` is no block hash: 0x and 64 digits")));
    }
    let number = text
        .parse()
        .map_err(|_| Error::usage(format!("`{text}` is neither a block hash nor a block number")))?;
    chain.block_hash(number).await?.ok_or_else(|| Error::new(format!("the chain has no block {number}")))
}
