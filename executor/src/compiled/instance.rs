// SPDX-License-Identifier: Apache-2.0
//! An instance in a worker: where it is, and `run`, which turns what the worker says into the exits of the specification
//! (execution, sections 3 to 5 and 7).

use std::sync::Arc;

use revive_vm_primitives::{
    gas::block_cost,
    machine::{exit_code, GUEST_REGISTERS},
    mutant,
    paging::GuestFault,
    Code, Exit, Gas, MemoryError, Opcode, Reg, RETURN_ADDRESS,
};
use revive_vm_recompiler::Place;
use revive_vm_sandbox::{Process, RawExit, SandboxError};

use super::{
    memory::{Done, Memory},
    pages::Pages,
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
        let mut process = program.engine.workers.pool.take_for(sealed).map_err(HostTrouble::new)?;
        process.load(sealed).map_err(HostTrouble::new)?;
        let rw_data = blob.get(program.rw_data.clone()).unwrap_or_default();
        let memory =
            Memory::new(&mut process, &program.map, &program.config, rw_data).map_err(HostTrouble::new)?;
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
            State::Behind => self.host_call(&self.program.code(blob), blob),
        }
    }

    pub(crate) fn next(&self, blob: &[u8]) -> Option<u32> {
        match self.place {
            State::Stopped(_) => None,
            State::Fresh { next, .. } => Some(next),
            State::At { pc, .. } | State::Filling { pc, .. } => Some(pc),
            State::Behind => {
                let code = self.program.code(blob);
                Some(code.decode(self.host_call(&code, blob)?).next)
            }
        }
    }

    /// Code offset of the host call that the worker has left for.
    fn host_call(&self, code: &Code<'_>, blob: &[u8]) -> Option<u32> {
        self.instruction_in_front(code, blob, self.process().resume())
    }

    /// Code offset of the instruction that the call in front of an address belongs to.
    fn instruction_in_front(&self, code: &Code<'_>, blob: &[u8], resume: u64) -> Option<u32> {
        self.loaded(blob).compiled.exit_at(code, resume)
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
        let exit = self.run_to_exit(blob);
        if let Some(count) = self.exits.get_mut(workers::kind(&exit)) {
            *count += 1;
        }
        exit
    }

    fn run_to_exit(&mut self, blob: &[u8]) -> Result<Exit, RunError> {
        if let Some(trouble) = &self.trouble {
            return Err(RunError::Host(trouble.clone()));
        }
        if let State::Stopped(_) = self.place {
            return Err(RunError::NextUnset);
        }
        if self.gas() < 0 {
            return Ok(Exit::OutOfGas);
        }
        let exit = self.execute(blob);
        if let Err(trouble) = &exit {
            self.trouble = Some(trouble.clone());
        }
        exit.map_err(RunError::Host)
    }

    fn execute(&mut self, blob: &[u8]) -> Result<Exit, HostTrouble> {
        let entry = match self.place {
            State::Behind => None,
            State::Stopped(_) => return Ok(Exit::Trap),
            State::Fresh { next, .. } => match self.begin(blob, next)? {
                Ok(entry) => Some(entry),
                Err(exit) => return Ok(exit),
            },
            State::At { resume, .. } => Some(resume),
            State::Filling { pc, resume } => match self.fill(pc, resume)? {
                Outcome::Continue(entry) => Some(entry),
                Outcome::Exit(exit) => return Ok(exit),
            },
        };
        if let Some(entry) = entry {
            self.process_mut().enter_at(entry).map_err(HostTrouble::new)?;
        }
        self.tell_profile(blob)?;
        loop {
            let raw = self.process_mut().go_on().map_err(HostTrouble::new)?;
            // By far the most frequent one.
            if raw.code == exit_code::HOST_CALL {
                self.place = State::Behind;
                return Ok(Exit::HostCall(raw.argument));
            }
            match self.outcome(blob, &raw)? {
                Outcome::Exit(exit) => return Ok(exit),
                Outcome::Continue(next) => self.process_mut().enter_at(next).map_err(HostTrouble::new)?,
            }
        }
    }

    /// If somebody wants to know, notes which code the worker is about to run.
    fn tell_profile(&mut self, blob: &[u8]) -> Result<(), HostTrouble> {
        if self.program.engine.jitdump.is_none() {
            return Ok(());
        }
        let program = self.program.clone();
        let Some(jitdump) = &program.engine.jitdump else { return Ok(()) };
        let translation = program.translation(blob, self.plain);
        let sealed = program.sealed(translation, blob)?;
        if !self.process().has_loaded(sealed) {
            // What is noted holds from then on, so the code has to be there already.
            self.process_mut().make_ready().map_err(HostTrouble::new)?;
            jitdump.loaded(self.process().id(), translation.symbols(blob), translation.compiled.code());
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
        let Some(block) = code.block_start(next) else {
            self.place = State::Fresh { next, failed: true };
            return Ok(Err(Exit::Trap));
        };
        let inside = block != next;
        if mutant!(FreeStart, false, inside) {
            if let Some(tariff) = self.program.tariff {
                let left = self.gas() - i64::from(block_cost(tariff, code, block));
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
        let compiled = &self.program.translation(blob, inside).compiled;
        let entry = match inside {
            false => compiled.block_entry(next),
            true => compiled.instruction_entry(code, block, next),
        };
        self.started = entry.filter(|_| !inside).map(|entry| (next, entry));
        // Every block that can be started at was translated.
        entry.map(Ok).ok_or_else(|| HostTrouble::new("a block has no translation"))
    }

    /// What comes of an exit that is no host call.
    fn outcome(&mut self, blob: &[u8], raw: &RawExit) -> Result<Outcome, HostTrouble> {
        // Needs nothing more of what the worker left.
        if raw.code == exit_code::FINISHED {
            self.place = State::Stopped(None);
            return Ok(Outcome::Exit(Exit::Finished));
        }
        let program = self.program.clone();
        let code = &program.code(blob);
        let resume = self.process().resume();
        match raw.code {
            exit_code::FAULT => self.fault(code, blob, resume).map(Outcome::Exit),
            exit_code::STEP | exit_code::SBRK | exit_code::MEMSET => {
                let pc = self
                    .instruction_in_front(code, blob, resume)
                    .ok_or_else(|| HostTrouble::new("an exit belongs to no instruction"))?;
                match raw.code {
                    exit_code::STEP => {
                        self.place = State::At { pc, resume };
                        Ok(Outcome::Exit(Exit::Step))
                    }
                    exit_code::SBRK => self.sbrk(code, pc, resume),
                    _ => self.fill(pc, resume),
                }
            }
            _ => Err(HostTrouble::new("the worker gives no reason for an exit")),
        }
    }

    /// A fault of the machine: a trap, a page fault, or a block that the gas does not cover.
    fn fault(&mut self, code: &Code<'_>, blob: &[u8], at: u64) -> Result<Exit, HostTrouble> {
        let place = self.loaded(blob).compiled.locate(code, at);
        match place {
            Some(Place::Charge { block, resume }) => {
                if let Some(tariff) = mutant!(GasNotGivenBack, None, self.program.tariff) {
                    let gas = self.gas().wrapping_add(block_cost(tariff, code, block).into());
                    self.set_gas(gas);
                }
                self.place = State::At { pc: block, resume };
                Ok(Exit::OutOfGas)
            }
            Some(Place::Instruction { pc, pending, owed, ahead }) => {
                let gas = self.gas().wrapping_add(ahead.into());
                self.set_gas(gas);
                for reg in Reg::ALL {
                    if pending & 1 << reg as u16 != 0 {
                        let extended = i64::from(self.reg(reg) as i32) as u64;
                        self.set_reg(reg, extended);
                    }
                }
                for by in owed {
                    self.pay(code, blob, by)?;
                }
                // In a gap there are bytes too, but they are no instruction.
                let instruction = code.decode(pc).instruction.filter(|_| code.is_instruction_start(pc));
                let is_memset = instruction.is_some_and(|found| found.opcode == Opcode::Memset);
                if is_memset {
                    self.interrupted_fill();
                }
                let fault = match instruction.and_then(|found| found.memory_access()) {
                    None => GuestFault::Trap,
                    Some(access) => {
                        let address = access.address(|reg| self.reg(reg));
                        let fault = self.memory.guest_fault(address, access.bytes, access.is_store);
                        fault.ok_or_else(|| HostTrouble::new("a worker faulted at memory that is there"))?
                    }
                };
                // A load or store is one instruction of the machine, which is repeated. The host does the rest of a
                // `memset`.
                let repeat = match (fault, is_memset) {
                    (GuestFault::Trap, _) => State::Stopped(Some(pc)),
                    (_, false) => State::At { pc, resume: at },
                    (_, true) => match self.loaded(blob).compiled.entry_behind(code, at) {
                        Some(resume) => State::Filling { pc, resume },
                        None => return Err(HostTrouble::new("nothing comes behind a `memset`")),
                    },
                };
                Ok(self.refuse(fault, pc, repeat))
            }
            None => Err(HostTrouble::new("generated code faulted where there is none of the guest")),
        }
    }

    /// Does the instruction at `by`, whose result the fast translation has not kept: a load, a comparison, or part of an address.
    fn pay(&mut self, code: &Code<'_>, blob: &[u8], by: u32) -> Result<(), HostTrouble> {
        let unexpected = || HostTrouble::new("a value is owed that cannot be computed");
        let instruction = code.decode(by).instruction.ok_or_else(unexpected)?;
        let value = match instruction.memory_access() {
            Some(access) => {
                let mut bytes = [0; 8];
                let bytes_read = bytes.get_mut(..access.bytes as usize).ok_or_else(unexpected)?;
                let address = access.address(|reg| self.reg(reg));
                // Not from the process: what lies in pages that were not written is in the blob.
                self.read_memory(blob, address, bytes_read).map_err(|_| unexpected())?;
                let value = u64::from_le_bytes(bytes);
                match instruction.opcode {
                    Opcode::LoadIndirectI32 if code.isa().is_64_bit() => i64::from(value as i32) as u64,
                    _ => value,
                }
            }
            None => {
                let (s, t) = (self.reg(instruction.s), self.reg(instruction.t));
                match instruction.opcode {
                    Opcode::SetLessThanUnsigned => u64::from(s < t),
                    Opcode::Add64 => s.wrapping_add(t),
                    Opcode::Add32 if code.isa().is_64_bit() => i64::from(s.wrapping_add(t) as i32) as u64,
                    Opcode::Add32 => u64::from(s.wrapping_add(t) as u32),
                    Opcode::ShiftLogicalLeftImm64 => s << (instruction.i & 63),
                    _ => return Err(unexpected()),
                }
            }
        };
        self.set_reg(instruction.d, value);
        Ok(())
    }

    /// Stops before the instruction at `pc`, whose access is refused. If the host can mend that, it goes on as `repeat`
    /// says.
    fn refuse(&mut self, fault: GuestFault, pc: u32, repeat: State) -> Exit {
        match fault {
            GuestFault::Trap => {
                self.place = State::Stopped(Some(pc));
                Exit::Trap
            }
            GuestFault::Segfault(segfault) => {
                self.place = repeat;
                Exit::Segfault(segfault)
            }
        }
    }

    /// Makes registers and gas show how far a `memset` came that paid for all bytes before it faulted.
    fn interrupted_fill(&mut self) {
        let fault = *self.process().fault();
        let (left, start) = (fault.scratch as u32, fault.spills[0]);
        let count = (self.reg(Reg::A2) as u32).wrapping_sub(left);
        self.set_reg(Reg::A0, start.wrapping_add(mutant!(MemsetProgress, 0, count.into())));
        self.set_reg(Reg::A2, left.into());
        if self.program.config.gas.is_some() {
            let gas = self.gas().wrapping_add(left.into());
            self.set_gas(gas);
        }
    }

    /// Executes a `memset` (instruction set, section 8.7) as far as gas and memory allow.
    fn fill(&mut self, pc: u32, resume: u64) -> Result<Outcome, HostTrouble> {
        let metered = self.program.config.gas.is_some();
        let value = self.reg(Reg::A1) as u8;
        let mut left = self.reg(Reg::A2) as u32;
        let exit = loop {
            if left == 0 {
                break None;
            }
            let affordable = match metered {
                true => u32::try_from(self.gas()).unwrap_or(u32::MAX).min(left),
                false => left,
            };
            if affordable == 0 {
                self.place = State::Filling { pc, resume };
                break Some(Exit::OutOfGas);
            }
            let address = self.reg(Reg::A0);
            let count = match self.memory.storable(&self.program.map, address as u32, affordable) {
                Ok(count) => count,
                Err(fault) => break Some(self.refuse(fault, pc, State::Filling { pc, resume })),
            };
            let bytes = vec![value; count as usize];
            self.process().write(address as u32, &bytes).map_err(HostTrouble::new)?;
            if metered {
                let gas = self.gas() - i64::from(count);
                self.set_gas(gas);
            }
            left -= count;
            self.set_reg(Reg::A0, address.wrapping_add(count.into()));
        };
        self.set_reg(Reg::A2, left.into());
        Ok(exit.map_or(Outcome::Continue(resume), Outcome::Exit))
    }

    /// Executes an `sbrk` (instruction set, section 8.8).
    fn sbrk(&mut self, code: &Code<'_>, pc: u32, resume: u64) -> Result<Outcome, HostTrouble> {
        let instruction = code.decode(pc).instruction.filter(|found| found.opcode == Opcode::Sbrk);
        let instruction = instruction.ok_or_else(|| HostTrouble::new("an exit belongs to no `sbrk`"))?;
        let by = u32::try_from(self.reg(instruction.s)).unwrap_or(0);
        let top = self.try_grow_heap(by).map_err(HostTrouble::new)?;
        let result = top.map_or(0, |top| i64::from(top as i32) as u64);
        self.set_reg(instruction.d, result);
        Ok(Outcome::Continue(resume))
    }

    fn try_grow_heap(&mut self, by: u32) -> Result<Option<u32>, SandboxError> {
        let Self { program, process, memory, .. } = self;
        let Some(process) = process else { return Ok(None) };
        memory.grow_heap(process, &program.map, program.config.memory_bytes_max, by)
    }

    pub(crate) fn read_memory(&self, blob: &[u8], address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        let ro_data = blob.get(self.program.ro_data.clone()).unwrap_or_default();
        self.memory.read(self.process(), &self.program.map, ro_data, address, out)
    }

    pub(crate) fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.memory.write(self.process(), &self.program.map, address, bytes)
    }

    pub(crate) fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.memory.zero(self.process(), &self.program.map, address, len)
    }

    pub(crate) fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.memory.accessible(&self.program.map, address, len, write)
    }

    pub(crate) fn heap_size(&self) -> u32 {
        self.memory.heap_bytes()
    }

    pub(crate) fn grow_heap(&mut self, bytes: u32) -> Option<u32> {
        let grown = self.try_grow_heap(bytes);
        grown.unwrap_or_else(|trouble| {
            self.trouble = Some(HostTrouble::new(trouble));
            None
        })
    }

    pub(crate) fn reset_memory(&mut self, blob: &[u8]) {
        if let Err(trouble) = self.try_reset_memory(blob) {
            self.trouble = Some(trouble);
        }
    }

    fn try_reset_memory(&mut self, blob: &[u8]) -> Result<(), HostTrouble> {
        let program = self.program.clone();
        let registers = Reg::ALL.map(|reg| self.reg(reg));
        let gas = self.gas();
        let behind = matches!(self.place, State::Behind).then(|| self.process().resume());
        let translation = program.translation(blob, self.plain);
        let sealed = program.sealed(translation, blob)?;
        let process = self.process_mut();
        process.reset().map_err(HostTrouble::new)?;
        process.load(sealed).map_err(HostTrouble::new)?;
        let rw_data = blob.get(program.rw_data.clone()).unwrap_or_default();
        self.memory = Memory::new(self.process_mut(), &program.map, &program.config, rw_data)
            .map_err(HostTrouble::new)?;
        for (reg, value) in Reg::ALL.into_iter().zip(registers) {
            self.set_reg(reg, value);
        }
        self.set_gas(gas);
        if let Some(resume) = behind {
            self.process_mut().enter_at(resume).map_err(HostTrouble::new)?;
        }
        Ok(())
    }

    pub(crate) fn set_aux_accessible_size(&mut self, size: u32) -> Result<(), MemoryError> {
        self.change_memory(|memory, program, process| {
            memory.set_aux_accessible_size(process, &program.map, size)
        })
    }

    pub(crate) fn map_pages(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.map(process, address, len, writable))
    }

    pub(crate) fn protect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.protect(process, address, len, false))
    }

    pub(crate) fn unprotect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.protect(process, address, len, true))
    }

    pub(crate) fn free_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.free(process, address, len))
    }

    fn change_pages(
        &mut self,
        change: impl FnOnce(&mut Pages, &mut Process) -> Done,
    ) -> Result<(), MemoryError> {
        self.change_memory(|memory, _, process| change(memory.pages_mut()?, process))
    }

    /// Changes memory; `run` reports it if the worker does not go along.
    fn change_memory(
        &mut self,
        change: impl FnOnce(&mut Memory, &Program, &mut Process) -> Done,
    ) -> Result<(), MemoryError> {
        let Self { program, process, memory, trouble, .. } = self;
        let Some(process) = process else { return Ok(()) };
        if let Err(error) = change(memory, program, process)? {
            *trouble = Some(HostTrouble::new(error));
        }
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // A worker that is in trouble fails to be wiped and is dropped.
            self.program.engine.workers.pool.give(process);
            self.program.engine.workers.count_exits(&self.exits);
        }
    }
}
