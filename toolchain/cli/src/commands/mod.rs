// SPDX-License-Identifier: Apache-2.0
//! The commands, one module each; [`contract`] and [`report`] hold what `call` and `instantiate` share.

mod assemble;
mod build;
mod call;
mod contract;
mod debug;
mod debug_adapter;
mod disassemble;
mod doctor;
mod estimate;
mod info;
mod inspect;
mod instantiate;
mod link;
mod map_account;
mod new;
mod profile;
mod profile_call;
mod report;
mod run;
mod stats;
mod subject;
mod trace;
mod upload;

use crate::{
    args::{Cli, Command},
    error::{Error, Outcome, Result},
};

/// Runs the command that was asked for.
pub(crate) fn dispatch(cli: Cli) -> Result<Outcome> {
    let Cli { global, command } = cli;
    match command {
        Command::New(args) => new::run(&global, &args),
        Command::Build(args) => build::run(&global, &args),
        Command::Inspect(args) => inspect::run(&global, &args),
        Command::Assemble(args) => assemble::run(&global, &args),
        Command::Disassemble(args) => disassemble::run(&global, &args),
        Command::Stats(args) => stats::run(&global, &args),
        Command::Profile(args) => match &args.contract {
            Some(contract) => wait_for(profile_call::run(&global, &args, contract)),
            None => profile::run(&global, &args),
        },
        Command::Trace(args) => wait_for(trace::run(&global, &args)),
        Command::Estimate(args) => wait_for(estimate::run(&global, &args)),
        Command::Debug(args) => debug::run(&global, &args),
        Command::Link(args) => link::run(&global, &args),
        Command::Run(args) => run::run(&global, &args),
        Command::Upload(args) => wait_for(upload::run(&global, &args)),
        Command::Instantiate(args) => wait_for(instantiate::run(&global, &args)),
        Command::Call(args) => wait_for(call::run(&global, &args)),
        Command::Doctor => doctor::run(&global),
        Command::Info(args) => wait_for(info::run(&global, &args)),
        Command::MapAccount => wait_for(map_account::run(&global)),
    }
}

/// Runs a command that talks to a node.
fn wait_for<T>(command: impl std::future::Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(format!("failed to set up network input and output: {error}")))?;
    runtime.block_on(command)
}
