// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask demo`: the whole way from source to a result on a chain, with every value checked.
//!
//! A dev node is started, OpenZeppelin's ERC-20 (compiled by resolc) and the Rust counter are deployed through the
//! `revive-vm` command, and both are used well and badly. [`script`] is the list of what happens, [`cast`] holds
//! the people and the means: running the command, keeping the table, comparing values.

mod cast;
mod script;

use crate::{
    contracts,
    node::Node,
    run::{Progress, Result},
    setup,
    stages::{self, Context},
};

/// `cargo xtask demo [--keep]`.
pub(crate) fn demo(keep: bool) -> Result<()> {
    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    run(&Context { progress, road }, keep)
}

/// The demo on a machine that is set up.
pub(crate) fn run(context: &Context, keep: bool) -> Result<()> {
    let progress = &context.progress;
    contracts::build(progress, context.road)?;
    stages::build_binaries(context)?;
    let node = progress.step("start the node", || Node::start(progress, "demo", keep))?;
    let mut cast = cast::Cast::new(progress, node.url());
    let played = progress.step("contracts on the chain", || script::play(&mut cast, &node));

    println!("\n{}", cast.table());
    let verdict = cast.verdict();
    println!("{verdict}");
    if keep {
        println!("{}", cast.how_to_go_on(node.keep()));
    }
    played?;
    verdict.into_result()
}
