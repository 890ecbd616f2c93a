// SPDX-License-Identifier: Apache-2.0
//! The filter program says what the table says: it is run here, with calls inside and outside of the rows.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use revive_vm_sandbox::policy::{
    Check, Rule, ALLOW, ARCHITECTURE, FILTER, JUMP_EQUAL, KILL_PROCESS, LOAD, RETURN, RULES,
    WORKER_UPPER_HALF,
};

/// What the kernel gives a filter: number, architecture, address of the instruction, arguments.
#[derive(Clone, Copy)]
struct Call {
    number: u32,
    architecture: u32,
    pointer: u64,
    arguments: [u64; 6],
}

impl Call {
    fn new(number: u32, arguments: [u64; 6]) -> Self {
        Self {
            number,
            architecture: ARCHITECTURE,
            pointer: u64::from(WORKER_UPPER_HALF) << 32 | 0x123,
            arguments,
        }
    }

    fn word(&self, offset: u32) -> u32 {
        let half = |value: u64| (value >> (8 * (offset & 4))) as u32;
        match offset {
            0 => self.number,
            4 => self.architecture,
            8 | 12 => half(self.pointer),
            _ => half(self.arguments[(offset as usize - 16) / 8]),
        }
    }

    /// The filter's verdict.
    fn verdict(&self) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let instruction = FILTER[at];
            at += 1;
            match instruction.code {
                LOAD => loaded = self.word(instruction.operand),
                JUMP_EQUAL if loaded == instruction.operand => at += usize::from(instruction.jump_true),
                JUMP_EQUAL => at += usize::from(instruction.jump_false),
                RETURN => return instruction.operand,
                code => panic!("instruction {code:#x}"),
            }
        }
    }

    /// The table's verdict.
    fn allowed(&self) -> bool {
        self.architecture == ARCHITECTURE
            && self.pointer >> 32 == u64::from(WORKER_UPPER_HALF)
            && RULES.iter().any(|rule| {
                rule.number == self.number
                    && rule.checks.iter().all(|(index, check)| {
                        let argument = self.arguments[usize::from(*index)];
                        match check {
                            Check::Is(value) => argument == *value,
                            Check::UpperHalf(value) => argument >> 32 == u64::from(*value),
                        }
                    })
            })
    }

    fn expect(&self) {
        let expected = if self.allowed() { ALLOW } else { KILL_PROCESS };
        assert_eq!(self.verdict(), expected, "call {} with {:x?}", self.number, self.arguments);
    }
}

/// A call that the row allows.
fn example(rule: &Rule) -> Call {
    // Arguments that are not checked may be anything.
    let mut arguments = [0x5a5a_5a5a_a5a5_a5a5; 6];
    for (index, check) in rule.checks {
        arguments[usize::from(*index)] = match check {
            Check::Is(value) => *value,
            Check::UpperHalf(value) => u64::from(*value) << 32 | 0xffff_f000,
        };
    }
    Call::new(rule.number, arguments)
}

#[test]
fn every_row_allows_and_every_change_of_a_checked_argument_forbids() {
    for rule in RULES {
        let call = example(rule);
        assert_eq!(call.verdict(), ALLOW, "{}: {}", rule.name, rule.reason);
        for bit in 0..64 {
            for (index, _) in rule.checks {
                let mut other = call;
                other.arguments[usize::from(*index)] ^= 1 << bit;
                other.expect();
            }
        }
        for (index, check) in rule.checks {
            let mut other = call;
            other.arguments[usize::from(*index)] = match check {
                Check::Is(value) => !value,
                Check::UpperHalf(value) => u64::from(!value) << 32,
            };
            assert_eq!(other.verdict(), KILL_PROCESS, "{} with {:x?}", rule.name, other.arguments);
        }
    }
}

#[test]
fn no_other_number_is_allowed() {
    let numbers: Vec<u32> = RULES.iter().map(|rule| rule.number).collect();
    for base in [0, 0x4000_0000, 0x8000_0000, u32::MAX - 2000] {
        for number in (base..=base + 2000).filter(|number| !numbers.contains(number)) {
            assert_eq!(Call::new(number, [0; 6]).verdict(), KILL_PROCESS, "{number}");
            for rule in RULES {
                let call = Call { number, ..example(rule) };
                assert_eq!(call.verdict(), KILL_PROCESS, "{number}");
            }
        }
    }
}

#[test]
fn no_other_architecture_and_no_other_code_is_allowed() {
    for rule in RULES {
        // 32 bits, AArch64, none.
        for architecture in [0x4000_0003, 0xc000_00b7, 0] {
            assert_eq!(Call { architecture, ..example(rule) }.verdict(), KILL_PROCESS);
        }
        for pointer in [0x2_0100_0000, 0x1_0000, 0x7fff_ffff_0000, 0xffff_ffff_ff60_0000] {
            assert_eq!(Call { pointer, ..example(rule) }.verdict(), KILL_PROCESS);
        }
    }
}

/// What the header of the table promises, whatever rows are added.
#[test]
fn executable_memory_comes_only_from_the_files_of_the_supervisor() {
    const EXECUTE: u64 = 4;
    let protects =
        |rule: &&Rule| ["mmap", "mprotect", "mremap", "pkey_mprotect", "shmat"].contains(&rule.name);
    let mut executable = 0;
    for rule in RULES.iter().filter(protects) {
        let exactly = |argument: u8| {
            rule.checks.iter().find_map(|(index, check)| match check {
                Check::Is(value) if *index == argument => Some(*value),
                _ => None,
            })
        };
        let protection = exactly(2).expect("the protection is checked");
        if protection & EXECUTE != 0 {
            executable += 1;
            assert_eq!((rule.name, protection & 2), ("mmap", 0), "writable and executable");
            assert_eq!(exactly(4), Some(revive_vm_sandbox::protocol::PROGRAM_FD as u64));
        }
    }
    assert_eq!(executable, 1);
    for name in ["dup", "dup2", "dup3", "fcntl", "open", "openat", "memfd_create", "write", "pwrite64"] {
        assert!(RULES.iter().all(|rule| rule.name != name), "{name} can put something at that descriptor");
    }
}
