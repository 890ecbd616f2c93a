// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask fuzz TARGET`: runs a fuzz target on generated inputs. `cargo xtask mutants`: bugs on purpose. What the targets are, and
//! how to run one under `cargo-fuzz`: `docs/FUZZING.md`.
//!
//! Targets of the virtual machine have a runner of their own. Those of the toolchain are tests of its crates, which variables tell how
//! many inputs to try, and from which seed on.

use crate::{
    road::Road,
    run::{cargo, program, run, with_absolute_paths, Result},
    workspace,
};

/// A fuzz target that is a test.
struct TestTarget {
    name: &'static str,
    about: &'static str,
    package: &'static str,
    test: &'static str,
    count: &'static str,
    seed: &'static str,
}

const TEST_TARGETS: &[TestTarget] = &[
    TestTarget {
        name: "elf",
        about: "damaged ELF files into the linker: linked or refused, no panic, no hang, no unbounded memory",
        package: "revive-vm-linker",
        test: "mutation",
        count: "LINKER_TEST_MUTATIONS",
        seed: "LINKER_TEST_SEED",
    },
    TestTarget {
        name: "text",
        about: "damaged text into the assembler: the same",
        package: "revive-vm-assembly",
        test: "mutation",
        count: "REVIVE_VM_TEXT_MUTATIONS",
        seed: "REVIVE_VM_TEXT_SEED",
    },
    TestTarget {
        name: "link",
        about:
            "generated RISC-V programs do the same in an emulator and, linked at every level, on both engines",
        package: "revive-vm-linker",
        test: "translation",
        count: "LINKER_TEST_PROGRAMS",
        seed: "LINKER_TEST_SEED",
    },
];

/// The runner's options whose value is a path.
const PATHS: &[&str] = &["--replay", "--failures"];

/// Address space of a test whose inputs are damaged. The others run programs in workers, which map much and touch little.
const DAMAGED_BYTES_MAX: u64 = 1 << 30;

impl TestTarget {
    fn run(&self, options: &[&str]) -> Result<()> {
        let mut test = cargo(Road::Rustup);
        test.args(["test", "--release", "--package", self.package, "--test", self.test]);
        // Built first: the limit is for the test alone.
        run(test.arg("--no-run"))?;
        let limited = self.test == "mutation";
        let mut command = if limited { program("prlimit") } else { cargo(Road::Rustup) };
        if limited {
            command.arg(format!("--as={DAMAGED_BYTES_MAX}")).arg("cargo");
        }
        command.env("CARGO_TARGET_DIR", workspace::target_dir());
        command.args(["test", "--release", "--package", self.package, "--test", self.test]);
        command.args(["--", "--nocapture"]);
        for pair in options.chunks(2) {
            match *pair {
                ["--count", count] => command.env(self.count, count),
                ["--seed", seed] => command.env(self.seed, seed),
                _ => {
                    return Err(format!(
                        "{} takes --count N and --seed S, not {:?}",
                        self.name,
                        pair.join(" ")
                    ))
                }
            };
        }
        let folders = [workspace::target_dir().join("matrix"), workspace::contracts_build().join("elf")];
        let folders = folders.iter().filter(|folder| folder.is_dir()).map(|folder| folder.to_string_lossy());
        run(command.env("LINKER_TEST_ELFS", folders.collect::<Vec<_>>().join(":")))
    }
}

/// `cargo xtask fuzz TARGET [--count N] [--seed S] [--replay FILE]`. The runner knows the options.
pub(crate) fn fuzz(arguments: &[&str]) -> Result<()> {
    if let Some(target) = TEST_TARGETS.iter().find(|target| arguments.first() == Some(&target.name)) {
        return target.run(&arguments[1..]);
    }
    if arguments == ["list"] {
        for TestTarget { name, about, .. } in TEST_TARGETS {
            println!("{name}: {about}");
        }
    }
    // No part of it depends on the runtime's toolchain, so no set-up is needed.
    let mut command = cargo(Road::Rustup);
    command.args(["run", "--release", "--package", "revive-vm-testing", "--bin", "revive-vm-fuzz", "--"]);
    command.args(with_absolute_paths(arguments.iter().copied(), PATHS)?);
    run(&mut command)
}

/// `cargo xtask mutants`: a build of its own with bugs that can be turned on, and the test that turns them on.
pub(crate) fn mutants() -> Result<()> {
    let mut command = cargo(Road::Rustup);
    command
        .env("RUSTFLAGS", "--cfg revive_vm_mutants")
        .env("CARGO_TARGET_DIR", workspace::target_dir().join("mutants"))
        .args([
            "test",
            "--release",
            "--package",
            "revive-vm-testing",
            "--test",
            "mutants",
            "--",
            "--nocapture",
            "--test-threads=1",
        ]);
    run(&mut command)
}
