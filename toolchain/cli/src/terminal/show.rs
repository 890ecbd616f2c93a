// SPDX-License-Identifier: Apache-2.0
//! What the debugger's terminal shows.

use std::fmt::Write as _;

use revive_vm_debugger::{
    expression::{Kind, Value, View},
    Breakpoint, StackFrame, Stop, Target,
};
use revive_vm_primitives::Reg;

use super::Terminal;
use crate::output::{self, group_digits, grouped, harmless};

/// Source lines that `list` shows on each side.
const LINES_AROUND: u32 = 5;
/// Instructions that `disassemble` shows in front, and from there on.
const INSTRUCTIONS: (usize, usize) = (5, 10);
/// Functions of a stack that are shown at its ends.
const STACK_SHOWN: usize = 64;
/// Bytes of memory in a line.
const BYTES_IN_LINE: usize = 16;

impl Terminal {
    /// Why the session stands where it does, and where that is.
    pub(super) fn stopped(&mut self, stop: &Stop) -> String {
        self.looked_at = 0;
        if let Stop::Breakpoints(ids) = stop {
            let set = self.session.breakpoints().iter();
            self.by_instruction |= set.filter(|breakpoint| ids.contains(&breakpoint.id)).any(|breakpoint| {
                matches!(
                    breakpoint.target,
                    Target::Offset { .. } | Target::HostCall(_) | Target::Failures | Target::Memory { .. }
                )
            });
        }
        let mut text = String::new();
        match stop {
            Stop::Step => {}
            Stop::Breakpoints(ids) => {
                for breakpoint in
                    self.session.breakpoints().iter().filter(|breakpoint| ids.contains(&breakpoint.id))
                {
                    let _ = writeln!(text, "breakpoint {}", self::breakpoint(breakpoint));
                }
            }
            Stop::Start => text.push_str("the beginning\n"),
            Stop::Over => text.push_str("the end\n"),
            Stop::Interrupted => text.push_str("interrupted\n"),
        }
        text + &self.status()
    }

    /// The contract, if it is another one than the last time, how it ended, if it has, and the place.
    pub(super) fn status(&mut self) -> String {
        let mut text = String::new();
        let frame = self.session.frame(0);
        if frame != self.told {
            self.told = frame;
            if let Some(frame) = frame.and_then(|frame| self.session.recording().frames.get(frame)) {
                let _ = writeln!(text, "{}", harmless(&frame.title));
            }
        }
        if let Some(end) = self.session.end() {
            let _ = writeln!(text, "ended: {}", harmless(&end.text));
        }
        text + &self.place()
    }

    /// Function, source line and instruction of what is looked at.
    pub(super) fn place(&self) -> String {
        let stack = self.session.stack();
        let Some(frame) = stack.get(self.looked_at) else { return String::new() };
        let gas = self.session.gas(frame.contract).unwrap_or(0);
        let mut text = format!(
            "#{} {}, time {}, gas {}\n",
            self.looked_at,
            in_words(frame),
            grouped(self.session.time()),
            group_digits(&gas.to_string())
        );
        let line = self.source_line(frame, frame.line);
        if let Some(line) = &line {
            let _ = writeln!(text, "{:>6}  {line}", frame.line);
        }
        if line.is_none() || self.by_instruction {
            text.push_str(&self.instruction_line(frame.contract, frame.pc, true));
        }
        if self.looked_at == 0 && self.is_at_host_call(frame) {
            if let Some(call) = self.session.next_host_call() {
                let _ = writeln!(text, "        {}", harmless(&call.text));
            }
        }
        text
    }

    fn is_at_host_call(&self, frame: &StackFrame) -> bool {
        let is_next = self.session.next_host_call().is_some_and(|call| call.pc == Some(frame.pc));
        is_next && self.session.end().is_none()
    }

    fn source_line(&self, frame: &StackFrame, line: u32) -> Option<String> {
        let text = self.sources.line(frame.path.as_ref()?, line)?;
        Some(output::source_line(&text, "    "))
    }

    fn instruction_line(&self, contract: usize, pc: u32, is_next: bool) -> String {
        let instruction = self.session.instruction(contract, pc).unwrap_or_default();
        format!("{} {pc:6}: {instruction}\n", if is_next { ">" } else { " " })
    }

    /// The functions that are on their way.
    pub(super) fn stack(&self) -> String {
        let stack = self.session.stack();
        let mut text = String::new();
        let mut contract = None;
        for (number, frame) in stack.iter().enumerate() {
            if stack.len() > 2 * STACK_SHOWN && number == STACK_SHOWN {
                let _ = writeln!(text, "   … {} more", grouped((stack.len() - 2 * STACK_SHOWN) as u128));
            }
            if stack.len() > 2 * STACK_SHOWN && (STACK_SHOWN..stack.len() - STACK_SHOWN).contains(&number) {
                continue;
            }
            if contract != Some(frame.contract) {
                contract = Some(frame.contract);
                let _ = writeln!(text, "{}", harmless(&frame.title));
            }
            let mark = if number == self.looked_at { ">" } else { " " };
            let _ = writeln!(text, "{mark} #{number} {}", in_words(frame));
        }
        text
    }

    /// Source lines around the place that is looked at.
    pub(super) fn list(&self) -> Result<String, String> {
        let stack = self.session.stack();
        let frame = stack.get(self.looked_at).filter(|frame| frame.line > 0);
        let frame = frame.ok_or("no source line is known here; `disassemble` shows instructions")?;
        let first = frame.line.saturating_sub(LINES_AROUND).max(1);
        let mut text = String::new();
        for line in first..=frame.line.saturating_add(LINES_AROUND) {
            let Some(source) = self.source_line(frame, line) else { continue };
            let mark = if line == frame.line { ">" } else { " " };
            let _ = writeln!(text, "{mark}{line:>5}  {source}");
        }
        match text.is_empty() {
            true => Err(format!(
                "{} is not here; start with --source-root FOLDER",
                harmless(frame.path.as_deref().unwrap_or_default())
            )),
            false => Ok(text),
        }
    }

    /// Instructions around the place that is looked at.
    pub(super) fn disassembly(&self) -> String {
        let stack = self.session.stack();
        let Some(frame) = stack.get(self.looked_at) else { return String::new() };
        let (before, count) = INSTRUCTIONS;
        let offsets = self.session.instructions(frame.contract, frame.pc, before, count);
        offsets.into_iter().map(|pc| self.instruction_line(frame.contract, pc, pc == frame.pc)).collect()
    }

    /// All registers and the gas of the contract that is looked at.
    pub(super) fn registers(&self) -> String {
        let contract = self.contract();
        let value = |reg: Reg| self.session.register(contract, reg).unwrap_or(0);
        let mut text = String::new();
        for row in Reg::ALL.chunks(4) {
            let cells: Vec<_> = row
                .iter()
                .map(|reg| format!("{:>3} {:<18}", reg.name(), format!("{:#x}", value(*reg))))
                .collect();
            let _ = writeln!(text, "{}", cells.join("  ").trim_end());
        }
        let pc = self.session.frame_pc(contract).unwrap_or(0);
        let gas = self.session.gas(contract).unwrap_or(0);
        let _ = writeln!(text, " pc {pc}  gas {}", group_digits(&gas.to_string()));
        text
    }

    /// The function that is looked at, for expressions.
    pub(super) fn view(&self) -> View<'_> {
        let stack = self.session.stack();
        let frame = stack.get(self.looked_at);
        let contract = frame.map_or(0, |frame| frame.contract);
        View { session: &self.session, contract, pc: frame.map(|frame| frame.pc) }
    }

    pub(super) fn evaluated(&self, what: &str) -> Result<String, String> {
        match self.view().evaluate(what)? {
            Value::Memory { address, bytes, kind: Kind::Bytes } => Ok(dump(address, &bytes)),
            number => Ok(format!("{number}\n")),
        }
    }

    pub(super) fn address(&self, at: &str) -> Result<u32, String> {
        self.view().address(at)
    }

    pub(super) fn memory(&self, address: u32, bytes: u32) -> Result<String, String> {
        let read = self.session.memory(self.contract(), address, bytes);
        match read.is_empty() {
            true => Err(format!("there is no memory at {address:#x}")),
            false => Ok(dump(address, &read)),
        }
    }

    /// The last host call of the contract that is looked at, and the one that comes next.
    pub(super) fn host_calls(&self) -> String {
        let contract = self.contract();
        let mut text = String::new();
        if let Some(call) = self.session.last_host_call(contract) {
            let _ = writeln!(text, "last: {}", harmless(&call.text));
        }
        if let (0, Some(call)) = (contract, self.session.next_host_call()) {
            let _ = writeln!(text, "next: {}", harmless(&call.text));
        }
        if text.is_empty() {
            text.push_str("no host call was recorded\n");
        }
        text
    }

    pub(super) fn breakpoints(&self) -> String {
        let all = self.session.breakpoints();
        if all.is_empty() {
            return "there are none\n".into();
        }
        all.iter().map(|one| format!("{}\n", breakpoint(one))).collect()
    }
}

/// Function and place.
fn in_words(frame: &StackFrame) -> String {
    let inlined = if frame.is_inlined { " (inlined)" } else { "" };
    let place = match &frame.path {
        Some(path) => format!("{}:{}", harmless(path), frame.line),
        None => format!("code offset {}", frame.pc),
    };
    format!("{}{inlined} at {place}", harmless(&frame.function))
}

/// A breakpoint in a line.
pub(super) fn breakpoint(breakpoint: &Breakpoint) -> String {
    let moved = match (&breakpoint.target, breakpoint.line) {
        (Target::Line { line, .. }, Some(at)) if at != *line => format!(", moved to line {at}"),
        _ => String::new(),
    };
    let places = match breakpoint.offsets {
        0 | 1 => String::new(),
        count => format!(", in {count} places"),
    };
    format!("{}: {}{moved}{places}", breakpoint.id, target(&breakpoint.target))
}

/// What a breakpoint is for.
pub(super) fn target(target: &Target) -> String {
    match target {
        Target::Line { path, line } => format!("{}:{line}", output::name(path.as_bytes())),
        Target::Function(name) => output::name(name.as_bytes()),
        Target::Offset { pc, .. } => format!("code offset {pc}"),
        Target::HostCall(None) => "host calls".into(),
        Target::HostCall(Some(name)) => format!("host call {}", output::name(name.as_bytes())),
        Target::Frames => "beginnings of contracts".into(),
        Target::Failures => "failures".into(),
        Target::Memory { address, bytes, .. } => format!("writes to {bytes} bytes at {address:#x}"),
    }
}

/// Memory, sixteen bytes a line, with the characters that they are.
fn dump(address: u32, bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, chunk) in bytes.chunks(BYTES_IN_LINE).enumerate() {
        let digits: Vec<_> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let characters: String = chunk
            .iter()
            .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
            .collect();
        let at = address.wrapping_add((row * BYTES_IN_LINE) as u32);
        let _ = writeln!(text, "{at:#010x}  {:<47}  {characters}", digits.join(" "));
    }
    text
}
