// SPDX-License-Identifier: Apache-2.0
//! What `revive-vm link` leaves behind where it cannot write all of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[path = "../../linker/tests/common/asm.rs"]
#[allow(dead_code, unreachable_pub, reason = "the linker's own tests use the rest")]
#[allow(clippy::precedence, reason = "fields of instructions are shifted and joined by the dozen")]
mod asm;

use asm::{Asm, Part, To};

/// A program with so many bytes of data.
fn elf(bytes: usize) -> Vec<u8> {
    let mut asm = Asm::new(true);
    asm.data[Part::RoData as usize] = vec![7; bytes];
    let main = asm.label_here();
    asm.la(10, To::At(Part::RoData, 0));
    asm.ret();
    asm.export("main", main);
    asm.finish()
}

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// Links in a folder where no file may be longer than 16 KiB.
fn link_where_files_are_short(folder: &Path, args: &str) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_revive-vm");
    let script =
        format!("trap '' XFSZ; ulimit -f 16; exec '{program}' link program.elf -o program.polkavm {args}");
    Command::new("bash").arg("-c").arg(script).current_dir(folder).status().expect("bash runs").code()
}

/// A blob that is not whole would count as newer than its ELF file.
#[test]
fn a_blob_that_cannot_be_written_whole_is_not_there() {
    let folder = folder("half-written");
    fs::write(folder.join("program.elf"), elf(100_000)).expect("the file can be written");
    for args in ["", "--run-only-if-newer"] {
        assert_eq!(link_where_files_are_short(&folder, args), Some(1), "{args}");
        assert!(!folder.join("program.polkavm").exists(), "{args}");
    }
    fs::write(folder.join("program.polkavm"), "what was there before").expect("the file can be written");
    assert_eq!(link_where_files_are_short(&folder, ""), Some(1));
    let left = fs::read(folder.join("program.polkavm")).expect("it is still there");
    assert_eq!(left, b"what was there before");
    assert_eq!(fs::read_dir(&folder).expect("the folder is there").count(), 2);
}
