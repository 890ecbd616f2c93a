// SPDX-License-Identifier: Apache-2.0
//! The cases of the facade, once on the interpreter and once on the engine that `auto` is on this machine. The name of the
//! module that the cases are in says on which.

#![allow(clippy::duplicate_mod, reason = "that is the purpose")]

use revive_vm_executor::EngineChoice;

#[path = "cases/fills.rs"]
mod fills_interpreted;
#[path = "cases/fills.rs"]
mod fills_on_auto;
#[path = "cases/linker.rs"]
mod linker_interpreted;
#[path = "cases/linker.rs"]
mod linker_on_auto;
#[path = "cases/modules.rs"]
mod modules_interpreted;
#[path = "cases/modules.rs"]
mod modules_on_auto;
#[path = "cases/starts.rs"]
mod starts_interpreted;
#[path = "cases/starts.rs"]
mod starts_on_auto;
#[path = "cases/traps.rs"]
mod traps_interpreted;
#[path = "cases/traps.rs"]
mod traps_on_auto;

/// The engine that the cases in the module at this path are about.
fn engine_of(module_path: &str) -> EngineChoice {
    if module_path.ends_with("_interpreted") {
        EngineChoice::Interpreter
    } else {
        EngineChoice::Auto
    }
}

#[test]
fn cases_run_on_the_engine_that_their_name_says() {
    assert_eq!(linker_interpreted::engine().engine_name(), "interpreter");
    assert_eq!(modules_interpreted::engine(0).engine_name(), "interpreter");
    assert_eq!(linker_on_auto::engine().engine_name(), modules_on_auto::engine(0).engine_name());
}
