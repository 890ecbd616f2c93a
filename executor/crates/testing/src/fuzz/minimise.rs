// SPDX-License-Identifier: Apache-2.0
//! Makes a failing case smaller, as long as it fails.

use super::Case;
use crate::lockstep::Difference;

/// How often the case is run at most.
const ATTEMPTS_MAX: usize = 2000;

/// A smaller case that fails too, and how. `run` says how a case fails.
pub(super) fn minimise(
    case: Case,
    difference: Difference,
    run: impl Fn(&Case) -> Option<Difference>,
) -> (Case, Difference) {
    let mut state = State { case, difference, run, attempts: 0 };
    loop {
        let before = state.size();
        state.fewer_exits();
        state.shorter();
        state.simpler_instructions();
        state.simpler_data();
        if state.size() >= before || state.attempts >= ATTEMPTS_MAX {
            return (state.case, state.difference);
        }
    }
}

struct State<F> {
    case: Case,
    difference: Difference,
    run: F,
    attempts: usize,
}

impl<F: Fn(&Case) -> Option<Difference>> State<F> {
    /// What gets smaller: exits, code, instructions that do something, numbers that are not zero.
    fn size(&self) -> usize {
        let program = &self.case.program;
        let bytes = |bytes: &[u8]| bytes.iter().filter(|byte| **byte != 0).count();
        self.case.limits.exits
            + program.code.len()
            + bytes(&program.code)
            + program.starts.len()
            + bytes(&program.rw_data)
            + bytes(&program.ro_data)
            + program.regs.iter().filter(|value| **value != 0).count()
    }

    /// Keeps a change if the case still fails.
    fn attempt(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        if self.attempts >= ATTEMPTS_MAX {
            return false;
        }
        self.attempts += 1;
        let mut changed = self.case.clone();
        change(&mut changed);
        match (self.run)(&changed) {
            Some(difference) => {
                (self.case, self.difference) = (changed, difference);
                true
            }
            None => false,
        }
    }

    fn fewer_exits(&mut self) {
        let exits = self.difference.exits + 1;
        if exits < self.case.limits.exits {
            self.attempt(|case| case.limits.exits = exits);
        }
    }

    /// Cuts code off at the end.
    fn shorter(&mut self) {
        let mut step = self.case.program.starts.len() / 2;
        while step > 0 {
            while self.case.program.starts.len() > step {
                let keep = self.case.program.starts.len() - step;
                let end = self.case.program.starts[keep] as usize;
                let cut = |case: &mut Case| {
                    let program = &mut case.program;
                    program.code.truncate(end);
                    program.starts.truncate(keep);
                    program.set_bitmask();
                };
                if !self.attempt(cut) {
                    break;
                }
            }
            step /= 2;
        }
    }

    /// Puts an instruction that does nothing in the place of others, as long as they were.
    fn simpler_instructions(&mut self) {
        let isa = self.case.program.isa;
        let Some(nothing) = isa.byte(revive_vm_primitives::Opcode::MoveReg) else { return };
        for index in 0..self.case.program.starts.len() {
            let program = &self.case.program;
            let start = program.starts[index] as usize;
            let end = program.starts.get(index + 1).map_or(program.code.len(), |next| *next as usize);
            let is_simple =
                program.code[start] == nothing && program.code[start + 1..end].iter().all(|b| *b == 0);
            if is_simple {
                continue;
            }
            self.attempt(|case| {
                case.program.code[start] = nothing;
                case.program.code[start + 1..end].fill(0);
            });
        }
    }

    fn simpler_data(&mut self) {
        for index in 0..self.case.program.regs.len() {
            if self.case.program.regs[index] != 0 {
                self.attempt(|case| case.program.regs[index] = 0);
            }
        }
        self.attempt(|case| case.program.rw_data.fill(0));
        self.attempt(|case| case.program.ro_data.fill(0));
        self.attempt(|case| case.program.jump_table.truncate(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fuzz::engines, random::Random};

    /// A fault that needs one instruction: what is left of a program is that one, and nothing else that does something.
    #[test]
    fn what_is_left_is_what_matters() {
        let mut found = 0;
        for seed in 0..200 {
            let case = engines::case(engines::Kind::Agree, &mut Random::new(seed));
            let isa = case.program.isa;
            let byte = isa.byte(revive_vm_primitives::Opcode::Xor).unwrap();
            let run = |case: &Case| {
                let program = &case.program;
                let has = program.starts.iter().any(|start| program.code[*start as usize] == byte);
                has.then(|| Difference { exits: 3, text: "a fault".into() })
            };
            let Some(difference) = run(&case) else { continue };
            found += 1;
            let (small, _) = minimise(case, difference, run);
            let active = small.program.starts.iter().filter(|start| {
                Some(small.program.code[**start as usize]) != isa.byte(revive_vm_primitives::Opcode::MoveReg)
            });
            assert_eq!(active.count(), 1, "{:?}", small.program);
            assert!(small.limits.exits <= 4, "{}", small.limits.exits);
            assert_eq!(small.program.regs, [0; 13]);
        }
        assert!(found > 20, "{found}");
    }
}
