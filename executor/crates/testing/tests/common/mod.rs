// SPDX-License-Identifier: Apache-2.0
//! What tests of this crate have in common.

use revive_vm_executor::{Engine, EngineChoice, EngineConfig, Features};

/// The interpreter, and the recompiler with and without extensions of the machine.
pub(crate) fn engines() -> [Engine; 3] {
    let engine =
        |engine, features| Engine::new(EngineConfig { engine, features, ..EngineConfig::default() }).unwrap();
    [
        engine(EngineChoice::Interpreter, None),
        engine(EngineChoice::Recompiler, None),
        engine(EngineChoice::Recompiler, Some(Features::BASELINE)),
    ]
}
