// SPDX-License-Identifier: Apache-2.0
//! One line as an instruction (command-line tool, sections 3.4 and 3.5).

use revive_vm_primitives::{Instruction, InstructionSet, Opcode, Reg};

use crate::{
    error::{shortened, AssembleErrorKind, Parsed, Problem},
    lexer::{Spanned, Token, Tokens},
    operators::{self, Operator, Widths},
};

/// Where a jump goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target<'a> {
    /// To a label.
    Label {
        name: &'a str,
        /// Byte of the line, from 0.
        at: usize,
    },
    /// To a code offset.
    Offset(u32),
}

/// What a line stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Statement<'a> {
    /// An instruction whose operands are all known.
    Plain(Instruction),
    /// A jump or branch; its own target is not set.
    Jump(Instruction, Target<'a>),
    /// `d = @label`: the code address of a label.
    CodeAddress(Reg, Target<'a>),
    /// `ecalli 'name'`: a call of an import that is declared by name.
    NamedCall {
        name: Vec<u8>,
        /// Byte of the line, from 0.
        at: usize,
    },
}

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
struct Number {
    /// Byte of the line, from 0.
    at: usize,
    value: i128,
}

/// One side of an operator.
#[derive(Clone, Copy, Debug)]
enum Operand {
    Reg(Reg),
    Number(Number),
}

/// An address in brackets.
#[derive(Clone, Copy, Debug)]
struct Memory {
    base: Option<Reg>,
    offset: i32,
}

const REGISTER: &str = "a register (ra sp t0 t1 t2 s0 s1 a0 to a5, or r0 to r12)";
const OPERAND: &str = "a register or a number";
const INSTRUCTION: &str = "an instruction";
const END: &str = "the end of the line";

/// Reads the statement that `tokens` start with, and the end of the line behind it.
pub(crate) fn parse<'a>(isa: InstructionSet, tokens: &mut Tokens<'a>) -> Parsed<Statement<'a>> {
    let at = tokens.peek()?.at;
    let statement = Parser { isa, tokens }.statement()?;
    tokens.end(END)?;
    let opcode = match &statement {
        Statement::Plain(instruction) | Statement::Jump(instruction, _) => instruction.opcode,
        Statement::CodeAddress(..) => Opcode::LoadImm,
        Statement::NamedCall { .. } => Opcode::Ecalli,
    };
    match isa.byte(opcode) {
        Some(_) => Ok(statement),
        None => Err(Problem::new(at, AssembleErrorKind::NotInSet { opcode, isa })),
    }
}

/// Where the jump at the start of `tokens` goes: `@label` or a code offset.
pub(crate) fn parse_target<'a>(tokens: &mut Tokens<'a>) -> Parsed<Target<'a>> {
    let token = tokens.next()?;
    match token.token {
        Token::Label(name) => Ok(Target::Label { name, at: token.at }),
        Token::Number(text) => Ok(Target::Offset(parse_u32("a code offset", token.at, text)?)),
        _ => Err(tokens.wrong(&token, "a label such as `@loop`, or a code offset")),
    }
}

/// An unsigned 32-bit number.
pub(crate) fn parse_u32(what: &'static str, at: usize, text: &str) -> Parsed<u32> {
    let value = parse_magnitude(at, text)?;
    u32::try_from(value).map_err(|_| out_of_range(what, at, text, 0, u32::MAX.into()))
}

fn parse_magnitude(at: usize, text: &str) -> Parsed<i128> {
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0b") => (&text[2..], 2),
        _ => (text, 10),
    };
    if !digits.chars().all(|c| c.is_digit(radix) || c == '_') || !digits.contains(|c: char| c.is_digit(radix))
    {
        return Err(Problem::expected(at, "a number (decimal, `0x` hexadecimal or `0b` binary)", text));
    }
    let mut value = 0_i128;
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        value = value * i128::from(radix) + i128::from(digit);
        if value > u64::MAX.into() {
            return Err(out_of_range("a constant", at, text, i64::MIN.into(), u64::MAX.into()));
        }
    }
    Ok(value)
}

fn out_of_range(what: &'static str, at: usize, found: &str, min: i128, max: i128) -> Problem {
    Problem::new(at, AssembleErrorKind::OutOfRange { what, found: shortened(found), min, max })
}

/// Which variant of an operation is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Width {
    /// That of the registers.
    Register,
    /// 32 bits, by the prefix `i32`.
    Narrow,
}

struct Parser<'t, 'a> {
    isa: InstructionSet,
    tokens: &'t mut Tokens<'a>,
}

impl<'a> Parser<'_, 'a> {
    fn statement(&mut self) -> Parsed<Statement<'a>> {
        let first = self.tokens.next()?;
        let plain = |opcode| Ok(Statement::Plain(Instruction::new(opcode)));
        match &first.token {
            Token::Word("trap") => plain(Opcode::Trap),
            Token::Word("fallthrough") => plain(Opcode::Fallthrough),
            Token::Word("unlikely") => plain(Opcode::Unlikely),
            Token::Word("ret") => plain(Opcode::JumpIndirect),
            Token::Word("nop") => plain(Opcode::MoveReg),
            Token::Word("ecalli") => self.host_call(),
            Token::Word("jump") => self.jump(),
            Token::Word("tmp") => self.jump_with_temporary(),
            Token::Word("i32") => {
                let d = self.register()?;
                self.assignment(d, Width::Narrow)
            }
            Token::Word(word) => match (Reg::from_name(word), operators::store(word)) {
                (Some(d), _) => self.assignment(d, Width::Register),
                (None, Some(stores)) => self.store(stores),
                (None, None) => Err(self.tokens.wrong(&first, INSTRUCTION)),
            },
            Token::Symbol("[") => self.memset(),
            _ => Err(self.tokens.wrong(&first, INSTRUCTION)),
        }
    }

    /// Behind `ecalli`.
    fn host_call(&mut self) -> Parsed<Statement<'a>> {
        let token = self.tokens.next()?;
        match token.token {
            Token::Number(text) => {
                let number = parse_u32("a host call", token.at, text)?;
                Ok(Statement::Plain(Instruction::imm(Opcode::Ecalli, number.cast_signed())))
            }
            Token::Name(name) => Ok(Statement::NamedCall { name, at: token.at }),
            _ => Err(self.tokens.wrong(&token, "the number of an import, or its name in quotes")),
        }
    }

    /// Behind `jump`.
    fn jump(&mut self) -> Parsed<Statement<'a>> {
        if let Token::Symbol("[") = self.tokens.peek()?.token {
            let (base, i) = self.jump_address()?;
            return Ok(Statement::Plain(Instruction::reg_imm(Opcode::JumpIndirect, base, i)));
        }
        let target = parse_target(self.tokens)?;
        if !self.tokens.eat_word("if")? {
            return Ok(Statement::Jump(Instruction::offset(Opcode::Jump, 0), target));
        }
        let left = self.operand()?;
        let symbol = self.tokens.next()?;
        let operator = match symbol.token {
            Token::Symbol(symbol) => operators::comparison(symbol),
            _ => None,
        };
        let expected = "a comparison (== != <u <s <=u <=s >u >s >=u >=s)";
        let operator = operator.ok_or_else(|| self.tokens.wrong(&symbol, expected))?;
        let at = symbol.at;
        let right = self.operand()?;
        let instruction = match (left, right) {
            (Operand::Reg(a), Operand::Reg(b)) => {
                let (d, s) = if operator.swapped { (b, a) } else { (a, b) };
                let opcode = variant(operator.registers, at)?.wide;
                Instruction::reg_reg_offset(opcode, d, s, 0)
            }
            (Operand::Reg(d), Operand::Number(number)) => {
                let opcode = variant(operator.constant, at)?.wide;
                Instruction::reg_imm_offset(opcode, d, self.bits_32(number)?, 0)
            }
            (Operand::Number(number), Operand::Reg(d)) => {
                let opcode = variant(operator.constant_first, at)?.wide;
                Instruction::reg_imm_offset(opcode, d, self.bits_32(number)?, 0)
            }
            (Operand::Number(_), Operand::Number(number)) => {
                let kind = AssembleErrorKind::NoInstruction("one side of a comparison must be a register");
                return Err(Problem::new(number.at, kind));
            }
        };
        Ok(Statement::Jump(instruction, target))
    }

    /// Behind `tmp`: `= s, d = c, jump [tmp + imm]`.
    fn jump_with_temporary(&mut self) -> Parsed<Statement<'a>> {
        self.tokens.symbol("=", "`=` behind `tmp`")?;
        let s = self.register()?;
        self.tokens.symbol(",", "`,` and what to load before the jump")?;
        let d = self.register()?;
        self.tokens.symbol("=", "`=` and the constant to load before the jump")?;
        let constant = self.number()?;
        let i = self.constant_32(constant)?;
        self.tokens.symbol(",", "`, jump [tmp + …]`")?;
        let expected = "`jump [tmp]` or `jump [tmp + …]`";
        if !self.tokens.eat_word("jump")? {
            return Err(self.tokens.unexpected(expected)?);
        }
        self.tokens.symbol("[", expected)?;
        if !self.tokens.eat_word("tmp")? {
            return Err(self.tokens.unexpected(expected)?);
        }
        let j = self.offset_behind_register()?;
        Ok(Statement::Plain(Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, d, s, i, j)))
    }

    /// Behind `[`: `a0..a0 + a2] = u8 a1`.
    fn memset(&mut self) -> Parsed<Statement<'a>> {
        use Token::{Symbol, Word};
        let expected = "`[a0..a0 + a2] = u8 a1`, the only instruction that begins with `[`";
        for wanted in [
            Word("a0"),
            Symbol(".."),
            Word("a0"),
            Symbol("+"),
            Word("a2"),
            Symbol("]"),
            Symbol("="),
            Word("u8"),
            Word("a1"),
        ] {
            let token = self.tokens.next()?;
            if token.token != wanted {
                return Err(self.tokens.wrong(&token, expected));
            }
        }
        Ok(Statement::Plain(Instruction::new(Opcode::Memset)))
    }

    /// Behind the width of a store.
    fn store(&mut self, stores: operators::Stores) -> Parsed<Statement<'a>> {
        let memory = self.memory()?;
        self.tokens.symbol("=", "`=` and what to store")?;
        Ok(Statement::Plain(match (self.operand()?, memory.base) {
            (Operand::Reg(d), None) => Instruction::reg_imm(stores.register, d, memory.offset),
            (Operand::Reg(d), Some(base)) => {
                Instruction::reg_reg_imm(stores.register_indirect, d, base, memory.offset)
            }
            (Operand::Number(number), base) => {
                let j = match stores.bits {
                    8 | 16 => self.in_bits("a constant of this width", number, stores.bits)?,
                    32 => self.bits_32(number)?,
                    _ => self.constant_32(number)?,
                };
                match base {
                    None => Instruction::imm_imm(stores.constant, memory.offset, j),
                    Some(base) => Instruction::reg_imm_imm(stores.constant_indirect, base, memory.offset, j),
                }
            }
        }))
    }

    /// Behind the register that is assigned to.
    fn assignment(&mut self, d: Reg, width: Width) -> Parsed<Statement<'a>> {
        self.tokens.symbol("=", "`=` and a value")?;
        let token = self.tokens.peek()?.clone();
        let plain = |instruction| Ok(Statement::Plain(instruction));
        match token.token {
            Token::Label(_) => {
                let target = parse_target(self.tokens)?;
                self.refuse_narrow(width, token.at)?;
                Ok(Statement::CodeAddress(d, target))
            }
            Token::Symbol("~") => {
                self.refuse_narrow(width, token.at)?;
                let expected = "`~(s ^ t)`, the only instruction with `~` in front";
                self.tokens.next()?;
                self.tokens.symbol("(", expected)?;
                let s = self.register()?;
                self.tokens.symbol("^", expected)?;
                let t = self.register()?;
                self.tokens.symbol(")", expected)?;
                plain(Instruction::reg_reg_reg(Opcode::Xnor, d, s, t))
            }
            Token::Word("i64") => {
                self.tokens.next()?;
                self.refuse_narrow(width, token.at)?;
                let number = self.number()?;
                plain(Instruction::reg_imm64(Opcode::LoadImm64, d, bits_64(number)?))
            }
            Token::Word(word) => {
                if let Some((direct, indirect)) = operators::load(word) {
                    self.tokens.next()?;
                    self.refuse_narrow(width, token.at)?;
                    let memory = self.memory()?;
                    return plain(match memory.base {
                        None => Instruction::reg_imm(direct, d, memory.offset),
                        Some(base) => Instruction::reg_reg_imm(indirect, d, base, memory.offset),
                    });
                }
                if let Some(widths) = operators::unary(word) {
                    self.tokens.next()?;
                    let s = self.register()?;
                    return plain(Instruction::reg_reg(self.choose(widths, width, token.at)?, d, s));
                }
                if let Some(opcode) = operators::function(word) {
                    self.tokens.next()?;
                    self.refuse_narrow(width, token.at)?;
                    self.tokens.symbol("(", "`(` and two registers")?;
                    let s = self.register()?;
                    self.tokens.symbol(",", "`,` and a second register")?;
                    let t = self.register()?;
                    self.tokens.symbol(")", "`)`")?;
                    return plain(Instruction::reg_reg_reg(opcode, d, s, t));
                }
                let left = self.operand()?;
                self.expression(d, left, width, token.at)
            }
            Token::Symbol("-") => {
                self.tokens.next()?;
                let next = self.tokens.peek()?.clone();
                if let Token::Number(text) = next.token {
                    self.tokens.next()?;
                    let number = Number { at: token.at, value: -parse_magnitude(next.at, text)? };
                    return self.expression(d, Operand::Number(number), width, token.at);
                }
                let s = self.register()?;
                let widths =
                    Widths { wide: Opcode::NegateAndAddImm64, narrow: Some(Opcode::NegateAndAddImm32) };
                plain(Instruction::reg_reg_imm(self.choose(widths, width, token.at)?, d, s, 0))
            }
            _ => {
                let left = self.operand()?;
                self.expression(d, left, width, token.at)
            }
        }
    }

    /// Behind the first operand of what is assigned to `d`.
    fn expression(&mut self, d: Reg, left: Operand, width: Width, at: usize) -> Parsed<Statement<'a>> {
        let next = self.tokens.peek()?.clone();
        let plain = |instruction| Ok(Statement::Plain(instruction));
        match (&next.token, left) {
            (Token::End, _) => {
                self.refuse_narrow(width, at)?;
                plain(match left {
                    Operand::Reg(s) => Instruction::reg_reg(Opcode::MoveReg, d, s),
                    Operand::Number(number) => match self.constant_32(number) {
                        Ok(i) => Instruction::reg_imm(Opcode::LoadImm, d, i),
                        Err(problem) if !self.isa.is_64_bit() => return Err(problem),
                        Err(_) => Instruction::reg_imm64(Opcode::LoadImm64, d, bits_64(number)?),
                    },
                })
            }
            (Token::Symbol(","), Operand::Number(number)) => {
                self.tokens.next()?;
                self.refuse_narrow(width, at)?;
                let i = self.constant_32(number)?;
                self.load_and_jump(d, i)
            }
            (Token::Word("if"), _) => {
                self.tokens.next()?;
                self.refuse_narrow(width, at)?;
                let condition = self.register()?;
                let not_zero = match self.tokens.next()? {
                    Spanned { token: Token::Symbol("=="), .. } => false,
                    Spanned { token: Token::Symbol("!="), .. } => true,
                    other => return Err(self.tokens.wrong(&other, "`== 0` or `!= 0`")),
                };
                match self.tokens.next()? {
                    Spanned { token: Token::Number("0"), .. } => {}
                    other => {
                        return Err(self.tokens.wrong(&other, "0: a move depends on a comparison with it"))
                    }
                }
                plain(match (left, not_zero) {
                    (Operand::Reg(s), false) => Instruction::reg_reg_reg(Opcode::CmovIfZero, d, s, condition),
                    (Operand::Reg(s), true) => {
                        Instruction::reg_reg_reg(Opcode::CmovIfNotZero, d, s, condition)
                    }
                    (Operand::Number(number), not_zero) => {
                        let opcode = if not_zero { Opcode::CmovIfNotZeroImm } else { Opcode::CmovIfZeroImm };
                        Instruction::reg_reg_imm(opcode, d, condition, self.constant_32(number)?)
                    }
                })
            }
            _ => {
                let symbol = self.operator()?;
                // `operator` returns only what the table has.
                let operator = operators::arithmetic(symbol).ok_or_else(|| self.no_operator(&next))?;
                let right = self.operand()?;
                plain(self.operation(d, left, (symbol, operator), right, width, next.at)?)
            }
        }
    }

    fn no_operator(&self, found: &Spanned<'a>) -> Problem {
        let expected =
            "an operator (+ - * & | ^ & ~ | ~ /u /s %u %s << >> >>a <<r >>r <u <s >u >s mulh mulhu mulhsu), \
                        `, jump`, `if`, or the end of the line";
        self.tokens.wrong(found, expected)
    }

    fn operator(&mut self) -> Parsed<&'static str> {
        let token = self.tokens.next()?;
        let symbol = match &token.token {
            Token::Symbol("&") if self.tokens.eat("~")? => "& ~",
            Token::Symbol("|") if self.tokens.eat("~")? => "| ~",
            Token::Symbol(symbol) => symbol,
            Token::Word("mulh") => "mulh",
            Token::Word("mulhu") => "mulhu",
            Token::Word("mulhsu") => "mulhsu",
            _ => return Err(self.no_operator(&token)),
        };
        match operators::arithmetic(symbol) {
            Some(_) => Ok(symbol),
            None => Err(self.no_operator(&token)),
        }
    }

    /// `d = left symbol right`; `at` is where the symbol is.
    fn operation(
        &self,
        d: Reg,
        left: Operand,
        (symbol, operator): (&str, Operator),
        right: Operand,
        width: Width,
        at: usize,
    ) -> Parsed<Instruction> {
        Ok(match (left, right) {
            (Operand::Reg(a), Operand::Reg(b)) => {
                let (s, t) = if operator.swapped { (b, a) } else { (a, b) };
                let opcode = self.choose(variant(operator.registers, at)?, width, at)?;
                Instruction::reg_reg_reg(opcode, d, s, t)
            }
            (Operand::Reg(s), Operand::Number(number)) if symbol == "-" => {
                // There is no subtraction of a constant, only the addition of its negative.
                let negative = Number { value: -number.value, ..number };
                let widths = Widths { wide: Opcode::AddImm64, narrow: Some(Opcode::AddImm32) };
                let opcode = self.choose(widths, width, at)?;
                Instruction::reg_reg_imm(opcode, d, s, self.constant_32(negative)?)
            }
            (Operand::Reg(s), Operand::Number(number)) => {
                let opcode = self.choose(variant(operator.constant, at)?, width, at)?;
                Instruction::reg_reg_imm(opcode, d, s, self.constant_32(number)?)
            }
            (Operand::Number(number), Operand::Reg(s)) => {
                let opcode = self.choose(variant(operator.constant_first, at)?, width, at)?;
                Instruction::reg_reg_imm(opcode, d, s, self.constant_32(number)?)
            }
            (Operand::Number(_), Operand::Number(number)) => {
                let kind = AssembleErrorKind::NoInstruction("one side of an operator must be a register");
                return Err(Problem::new(number.at, kind));
            }
        })
    }

    /// Behind `d = c,`.
    fn load_and_jump(&mut self, d: Reg, i: i32) -> Parsed<Statement<'a>> {
        if !self.tokens.eat_word("jump")? {
            return Err(self.tokens.unexpected("`jump` and where to")?);
        }
        let token = self.tokens.peek()?.clone();
        if token.token != Token::Symbol("[") {
            let target = parse_target(self.tokens)?;
            return Ok(Statement::Jump(Instruction::reg_imm_offset(Opcode::LoadImmAndJump, d, i, 0), target));
        }
        let (s, j) = self.jump_address()?;
        if s == d {
            let why =
                "the register is loaded before the jump that uses it; if the old value is meant, write \
                       `tmp = REG, REG = …, jump [tmp + …]`";
            return Err(Problem::new(token.at, AssembleErrorKind::NoInstruction(why)));
        }
        Ok(Statement::Plain(Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, d, s, i, j)))
    }

    /// The opcode of the width that is meant, or the only one that the instruction set has.
    fn choose(&self, widths: Widths, width: Width, at: usize) -> Parsed<Opcode> {
        match (width, widths.narrow) {
            (Width::Narrow, None) => Err(only_one_width(at)),
            (Width::Narrow, Some(narrow)) => Ok(narrow),
            (Width::Register, Some(narrow)) if !self.isa.is_64_bit() => Ok(narrow),
            (Width::Register, _) => Ok(widths.wide),
        }
    }

    fn refuse_narrow(&self, width: Width, at: usize) -> Parsed<()> {
        match width {
            Width::Register => Ok(()),
            Width::Narrow => Err(only_one_width(at)),
        }
    }

    fn register(&mut self) -> Parsed<Reg> {
        let token = self.tokens.next()?;
        match token.token {
            Token::Word(word) => Reg::from_name(word),
            _ => None,
        }
        .ok_or_else(|| self.tokens.wrong(&token, REGISTER))
    }

    fn number(&mut self) -> Parsed<Number> {
        let token = self.tokens.peek()?.clone();
        match self.operand() {
            Ok(Operand::Number(number)) => Ok(number),
            Err(problem) if matches!(token.token, Token::Number(_)) => Err(problem),
            _ => Err(self.tokens.wrong(&token, "a number")),
        }
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let token = self.tokens.next()?;
        match token.token {
            Token::Word(word) => Reg::from_name(word).map(Operand::Reg),
            Token::Number(text) => {
                Some(Operand::Number(Number { at: token.at, value: parse_magnitude(token.at, text)? }))
            }
            Token::Symbol("-") => match self.tokens.next()? {
                Spanned { token: Token::Number(text), at, .. } => {
                    let value = -parse_magnitude(at, text)?;
                    Some(Operand::Number(Number { at: token.at, value }))
                }
                other => return Err(self.tokens.wrong(&other, "a number behind `-`")),
            },
            _ => None,
        }
        .ok_or_else(|| self.tokens.wrong(&token, OPERAND))
    }

    /// `[imm]`, `[reg]` or `[reg + imm]`.
    fn memory(&mut self) -> Parsed<Memory> {
        self.tokens.symbol("[", "an address in brackets: `[0x20000]`, `[a0]` or `[a0 + 8]`")?;
        Ok(match self.operand()? {
            Operand::Number(number) => {
                let offset = self.bits_32(number)?;
                self.tokens.symbol("]", "`]`")?;
                Memory { base: None, offset }
            }
            Operand::Reg(base) => Memory { base: Some(base), offset: self.offset_behind_register()? },
        })
    }

    /// `[reg]` or `[reg + imm]`.
    fn jump_address(&mut self) -> Parsed<(Reg, i32)> {
        let expected = "a register in brackets: `[a0]` or `[a0 + 4]`";
        self.tokens.symbol("[", expected)?;
        let base = self.register()?;
        Ok((base, self.offset_behind_register()?))
    }

    /// `]`, or `+ imm]`, or `- imm]`.
    fn offset_behind_register(&mut self) -> Parsed<i32> {
        let negative = self.tokens.eat("-")?;
        if !negative && !self.tokens.eat("+")? {
            self.tokens.symbol("]", "`+`, `-` or `]`")?;
            return Ok(0);
        }
        let number = self.number()?;
        let value = if negative { -number.value } else { number.value };
        let offset = self.bits_32(Number { value, ..number })?;
        self.tokens.symbol("]", "`]`")?;
        Ok(offset)
    }

    /// A number whose 32 bits are what counts: signed, unsigned, or sign-extended to 64 bits.
    fn bits_32(&self, number: Number) -> Parsed<i32> {
        self.in_bits("a 32-bit number", number, 32)
    }

    /// A number that is stored in so many bits, at most 32: signed, unsigned, or sign-extended to 64 bits.
    fn in_bits(&self, what: &'static str, Number { at, value }: Number, bits: u32) -> Parsed<i32> {
        let (min, max) = (-(1_i128 << (bits - 1)), (1_i128 << bits) - 1);
        let wide = 1_i128 << self.isa.register_bits();
        let value = if value >= wide + min { value - wide } else { value };
        match (min..=max).contains(&value) {
            // Above the largest signed number it is the bits that are meant; only those of 32 bits change sign here.
            true => Ok(value as u32 as i32),
            false => Err(out_of_range(what, at, &value.to_string(), min, max)),
        }
    }

    /// A number that is sign-extended to the width of a register. With 32-bit registers nothing is left to extend.
    fn constant_32(&self, number: Number) -> Parsed<i32> {
        if !self.isa.is_64_bit() {
            return self.bits_32(number);
        }
        let Number { at, value } = number;
        // As the 64-bit pattern of a negative number.
        let signed = if value > i64::MAX.into() { value - (1 << 64) } else { value };
        i32::try_from(signed).map_err(|_| {
            let what = "a constant that is sign-extended from 32 bits";
            out_of_range(what, at, &value.to_string(), i32::MIN.into(), i32::MAX.into())
        })
    }
}

fn bits_64(Number { at, value }: Number) -> Parsed<u64> {
    match i64::try_from(value) {
        Ok(signed) => Ok(signed.cast_unsigned()),
        Err(_) => u64::try_from(value).map_err(|_| {
            out_of_range("a constant", at, &value.to_string(), i64::MIN.into(), u64::MAX.into())
        }),
    }
}

fn variant(widths: Option<Widths>, at: usize) -> Parsed<Widths> {
    let why = "no instruction does this with a constant; load it into a register first";
    widths.ok_or_else(|| Problem::new(at, AssembleErrorKind::NoInstruction(why)))
}

fn only_one_width(at: usize) -> Problem {
    let why = "this instruction has no 32-bit variant; leave `i32` out";
    Problem::new(at, AssembleErrorKind::NoInstruction(why))
}
