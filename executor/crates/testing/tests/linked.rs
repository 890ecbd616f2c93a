// SPDX-License-Identifier: Apache-2.0
//! Calls through the linker on both engines: host functions that do whatever they may, answers inside the worker, and everything that a
//! tracer is told.

use std::{
    mem::take,
    sync::{Arc, Mutex},
};

use revive_vm_executor::{
    trace::Step, Answer, Answers, CallError, Caller, Engine, EngineChoice, EngineConfig, GasModel,
    InstructionSet, LinkedInstance, Linker, Module, ModuleConfig, Operand, Price, Reg,
};
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

/// Programs per instruction set; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 30 } else { 200 };
/// Calls, or goes on with calls, per program.
const CALLS: usize = 12;

/// Counts host calls; a function that does something by chance at each of them, which the count decides.
fn linker(seed: u64) -> Linker<u64, String> {
    let mut linker = Linker::new();
    linker.func_fallback(move |mut caller: Caller<'_, u64>, number| {
        *caller.data_mut() += 1;
        let mut random = Random::new(seed ^ *caller.data() << 32 ^ u64::from(number));
        let reg = random.pick(&Reg::ALL);
        match random.below(12) {
            0 => return Err(format!("call {number}")),
            1 => caller.set_reg(reg, random.next_u64()),
            2 => {
                let gas = caller.gas() - random.below(200) as i64;
                caller.set_gas(gas);
            }
            3 => {
                let address = caller.reg(Reg::A0) as u32;
                let _ = caller.write_memory(address, b"something");
            }
            4 => caller.instance().reset_memory(),
            5 => drop(caller.instance().grow_heap(5000)),
            6 if random.chance(30) => caller.instance().set_next(0),
            7 if random.chance(20) => drop(caller.instance().run()),
            _ => caller.set_reg(Reg::A0, number.into()),
        }
        Ok(())
    });
    linker
}

/// Most host calls with small numbers are answered from what the instance has.
fn answers() -> Answers {
    let [a0, a1, a2] = [0, 1, 2].map(Operand::Low);
    let price = Price { base: 2, per_kib: 10 };
    Answers::new((0..256).map(|number| match number % 5 {
        0 => Some((Answer::InputCopy { to: a0, len: a1, offset: a2 }, price)),
        1 => Some((Answer::Keccak256 { from: a0, len: a1, to: a2 }, price)),
        2 => Some((Answer::InputSize, price)),
        _ => None,
    }))
}

/// What is seen of a call.
#[derive(Debug, PartialEq)]
struct Seen {
    result: Result<(), CallError<String>>,
    pc: Option<u32>,
    next: Option<u32>,
    gas: i64,
    heap: u32,
    regs: [u64; Reg::COUNT],
    host_calls: u64,
    steps: Vec<Step>,
}

/// An instance with its tracer.
struct Traced {
    linked: LinkedInstance<u64, String>,
    steps: Arc<Mutex<Vec<Step>>>,
    host_calls: u64,
}

impl Traced {
    fn new(linker: &Linker<u64, String>, module: &Module, is_traced: bool, is_answered: bool) -> Self {
        let mut linked = linker.instantiate(module).unwrap();
        let steps = Arc::<Mutex<Vec<Step>>>::default();
        if is_traced {
            let steps = steps.clone();
            linked.trace(move |step| steps.lock().unwrap().push(step.clone()));
        }
        if is_answered {
            linked.set_answers(&answers());
            linked.set_input(Some(vec![7; 100]));
        }
        Self { linked, steps, host_calls: 0 }
    }

    /// Begins a call if it is to, and goes on with it.
    fn go_on(&mut self, begin: Option<u32>, gas: i64) -> Seen {
        let Self { linked, steps, host_calls } = self;
        if let Some(offset) = begin {
            linked.prepare_call(offset, &[5, 6, 7]);
        }
        linked.set_gas(gas);
        let result = linked.resume(host_calls);
        Seen {
            result,
            pc: linked.pc(),
            next: linked.next(),
            gas: linked.gas(),
            heap: linked.heap_size(),
            regs: Reg::ALL.map(|reg| linked.reg(reg)),
            host_calls: *host_calls,
            steps: take(&mut *steps.lock().unwrap()),
        }
    }
}

#[test]
fn calls_agree_whatever_host_functions_do() {
    let engine = |engine| Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let engines = [engine(EngineChoice::Interpreter), engine(EngineChoice::Recompiler)];
    let (mut finished, mut failed, mut interrupted, mut steps) = (0, 0, 0, 0);
    for isa in InstructionSet::ALL {
        for seed in 0..PROGRAMS {
            let mut random = Random::new(seed);
            let config = ModuleConfig {
                page_size: random.pick(&[4096, 8192, 65536]),
                aux_size: random.pick(&[0, 4096]),
                gas: random.pick(&[Some(GasModel::Flat), Some(GasModel::PipelineL2)]),
                step_tracing: random.chance(50),
                dynamic_paging: random.chance(50),
                memory_bytes_max: random.pick(&[1 << 19, 1 << 20, 1 << 22]),
            };
            let program =
                Program::generate(seed, &Options { loads_registers: true, ..Options::varied(isa, seed) });
            let blob = program.to_blob();
            let modules = engines.each_ref().map(|engine| Module::new(engine, &blob, &config));
            if let [Err(first), Err(second)] = &modules {
                assert_eq!(first, second);
                continue;
            }
            let (linker, is_traced, is_answered) = (linker(seed), random.chance(70), random.chance(50));
            let mut both =
                modules.map(|module| Traced::new(&linker, &module.unwrap(), is_traced, is_answered));
            for call in 0..CALLS {
                let begins = call == 0 || random.chance(70);
                let (start, gas) = (random.pick(&program.starts), random.below(300) as i64);
                let [first, second] =
                    both.each_mut().map(|traced| traced.go_on(begins.then_some(start), gas));
                assert_eq!(first, second, "{isa}, seed {seed}, call {call}, {config:?}");
                match &first.result {
                    Ok(()) => finished += 1,
                    Err(CallError::HostFunction(_)) => failed += 1,
                    Err(_) => interrupted += 1,
                }
                steps += first.steps.len();
            }
        }
    }
    println!("{finished} finished, {failed} failed, {interrupted} interrupted, {steps} steps");
    // Else there was little to compare.
    assert!(finished > PROGRAMS / 10 && failed > 0 && interrupted > PROGRAMS && steps as u64 > PROGRAMS);
}
