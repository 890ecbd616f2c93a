// SPDX-License-Identifier: Apache-2.0
//! `revive-vm doctor`: what this machine gives for running guest code natively, layer by layer.

use revive_vm_executor::{wall_layers, WallLayer};
use serde_json::json;

use crate::{
    args::Global,
    error::{Error, Outcome, Result},
    output,
};

/// Runs the command. An error if no worker process works here.
pub(crate) fn run(global: &Global) -> Result<Outcome> {
    let layers = wall_layers().map_err(|error| Error::new(error.to_string()))?;
    if global.json {
        let layer = |layer: &WallLayer| json!({ "name": layer.name, "present": layer.present, "needed": layer.needed });
        output::print_json(&json!({ "layers": layers.iter().map(layer).collect::<Vec<_>>() }))?;
        return Ok(Outcome::Success);
    }
    let mut text =
        String::from("Guest code runs natively in worker processes here. Layers of the wall around it:\n");
    for WallLayer { name, present, needed } in &layers {
        let found = match (present, needed) {
            (true, true) => "yes, needed",
            (true, false) => "yes",
            (false, _) => "no: this system does not give it",
        };
        text.push_str(&format!("  {name:<40}{found}\n"));
    }
    output::print(&text)?;
    Ok(Outcome::Success)
}
