// SPDX-License-Identifier: Apache-2.0
//! Instructions that the host does: `sbrk`, and a `memset` that gas or memory do not cover as a whole.

use revive_vm_primitives::{isa::Instruction, Code, Exit, Opcode, Reg};
use revive_vm_sandbox::SandboxError;

use super::{Instance, Outcome, State};
use crate::error::HostTrouble;

/// What the host fills of a guest's memory in one go: a guest can ask for gigabytes.
const FILLED_BYTES_MAX: u32 = 64 << 10;

/// The instruction that a worker says it has left for, which is such a one; else the worker is lying.
pub(super) fn instruction(code: &Code<'_>, pc: u32, opcode: Opcode) -> Result<Instruction, HostTrouble> {
    let found = code.decode(pc).instruction.filter(|found| found.opcode == opcode);
    found.ok_or_else(|| HostTrouble::new("the worker has left for what its instruction does not do"))
}

impl Instance {
    /// Executes a `memset` (instruction set, section 8.7) as far as gas and memory allow.
    pub(super) fn fill(&mut self, pc: u32, resume: u64) -> Result<Outcome, HostTrouble> {
        let metered = self.program.config.gas.is_some();
        let value = self.reg(Reg::A1) as u8;
        let mut left = self.reg(Reg::A2) as u32;
        let bytes = vec![value; left.min(FILLED_BYTES_MAX) as usize];
        let exit = loop {
            if left == 0 {
                break None;
            }
            let wanted = left.min(FILLED_BYTES_MAX);
            let affordable = match metered {
                // What a worker says may be anything, also less than nothing.
                true => u32::try_from(self.gas().max(0)).unwrap_or(u32::MAX).min(wanted),
                false => wanted,
            };
            if affordable == 0 {
                self.place = State::Filling { pc, resume };
                break Some(Exit::OutOfGas);
            }
            let address = self.reg(Reg::A0);
            let count = match self.memory.storable(address as u32, affordable) {
                Ok(count) => count,
                Err(fault) => break Some(self.refuse(fault, pc, State::Filling { pc, resume })),
            };
            let bytes = bytes.get(..count as usize).unwrap_or_default();
            self.process().write(address as u32, bytes).map_err(HostTrouble::new)?;
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
    pub(super) fn sbrk(&mut self, instruction: &Instruction, resume: u64) -> Result<Outcome, HostTrouble> {
        let by = u32::try_from(self.reg(instruction.s)).unwrap_or(0);
        let top = self.try_grow_heap(by).map_err(HostTrouble::new)?;
        let result = top.map_or(0, |top| i64::from(top as i32) as u64);
        self.set_reg(instruction.d, result);
        Ok(Outcome::Continue(resume))
    }

    pub(super) fn try_grow_heap(&mut self, by: u32) -> Result<Option<u32>, SandboxError> {
        let Self { process, memory, .. } = self;
        let Some(process) = process else { return Ok(None) };
        memory.grow_heap(process, by)
    }
}

#[cfg(test)]
mod tests {
    use revive_vm_primitives::{
        isa::{Instruction, Opcode},
        machine::CODE_ADDRESS,
        BlobBuilder, CodeBuilder, Exit, InstructionSet, Reg,
    };

    use crate::{module::Program, Engine, EngineChoice, EngineConfig, Instance, Module, ModuleConfig};

    /// A worker may say that it has less gas than none, and wants the host to fill.
    #[test]
    fn nobody_fills_on_credit() {
        let config = EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() };
        let Ok(engine) = Engine::new(config) else { return };
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        code.push(Instruction::new(Opcode::Memset)).push(Instruction::reg_imm(
            Opcode::JumpIndirect,
            Reg::Ra,
            0,
        ));
        let blob = BlobBuilder::new(InstructionSet::Latest64);
        let blob = blob.rw_data(4096, b"").code(code.finish().unwrap()).build();
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let Program::Compiled(program) = module.program() else { panic!("it is not compiled") };
        let translation = program.translation(&blob, false);
        let start = (translation.map().block_entry(0).unwrap() - CODE_ADDRESS) as usize;
        translation.seal_changed(|code| {
            // Instead of the charge: stc; rcr r10, 1; a nop. So the gas is the least number.
            assert_eq!(code[start..start + 6], [0x49, 0x83, 0xea, 2, 0x72, 0xfc]);
            code[start..start + 6].copy_from_slice(&[0xf9, 0x49, 0xd1, 0xda, 0x66, 0x90]);
            // Instead of the jump that is taken if the gas covers all: a nop.
            let covered = start + 6 + code[start + 6..].iter().position(|byte| *byte == 0x73).unwrap();
            code[covered..covered + 2].copy_from_slice(&[0x66, 0x90]);
        });

        let mut instance = Instance::new(&module).unwrap();
        let start = module.memory_map().rw_data_address();
        instance.prepare_call(0, &[start.into(), 7, 100]);
        assert_eq!(instance.run(), Ok(Exit::OutOfGas));
        assert_eq!((instance.gas(), instance.reg(Reg::A2)), (i64::MIN, 100));
    }
}
