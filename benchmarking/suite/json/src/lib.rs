// SPDX-License-Identifier: Apache-2.0
//! Parsing JSON: a document of some 4 KiB into a tree of maps, lists, strings and integers, which is then changed and written again;
//! `n` times. Branches on bytes, allocations, and many small copies.

#![no_std]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use serde_json::Value;

static mut DOCUMENT: [u8; 8192] = [0; 8192];
static mut DOCUMENT_BYTES: usize = 0;

/// Writes the document: a list of transfers.
pub fn initialize() {
    // SAFETY: what was allocated in a former call is used by nobody any more.
    unsafe { revive_vm_workload::heap::reset() };
    let mut text = String::new();
    text.push_str("{\"chain\": \"r\\u00e9vive\", \"height\": 1234567, \"final\": true, \"parent\": null, \"transfers\": [");
    for i in 0..24u64 {
        let comma = if i == 0 { "" } else { ",\n  " };
        let amount = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let written = write!(
            text,
            "{comma}{{\"from\": \"0x{:040x}\", \"to\": \"0x{:040x}\", \"amount\": {amount}, \"fee\": -{i}, \
             \"memo\": \"line\\t{i}\\n\\\"quoted\\\"\", \"tags\": [\"a{i}\", \"b\", {}]}}",
            amount * 3,
            amount * 7,
            i % 2 == 0,
        );
        if written.is_err() {
            return;
        }
    }
    text.push_str("]}");
    // SAFETY: a workload has one thread, and nothing else uses the document.
    unsafe {
        let document = &mut *core::ptr::addr_of_mut!(DOCUMENT);
        document[..text.len()].copy_from_slice(text.as_bytes());
        DOCUMENT_BYTES = text.len();
    }
}

/// Parses, changes and writes `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing changes the document now.
    let document = unsafe { &(&*core::ptr::addr_of!(DOCUMENT))[..DOCUMENT_BYTES] };
    let mut checksum = 0;
    for i in 0..n {
        checksum = once(document, i).map_or(1, |written| fold(checksum, &written));
        // SAFETY: the tree and what was written are gone.
        unsafe { revive_vm_workload::heap::reset() };
    }
    checksum
}

fn once(document: &[u8], round: u64) -> Option<Vec<u8>> {
    let mut tree: Value = serde_json::from_slice(document).ok()?;
    let mut sum = round;
    for transfer in tree.get_mut("transfers")?.as_array_mut()? {
        sum += transfer.get("amount")?.as_u64()?;
        transfer.as_object_mut()?.remove("memo")?;
    }
    *tree.get_mut("height")? = sum.into();
    serde_json::to_vec(&tree).ok()
}

fn fold(checksum: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(64).fold(checksum, |sum, chunk| {
        sum.rotate_left(5) ^ u64::from(chunk[0]) ^ u64::from(chunk[chunk.len() - 1]) << 8
    })
}
