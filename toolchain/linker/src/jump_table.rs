// SPDX-License-Identifier: Apache-2.0
//! Which number each target of indirect jumps gets.
//!
//! The number becomes an immediate wherever the address is used, a byte of it if it is below 64, two below 16384. So
//! targets that are named most often come first; among equals the order of the code decides.
//!
//! Targets whose distances are stored in fewer bytes than a register has keep the order of the input
//! ([`Program::in_narrow_distances`]).

use crate::ir::{BlockId, Const, Operand, Program, Terminator};
use revive_vm_primitives::CODE_ADDRESS_ALIGNMENT;
use std::cmp::Reverse;

/// The numbers.
pub(crate) struct JumpTable {
    order: Vec<BlockId>,
    /// Address per block; 0 for those that have none, to which no jump ever leads.
    addresses: Vec<u32>,
}

impl JumpTable {
    /// Numbers all targets of indirect jumps, by use or else by the order of the code.
    pub(crate) fn new(program: &Program, dynamic: &[bool], by_use: bool) -> Self {
        let mut order: Vec<BlockId> =
            program.order.iter().copied().filter(|id| dynamic[id.index()]).collect();
        if by_use {
            let mut uses = vec![0_u32; program.blocks.len()];
            let mut count = |value: Const| {
                if let Const::Code(id) = value {
                    uses[id.index()] += 1;
                }
            };
            for &id in &program.order {
                let block = program.block(id);
                block.insts.iter().for_each(|node| node.inst.for_each_const(&mut count));
                if let Terminator::Branch { b: Operand::Const(value), .. } = block.end {
                    count(value);
                }
                block.end.back().into_iter().for_each(|back| count(Const::Code(back)));
            }
            let is_in_order = program.in_narrow_distances();
            let with_distances = order.iter().filter(|id| is_in_order[id.index()]);
            let most = with_distances.map(|id| uses[id.index()]).max().unwrap_or(0);
            order.sort_by_key(|id| match is_in_order[id.index()] {
                true => (Reverse(most), *id),
                false => (Reverse(uses[id.index()]), BlockId(u32::MAX)),
            });
        }
        let mut addresses = vec![0; program.blocks.len()];
        for (id, number) in order.iter().zip(1_u32..) {
            addresses[id.index()] = number.saturating_mul(CODE_ADDRESS_ALIGNMENT);
        }
        Self { order, addresses }
    }

    /// The targets, the one with the lowest number first.
    pub(crate) fn order(&self) -> &[BlockId] {
        &self.order
    }

    /// The address that indirect jumps use.
    pub(crate) fn address(&self, id: BlockId) -> u32 {
        self.addresses[id.index()]
    }
}
