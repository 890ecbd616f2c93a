// SPDX-License-Identifier: Apache-2.0
//! `revive-vm debug`: goes through a run, in a terminal or for an editor.

use std::collections::BTreeSet;

use revive_vm_debugger::{Frame, Host, Program, Recording, Session, SourceFiles};
use revive_vm_executor::MEMORY_BYTES_MAX_DEFAULT;

use super::{
    debug_adapter, subject,
    trace::{block_hash, transaction},
    wait_for,
};
use crate::{
    args::{DebugArgs, EngineArg, Global, GuestArgs, GuestOptions},
    blob_file,
    call_trace::View,
    chain::{
        errors::NamedError,
        trace::{Trace, TraceOptions},
        Chain, Signer,
    },
    error::{Error, Outcome, Result},
    local_run, recorded,
    terminal::Terminal,
};

/// Runs the command.
pub(crate) fn run(global: &Global, args: &DebugArgs) -> Result<Outcome> {
    if args.dap {
        return debug_adapter::run(global);
    }
    if global.json && args.commands.is_empty() {
        return Err(Error::usage("--json shows what comes of commands: give some with --command"));
    }
    let (session, message) = session(global, args)?;
    if !message.is_empty() {
        tell!("{message}");
    }
    let terminal = Terminal::new(session, SourceFiles::new(args.source_root.as_deref()));
    match args.commands.is_empty() {
        true => terminal.talk()?,
        false => terminal.run(&args.commands, global.json)?,
    }
    Ok(Outcome::Success)
}

/// The session that the arguments say, and what people should know of it.
pub(super) fn session(global: &Global, args: &DebugArgs) -> Result<(Session, String)> {
    let recording = match (&args.contract, &args.block, args.index) {
        (Some(contract), ..) => wait_for(subject_on_chain(global, args, contract))?,
        (None, Some(block), Some(index)) => wait_for(transaction_on_chain(global, args, block, index))?,
        _ => here(args)?,
    };
    let session = Session::new(recording).map_err(|error| Error::new(error.to_string()))?;
    let hint = match args.contract.is_some() || args.block.is_some() {
        true => "; give a blob that was not stripped with --blob",
        false => "",
    };
    let warnings: BTreeSet<_> = session
        .programs_without_debug_info()
        .map(|name| format!("warning: {name} has no debug info, so there are no source lines{hint}"))
        .collect();
    let message = warnings.into_iter().collect::<Vec<_>>().join("\n");
    Ok((session, message))
}

/// An export that is run here.
fn here(args: &DebugArgs) -> Result<Recording> {
    let options = GuestOptions { terms: args.terms.clone(), engine: EngineArg::Interpreter };
    let guest = GuestArgs::from_words(&args.words, &options).map_err(|_| {
        Error::usage("give a blob and the name of an export, or --contract, or --block and --index")
    })?;
    let bytes = blob_file::read(&guest.blob)?;
    let blob = blob_file::parse(&guest.blob, &bytes)?;
    local_run::check(&guest, &blob)?;
    let answers = args.terms.host_calls.iter().map(|(name, value)| (name.as_bytes().to_vec(), *value));
    let name = guest.blob.display().to_string();
    let frame = Frame {
        title: format!("{} of {name}", guest.export),
        program: Program {
            name,
            blob: bytes,
            gas_model: args.terms.gas_model,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
        }
        .into(),
        export: guest.export,
        args: guest.args,
        gas: args.terms.gas,
        host: Host::Fixed(answers.collect()),
        end: None,
    };
    Ok(Recording { frames: vec![frame], roots: vec![0] })
}

/// A call or an instantiation that a node runs dry.
async fn subject_on_chain(global: &Global, args: &DebugArgs, contract: &str) -> Result<Recording> {
    let signer = Signer::from_suri(&global.suri)?;
    let described = subject::describe(contract, &args.words, &args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let traced =
        chain.trace(&described.subject, &subject::terms(&signer, &args.subject), TraceOptions::ALL).await?;
    recording(&chain, args, &described.abis, &traced.trace, Some(&described.subject)).await
}

/// A transaction of a block, which a node runs again.
async fn transaction_on_chain(
    global: &Global,
    args: &DebugArgs,
    block: &str,
    index: u32,
) -> Result<Recording> {
    let abis = subject::abis(&args.subject)?;
    let chain = Chain::connect(&global.url).await?;
    let hash = block_hash(&chain, block).await?;
    let block = chain.block(hash).await?;
    let trace = transaction(&chain, hash, &block, index, TraceOptions::ALL).await?;
    recording(&chain, args, &abis, &trace, None).await
}

async fn recording(
    chain: &Chain,
    args: &DebugArgs,
    abis: &[crate::abi::Abi],
    trace: &Trace,
    subject: Option<&crate::chain::trace::Subject>,
) -> Result<Recording> {
    if trace.frames.iter().all(|frame| frame.code_hash.is_none()) {
        return Err(Error::new("no contract's code ran, so there is nothing to go through"));
    }
    let codes = recorded::codes(chain, trace, subject, &args.blob).await?;
    let error = |error: &_| NamedError::new(error, chain.at().metadata_ref()).name;
    let view = View { abis, error: &error, unit: chain.unit(), host_calls: true };
    recorded::recording(trace, &codes, &view)
}
