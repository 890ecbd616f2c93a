// SPDX-License-Identifier: Apache-2.0
//! Choosing the engine of the process. In a file, which is a process, of its own, because it can be done once only.

use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{
    configure_engine, engine_name, ConfigureError, Engine, EngineChoice, EngineConfig,
};
use revive_vm_test_runtime::{exports, programs};

#[test]
fn the_engine_is_chosen_once_and_a_cache_of_nothing_changes_no_result() {
    let config = EngineConfig {
        engine: EngineChoice::Interpreter,
        module_cache_bytes_max: 0,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).unwrap();
    assert_eq!(configure_engine(engine.clone()), Ok(()));
    assert_eq!(engine_name(), "interpreter");
    let error = configure_engine(engine).unwrap_err();
    assert_eq!(error, ConfigureError::AlreadyRunning { engine: "interpreter" });
    assert!(error.to_string().contains("`interpreter`"), "{error}");

    sp_io::TestExternalities::default().execute_with(|| {
        let code = programs::blob(&[], &[programs::set(Reg::A0, 5), programs::ret()]);
        let (hash, key) = programs::store_code(&code);
        for _ in 0..3 {
            assert_eq!(exports::call_code(&key, &hash), (1000 - 2, 5));
        }
    });
}
