// SPDX-License-Identifier: Apache-2.0
//! What the public types can do, so that it does not get lost: threads, messages, clones.

use std::{cell::Cell, error::Error, fmt::Debug};

use revive_vm_executor::{
    trace, Answers, CallError, CallRejected, Caller, Engine, EngineChoice, EngineConfig, EngineError,
    EngineStatistics, HostTrouble, Instance, InstancePre, InstantiateError, InstructionSet, LinkError,
    LinkedInstance, Linker, MemoryError, Module, ModuleCache, ModuleConfig, ModuleError, ModuleKey, RunError,
};
use revive_vm_primitives::BlobBuilder;

fn is_send<T: Send>() {}
fn is_shared<T: Send + Sync>() {}
fn is_shown<T: Debug>() {}
fn is_cloned<T: Clone>() {}
fn is_error<T: Error + Clone + PartialEq + Send + Sync + 'static>() {}

/// A type without any trait but `Send`, for data and errors of embedders.
#[allow(dead_code, reason = "there is none of it")]
struct Own(Cell<u8>);

/// Compiles for `T` that are not `Sync`, because there is one choice only then.
trait NotSync<Choice> {
    fn is_not_sync() {}
}
struct Shared;
impl<T> NotSync<()> for T {}
impl<T: Sync> NotSync<Shared> for T {}

#[test]
fn threads() {
    is_shared::<Engine>();
    is_shared::<Module>();
    is_shared::<Linker<Own, Own>>();
    is_shared::<InstancePre<Own, Own>>();
    // On every machine alike, whatever engines it has.
    is_send::<Instance>();
    <Instance as NotSync<_>>::is_not_sync();
    is_send::<LinkedInstance<Own, Own>>();
    <LinkedInstance<Own, Own> as NotSync<_>>::is_not_sync();
}

#[test]
fn everything_shows_itself() {
    is_shown::<Engine>();
    is_shown::<EngineConfig>();
    is_shown::<EngineStatistics>();
    is_shown::<Module>();
    is_shown::<ModuleCache>();
    is_shown::<ModuleConfig>();
    is_shown::<ModuleKey>();
    is_shown::<Answers>();
    is_shown::<Instance>();
    is_shown::<InstancePre<Own, Own>>();
    is_shown::<LinkedInstance<Own, Own>>();
    is_shown::<Linker<Own, Own>>();
    is_shown::<Caller<'static, Own>>();
    is_shown::<trace::Step>();
    is_shown::<trace::Tracer>();
}

#[test]
fn handles_are_cloned() {
    is_cloned::<Engine>();
    is_cloned::<Module>();
    is_cloned::<Answers>();
    is_cloned::<InstancePre<Own, Own>>();
    is_cloned::<Linker<Own, Own>>();
}

#[test]
fn errors_travel() {
    is_error::<EngineError>();
    is_error::<ModuleError>();
    is_error::<LinkError>();
    is_error::<InstantiateError>();
    is_error::<HostTrouble>();
    is_error::<CallRejected>();
    is_error::<MemoryError>();
    is_error::<RunError>();
    is_error::<CallError<String>>();
}

#[test]
fn a_clone_of_a_linker_goes_its_own_way() {
    let mut basic = Linker::<Own>::new();
    basic.func_wrap("basic", |_: Caller<'_, Own>| ()).unwrap();
    let mut more = basic.clone();
    more.set_strict(true).func_wrap(b"more\xff", |_: Caller<'_, Own>| ()).unwrap();
    let shown =
        |functions| format!("Linker {{ functions: [{functions}], fallback: false, answers: [], strict: ");
    assert_eq!(format!("{basic:?}"), shown("\"basic\"") + "false }");
    assert!(format!("{more:?}").starts_with(&shown("\"basic\", \"more\\\\xff\"")), "{more:?}");
}

/// Through a dereference this would borrow the instance twice.
#[test]
fn gas_and_registers_are_changed_in_one_expression() {
    use revive_vm_executor::Reg;
    let engine =
        Engine::new(EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() }).unwrap();
    let blob = BlobBuilder::new(InstructionSet::Latest64).build();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    let mut instance = Linker::<Own>::new().instantiate(&module).unwrap();
    instance.set_gas(instance.gas() + 5);
    instance.set_reg(Reg::A0, instance.reg(Reg::A0) + 3);
    assert_eq!((instance.gas(), instance.reg(Reg::A0)), (5, 3));
}
