// SPDX-License-Identifier: Apache-2.0
//! Instructions around a place, with where they come from.

use std::sync::Arc;

use serde_json::{json, Value};

use super::{
    frames::source,
    protocol::{Disassemble, DisassembledInstruction, Initialize},
    references::CodeReference,
};
use crate::{Session, SourceFiles};

/// Most instructions of one answer. Each one that is asked for has to be given, if only as one that is not there.
const INSTRUCTIONS_MAX: u64 = 10_000;

/// What clients do not take for an address.
const NOWHERE: &str = "-1";

/// The answer to `disassemble`.
pub(super) fn disassemble(
    session: &Session,
    sources: &SourceFiles,
    client: &Initialize,
    arguments: &Disassemble,
) -> Result<Value, String> {
    let count = arguments.instruction_count;
    if count > INSTRUCTIONS_MAX {
        return Err(format!("{count} instructions are asked for; {INSTRUCTIONS_MAX} are the limit"));
    }
    let at = CodeReference::parse(&arguments.memory_reference, arguments.offset)?;
    let contract = at.contract(session)?;
    // The first and the last one that are asked for, counted from the place.
    let first = arguments.instruction_offset;
    let end = first.saturating_add_unsigned(count);
    let before = usize::try_from(first.saturating_neg()).unwrap_or(0);
    let offsets = session.instructions(contract, at.pc, before, usize::try_from(end).unwrap_or(0));
    let here = offsets.partition_point(|offset| *offset < at.pc) as i64;
    let mut path: Option<Arc<str>> = None;
    let mut function = None;
    let instructions: Vec<_> = (first..end)
        .map(|index| {
            let offset =
                usize::try_from(here.saturating_add(index)).ok().and_then(|index| offsets.get(index));
            let Some(pc) = offset.copied() else {
                return DisassembledInstruction {
                    address: NOWHERE.into(),
                    instruction: "no code".into(),
                    presentation_hint: Some("invalid"),
                    ..DisassembledInstruction::default()
                };
            };
            let mut instruction = DisassembledInstruction {
                address: CodeReference { pc, ..at }.text(),
                instruction: session.instruction(contract, pc).unwrap_or_default(),
                ..DisassembledInstruction::default()
            };
            let Some(position) = session.positions(contract, pc).last() else {
                (path, function) = (None, None);
                return instruction;
            };
            if function.as_ref() != Some(&position.function) {
                instruction.symbol = Some(position.function.clone());
                function = Some(position.function.clone());
            }
            if position.line > 0 {
                // The file goes on for those behind.
                if path.as_ref() != Some(&position.path) {
                    instruction.location = source(&position.path, sources);
                    path = instruction.location.is_some().then(|| position.path.clone());
                }
                if path.is_some() {
                    instruction.line = Some(client.line(position.line));
                    instruction.column = (position.column > 0).then(|| client.column(position.column));
                }
            }
            instruction
        })
        .collect();
    Ok(json!({ "instructions": instructions }))
}
