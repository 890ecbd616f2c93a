// SPDX-License-Identifier: Apache-2.0
//! What is known, and what is not.

use crate::{
    ir::{
        data::{FixupValue, Place},
        parse::parse,
        BlockId, Fixup,
    },
    passes::tests::{golden, lines, run},
};

#[test]
fn constants_go_where_they_are_known() {
    golden(
        "constants",
        "export f
        @0:
            a0 = &data0+0
            a1 = 8
            a0 = Add(W64) a0, a1
            a2 = U64 [a0 + 8]
            jump @2 if a1 Eq 0 else @1
        @1:
            U64 [sp + 0] = a2
            jump [ra]
        @2:
            jump [ra]",
        "export f
        @0:
            a0 = &data0+0
            a1 = 8
            a0 = &data0+8
            a2 = 1663540288323457296
            jump @1
        @1:
            U64 [sp + 0] = a2
            jump [ra]
        @2:
            jump [ra]",
    );
}

#[test]
fn constants_of_both_ways_must_agree() {
    golden(
        "constants",
        "export f
        @0:
            a1 = 1
            jump @1 if a0 Eq 7 else @2
        @1:
            a1 = 2
            jump @3
        @2:
            jump @3
        @3:
            a2 = Add(W64) a1, 1
            jump [ra]",
        "export f
        @0:
            a1 = 1
            jump @1 if a0 Eq 7 else @2
        @1:
            a1 = 2
            jump @3
        @2:
            jump @3
        @3:
            a2 = Add(W64) a1, 1
            jump [ra]",
    );
}

/// Bytes that a relocation writes are not those of the file.
#[test]
fn constants_are_never_read_through_relocated_bytes() {
    let text = "export f\n@0:\na0 = U64 [&data0+8]\na1 = U32 [&data0+12]\na2 = U64 [&data0+16]\njump [ra]\n@1:\njump [ra]";
    let mut program = parse(text);
    program.data[0].fixups.push(Fixup {
        offset: 8,
        bytes: 8,
        value: FixupValue::Absolute(Place::Code(BlockId(1))),
    });
    run("constants", &mut program);
    let after =
        "export f\n@0:\na0 = &@1\na1 = U32 [&data0+12]\na2 = 1663540288323457296\njump [ra]\n@1:\njump [ra]";
    assert_eq!(lines(&program.to_string()), lines(after));
}

/// What can be written is not known.
#[test]
fn constants_are_never_read_from_writable_data() {
    let text = "export f\n@0:\na0 = U64 [&data1+8]\njump [ra]";
    golden("constants", text, text);
}
