// SPDX-License-Identifier: Apache-2.0
//! The debugger in a terminal: reads commands, moves the session, and shows where it stands.

mod show;
mod words;

use revive_vm_debugger::{DebugError, Direction, Motion, Session, SourceFiles, Stop, Target, Unit};
use rustyline::{error::ReadlineError, DefaultEditor};
use serde_json::{json, Value};

use crate::{
    error::{Error, Result},
    output,
};
use words::{parse, Command, FrameChoice, HELP};

/// See the module.
pub(crate) struct Terminal {
    session: Session,
    sources: SourceFiles,
    /// Which function of the stack is looked at, from the innermost.
    looked_at: usize,
    /// Whether instructions are shown with source lines: where it has come to one in the midst of a line.
    by_instruction: bool,
    /// The contract's frame of which was told last that it runs.
    told: Option<usize>,
}

impl Terminal {
    /// At the start of a session. Failures are stopped at.
    pub(crate) fn new(mut session: Session, sources: SourceFiles) -> Self {
        session.set_breakpoint(Target::Failures);
        Self { session, sources, looked_at: 0, by_instruction: false, told: None }
    }

    /// Asks for commands until somebody has enough.
    ///
    /// # Errors
    /// The terminal cannot be read or written, or the session cannot go on.
    pub(crate) fn talk(mut self) -> Result<()> {
        let reading = |error| Error::new(format!("failed to read commands: {error}"));
        let mut editor = DefaultEditor::new().map_err(reading)?;
        let interrupter = self.session.interrupter();
        // Without it Ctrl-C ends the program, which is right where nothing else can.
        let _ = ctrlc::set_handler(move || interrupter.interrupt());
        output::print(&self.status())?;
        let mut last = None;
        loop {
            let line = match editor.readline("(debug) ") {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(reading(error)),
            };
            // The history is no reason to end.
            let _ = editor.add_history_entry(&line);
            let command = match parse(&line) {
                // An empty line moves once more.
                Ok(None) => last.clone(),
                Ok(command) => command,
                Err(why) => {
                    tell!("{why}");
                    continue;
                }
            };
            let Some(command) = command else { continue };
            if command == Command::Quit {
                return Ok(());
            }
            match self.carry_out(&command) {
                Ok(text) => output::print(&text)?,
                Err(why) => tell!("{why}"),
            }
            last = matches!(command, Command::Go(..)).then_some(command);
        }
    }

    /// Carries out commands and shows what comes of them; as one document if that is wanted.
    ///
    /// # Errors
    /// One of them is none, or cannot be carried out.
    pub(crate) fn run(mut self, commands: &[String], as_json: bool) -> Result<()> {
        let failed = |line: &str, why| Error::new(format!("`{}`: {why}", line.escape_debug()));
        let mut done: Vec<Value> = Vec::new();
        for line in commands {
            let command = parse(line).map_err(|why| failed(line, why))?;
            let Some(command) = command else { continue };
            if command == Command::Quit {
                break;
            }
            let text = self.carry_out(&command).map_err(|why| failed(line, why))?;
            match as_json {
                true => done.push(json!({ "command": line, "output": text, "time": self.session.time() })),
                false => output::print(&format!("(debug) {}\n{text}", output::harmless(line)))?,
            }
        }
        if as_json {
            output::print_json(&json!({ "commands": done }))?;
        }
        Ok(())
    }

    /// What comes of a command, as text.
    fn carry_out(&mut self, command: &Command) -> Result<String, String> {
        match command {
            Command::Go(motion, direction, times) => self.go(*motion, *direction, *times),
            Command::Time(time) => {
                self.by_instruction = true;
                let stop = self.session.seek(*time).map_err(|error| error.to_string())?;
                Ok(self.stopped(&stop))
            }
            Command::Break(target) => self.set_breakpoint(target.clone()),
            Command::Watch { at, bytes } => {
                let address = self.address(at)?;
                let frame = self.session.frame(self.contract()).unwrap_or(0);
                self.set_breakpoint(Target::Memory { frame, address, bytes: *bytes })
            }
            Command::Breakpoints => Ok(self.breakpoints()),
            Command::Delete(None) => {
                for id in
                    self.session.breakpoints().iter().map(|breakpoint| breakpoint.id).collect::<Vec<_>>()
                {
                    self.session.remove_breakpoint(id);
                }
                Ok(String::new())
            }
            Command::Delete(Some(id)) => match self.session.remove_breakpoint(*id) {
                true => Ok(String::new()),
                false => Err(format!("there is no breakpoint {id}")),
            },
            Command::Stack => Ok(self.stack()),
            Command::Frame(choice) => self.choose(*choice),
            Command::Status => {
                self.told = None;
                Ok(self.status())
            }
            Command::List => self.list(),
            Command::Disassemble => Ok(self.disassembly()),
            Command::Registers => Ok(self.registers()),
            Command::Print(what) => self.evaluated(what),
            Command::Memory { at, bytes } => {
                let address = self.address(at)?;
                self.memory(address, *bytes)
            }
            Command::HostCall => Ok(self.host_calls()),
            Command::Help => Ok(help()),
            Command::Quit => Ok(String::new()),
        }
    }

    fn go(&mut self, motion: Motion, direction: Direction, times: u64) -> Result<String, String> {
        self.by_instruction =
            matches!(motion, Motion::Into(Unit::Instruction) | Motion::Over(Unit::Instruction));
        // Who pressed Ctrl-C just after it had stopped has what was wanted.
        self.session.interrupter().take();
        let mut stop = Stop::Step;
        for _ in 0..times {
            stop = self.session.go(motion, direction).map_err(|error: DebugError| error.to_string())?;
            // Where it was to go to breakpoints it goes on from them.
            let goes_on = match motion {
                Motion::Continue => matches!(stop, Stop::Breakpoints(_)),
                _ => stop == Stop::Step,
            };
            if !goes_on {
                break;
            }
        }
        Ok(self.stopped(&stop))
    }

    fn set_breakpoint(&mut self, target: Target) -> Result<String, String> {
        let breakpoint = self.session.set_breakpoint(target).clone();
        if !breakpoint.can_be_met() {
            self.session.remove_breakpoint(breakpoint.id);
            return Err(format!("there is no code: {}", show::target(&breakpoint.target)));
        }
        Ok(format!("{}\n", show::breakpoint(&breakpoint)))
    }

    fn choose(&mut self, choice: FrameChoice) -> Result<String, String> {
        let wanted = match choice {
            FrameChoice::Number(number) => Some(number),
            FrameChoice::Up => self.looked_at.checked_add(1),
            FrameChoice::Down => self.looked_at.checked_sub(1),
        };
        let count = self.session.stack().len();
        match wanted.filter(|wanted| *wanted < count) {
            Some(wanted) => {
                self.looked_at = wanted;
                Ok(self.place())
            }
            None => Err(format!("there are {count} functions, from 0, and this is {}", self.looked_at)),
        }
    }

    /// The contract that is looked at, from the innermost.
    fn contract(&self) -> usize {
        self.view().contract
    }
}

fn help() -> String {
    let rows: Vec<_> = HELP
        .iter()
        .map(|(name, short, words, about)| {
            let names = if short.is_empty() { (*name).to_string() } else { format!("{name}, {short}") };
            [format!("{names} {words}"), (*about).to_string()]
        })
        .collect();
    let width = rows.iter().map(|[names, _]| names.len()).max().unwrap_or(0);
    rows.iter().map(|[names, about]| format!("  {names:width$}  {about}\n")).collect()
}
