// SPDX-License-Identifier: Apache-2.0
//! Which functions of a program are on their way: seen by what its jumps do, since a blob does not say where functions begin.

use revive_vm_primitives::{Code, Opcode, Reg, RETURN_ADDRESS};

use crate::instance::Instance;

/// Most calls that are waited for. A program that calls without ever returning is no reason to run out of memory.
const CALLS_MAX: usize = 1 << 20;

/// How many of the last calls a dynamic jump may return from. Most dynamic jumps are no returns, and looking at all
/// calls for each would take too long.
const RETURNS_MAX: usize = 1024;

/// A call that has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Code offset of the instruction that called.
    pub site: u32,
    /// Code offset of the first instruction of the function that was called.
    pub entry: u32,
    /// What that function returns to.
    return_address: u32,
}

/// What a jump has done to the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// A function was called.
    Called {
        /// Code offset of the instruction that called.
        site: u32,
        /// Code offset of the function.
        entry: u32,
        /// Whether its return is waited for; there are limits.
        is_kept: bool,
    },
    /// So many calls are left: those behind have ended.
    Returned {
        /// The number of calls that have not returned.
        depth: usize,
    },
}

/// A jump that is executed next, and where it comes from.
#[derive(Clone, Copy, Debug)]
struct Jump {
    pc: u32,
    next: u32,
    /// Whether it loads `ra` itself.
    loads_ra: bool,
    is_dynamic: bool,
    /// The address it goes to, if it is dynamic.
    address: u32,
}

/// The calls of a run that is stepped. A call is a jump that leaves the address of the instruction behind it in `ra`, or
/// loads `ra` while jumping. A return is a dynamic jump to a return address that is waited for: more than one call may end by it,
/// where functions end by calling others.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The outermost first.
    pending: Vec<Call>,
    jump: Option<Jump>,
}

impl Calls {
    /// The calls that have not returned, the outermost first.
    pub fn pending(&self) -> &[Call] {
        &self.pending
    }

    /// To be told of every instruction before it is executed: after each [`Exit::Step`](crate::Exit::Step). What the instruction
    /// before it has done.
    pub fn announced(&mut self, pc: u32, instance: &Instance) -> Option<Transfer> {
        let code = instance.module().code();
        let jump = Jump::at(pc, &code, instance);
        let before = std::mem::replace(&mut self.jump, jump)?;
        self.follow(&before, pc, instance.reg(Reg::Ra) as u32, &code)
    }

    /// Looks at where a jump has led to.
    fn follow(&mut self, jump: &Jump, pc: u32, ra: u32, code: &Code<'_>) -> Option<Transfer> {
        let returns_behind = code.jump_table().by_address(ra) == Some(jump.next);
        if jump.loads_ra || (returns_behind && !(jump.is_dynamic && jump.address == ra)) {
            let is_kept = self.pending.len() < CALLS_MAX;
            if is_kept {
                self.pending.push(Call { site: jump.pc, entry: pc, return_address: ra });
            }
            return Some(Transfer::Called { site: jump.pc, entry: pc, is_kept });
        }
        if !jump.is_dynamic {
            return None;
        }
        let mut last = (0..self.pending.len()).rev().take(RETURNS_MAX);
        let depth = last.find(|index| self.pending[*index].return_address == jump.address)?;
        self.pending.truncate(depth);
        Some(Transfer::Returned { depth })
    }
}

impl Jump {
    /// What the instruction at `pc` will do to control flow. None for what is no jump, and for the return to the host.
    fn at(pc: u32, code: &Code<'_>, instance: &Instance) -> Option<Self> {
        let decoded = code.decode(pc);
        let instruction = decoded.instruction?;
        let address = |base: Reg, offset: i32| (instance.reg(base) as u32).wrapping_add(offset as u32);
        let (d, s) = (instruction.d, instruction.s);
        let (loads_ra, is_dynamic, address) = match instruction.opcode {
            Opcode::Jump => (false, false, 0),
            Opcode::JumpIndirect => (false, true, address(d, instruction.i)),
            Opcode::LoadImmAndJump => (d == Reg::Ra, false, 0),
            Opcode::LoadImmAndJumpIndirect => (d == Reg::Ra, true, address(s, instruction.j)),
            _ => return None,
        };
        let jump = Self { pc, next: decoded.next, loads_ra, is_dynamic, address };
        (!is_dynamic || address != RETURN_ADDRESS).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Engine, EngineChoice, EngineConfig, Exit, Module, ModuleConfig};
    use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet};

    /// `run` calls `outer`, which ends by a jump to `inner`: that one returns behind the call. Then `run` calls `inner` through a register.
    #[test]
    fn calls_and_returns_are_seen() {
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        let (outer, inner, behind, again) = (code.label(), code.label(), code.label(), code.label());
        let [to_behind, to_again, to_inner] =
            [behind, again, inner].map(|label| code.jump_table_entry(label));
        let call =
            |address: u32| Instruction::reg_imm_offset(Opcode::LoadImmAndJump, Reg::Ra, address as i32, 0);
        code.push(Instruction::reg_reg(Opcode::MoveReg, Reg::S0, Reg::Ra))
            .push_to(call(to_behind), outer)
            .bind(behind)
            .push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, to_inner as i32))
            .push(Instruction::reg_reg_imm_imm(
                Opcode::LoadImmAndJumpIndirect,
                Reg::Ra,
                Reg::A0,
                to_again as i32,
                0,
            ))
            .bind(again)
            .push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::S0, 0))
            .bind(outer)
            .push_to(Instruction::offset(Opcode::Jump, 0), inner)
            .bind(inner)
            .push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
        let parts = code.finish().unwrap();
        let [outer, inner] = [outer, inner].map(|label| parts.offset_of(label).unwrap());
        let blob = BlobBuilder::new(InstructionSet::Latest64).export(b"run", 0).code(parts).build();
        let engine = EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() };
        let config = ModuleConfig { step_tracing: true, ..ModuleConfig::default() };
        let module = Module::new(&Engine::new(engine).unwrap(), &blob, &config).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        instance.prepare_call(0, &[]);

        let (mut calls, mut seen, mut depths) = (Calls::default(), Vec::new(), Vec::new());
        while instance.run().unwrap() == Exit::Step {
            seen.extend(calls.announced(instance.pc().unwrap(), &instance));
            depths.push(calls.pending().len());
        }
        assert_eq!(depths, [0, 0, 1, 1, 0, 0, 1, 0]);
        let [first, second] = match seen[..] {
            [Transfer::Called { site: first, entry, is_kept: true }, Transfer::Returned { depth: 0 }, Transfer::Called { site: second, entry: other, is_kept: true }, Transfer::Returned { depth: 0 }] =>
            {
                assert_eq!((entry, other), (outer, inner));
                [first, second]
            }
            _ => panic!("{seen:?}"),
        };
        assert!(0 < first && first < second && second < outer);
    }
}
