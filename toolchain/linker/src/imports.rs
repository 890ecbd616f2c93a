// SPDX-License-Identifier: Apache-2.0
//! Which number each import gets.

use crate::{
    error::{LinkError, Result},
    ir::{Inst, Program},
};
use revive_vm_primitives::limits;

/// The imports of the blob.
pub(crate) struct Imports {
    /// Names by number; holes have the empty name.
    pub(crate) names: Vec<Vec<u8>>,
    /// The number of each import of the program; unspecified for those that are not called.
    pub(crate) numbers: Vec<u32>,
}

/// Numbers the imports: as the guest asks for, or else those that are called in the order of their names.
pub(crate) fn number(program: &Program) -> Result<Imports> {
    let imports = &program.imports;
    let mut numbers = vec![0; imports.len()];
    let show = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let limit = |count: usize| match count <= limits::IMPORTS_MAX as usize {
        true => Ok(()),
        false => Err(LinkError::new(format!(
            "the program has {count} imports, at most {} are possible",
            limits::IMPORTS_MAX
        ))),
    };
    if imports.iter().all(|import| import.index.is_none()) {
        let mut is_called = vec![false; imports.len()];
        for node in program.order.iter().flat_map(|id| &program.block(*id).insts) {
            if let Inst::HostCall { import, .. } = node.inst {
                is_called[import as usize] = true;
            }
        }
        let mut called: Vec<usize> = (0..imports.len()).filter(|index| is_called[*index]).collect();
        called.sort_by_key(|index| &imports[*index].name);
        limit(called.len())?;
        let names = called.iter().map(|index| imports[*index].name.clone()).collect();
        for (number, index) in called.into_iter().enumerate() {
            numbers[index] = number as u32;
        }
        return Ok(Imports { names, numbers });
    }
    let mut names: Vec<Option<&[u8]>> = Vec::new();
    for (import, number) in imports.iter().zip(&mut numbers) {
        let Some(index) = import.index else {
            return Err(LinkError::new(format!(
                "the import `{}` has no number, but others have",
                show(&import.name)
            ))
            .hint("number all imports or none"));
        };
        limit((index as usize).saturating_add(1))?;
        names.resize(names.len().max(index as usize + 1), None);
        if let Some(other) = names[index as usize].replace(&import.name) {
            return Err(LinkError::new(format!(
                "the imports `{}` and `{}` both have the number {index}",
                show(other),
                show(&import.name)
            )));
        }
        *number = index;
    }
    let names = names.into_iter().map(|name| name.unwrap_or_default().to_vec()).collect();
    Ok(Imports { names, numbers })
}
