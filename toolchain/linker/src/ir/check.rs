// SPDX-License-Identifier: Apache-2.0
//! Checks the invariants of programs. Runs behind every pass; a violation is a mistake of the linker, which it reports
//! as an error instead of writing a wrong blob.

use super::{data::Place, normal, BlockId, Const, Inst, Program, RegSet};

/// What is wrong with a program, if anything.
pub(crate) fn check(program: &Program) -> Result<(), String> {
    let mut is_in = vec![false; program.blocks.len()];
    for id in &program.order {
        match is_in.get_mut(id.index()) {
            Some(seen @ false) => *seen = true,
            _ => return Err(format!("block {} is in the order twice, or does not exist", id.0)),
        }
    }
    let check_block = |from: &dyn Fn() -> String, id: BlockId| match is_in.get(id.index()) {
        Some(true) => Ok(()),
        _ => Err(format!("{} refers to block {}, which is not part of the program", from(), id.0)),
    };
    let check_const = |from: &dyn Fn() -> String, value: Const| match value {
        Const::Code(id) => check_block(from, id),
        Const::Data(id, _) | Const::DataHigh(id, _) | Const::DataLow(id, _)
            if !program.data.get(id.index()).is_some_and(|section| section.kept) =>
        {
            Err(format!("{} refers to data section {}, which is not part of the program", from(), id.0))
        }
        _ => Ok(()),
    };
    for &id in &program.order {
        let block = program.block(id);
        let from = || format!("block {}", id.0);
        // Temporaries that have a value.
        let mut written = RegSet::REAL;
        for node in &block.insts {
            let from = || format!("`{}` of block {}", node.inst, id.0);
            if !normal::is_encodable(&node.inst) {
                return Err(format!("{} cannot be encoded", from()));
            }
            if node.inst.reads().minus(written) != RegSet::EMPTY {
                return Err(format!("{} reads a temporary that has no value", from()));
            }
            written = written.union(node.inst.writes());
            let mut result = Ok(());
            node.inst.for_each_const(|value| {
                if result.is_ok() {
                    result = check_const(&from, value);
                }
            });
            result?;
            if let Inst::HostCall { import, .. } = node.inst {
                if program.imports.get(import as usize).is_none() {
                    return Err(format!("{} calls an import that does not exist", from()));
                }
            }
        }
        if block.end.reads().minus(written) != RegSet::EMPTY
            || block.end.link().is_some_and(|link| !link.is_real())
        {
            return Err(format!("the end of block {} uses a temporary that has no value", id.0));
        }
        let mut result = Ok(());
        block.end.for_each_successor(|to| {
            if result.is_ok() {
                result = check_block(&from, to);
            }
        });
        result?;
        if let Some(back) = block.end.back() {
            check_block(&from, back)?;
        }
    }
    for section in program.data.iter().filter(|section| section.kept) {
        let from = || format!("data section {}", section.name);
        for fixup in &section.fixups {
            let mut result = Ok(());
            fixup.value.for_each_place(|place| {
                if result.is_ok() {
                    result = match place {
                        Place::Code(id) => check_block(&from, id),
                        Place::Data(id, _) => check_const(&from, Const::Data(id, 0)),
                        Place::Number(_) => Ok(()),
                    };
                }
            });
            result?;
        }
    }
    program.exports.iter().try_for_each(|export| {
        check_block(&|| format!("export {}", String::from_utf8_lossy(&export.name)), export.block)
    })
}
