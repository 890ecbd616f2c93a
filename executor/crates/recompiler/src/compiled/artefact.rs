// SPDX-License-Identifier: Apache-2.0
//! A translation as bytes, for keeping it.
//!
//! Whoever reads bytes trusts nothing about them: they may be anything, and then there is no translation, or one whose code
//! is as wrong as it likes, which is what the worker's walls are for. What the host itself computes with, the places of blocks and
//! exits, is in order and within the code.
//!
//! ```text
//! 0    bytes of code, entries of the jump table, number of blocks, number of exits, offset of the tail: 4 bytes each
//! 20   code; for each entry of the jump table where it leads to, 4 bytes; blocks and exits, each as its code offset and its
//!      offset in the code, 4 bytes each
//! ```
//!
//! All numbers are little-endian.

use revive_vm_assembler::Assembler;
use revive_vm_primitives::Code;

use super::{
    whole_pages, CodeMap, Compiled, Config, MachineCode, CODE_BYTES_PER_BYTE_MAX, CONSTANT_CODE_BYTES,
};
use crate::{stubs, translator::Spot};

/// Bytes in front of the code.
const HEAD_BYTES: usize = 5 * 4;
/// Bytes of an entry of the jump table.
const TARGET_BYTES: usize = 4;
/// Bytes of a block or an exit.
const SPOT_BYTES: usize = 8;

impl Compiled {
    /// The bytes that [`Self::from_bytes`] makes the same of.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { machine_code: MachineCode { code, targets, .. }, map } = self;
        let spots = map.blocks.len() + map.exits.len();
        let mut bytes =
            Vec::with_capacity(HEAD_BYTES + code.len() + TARGET_BYTES * targets.len() + SPOT_BYTES * spots);
        let mut push = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        // All of this is bounded by the room for code, which is less than 2 GiB.
        [code.len(), targets.len(), map.blocks.len(), map.exits.len()]
            .into_iter()
            .for_each(|len| push(u32::try_from(len).unwrap_or(u32::MAX)));
        push(map.tail);
        bytes.extend_from_slice(code);
        for target in targets {
            bytes.extend_from_slice(&target.to_le_bytes());
        }
        for spot in map.blocks.iter().chain(&map.exits) {
            bytes.extend_from_slice(&spot.guest.to_le_bytes());
            bytes.extend_from_slice(&spot.native.to_le_bytes());
        }
        bytes
    }

    /// What [`Self::to_bytes`] made bytes of, for the same code and settings; `None` if they are no such bytes.
    pub fn from_bytes(code: &Code<'_>, config: &Config, bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let number = |index: usize| head.get(4 * index..).and_then(word);
        let [code_bytes, targets, blocks, exits] =
            [number(0)?, number(1)?, number(2)?, number(3)?].map(to_usize);
        let tail = number(4)?;
        let len = to_usize(code.len());
        if whole_pages(code_bytes) > CODE_BYTES_PER_BYTE_MAX * len + CONSTANT_CODE_BYTES
            || targets != to_usize(code.jump_table().len())
            || blocks > len + 1
            // One for each instruction, for each step in front of one, and for each block that is charged for in the tail.
            || exits > len + blocks + if config.step_tracing { len + 1 } else { 0 }
        {
            return None;
        }
        let (native, rest) = rest.split_at_checked(code_bytes)?;
        let (targets, rest) = rest.split_at_checked(TARGET_BYTES * targets)?;
        let (block_bytes, exit_bytes) = rest.split_at_checked(SPOT_BYTES * blocks)?;
        if exit_bytes.len() != SPOT_BYTES * exits || to_usize(tail) > code_bytes {
            return None;
        }
        // Entry and exits, which the worker and the rest of the host rely on more than on anything else.
        let mut entry = Assembler::new();
        let stubs = stubs::put(&mut entry);
        let entry = entry.finish();
        if native.get(..entry.len())? != entry {
            return None;
        }
        let targets = targets.chunks(TARGET_BYTES).map(word).collect::<Option<Box<[u32]>>>()?;
        let (blocks, exits) = (spots(block_bytes)?, spots(exit_bytes)?);
        let last_block = blocks.iter().all(|block| block.guest <= code.len() && block.native <= tail);
        let rising = blocks.is_sorted_by(|a, b| a.guest < b.guest && a.native <= b.native);
        let exits_within =
            exits.iter().all(|exit| exit.guest <= code.len() && to_usize(exit.native) <= code_bytes);
        if !last_block || !rising || !exits_within || !exits.is_sorted_by(|a, b| a.native < b.native) {
            return None;
        }
        Some(Self {
            machine_code: MachineCode { code: native.into(), targets, finished: stubs.finished },
            map: CodeMap { config: *config, stubs, blocks, exits, tail, known: Default::default() },
        })
    }
}

/// Blocks or exits; `None` if the bytes end within one.
fn spots(bytes: &[u8]) -> Option<Box<[Spot]>> {
    bytes
        .chunks(SPOT_BYTES)
        .map(|spot| Some(Spot { guest: word(spot)?, native: spot.get(4..).and_then(word)? }))
        .collect()
}

/// The first four bytes as a number.
fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
