// SPDX-License-Identifier: Apache-2.0
//! Answers to host calls: the interpreter, the engine that `auto` is on this machine, and a model of the rules, with tables,
//! data, pointers and gas by seed. `ANSWER_CASES` in the environment makes more of it.

mod model;

use model::{keccak_256, Known, State, Stretch};
use revive_vm_executor::{
    Answer, Answers, CallError, Caller, Engine, EngineChoice, EngineConfig, Exit, GasModel, Instance,
    InstructionSet, Interruption, LinkError, Linker, Module, ModuleConfig, Operand, Price, Reg, EXIT_KINDS,
};
use revive_vm_primitives::{keccak::Keccak256, BlobBuilder, CodeBuilder, Instruction as I, Opcode};

const ARGS: [Reg; 6] = [Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];
/// What an answer leaves alone, without the register that says where to return to.
const OTHERS: [Reg; 6] = [Reg::Sp, Reg::T0, Reg::T1, Reg::T2, Reg::S0, Reg::S1];
const PAGE: u32 = 4096;
/// Imports of the program.
const IMPORTS: u32 = 8;
/// Units of gas for the block of a host call: the call and the return.
const BLOCK: i64 = 2;

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    fn operand(&mut self) -> Operand {
        let register = self.below(6) as u8;
        if self.below(4) == 0 {
            Operand::High(register)
        } else {
            Operand::Low(register)
        }
    }

    fn answer(&mut self) -> Option<(Answer, Price)> {
        let constant = self.below(5) as u8;
        let answer = match self.below(9) {
            0 => Answer::Constant { constant, to: self.operand() },
            1 => Answer::Number { constant },
            2 => Answer::InputSize,
            3 => Answer::InputCopy { to: self.operand(), len: self.operand(), offset: self.operand() },
            4 => Answer::InputLoad { to: self.operand(), offset: self.operand() },
            5 => Answer::OutputSize,
            6 => Answer::OutputCopy { to: self.operand(), cell: self.operand(), offset: self.operand() },
            7 => Answer::Keccak256 { from: self.operand(), len: self.operand(), to: self.operand() },
            _ => return None,
        };
        let price = match self.below(4) {
            0 => Price::default(),
            1 => Price { base: u32::MAX, per_kib: u32::MAX },
            _ => Price { base: self.below(20) as u32, per_kib: self.below(3000) as u32 },
        };
        Some((answer, price))
    }

    fn known(&mut self) -> Known {
        let len = |numbers: &mut Self| {
            let odd = numbers.below(5000);
            numbers.pick(&[0, 1, 31, 32, 33, 4096, odd]) as usize
        };
        let constants = (0..self.below(5))
            .map(|_| {
                let len = self.pick(&[0, 3, 8, 8, 20, 32, 32, 500]);
                self.bytes(len)
            })
            .collect();
        let (input, output) = (len(self), len(self));
        let input = Some(self.bytes(input)).filter(|_| self.below(8) > 0);
        Known { constants, input, output: self.bytes(output) }
    }

    /// A value for an argument register: an address at an edge of memory, a length, or anything.
    fn argument(&mut self, edges: &[u32]) -> u64 {
        let edge = self
            .pick(edges)
            .wrapping_add(self.pick(&[0, 1, 4, 8, 31, 32, 33, 100]))
            .wrapping_sub(self.pick(&[0, 0, 1, 3, 4, 20, 31, 32, 33]));
        let len = self.pick(&[0, 1, 4, 31, 32, 33, 135, 136, 137, 1024, 4096, 5000, u32::MAX]);
        let low = match self.below(8) {
            0..5 => edge,
            5..7 => len,
            _ => self.next() as u32,
        };
        let high = if self.below(2) == 0 { self.pick(edges) } else { len };
        u64::from(low) | u64::from(high) << 32
    }
}

fn engines() -> [Engine; 2] {
    [EngineChoice::Interpreter, EngineChoice::Auto]
        .map(|engine| Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap())
}

/// For each import an export that calls it and returns.
fn blob(isa: InstructionSet) -> (Vec<u8>, Vec<u32>) {
    let mut code = CodeBuilder::new(isa);
    let labels: Vec<_> = (0..IMPORTS)
        .map(|import| {
            let label = code.label_here();
            code.push(I::imm(Opcode::Ecalli, import as i32));
            code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
            label
        })
        .collect();
    let parts = code.finish().unwrap();
    let offsets = labels.iter().map(|label| parts.offset_of(*label).unwrap()).collect();
    let mut blob = BlobBuilder::new(isa)
        .ro_data(PAGE + 5, b"read only")
        .rw_data(2 * PAGE, b"read write")
        .stack_size(PAGE);
    for import in 0..IMPORTS {
        blob = blob.import(format!("import {import}").as_bytes());
    }
    (blob.code(parts).build(), offsets)
}

/// An instance of each engine.
struct Pair {
    instances: Vec<Instance>,
    wide: bool,
    metered: bool,
    offsets: Vec<u32>,
    /// Stretches of memory: start, end, whether the guest may write them.
    stretches: Vec<(u32, u32, bool)>,
    edges: Vec<u32>,
    /// How many host calls were not answered.
    refused: u64,
}

impl Pair {
    fn new(engines: &[Engine], isa: InstructionSet, config: &ModuleConfig) -> Self {
        let (blob, offsets) = blob(isa);
        let instances: Vec<Instance> = engines
            .iter()
            .map(|engine| Instance::new(&Module::new(engine, &blob, config).unwrap()).unwrap())
            .collect();
        let map = *instances[0].module().memory_map();
        let stretches = match config.dynamic_paging {
            true => Vec::new(),
            false => vec![
                (map.ro_data_address(), map.ro_data_address() + map.ro_data_size(), false),
                (map.rw_data_address(), map.rw_data_address() + 2 * PAGE, true),
                (map.stack_low(), map.stack_high(), true),
                (map.aux_address(), map.aux_address() + map.aux_size(), false),
            ],
        };
        let mut edges: Vec<u32> = stretches.iter().flat_map(|(start, end, _)| [*start, *end]).collect();
        edges.extend([0, 0x1_0000, u32::MAX]);
        Self {
            instances,
            wide: isa.is_64_bit(),
            metered: config.gas.is_some(),
            offsets,
            stretches,
            edges,
            refused: 0,
        }
    }

    fn set(&mut self, answers: &Answers, known: &Known) {
        for instance in &mut self.instances {
            instance.set_answers(answers);
            instance.set_constants(known.constants.clone());
            instance.set_input(known.input.clone());
            instance.set_output(known.output.clone());
        }
    }

    /// All that is in memory, the same in both engines.
    fn memory(&self) -> Vec<Stretch> {
        let stretch = |(start, end, writable): &(u32, u32, bool)| {
            let [left, right] =
                [0, 1].map(|index| self.instances[index].read_memory_vec(*start, end - start).unwrap());
            assert!(left == right, "memory differs at {start:#x}");
            Stretch { start: *start, writable: *writable, bytes: left }
        };
        self.stretches.iter().map(stretch).collect()
    }

    /// Makes host call `import` in both engines, which must agree with each other and with the model.
    fn check(
        &mut self,
        import: u32,
        answers: &Answers,
        known: &Known,
        args: [u64; 6],
        gas: i64,
    ) -> Option<State> {
        let args = args.map(|arg| if self.wide { arg } else { u64::from(arg as u32) });
        let before =
            State { args, gas: self.metered.then(|| gas - BLOCK), memory: self.memory(), wide: self.wide };
        let after = answers.get(import).and_then(|(answer, price)| before.answered(known, answer, price));
        let expected = after.clone().unwrap_or_else(|| before.clone());
        let exit = match (&after, gas < BLOCK && self.metered) {
            (_, true) => Exit::OutOfGas,
            (Some(_), _) => Exit::Finished,
            (None, _) => Exit::HostCall(import),
        };
        let about = format!("{:?}, args {args:x?}, gas {gas}", answers.get(import));
        let offset = self.offsets[import as usize];
        self.refused += u64::from(matches!(exit, Exit::HostCall(_)));
        let mut pcs = Vec::new();
        for instance in &mut self.instances {
            instance.set_gas(gas);
            instance.prepare_call(offset, &args);
            for (reg, value) in OTHERS.into_iter().zip(1u64..) {
                instance.set_reg(reg, 0x1234_5678_8765_4321 * value);
            }
            let others = OTHERS.map(|reg| instance.reg(reg));
            assert_eq!(instance.run().unwrap(), exit, "{about}");
            assert_eq!(OTHERS.map(|reg| instance.reg(reg)), others, "{about}: no answer changes these");
            pcs.push((instance.pc(), instance.next()));
            let left: Vec<u64> = ARGS.iter().map(|reg| instance.reg(*reg)).collect();
            let (args, gas) = match exit {
                Exit::OutOfGas => (args, gas),
                _ => (expected.args, expected.gas.unwrap_or(gas)),
            };
            assert_eq!((left.as_slice(), instance.gas()), (&args[..], gas), "{about}");
        }
        assert_eq!(pcs[0], pcs[1], "{about}");
        if exit != Exit::OutOfGas {
            assert!(self.memory() == expected.memory, "{about}: memory is not as the model has it");
        }
        after.filter(|_| exit == Exit::Finished)
    }

    /// A round: a table, data, and some calls, with gas around what they cost.
    fn round(&mut self, numbers: &mut Numbers) -> (usize, usize) {
        let answers = Answers::new((0..numbers.below(u64::from(IMPORTS) + 1)).map(|_| numbers.answer()));
        let mut known = numbers.known();
        self.set(&answers, &known);
        let (mut given, mut refused) = (0, 0);
        for _ in 0..40 {
            if numbers.below(4) == 0 {
                let len = numbers.below(300) as usize;
                known.output = numbers.bytes(len);
                self.instances.iter_mut().for_each(|instance| instance.set_output(known.output.clone()));
            }
            let import = numbers.below(u64::from(IMPORTS)) as u32;
            let mut args = [0; 6];
            args.fill_with(|| numbers.argument(&self.edges));
            let plenty = 1 << 50;
            match self.check(import, &answers, &known, args, plenty) {
                None => refused += 1,
                Some(after) => {
                    given += 1;
                    let cost = plenty - after.gas.unwrap_or(plenty);
                    let few = (0..40).filter(|_| cost < 40);
                    for gas in few.chain([cost - 1, cost, cost + 1]).filter(|gas| *gas >= 0) {
                        // The call may have changed what it reads, so the model is asked anew.
                        self.check(import, &answers, &known, args, gas);
                    }
                }
            }
        }
        (given, refused)
    }
}

fn cases(default: u64) -> u64 {
    std::env::var("ANSWER_CASES").map_or(default, |text| text.parse().unwrap())
}

#[test]
fn engines_and_model_agree() {
    const HOST_CALL: usize = 1;
    assert_eq!(EXIT_KINDS[HOST_CALL], "host_call");
    let engines = engines();
    let mut total = 0;
    for isa in [InstructionSet::Latest64, InstructionSet::Latest32] {
        for gas in [Some(GasModel::Flat), None] {
            let config = ModuleConfig { gas, aux_size: PAGE, ..ModuleConfig::default() };
            let mut pair = Pair::new(&engines, isa, &config);
            let mut numbers = Numbers(u64::from(isa.is_64_bit()) + 2 * u64::from(gas.is_some()));
            let (mut given, mut refused) = (0, 0);
            for _ in 0..cases(30) {
                let counts = pair.round(&mut numbers);
                given += counts.0;
                refused += counts.1;
            }
            assert!(given > 100 && refused > 100, "{given} answered, {refused} refused");
            // All of it has room in the worker, so what it did not answer is what there is no answer to.
            let expected = pair.refused;
            drop(pair);
            if engines[1].engine_name() == "recompiler" {
                total += expected;
                assert_eq!(engines[1].statistics().exits[HOST_CALL], total);
            }
        }
    }
}

/// With dynamic paging a missing page is no answer, and the embedder is asked, who may map it.
#[test]
fn engines_and_model_agree_with_dynamic_paging() {
    let engines = engines();
    let config = ModuleConfig { gas: Some(GasModel::Flat), dynamic_paging: true, ..ModuleConfig::default() };
    let mut pair = Pair::new(&engines, InstructionSet::Latest64, &config);
    let mut numbers = Numbers(7);
    let (mut given, mut refused) = (0, 0);
    for _ in 0..cases(30) {
        // At first few stretches, then more than a worker is told of; also neighbours that differ.
        let page = 0x2_0000 + PAGE * numbers.below(40) as u32;
        let writable = numbers.below(3) > 0;
        for instance in &mut pair.instances {
            instance.map_pages(page, PAGE, true).unwrap();
            instance.write_memory(page + 77, b"some bytes").unwrap();
            if !writable {
                instance.protect_pages(page, PAGE).unwrap();
            }
        }
        pair.stretches.retain(|(start, ..)| *start != page);
        if numbers.below(5) == 0 {
            pair.instances.iter_mut().for_each(|instance| instance.free_pages(page, PAGE).unwrap());
        } else {
            pair.stretches.push((page, page + PAGE, writable));
        }
        pair.edges = pair.stretches.iter().flat_map(|(start, end, _)| [*start, *end]).chain([0]).collect();
        let counts = pair.round(&mut numbers);
        given += counts.0;
        refused += counts.1;
    }
    assert!(given > 100 && refused > 100, "{given} answered, {refused} refused");
}

/// Calls an import in a loop, `a0` times.
fn looping() -> Vec<u8> {
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    code.push(I::reg_reg(Opcode::MoveReg, Reg::S0, Reg::A0)).push(I::new(Opcode::Fallthrough));
    let head = code.label_here();
    code.push(I::reg_imm(Opcode::LoadImm, Reg::A0, 0x2_0000)).push(I::imm(Opcode::Ecalli, 0));
    code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, -1));
    code.push_to(I::reg_imm_offset(Opcode::BranchNotEqImm, Reg::S0, 0, 0), head);
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(isa)
        .rw_data(PAGE, &[])
        .stack_size(PAGE)
        .import(b"address")
        .export(b"run", 0)
        .code(code.finish().unwrap())
        .build()
}

const ADDRESS: Answer = Answer::Constant { constant: 0, to: Operand::Low(0) };

#[test]
fn workers_answer_without_handing_over() {
    let engine = Engine::new(EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() });
    let Ok(engine) = engine else { return println!("skipped: no worker starts here") };
    let module = Module::new(&engine, &looping(), &ModuleConfig::default()).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.set_answers(&Answers::new([Some((ADDRESS, Price { base: 3, per_kib: 1024 }))]));
    instance.set_constants(vec![vec![7; 20]]);
    for _ in 0..2 {
        instance.set_gas(1 << 40);
        instance.prepare_call(0, &[10_000]);
        assert_eq!(instance.run().unwrap(), Exit::Finished);
        // Four instructions a round, and three units and one for each of 20 bytes.
        assert_eq!((1 << 40) - instance.gas(), 2 + 10_000 * (4 + 3 + 20) + 1);
        assert_eq!(instance.read_memory_vec(0x2_0000, 21).unwrap(), [&[7; 20][..], &[0]].concat());
        // What is answered, and from what, stays.
        instance.reset_memory();
    }
    drop(instance);
    let statistics = engine.statistics();
    assert_eq!(statistics.exits.iter().sum::<u64>(), 2);
    let hand_overs = statistics.hand_overs_spun + statistics.hand_overs_slept;
    assert!(hand_overs < 100, "{hand_overs} hand-overs");
    assert_eq!(statistics.answered, 20_000);
}

/// What has no room in the worker is answered by its supervisor.
#[test]
fn large_inputs_are_answered_too() {
    let input: Vec<u8> = (0..3 << 20).map(|at: u32| (at % 251) as u8).collect();
    let mut results = Vec::new();
    for engine in engines() {
        let (blob, offsets) = blob(InstructionSet::Latest64);
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        let copy = Answer::InputCopy { to: Operand::Low(0), len: Operand::Low(1), offset: Operand::Low(2) };
        instance.set_answers(&Answers::new([Some((copy, Price::default()))]));
        instance.set_input(Some(input.clone()));
        instance.set_gas(1000);
        let to = module.memory_map().rw_data_address();
        instance.prepare_call(offsets[0], &[to.into(), 5000, 2 << 20]);
        assert_eq!(instance.run().unwrap(), Exit::Finished);
        let copied = instance.read_memory_vec(to, 5000).unwrap();
        assert_eq!(copied, input[2 << 20..][..5000]);
        results.push((instance.gas(), copied));
    }
    assert!(results[0] == results[1]);
}

/// A heap that has grown can be answered to; one that has not, not.
#[test]
fn answers_reach_a_heap_that_grew() {
    for engine in engines() {
        let (blob, offsets) = blob(InstructionSet::Latest64);
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.set_answers(&Answers::new([Some((ADDRESS, Price::default()))]));
        instance.set_constants(vec![vec![7; 20]]);
        let heap = module.memory_map().rw_data_address() + 2 * PAGE;
        let call = |instance: &mut Instance| {
            instance.set_gas(1000);
            instance.prepare_call(offsets[0], &[heap.into()]);
            instance.run().unwrap()
        };
        assert_eq!(call(&mut instance), Exit::HostCall(0));
        instance.grow_heap(100).unwrap();
        assert_eq!(call(&mut instance), Exit::Finished);
        instance.reset_memory();
        assert_eq!(call(&mut instance), Exit::HostCall(0));
    }
}

/// In a linker a call that is not answered goes to the function of that symbol; without one it ends the call.
#[test]
fn linkers_answer() {
    for engine in engines() {
        let module = Module::new(&engine, &looping(), &ModuleConfig::default()).unwrap();
        let mut linker = Linker::<u32>::new();
        linker.set_strict(true);
        assert!(matches!(linker.instantiate_pre(&module), Err(LinkError::Missing { .. })));
        linker.answer("address", ADDRESS, Price { base: 5, per_kib: 0 }).unwrap();
        assert!(linker.answer("address", ADDRESS, Price::default()).is_err());
        let mut calls = 0;
        let mut instance = linker.instantiate(&module).unwrap();
        instance.set_gas(1 << 30);
        let outcome: Result<(), _> = instance.call_typed(&mut calls, "run", (3u64,));
        assert!(matches!(outcome, Err(CallError::Interrupted(Interruption::Trap { .. }))), "{outcome:?}");
        linker.func_wrap("address", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1).unwrap();
        let mut instance = linker.instantiate(&module).unwrap();
        instance.set_gas(1 << 30);
        instance.call_typed::<_, ()>(&mut calls, "run", (3u64,)).unwrap();
        assert_eq!(calls, 3);
        instance.set_constants(vec![vec![1; 32]]);
        instance.call_typed::<_, ()>(&mut calls, "run", (3u64,)).unwrap();
        assert_eq!(calls, 3);
    }
}

#[test]
fn hashes_are_those_of_another_implementation() {
    let mut numbers = Numbers(3);
    for len in (0..300).chain([407, 408, 409, 1000, 4096, 10_000]) {
        let bytes = numbers.bytes(len);
        assert_eq!(Keccak256::hash(&bytes), keccak_256(&bytes), "{len} bytes");
    }
}
