// SPDX-License-Identifier: Apache-2.0
//! The text form of instructions (instruction set, section 9).
//!
//! [`Instruction::display`] fills in the template that the instruction's row of the table holds. What the placeholders
//! mean:
//!
//! | placeholder | text |
//! |---|---|
//! | `{d}` `{s}` `{t}` | register |
//! | `{i}` `{j}` `{k}` | immediate as hex of the register width, `0` for zero |
//! | `{i10}` | immediate as signed decimal |
//! | `{n}` | immediate as unsigned decimal |
//! | `{T}` | jump target |
//! | `{+i}` `{+j}` | ` + ` and the immediate, nothing for zero |
//! | `{+-i}` | ` + ` and the immediate, or ` - ` and its decimal magnitude for -4095 to -1 |
//! | `{i-}` | the immediate and ` - `, or only `-` for zero |
//! | `{w}` | `i32 ` in 64-bit sets, nothing in the 32-bit set |
//!
//! Two historical quirks of the ecosystem's disassembler are deliberately not copied, so that the text stays unambiguous
//! and can be read back: a blank before the bracket of `load_indirect_u16` without offset (`u16 [s ]`), and rotation by
//! an immediate printed as a shift (`>>` for `>>r`) in the 32-bit set.

use crate::isa::{Instruction, InstructionSet, Opcode, Reg};
use core::fmt;

/// The text of an invalid instruction.
pub const INVALID: &str = "invalid";

/// Which names registers get.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum RegisterNames {
    /// By calling convention: `ra`, `sp`, `t0`, ….
    #[default]
    Abi,
    /// Numbered: `r0` to `r12`.
    Plain,
}

/// Writes a jump target, given as code offset.
pub type TargetWriter<'a> = &'a dyn Fn(u32, &mut fmt::Formatter<'_>) -> fmt::Result;

/// How instructions are shown. The default: names by calling convention, aliases, targets as decimal code offsets.
#[derive(Clone, Copy, Default)]
pub struct DisplayOptions<'a> {
    /// Which names registers get.
    pub register_names: RegisterNames,
    /// Show what is encoded and nothing shorter: no `ret`, `-s` or `s - n`, and offsets also if they are zero.
    pub unaliased: bool,
    /// Shows jump targets; without it they are decimal code offsets.
    pub target: Option<TargetWriter<'a>>,
}

impl Instruction {
    /// The instruction as text. `isa` must be the set that it was decoded from: it decides how wide numbers are.
    pub fn display<'a>(&self, isa: InstructionSet, options: DisplayOptions<'a>) -> DisplayInstruction<'a> {
        DisplayInstruction { instruction: *self, isa, options }
    }
}

/// Shows an instruction; see [`Instruction::display`].
#[derive(Clone, Copy)]
pub struct DisplayInstruction<'a> {
    instruction: Instruction,
    isa: InstructionSet,
    options: DisplayOptions<'a>,
}

impl fmt::Display for DisplayInstruction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.template();
        while let Some((text, tail)) = rest.split_once('{') {
            f.write_str(text)?;
            let Some((placeholder, tail)) = tail.split_once('}') else { break };
            self.placeholder(placeholder, f)?;
            rest = tail;
        }
        f.write_str(rest)
    }
}

impl DisplayInstruction<'_> {
    /// The template of the table, except for the two forms that depend on which registers are used.
    fn template(&self) -> &'static str {
        let Instruction { opcode, d, s, i, .. } = self.instruction;
        match opcode {
            Opcode::JumpIndirect if d == Reg::Ra && i == 0 && !self.options.unaliased => "ret",
            // Without `tmp` it would read as if the address was computed from the new value.
            Opcode::LoadImmAndJumpIndirect if d == s => "tmp = {s}, {d} = {i10}, jump [tmp{+j}]",
            _ => opcode.template(),
        }
    }

    fn placeholder(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Instruction { d, s, t, i, j, k, target, .. } = self.instruction;
        let aliased = !self.options.unaliased;
        match name {
            "d" => self.register(d, f),
            "s" => self.register(s, f),
            "t" => self.register(t, f),
            "i" => self.hex(i, f),
            "j" => self.hex(j, f),
            "k" if k == 0 => f.write_str("0"),
            "k" => write!(f, "{k:#x}"),
            "i10" => write!(f, "{i}"),
            "n" => write!(f, "{}", i as u32),
            "T" => match self.options.target {
                Some(writer) => writer(target, f),
                None => write!(f, "{target}"),
            },
            "+i" => self.offset(i, f),
            "+j" => self.offset(j, f),
            "+-i" if aliased && (-4095..0).contains(&i) => write!(f, " - {}", i.unsigned_abs()),
            "+-i" => {
                f.write_str(" + ")?;
                self.hex(i, f)
            }
            "i-" if aliased && i == 0 => f.write_str("-"),
            "i-" => {
                self.hex(i, f)?;
                f.write_str(" - ")
            }
            "w" if self.isa.is_64_bit() => f.write_str("i32 "),
            "w" => Ok(()),
            // `tests/disasm.rs` shows every row of the table.
            _ => Err(fmt::Error),
        }
    }

    fn register(&self, reg: Reg, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.options.register_names {
            RegisterNames::Abi => reg.name(),
            RegisterNames::Plain => reg.plain_name(),
        })
    }

    fn hex(&self, value: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match value {
            0 => f.write_str("0"),
            _ if self.isa.is_64_bit() => write!(f, "{:#x}", i64::from(value)),
            _ => write!(f, "{value:#x}"),
        }
    }

    fn offset(&self, value: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if value == 0 && !self.options.unaliased {
            return Ok(());
        }
        f.write_str(" + ")?;
        self.hex(value, f)
    }
}
