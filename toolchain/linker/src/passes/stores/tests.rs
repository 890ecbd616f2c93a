// SPDX-License-Identifier: Apache-2.0
//! What is stored at once, and what is not.

use crate::passes::tests::{golden, is_left_alone};

#[test]
fn constants_next_to_one_another_are_stored_at_once() {
    golden(
        "stores",
        "export f
        @0:
            U8 [sp + 52] = 1
            U8 [sp + 53] = 2
            a2 = Add(W64) a0, 1
            U16 [sp + 54] = 3
            U32 [sp + 0] = -1
            U32 [sp + 4] = -1
            jump [ra]",
        "export f
        @0:
            a2 = Add(W64) a0, 1
            U32 [sp + 52] = 197121
            U64 [sp + 0] = -1
            jump [ra]",
    );
    for text in [
        // Somebody else's memory; not next to one another; somebody reads in between; no immediate has so many bits.
        "U8 [a0 + 0] = 1\nU8 [a0 + 1] = 2",
        "U8 [sp + 0] = 1\nU8 [sp + 2] = 2",
        "U8 [sp + 0] = 1\na0 = U8 [a2 + 0]\nU8 [sp + 1] = 2",
        "U8 [sp + 0] = 1\nsp = Add(W64) sp, 8\nU8 [sp + 1] = 2",
        "U32 [sp + 0] = 1\nU32 [sp + 4] = 2",
    ] {
        is_left_alone("stores", &format!("export f\n@0:\n{text}\njump [ra]"));
    }
}
