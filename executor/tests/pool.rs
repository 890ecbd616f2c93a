// SPDX-License-Identifier: Apache-2.0
//! The workers of an engine: nested instances, and the bounds of `EngineConfig`.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, HostTrouble, Instance, Module, ModuleConfig, RunError,
    EXIT_KINDS,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode, Reg};

/// Depth of calls between contracts.
const DEPTH: usize = 25;

/// An engine with workers, where they start.
fn module(config: EngineConfig) -> Option<(Engine, Module)> {
    let config = EngineConfig { engine: EngineChoice::Recompiler, ..config };
    let engine = match Engine::new(config) {
        Ok(engine) => engine,
        Err(why) => {
            println!("skipped: {why}");
            return None;
        }
    };
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    code.push(Instruction::imm(Opcode::Ecalli, 0));
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob = BlobBuilder::new(isa).import(b"nest").export(b"run", 0).code(code.finish().unwrap()).build();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    Some((engine, module))
}

/// Calls a guest, and while it stands at its host call the next one, so deep; how deep it went, and what was in the way.
fn nest(module: &Module, depth: usize) -> (usize, Option<HostTrouble>) {
    let mut instance = match Instance::new(module) {
        Ok(instance) => instance,
        Err(trouble) => return (0, Some(trouble)),
    };
    instance.set_gas(1000);
    instance.prepare_call(0, &[]);
    assert_eq!(instance.run().unwrap(), Exit::HostCall(0));
    let (reached, trouble) = if depth > 1 { nest(module, depth - 1) } else { (0, None) };
    assert_eq!(instance.run().unwrap(), Exit::Finished);
    (reached + 1, trouble)
}

#[test]
fn nested_instances_each_have_a_worker() {
    for idle_workers_max in [0, 2, 64] {
        let Some((engine, module)) = module(EngineConfig { idle_workers_max, ..EngineConfig::default() })
        else {
            return;
        };
        for _ in 0..2 {
            assert_eq!(nest(&module, DEPTH), (DEPTH, None));
        }
        let statistics = engine.statistics();
        assert_eq!(statistics.workers_live, idle_workers_max.min(DEPTH));
        assert_eq!(statistics.workers_idle, statistics.workers_live);
        assert_eq!(statistics.exits[..2], [2 * DEPTH as u64; 2]);
    }
}

/// Fewer workers than the depth needs: who asks for one more is told so at once, and those that wait for him go on.
#[test]
fn a_pool_that_is_too_small_says_so() {
    let Some((engine, module)) = module(EngineConfig { workers_max: 4, ..EngineConfig::default() }) else {
        return;
    };
    for _ in 0..3 {
        let (reached, trouble) = nest(&module, DEPTH);
        assert_eq!(reached, 4);
        let trouble = trouble.unwrap();
        let message = trouble.to_string();
        assert!(message.contains("there are 4 workers, as many as there may be"), "{message}");
        assert!(trouble.is_want_of_workers());
    }
    // Also for threads that nest at the same time, all of which get somewhere.
    thread::scope(|scope| {
        let deep: Vec<_> = (0..4).map(|_| scope.spawn(|| nest(&module, DEPTH).0)).collect();
        let reached: usize = deep.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(reached >= 4, "{reached} instances");
    });
    assert_eq!(nest(&module, 4), (4, None));
    assert!(engine.statistics().workers_live <= 4);
}

/// So many waiting workers keep so many bytes: an own part and a program each.
#[test]
fn the_memory_of_waiting_workers_is_bounded() {
    let Some((free, module_of_free)) = module(EngineConfig::default()) else { return };
    nest(&module_of_free, 6);
    assert_eq!(free.statistics().workers_idle, 6);
    // None of the workers has less than 256 KiB by this count, and more than 1 MiB none.
    for (idle_workers_bytes_max, least, most) in [(0, 0, 0), (1 << 20, 1, 4), (6 << 20, 6, 6)] {
        let config = EngineConfig { idle_workers_bytes_max, ..EngineConfig::default() };
        let Some((engine, module)) = module(config) else { return };
        nest(&module, 6);
        let idle = engine.statistics().workers_idle;
        assert!((least..=most).contains(&idle), "{idle} wait with {idle_workers_bytes_max} bytes");
        assert_eq!(engine.statistics().workers_live, idle);
        // It goes on working.
        assert_eq!(nest(&module, 6), (6, None));
    }
}

#[test]
fn waiting_workers_end_after_a_while() {
    let Some((engine, module)) =
        module(EngineConfig { idle_worker_seconds_max: 0, ..EngineConfig::default() })
    else {
        return;
    };
    assert_eq!(nest(&module, 3), (3, None));
    // However long it takes, they end; nothing else here would end them.
    while engine.statistics().workers_live > 0 {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(engine.statistics().workers_idle, 0);
    assert_eq!(nest(&module, 3), (3, None));
}

/// Operators are told of trouble of the host by this count.
#[test]
fn a_run_without_a_start_is_no_trouble_of_the_host() {
    let Some((engine, module)) = module(EngineConfig::default()) else { return };
    let mut instance = Instance::new(&module).unwrap();
    assert_eq!(instance.run(), Err(RunError::NextUnset));
    drop(instance);
    assert_eq!(engine.statistics().exits, [0; EXIT_KINDS.len()]);
}

/// The thread that ends waiting workers has none to end then.
#[test]
fn a_dropped_engine_leaves_no_thread() {
    let threads = |name: &str| {
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.map(|task| fs::read_to_string(task.path().join("comm")).unwrap_or_default());
        names.filter(|found| found.trim_end() == name).count()
    };
    const ENGINES: usize = 30;
    let engines: Vec<_> = (0..ENGINES).map_while(|_| module(EngineConfig::default())).collect();
    if engines.len() < ENGINES {
        return;
    }
    for (_, module) in &engines {
        assert_eq!(nest(module, 1), (1, None));
    }
    let wait_until = |done: &dyn Fn(usize) -> bool, problem: &str| {
        let began = Instant::now();
        while !done(threads("vm-idle")) {
            assert!(began.elapsed() < Duration::from_secs(30), "{problem}");
            thread::sleep(Duration::from_millis(5));
        }
    };
    // They take their names when they begin. Other tests here have few.
    wait_until(&|count| count >= ENGINES, "each engine has one");
    drop(engines);
    wait_until(&|count| count < ENGINES, "one that sleeps would do so for a minute");
}
