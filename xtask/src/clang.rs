// SPDX-License-Identifier: Apache-2.0
//! A C compiler for guest programs: one that knows the calling convention of 16 registers, which clang does from
//! version 18 on. Where there is none and none can be installed, C programs are left out.

use std::process::Stdio;

use crate::run::{is_installed, output_of, program, Progress};

/// Names under which distributions have it, newest first.
const NAMES: [&str; 8] =
    ["clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang"];

/// The package that is installed where there is no such compiler: the first version that Debian's stable release and
/// Ubuntu's both have.
pub(crate) const PACKAGE: &str = "clang-19";

/// What it is for.
pub(crate) const WHY: &str = "compiles guest programs written in C";

/// What every guest program in C is compiled with.
pub(crate) const FLAGS: [&str; 9] = [
    "--target=riscv64-unknown-none-elf",
    "-march=rv64emac_zbb_xtheadcondmov",
    "-mabi=lp64e",
    "-mno-relax",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Werror",
];

/// The command, if there is one.
pub(crate) fn find() -> Option<&'static str> {
    NAMES.into_iter().find(|name| is_installed(name) && knows_target(name))
}

/// Whether it can compile for the guest: older versions are there often, but know another calling convention only.
fn knows_target(name: &str) -> bool {
    let mut command = program(name);
    command.args(FLAGS).args(["-x", "c", "-fsyntax-only", "/dev/null"]).stderr(Stdio::null());
    output_of(&mut command).is_some()
}

/// Says that C programs are left out.
pub(crate) fn say_missing(progress: &Progress) {
    progress.say(format_args!(
        "no clang of version 18 or later: guest programs in C are left out (try {PACKAGE})"
    ));
}
