// SPDX-License-Identifier: Apache-2.0
//! Which traps come at once.

use crate::passes::tests::golden;

#[test]
fn traps_come_at_once_if_nobody_can_tell() {
    golden(
        "traps",
        "export f
        @0:
            jump @1 if a0 GeU a1 else @2
        @1:
            a2 = &data0+0
            ra = &@2, jump @3
        @2:
            jump [ra]
        @3:
            sp = Add(W64) sp, -32
            U64 [sp + 8] = a2
            trap",
        "export f
        @0:
            jump @1 if a0 GeU a1 else @2
        @1:
            trap
        @2:
            jump [ra]",
    );
    // The host would see it; somebody else's memory is written; it may never end.
    for block in ["host call 0", "U64 [&data1+0] = a0"] {
        let text = format!("export f\n@0:\n{block}\ntrap");
        golden("traps", &text, &text);
    }
    let text = "export f\n@0:\njump @0 if a0 Eq 0 else @1\n@1:\ntrap";
    golden("traps", text, text);
}
