// SPDX-License-Identifier: Apache-2.0
//! `revive-vm doctor`: what this machine gives for running guest code natively, layer by layer.

use revive_vm_executor::{wall_layers, Engine, EngineChoice, EngineConfig, EngineError, WallLayer};
use serde_json::{json, Value};

use crate::{
    args::Global,
    error::{Error, Outcome, Result},
    output,
};

/// Runs the command. An error if no worker process works here; in JSON it is in the document, too.
pub(crate) fn run(global: &Global) -> Result<Outcome> {
    let found = wall_layers().map_err(|error| match error {
        // Nobody asked for an engine here.
        EngineError::RecompilerUnavailable { why } => why,
        error => error.to_string(),
    });
    if global.json {
        output::print_json(&document(&found))?;
    }
    let layers = found.map_err(|why| {
        let consequence = if only_the_filter_is_missing() {
            "nothing but the filter of system calls (seccomp) is missing: a validator does not start without --vm-engine interpreter or \
             --vm-unsafe-without-seccomp, and other nodes interpret contracts, which is much slower"
        } else {
            "nodes interpret contracts here, which is much slower"
        };
        Error::new(format!("guest code cannot run natively here: {why}")).hint(consequence)
    })?;
    if global.json {
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

/// What was found, for programs.
fn document(found: &core::result::Result<Vec<WallLayer>, String>) -> Value {
    let layer =
        |layer: &WallLayer| json!({ "name": layer.name, "present": layer.present, "needed": layer.needed });
    let layers = found.as_deref().unwrap_or_default().iter().map(layer).collect::<Vec<_>>();
    json!({ "native": found.is_ok(), "why_not": found.as_ref().err(), "layers": layers })
}

/// Whether workers start as soon as nobody insists on the filter of system calls.
fn only_the_filter_is_missing() -> bool {
    let config = EngineConfig {
        engine: EngineChoice::Recompiler,
        without_call_filter: true,
        ..EngineConfig::default()
    };
    Engine::new(config).is_ok()
}
