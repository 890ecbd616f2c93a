// SPDX-License-Identifier: Apache-2.0
//! Files that commands write: whole or not at all, and never what they read.

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

/// As by a slip of the hand: the only copy of something would be gone.
#[test]
fn what_is_read_is_not_overwritten() {
    let folder = folder("same-file");
    fs::write(folder.join("program"), elf(8)).expect("the file can be written");
    for args in [
        &["link", "program", "-o", "./program"][..],
        &["link", "program", "-o", "program", "--run-only-if-newer"],
        &["assemble", "program", "-o", "program"],
        &["disassemble", "program", "-o", "program"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_revive-vm")).args(args).current_dir(&folder).output();
        let output = output.expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains("program is what is read, and would be overwritten"), "{args:?}: {said}");
    }
    assert_eq!(fs::read(folder.join("program")).expect("it is still there"), elf(8));
}

#[test]
fn links_stay_links() {
    let folder = folder("links");
    fs::write(folder.join("program.elf"), elf(8)).expect("the file can be written");
    for target in ["there", "not-there"] {
        let link = folder.join("link");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(target, &link).expect("the link can be made");
        if target == "there" {
            fs::write(folder.join(target), "").expect("the file can be written");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_revive-vm"));
        command.args(["link", "program.elf", "-o", "link"]).current_dir(&folder);
        assert!(command.status().expect("the program runs").success());
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink(), "{target}");
        assert!(fs::read(folder.join(target)).expect("it was written").starts_with(b"PVM"), "{target}");
    }
}
