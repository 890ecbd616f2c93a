// SPDX-License-Identifier: Apache-2.0
//! An instance in a worker: where it is, and `run`, which turns what the worker says into the exits of the specification
//! (execution, sections 3 to 5 and 7).

mod accesses;
mod done;
mod faults;

use std::sync::Arc;

use revive_vm_primitives::{
    machine::{exit_code, GUEST_REGISTERS},
    mutant, Exit, Gas, Opcode, Reg, RETURN_ADDRESS,
};
use revive_vm_sandbox::{Process, RawExit, SandboxError};

use super::{
    memory::Memory,
    workers::{self, Exits},
    Program, Translation,
};
use crate::{
    answers::Answering,
    error::{HostTrouble, RunError},
    module::Module,
};

/// A program being executed in a worker.
pub(crate) struct Instance {
    program: Arc<Program>,
    /// Empty only while the instance is dropped.
    process: Option<Process>,
    memory: Memory,
    /// Whether the plain translation is loaded.
    plain: bool,
    place: State,
    /// The block that the host started at last, and where it is in the translation for block starts: most calls are of one export.
    started: Option<(u32, u64)>,
    /// Set when the worker let us down outside of `run`, which reports it.
    trouble: Option<HostTrouble>,
    exits: Exits,
}

/// Where execution is.
#[derive(Clone, Copy)]
enum State {
    /// Nowhere; it stopped at this code offset, if it had one.
    Stopped(Option<u32>),
    /// To begin at a code offset that the host has set; the last run may have failed to begin there.
    Fresh { next: u32, failed: bool },
    /// Before an instruction whose block has been paid, or, at its first instruction, has not; both at this address.
    At { pc: u32, resume: u64 },
    /// In the midst of a `memset` that the host does, to be continued behind it at this address.
    Filling { pc: u32, resume: u64 },
    /// Behind a host call, where the worker has left.
    Behind,
}

/// What an exit of the worker means.
enum Outcome {
    Exit(Exit),
    /// The host has done what the guest asked for; the guest continues at this address.
    Continue(u64),
}

impl Instance {
    pub(crate) fn new(program: &Arc<Program>, blob: &[u8]) -> Result<Self, HostTrouble> {
        let translation = program.translation(blob, false);
        let sealed = program.sealed(translation, blob)?;
        let mut process = program.engine.workers.pool.take_for(sealed).map_err(HostTrouble::of_pool)?;
        let rw_data = blob.get(program.rw_data.clone()).unwrap_or_default();
        let loaded = process
            .load(sealed)
            .and_then(|()| Memory::new(&mut process, &program.map, &program.config, rw_data));
        let memory = match loaded {
            Ok(memory) => memory,
            Err(error) => {
                // The pool counts those that it has given.
                program.engine.workers.pool.give(process);
                return Err(HostTrouble::new(error));
            }
        };
        Ok(Self {
            program: program.clone(),
            process: Some(process),
            memory,
            plain: false,
            place: State::Stopped(None),
            started: None,
            trouble: None,
            exits: Exits::default(),
        })
    }

    fn process(&self) -> &Process {
        // Only `drop` takes it.
        self.process.as_ref().expect("an instance has its worker until it is dropped")
    }

    fn process_mut(&mut self) -> &mut Process {
        self.process.as_mut().expect("an instance has its worker until it is dropped")
    }

    pub(crate) fn reg(&self, reg: Reg) -> u64 {
        self.process().register(reg as usize)
    }

    pub(crate) fn set_reg(&mut self, reg: Reg, value: u64) {
        let value = if self.program.isa.is_64_bit() { value } else { u64::from(value as u32) };
        self.process_mut().set_register(reg as usize, value);
    }

    pub(crate) fn gas(&self) -> Gas {
        self.process().gas()
    }

    pub(crate) fn set_gas(&mut self, gas: Gas) {
        self.process_mut().set_gas(gas);
    }

    pub(crate) fn pc(&self, blob: &[u8]) -> Option<u32> {
        match self.place {
            State::Stopped(pc) => pc,
            State::Fresh { next, failed } => failed.then_some(next),
            State::At { pc, .. } | State::Filling { pc, .. } => Some(pc),
            State::Behind => self.host_call(blob),
        }
    }

    pub(crate) fn next(&self, blob: &[u8]) -> Option<u32> {
        match self.place {
            State::Stopped(_) => None,
            State::Fresh { next, .. } => Some(next),
            State::At { pc, .. } | State::Filling { pc, .. } => Some(pc),
            State::Behind => Some(self.program.code(blob).decode(self.host_call(blob)?).next),
        }
    }

    /// Code offset of the host call that the worker has left for.
    fn host_call(&self, blob: &[u8]) -> Option<u32> {
        self.instruction_in_front(blob, self.process().resume())
    }

    /// Code offset of the instruction that the call in front of an address belongs to.
    fn instruction_in_front(&self, blob: &[u8], resume: u64) -> Option<u32> {
        self.loaded(blob).map().exit_at(resume)
    }

    /// The translation that is loaded.
    fn loaded(&self, blob: &[u8]) -> &Translation {
        self.program.translation(blob, self.plain)
    }

    pub(crate) fn set_next(&mut self, offset: u32) {
        self.place = State::Fresh { next: offset, failed: false };
    }

    pub(crate) fn prepare_call(&mut self, offset: u32, args: &[u64]) {
        let wide = self.program.isa.is_64_bit();
        let mut values = [0; GUEST_REGISTERS];
        let mut set = |reg: Reg, value: u64| {
            if let Some(register) = values.get_mut(reg as usize) {
                *register = if wide { value } else { u64::from(value as u32) };
            }
        };
        set(Reg::Ra, RETURN_ADDRESS.into());
        set(Reg::Sp, self.program.map.stack_high().into());
        for (reg, value) in Reg::ARGS.iter().zip(args) {
            set(*reg, *value);
        }
        self.process_mut().set_registers(&values);
        self.set_next(offset);
    }

    /// Tells the worker what it shall answer host calls from, as far as that has changed.
    pub(crate) fn take_answers(&mut self, answering: &mut Answering, module: &Module) {
        let (all, output) =
            (std::mem::take(&mut answering.stale), std::mem::take(&mut answering.output_stale));
        let told = match (all, output) {
            (true, _) => self.process_mut().set_answers(&answering.for_worker(module)),
            (false, true) => self.process_mut().set_output(&answering.known.output),
            (false, false) => return,
        };
        if let Err(error) = told {
            self.trouble.get_or_insert(HostTrouble::new(error));
        }
    }

    pub(crate) fn run(&mut self, blob: &[u8]) -> Result<Exit, RunError> {
        let exit = match self.enter(blob) {
            Ok(None) => loop {
                let raw = self.process_mut().go_on();
                // By far the most frequent ones return from here, past where the others come together: to write an exit part by part and
                // read it as a whole there takes the machine longer than all else here.
                match raw {
                    Ok(RawExit { code: exit_code::HOST_CALL, argument }) => {
                        self.place = State::Behind;
                        self.count(workers::HOST_CALL);
                        return Ok(Exit::HostCall(argument));
                    }
                    Ok(RawExit { code: exit_code::FINISHED, .. }) => {
                        self.place = State::Stopped(None);
                        self.count(workers::FINISHED);
                        return Ok(Exit::Finished);
                    }
                    _ => {}
                }
                match self.go_on(blob, raw) {
                    Ok(None) => {}
                    Ok(Some(exit)) => break Ok(exit),
                    Err(trouble) => break Err(self.fail(trouble)),
                }
            },
            Ok(Some(exit)) => Ok(exit),
            Err(error) => Err(error),
        };
        if let Some(kind) = workers::kind(&exit) {
            self.count(kind);
        }
        exit
    }

    fn count(&mut self, kind: usize) {
        if let Some(count) = self.exits.get_mut(kind) {
            *count += 1;
        }
    }

    /// Remembers trouble, for the next runs too.
    fn fail(&mut self, trouble: HostTrouble) -> RunError {
        self.trouble = Some(trouble.clone());
        RunError::Trouble(trouble)
    }

    /// Has the process go on where this instance does; or the exit that comes of it without.
    #[inline(always)]
    fn enter(&mut self, blob: &[u8]) -> Result<Option<Exit>, RunError> {
        if let Some(trouble) = &self.trouble {
            return Err(RunError::Trouble(trouble.clone()));
        }
        if let State::Stopped(_) = self.place {
            return Err(RunError::NextUnset);
        }
        if self.gas() < 0 {
            return Ok(Some(Exit::OutOfGas));
        }
        // Behind a host call it goes on where it left.
        if !matches!(self.place, State::Behind) {
            if let Some(exit) = self.enter_elsewhere(blob).map_err(|trouble| self.fail(trouble))? {
                return Ok(Some(exit));
            }
        }
        if self.program.engine.jitdump.is_some() {
            self.tell_profile(blob).map_err(|trouble| self.fail(trouble))?;
        }
        Ok(None)
    }

    /// The same where the worker did not leave for a host call.
    fn enter_elsewhere(&mut self, blob: &[u8]) -> Result<Option<Exit>, HostTrouble> {
        let entry = match self.place {
            State::Stopped(_) | State::Behind => return Ok(None),
            State::Fresh { next, .. } => match self.begin(blob, next)? {
                Ok(entry) => entry,
                Err(exit) => return Ok(Some(exit)),
            },
            State::At { resume, .. } => resume,
            State::Filling { pc, resume } => match self.fill(pc, resume)? {
                Outcome::Continue(entry) => entry,
                Outcome::Exit(exit) => return Ok(Some(exit)),
            },
        };
        self.process_mut().enter_at(entry).map_err(HostTrouble::new)?;
        Ok(None)
    }

    /// Has the process go on behind an exit; or the exit that comes of it.
    fn go_on(
        &mut self,
        blob: &[u8],
        raw: Result<RawExit, SandboxError>,
    ) -> Result<Option<Exit>, HostTrouble> {
        match self.outcome(blob, &raw.map_err(HostTrouble::new)?)? {
            Outcome::Exit(exit) => Ok(Some(exit)),
            Outcome::Continue(entry) => {
                self.process_mut().enter_at(entry).map_err(HostTrouble::new)?;
                Ok(None)
            }
        }
    }

    /// If somebody wants to know, notes which code the worker is about to run.
    #[cold]
    fn tell_profile(&mut self, blob: &[u8]) -> Result<(), HostTrouble> {
        let program = self.program.clone();
        let Some(jitdump) = &program.engine.jitdump else { return Ok(()) };
        let translation = program.translation(blob, self.plain);
        let sealed = program.sealed(translation, blob)?;
        if !self.process().has_loaded(sealed) {
            // What is noted holds from then on, so the code has to be there already.
            self.process_mut().make_ready().map_err(HostTrouble::new)?;
            translation.tell(jitdump, self.process().id(), blob);
        }
        Ok(())
    }

    /// Where to enter for a start at a code offset that the host has set, or what comes of it without entering.
    fn begin(&mut self, blob: &[u8], next: u32) -> Result<Result<u64, Exit>, HostTrouble> {
        match self.started {
            Some((block, entry)) if block == next && !self.plain => return Ok(Ok(entry)),
            _ => {}
        }
        let code = &self.program.code(blob);
        // A start that the gas does not cover is free, so it must not take the longer the longer the block is.
        let Some(block) = self.program.translation(blob, false).map().block_start(code, next) else {
            self.place = State::Fresh { next, failed: true };
            return Ok(Err(Exit::Trap));
        };
        let inside = block != next;
        if mutant!(FreeStart, false, inside) {
            if let Some(cost) = self.program.block_cost(code, block) {
                let left = self.gas() - i64::from(cost);
                if left < 0 {
                    self.place = State::Fresh { next, failed: false };
                    return Ok(Err(Exit::OutOfGas));
                }
                self.set_gas(left);
            }
        }
        if inside != self.plain && !self.program.is_always_plain() {
            let program = self.program.clone();
            let sealed = program.sealed(program.translation(blob, inside), blob)?;
            self.process_mut().load(sealed).map_err(HostTrouble::new)?;
            self.plain = inside;
        }
        let map = self.program.translation(blob, inside).map();
        let entry = match inside {
            false => map.block_entry(next),
            true => map.instruction_entry(code, block, next),
        };
        self.started = entry.filter(|_| !inside).map(|entry| (next, entry));
        // Every block that can be started at was translated.
        entry.map(Ok).ok_or_else(|| HostTrouble::new("a block has no translation"))
    }

    /// What comes of an exit that is neither the end nor a host call.
    #[cold]
    fn outcome(&mut self, blob: &[u8], raw: &RawExit) -> Result<Outcome, HostTrouble> {
        let program = self.program.clone();
        let code = &program.code(blob);
        let resume = self.process().resume();
        match raw.code {
            exit_code::FAULT => self.fault(code, blob, resume).map(Outcome::Exit),
            exit_code::STEP | exit_code::SBRK | exit_code::MEMSET => {
                let pc = self
                    .instruction_in_front(blob, resume)
                    .ok_or_else(|| HostTrouble::new("an exit belongs to no instruction"))?;
                match raw.code {
                    exit_code::STEP if !program.config.step_tracing => {
                        Err(HostTrouble::new("the worker stops before a step that nobody asked for"))
                    }
                    exit_code::STEP => {
                        self.place = State::At { pc, resume };
                        Ok(Outcome::Exit(Exit::Step))
                    }
                    exit_code::SBRK => {
                        let sbrk = done::instruction(code, pc, Opcode::Sbrk)?;
                        self.sbrk(&sbrk, resume)
                    }
                    _ => {
                        done::instruction(code, pc, Opcode::Memset)?;
                        self.fill(pc, resume)
                    }
                }
            }
            _ => Err(HostTrouble::new("the worker gives no reason for an exit")),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            if self.trouble.is_some() {
                // Whatever it was: the worker may have been made to say it.
                process.distrust("running");
            }
            self.program.engine.workers.pool.give(process);
            self.program.engine.workers.count_exits(&self.exits);
        }
    }
}

#[cfg(test)]
mod tests {
    use revive_vm_primitives::{
        isa::{Instruction, Opcode},
        machine::{exit_code, CODE_ADDRESS, LEAVE_OFFSET},
        BlobBuilder, CodeBuilder, InstructionSet, Reg,
    };

    use crate::{
        module::Program, Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, RunError,
    };

    /// Runs a program whose machine code was changed by `lie`, which is told where its first block begins, so that the worker says what none
    /// ever says. What the run gives, and the engine behind it; `None` where there is no recompiler.
    fn run_lying(
        instructions: &[Instruction],
        lie: impl FnOnce(&mut [u8], usize),
    ) -> Option<(Result<Exit, RunError>, Engine)> {
        let config = EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() };
        let engine = Engine::new(config).ok()?;
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        for instruction in instructions {
            code.push(*instruction);
        }
        let blob = BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).build();
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let Program::Compiled(program) = module.program() else { panic!("it is not compiled") };
        let translation = program.translation(&blob, false);
        let start = (translation.map().block_entry(0).unwrap() - CODE_ADDRESS) as usize;
        translation.seal_changed(|code| lie(code, start));
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        instance.prepare_call(0, &[]);
        Some((instance.run(), engine))
    }

    /// Has the jump or call at an offset, whose opcode has a byte, go to another one.
    fn aim(code: &mut [u8], at: usize, to: usize) {
        let displacement = to as i64 - (at as i64 + 5);
        code[at + 1..at + 5].copy_from_slice(&(displacement as i32).to_le_bytes());
    }

    const RETURN: Instruction = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);

    /// A worker that says what none ever says has no other guest.
    #[test]
    fn a_wrong_word_ends_the_worker() {
        let lie = |code: &mut [u8], start| {
            // It leaves without a reason.
            code[start] = 0xe9;
            aim(code, start, LEAVE_OFFSET as usize);
        };
        let Some((outcome, engine)) = run_lying(&[RETURN], lie) else { return };
        outcome.unwrap_err();
        let seen = engine.statistics();
        assert_eq!(
            (seen.workers_lost, seen.workers_live, seen.workers_idle),
            (1, 0, 0),
            "a worker that said what none ever says waits for the next guest"
        );
    }

    /// A module without step tracing never stops before a step, and the host does what a guest asks for only where it can ask for that: a worker
    /// that says otherwise is trouble of the host.
    #[test]
    fn an_exit_that_no_instruction_asks_for_is_trouble() {
        for exit in [exit_code::STEP, exit_code::SBRK, exit_code::MEMSET] {
            let lie = |code: &mut [u8], start: usize| {
                // Where the stub is that notes the exit: pop [resume]; mov dword [exit], exit
                let is_stub = |at: &usize| {
                    code[*at..*at + 2] == [0x8f, 0x05]
                        && code[*at + 6..*at + 8] == [0xc7, 0x05]
                        && code[*at + 12..*at + 16] == exit.to_le_bytes()
                };
                let stub = (0..start).find(is_stub).expect("there is one for each exit");
                // The call of the host call goes there.
                let call = start + code[start..].iter().position(|byte| *byte == 0xe8).unwrap();
                aim(code, call, stub);
            };
            let program = [Instruction::imm(Opcode::Ecalli, 0), RETURN];
            let Some((outcome, _)) = run_lying(&program, lie) else { return };
            assert!(matches!(outcome, Err(RunError::Trouble(_))), "{exit}: {outcome:?}");
        }
    }
}
