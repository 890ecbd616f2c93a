// SPDX-License-Identifier: Apache-2.0
//! The stack as clients show it: the functions of each open contract, and below them a row that says which contract that is.

use std::path::Path;

use serde_json::{json, Value};

use super::{
    protocol::{Initialize, Source, StackFrame, StackTrace},
    references::CodeReference,
};
use crate::{Session, SourceFiles, StackFrame as Function};

/// Most rows of one answer; clients ask for more in pages.
const ROWS_MAX: usize = 1000;

/// A row of the stack.
enum Row {
    /// A function, by its index.
    Function(usize),
    /// The contract that the functions above belong to.
    Contract(usize),
}

/// The stack where a session stands.
pub(super) struct Stack {
    functions: Vec<Function>,
    rows: Vec<Row>,
}

/// What a row is about.
pub(super) struct Focus {
    /// The open frame, as of [`Function::contract`].
    pub(super) contract: usize,
    /// The code offset, if it is a function.
    pub(super) pc: Option<u32>,
    /// Whether registers are those of this function, and not of one that it called.
    pub(super) is_innermost: bool,
}

impl Stack {
    pub(super) fn new(session: &Session) -> Self {
        let functions = session.stack();
        let mut rows = Vec::new();
        for (index, function) in functions.iter().enumerate() {
            rows.push(Row::Function(index));
            if functions.get(index + 1).is_none_or(|next| next.contract != function.contract) {
                rows.push(Row::Contract(function.contract));
            }
        }
        Self { functions, rows }
    }

    /// What the row with this id is about; without one, what the innermost function is.
    pub(super) fn focus(&self, id: Option<usize>) -> Result<Focus, String> {
        let row = match id {
            Some(id) => id.checked_sub(1).and_then(|index| self.rows.get(index)),
            None => self.rows.first(),
        };
        let row = row.ok_or_else(|| format!("there is no frame {} now", id.unwrap_or(0)))?;
        Ok(match *row {
            Row::Function(index) => {
                let function = &self.functions[index];
                let outer = self.functions[..index].iter().rev();
                // Those that were inlined have the registers of the function that they were inlined into.
                let mut above = outer.take_while(|above| above.contract == function.contract);
                let is_innermost = above.all(|above| above.is_inlined);
                Focus { contract: function.contract, pc: Some(function.pc), is_innermost }
            }
            Row::Contract(contract) => Focus { contract, pc: self.pc(contract), is_innermost: false },
        })
    }

    /// The code offset that the innermost function of a contract is at.
    pub(super) fn pc(&self, contract: usize) -> Option<u32> {
        self.functions.iter().find(|function| function.contract == contract).map(|function| function.pc)
    }

    /// The answer to `stackTrace`.
    pub(super) fn trace(
        &self,
        arguments: &StackTrace,
        session: &Session,
        sources: &SourceFiles,
        client: &Initialize,
    ) -> Value {
        let levels = match arguments.levels {
            0 => ROWS_MAX,
            levels => levels.min(ROWS_MAX),
        };
        let rows = self.rows.iter().enumerate().skip(arguments.start_frame).take(levels);
        let frames: Vec<_> = rows
            .map(|(index, row)| StackFrame { id: index + 1, ..self.row(row, session, sources, client) })
            .collect();
        json!({ "stackFrames": frames, "totalFrames": self.rows.len() })
    }

    fn row(&self, row: &Row, session: &Session, sources: &SourceFiles, client: &Initialize) -> StackFrame {
        let function = match *row {
            Row::Function(index) => &self.functions[index],
            Row::Contract(contract) => {
                let program = session.program(contract).unwrap_or_default().to_owned();
                let frame = session.frame(contract).and_then(|frame| session.recording().frames.get(frame));
                return StackFrame {
                    name: format!("[{}]", frame.map_or("", |frame| &frame.title)),
                    module_id: program,
                    presentation_hint: Some("label"),
                    ..StackFrame::default()
                };
            }
        };
        let mut name = function.function.clone();
        if function.is_inlined {
            name += " [inlined]";
        }
        let path = function.path.as_deref().filter(|_| function.line > 0);
        let source = path.and_then(|path| source(path, sources));
        if let (Some(path), None) = (path, &source) {
            // What an editor cannot open is said where people read it.
            name += &format!(" at {}:{}", path.escape_debug(), function.line);
        }
        let is_found = source.is_some();
        StackFrame {
            id: 0,
            name,
            source,
            line: if is_found { client.line(function.line) } else { 0 },
            column: if is_found { client.column(function.column.max(1)) } else { 0 },
            instruction_pointer_reference: CodeReference::new(session, function.contract, function.pc)
                .map(CodeReference::text),
            module_id: session.program(function.contract).unwrap_or_default().to_owned(),
            presentation_hint: (!is_found).then_some("subtle"),
        }
    }
}

/// A source file that debug info names, where it is on this machine.
pub(super) fn source(path: &str, sources: &SourceFiles) -> Option<Source> {
    let found = std::path::absolute(sources.find(path)?).ok()?;
    let name = Path::new(&found).file_name()?.to_str()?.to_owned();
    Some(Source { name: Some(name), path: Some(found.to_str()?.to_owned()) })
}
