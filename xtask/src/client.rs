// SPDX-License-Identifier: Apache-2.0
//! The client test: a Node.js script with `@polkadot/api` makes the demo's calls without any code of ours.

use crate::{
    contracts::{install_packages, node},
    node::Node,
    run::{run, Progress, Result},
    workspace,
};

/// Starts a dev node and runs the script in `xtask/client` against it.
pub(crate) fn test(progress: &Progress) -> Result<()> {
    let folder = workspace::root().join("xtask/client");
    install_packages(&folder)?;
    let dev_node = Node::start(progress, "client-test", false)?;
    run(node().arg(folder.join("test.mjs")).arg(dev_node.url()).arg(workspace::contracts_build()))?;
    dev_node.best_block().map(drop)
}
