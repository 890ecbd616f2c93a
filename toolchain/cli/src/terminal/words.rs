// SPDX-License-Identifier: Apache-2.0
//! The commands of the debugger's terminal: what their words mean. Names are those of gdb, as far as it has them.

use revive_vm_debugger::{BreakpointId, Direction, Motion, Target, Unit};

use crate::args::unsigned;

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Motions, so many times.
    Go(Motion, Direction, u64),
    /// To a time.
    Time(u64),
    Break(Target),
    /// Memory of the frame that is looked at: what is at the value of an expression, so many bytes.
    Watch {
        at: String,
        bytes: u32,
    },
    Breakpoints,
    /// One of them, or all.
    Delete(Option<BreakpointId>),
    Stack,
    /// Which function of the stack is looked at.
    Frame(FrameChoice),
    /// Where it stands.
    Status,
    /// Source lines.
    List,
    Disassemble,
    Registers,
    Print(String),
    /// Memory at the value of an expression, so many bytes.
    Memory {
        at: String,
        bytes: u32,
    },
    HostCall,
    Help,
    Quit,
}

/// Which function of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameChoice {
    Number(usize),
    /// Towards the outermost.
    Up,
    Down,
}

/// Bytes that are shown of memory if nobody says how many.
const MEMORY_BYTES: u32 = 64;

/// Bytes of memory that are shown at once.
const MEMORY_BYTES_MAX: u32 = 64 * 1024;

/// Name, abbreviation, what it does, and the words behind it.
pub(super) const HELP: &[(&str, &str, &str, &str)] = &[
    ("step", "s", "[N]", "to the next source line, into functions and contracts that are called"),
    ("next", "n", "[N]", "to the next source line of this function"),
    ("finish", "fin", "[N]", "to the caller of this function"),
    ("continue", "c", "[N]", "to the next breakpoint, or the end"),
    ("stepi", "si", "[N]", "to the next instruction"),
    ("nexti", "ni", "[N]", "to the next instruction of this function"),
    (
        "reverse-step",
        "rs",
        "[N]",
        "the same backwards; also reverse-next rn, reverse-finish rf, reverse-continue rc, …",
    ),
    ("time", "", "T", "go to a time: steps from the start; 0 is the start"),
    ("break", "b", "WHERE", "stop at FILE:LINE, at a function or export, or at a code offset: *OFFSET"),
    (
        "catch",
        "",
        "WHAT",
        "stop at host calls: call [NAME]; where contracts begin: contract; where one fails: failure",
    ),
    ("watch", "", "AT [BYTES]", "stop behind what writes there (8 bytes): watch sp - 16, watch 0x20000 32"),
    ("breakpoints", "", "", "show them"),
    ("delete", "d", "[N]", "take away a breakpoint, or all"),
    ("backtrace", "bt", "", "the functions that are on their way, over all contracts"),
    ("frame", "f", "N", "look at a function of the stack; also up, down"),
    ("where", "w", "", "where it stands"),
    ("list", "l", "", "source lines around"),
    ("disassemble", "dis", "", "instructions around"),
    ("registers", "r", "", "all registers, and gas"),
    ("print", "p", "WHAT", "a register, pc, gas, time, or memory: p a0, p u64 [sp + 8], p 32 bytes [a1]"),
    ("x", "", "AT [BYTES]", "memory: x sp, x 0x20000 256"),
    ("host", "h", "", "the last host call, and the one that comes next"),
    ("help", "?", "", "this"),
    ("quit", "q", "", "leave; so does the end of input"),
];

/// What a line means; an empty one nothing.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(line: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let name = match HELP.iter().find(|(_, short, ..)| !short.is_empty() && *short == word) {
        Some((name, ..)) => name,
        None => word,
    };
    if name.is_empty() {
        return Ok(None);
    }
    if let Some(command) = motion(name, rest) {
        return command.map(Some);
    }
    let command = match name {
        "time" => Command::Time(number(rest, "a time")?),
        "break" => Command::Break(target(rest)?),
        "catch" => Command::Break(event(rest)?),
        "watch" => {
            let (at, bytes) = place(rest, 8)?;
            Command::Watch { at, bytes }
        }
        "delete" if rest.is_empty() => Command::Delete(None),
        "delete" => Command::Delete(Some(number(rest, "the number of a breakpoint")?)),
        "frame" => {
            Command::Frame(FrameChoice::Number(number(rest, "the number of a function of the stack")?))
        }
        "print" if rest.is_empty() => {
            return Err("print what? A register, or memory: `p u64 [sp + 8]`".into())
        }
        "print" => Command::Print(rest.into()),
        "x" => {
            let (at, bytes) = place(rest, MEMORY_BYTES)?;
            Command::Memory { at, bytes }
        }
        _ if !rest.is_empty() => return Err(without_words(name, rest)),
        "breakpoints" => Command::Breakpoints,
        "backtrace" => Command::Stack,
        "up" => Command::Frame(FrameChoice::Up),
        "down" => Command::Frame(FrameChoice::Down),
        "where" => Command::Status,
        "list" => Command::List,
        "disassemble" => Command::Disassemble,
        "registers" => Command::Registers,
        "host" => Command::HostCall,
        "help" => Command::Help,
        "quit" => Command::Quit,
        _ => return Err(unknown(name)),
    };
    Ok(Some(command))
}

fn unknown(name: &str) -> String {
    format!("there is no command `{}`, see help", name.escape_debug())
}

fn without_words(name: &str, rest: &str) -> String {
    match HELP.iter().any(|(known, ..)| *known == name) || ["up", "down"].contains(&name) {
        true => format!("`{name}` takes nothing behind it, but `{}` is there", rest.escape_debug()),
        false => unknown(name),
    }
}

/// The motion of that name.
fn motion(name: &str, rest: &str) -> Option<Result<Command, String>> {
    let (name, direction) = match name.strip_prefix("reverse-") {
        Some(name) => (name, Direction::Back),
        None => match name {
            "rs" => ("step", Direction::Back),
            "rn" => ("next", Direction::Back),
            "rf" => ("finish", Direction::Back),
            "rc" => ("continue", Direction::Back),
            "rsi" => ("stepi", Direction::Back),
            "rni" => ("nexti", Direction::Back),
            _ => (name, Direction::Forward),
        },
    };
    let motion = match name {
        "step" => Motion::Into(Unit::Line),
        "next" => Motion::Over(Unit::Line),
        "stepi" => Motion::Into(Unit::Instruction),
        "nexti" => Motion::Over(Unit::Instruction),
        "finish" => Motion::Out,
        "continue" => Motion::Continue,
        _ => return None,
    };
    let times = if rest.is_empty() { Ok(1) } else { number(rest, "how often") };
    Some(times.map(|times| Command::Go(motion, direction, times)))
}

/// A number of any width.
fn number<T: TryFrom<u128>>(text: &str, what: &str) -> Result<T, String> {
    let number =
        unsigned(text).map_err(|error| format!("`{}` is not {what}: {error}", text.escape_debug()))?;
    T::try_from(number).map_err(|_| format!("{number} is not {what}: it is too high"))
}

/// `FILE:LINE`, `*OFFSET`, or the name of a function, in which `::` is.
fn target(text: &str) -> Result<Target, String> {
    if text.is_empty() {
        return Err("stop where? FILE:LINE, a function, or *OFFSET".into());
    }
    if let Some(offset) = text.strip_prefix('*') {
        return Ok(Target::Offset { program: None, pc: number(offset.trim(), "a code offset")? });
    }
    match text.rsplit_once(':') {
        Some((path, line))
            if !path.is_empty() && !path.ends_with(':') && line.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Ok(Target::Line { path: path.into(), line: number(line, "a line")? })
        }
        _ => Ok(Target::Function(text.into())),
    }
}

fn event(text: &str) -> Result<Target, String> {
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        ["call"] => Ok(Target::HostCall(None)),
        ["call", name] => Ok(Target::HostCall(Some(name.into()))),
        ["contract"] => Ok(Target::Frames),
        ["failure"] => Ok(Target::Failures),
        _ => Err("catch what? call, call NAME, contract, or failure".into()),
    }
}

/// An address as an expression, and how many bytes: what stands behind the last blank, if it is a number and the rest does not end in an
/// operator.
fn place(text: &str, bytes: u32) -> Result<(String, u32), String> {
    if text.is_empty() {
        return Err("where? An address, or a register: `x sp + 8`".into());
    }
    let (at, bytes) = match text.rsplit_once(char::is_whitespace) {
        // One with a sign is added.
        Some((at, count))
            if !at.trim_end().ends_with(['+', '-']) && !count.starts_with('+') && unsigned(count).is_ok() =>
        {
            (at.trim_end(), number(count, "a number of bytes")?)
        }
        _ => (text, bytes),
    };
    if !(1..=MEMORY_BYTES_MAX).contains(&bytes) {
        return Err(format!("{bytes} bytes are not between 1 and {MEMORY_BYTES_MAX}"));
    }
    Ok((at.into(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Command {
        parse(line).unwrap().unwrap()
    }

    #[test]
    fn commands_have_long_and_short_names() {
        let line = Motion::Into(Unit::Line);
        assert_eq!(parsed("step"), Command::Go(line, Direction::Forward, 1));
        assert_eq!(parsed(" s  12 "), Command::Go(line, Direction::Forward, 12));
        assert_eq!(parsed("rs"), parsed("reverse-step"));
        assert_eq!(parsed("reverse-continue"), Command::Go(Motion::Continue, Direction::Back, 1));
        assert_eq!(parse("  "), Ok(None));
        for (name, short, words, _) in HELP {
            let words = match *words {
                "" | "[N]" => "",
                "T" | "N" => "1",
                "WHERE" => "f",
                "WHAT" if *name == "catch" => "call",
                _ => "sp",
            };
            assert_eq!(
                parsed(&format!("{name} {words}")),
                parsed(&format!("{} {words}", if short.is_empty() { name } else { short }))
            );
        }
        assert!(parse("fly").unwrap_err().contains("no command `fly`"));
        assert!(parse("list 5").unwrap_err().contains("takes nothing"));
        assert!(parse("step x").unwrap_err().contains("how often"));
    }

    #[test]
    fn places_are_lines_functions_and_offsets() {
        assert_eq!(
            parsed("b src/main.rs:12"),
            Command::Break(Target::Line { path: "src/main.rs".into(), line: 12 })
        );
        assert_eq!(parsed("b token::transfer"), Command::Break(Target::Function("token::transfer".into())));
        assert_eq!(parsed("b *0x10"), Command::Break(Target::Offset { program: None, pc: 16 }));
        assert_eq!(
            parsed("catch call set_storage"),
            Command::Break(Target::HostCall(Some("set_storage".into())))
        );
        assert!(parse("b").is_err() && parse("b *x").is_err() && parse("catch").is_err());
    }

    #[test]
    fn memory_is_an_expression_and_a_number_of_bytes() {
        assert_eq!(parsed("x sp + 8"), Command::Memory { at: "sp + 8".into(), bytes: MEMORY_BYTES });
        assert_eq!(parsed("x sp + 8 16"), Command::Memory { at: "sp + 8".into(), bytes: 16 });
        // A sign belongs to what is in front of it.
        assert_eq!(parsed("x sp +16"), Command::Memory { at: "sp +16".into(), bytes: MEMORY_BYTES });
        assert_eq!(parsed("watch sp -16 4"), Command::Watch { at: "sp -16".into(), bytes: 4 });
        assert_eq!(parsed("watch 0x20000 1"), Command::Watch { at: "0x20000".into(), bytes: 1 });
        assert!(parse("x sp 0").is_err() && parse("x sp 1000000").is_err() && parse("x").is_err());
    }
}
