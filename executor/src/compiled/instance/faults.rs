// SPDX-License-Identifier: Apache-2.0
//! Faults of the machine, and what they mean: the gas does not cover a block, memory is not there, an instruction traps. Registers are
//! mended where the translation had not kept them exact.

use revive_vm_primitives::{mutant, paging::GuestFault, Code, Exit, Opcode, Reg};
use revive_vm_recompiler::Place;

use super::{Instance, State};
use crate::error::HostTrouble;

impl Instance {
    /// A fault of the machine: a trap, a page fault, or a block that the gas does not cover.
    pub(super) fn fault(&mut self, code: &Code<'_>, blob: &[u8], at: u64) -> Result<Exit, HostTrouble> {
        let place = self.loaded(blob).map().locate(code, at);
        match place {
            Some(Place::Charge { block, resume }) => {
                if let Some(cost) = mutant!(GasNotGivenBack, None, self.program.block_cost(code, block)) {
                    let gas = self.gas().wrapping_add(cost.into());
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
                    (_, true) => match self.loaded(blob).map().entry_behind(code, at) {
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
    pub(super) fn refuse(&mut self, fault: GuestFault, pc: u32, repeat: State) -> Exit {
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
}
