// SPDX-License-Identifier: Apache-2.0
//! Exports of code that a text gives as bytes.

use revive_vm_assembly::{assemble, disassemble};

/// A jump table whose entries have no bytes is nothing that directives describe, so there is no code that labels could stand in.
#[test]
fn exports_of_code_that_is_given_as_bytes_come_back() {
    for exports in ["%export = 'a' 0", "%export = 'b' 0\n%export = 'a' 0", "%export = 'a' 0\n%export = 'a' 7"]
    {
        let blob = assemble(&format!("{exports}\n%section 6 = 01 00 01 00 01")).expect("it is a program");
        let text = disassemble(&blob).expect("it is a blob");
        assert_eq!(assemble(&text), Ok(blob), "{text}");
    }
}
