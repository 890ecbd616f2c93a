// SPDX-License-Identifier: Apache-2.0
//! Each layer of the wall alone: a worker that has this one and no other, with machine code that tries what the layer is
//! there to stop. Without the filter of system calls that code can make any.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{set_up_call, Code, A1};
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::protocol::layer;
use revive_vm_sandbox::{Process, SandboxError, WorkerEnd};
use std::fs;

const EPERM: i64 = -1;
const ENOENT: i64 = -2;
const EACCES: i64 = -13;
const EBADF: i64 = -9;
const ENOMEM: i64 = -12;
/// Where strings for system calls are.
const TEXT: u32 = 0x2_0000;

/// All layers but these.
fn all_but(layers: u64) -> u64 {
    layer::ALL.iter().fold(0, |all, (bit, _)| all | bit) & !layers
}

/// A worker with these layers and no other; nothing, with a word about it, where the system does not give them.
fn with_only(layers: u64) -> Option<Process> {
    let process = Process::spawn_without(all_but(layers)).unwrap();
    assert_eq!(process.layers() & !layers, 0);
    if process.layers() != layers {
        eprintln!("skipped: of the layers {layers:#x} this machine gives {:#x}", process.layers());
        return None;
    }
    Some(process)
}

/// What a system call by the guest comes back with. `text` is at [`TEXT`].
fn try_call(process: &mut Process, number: u64, arguments: &[u64], text: &[u8]) -> i64 {
    let mut code = Code::new();
    set_up_call(&mut code, number, arguments);
    code.syscall();
    code.exit(exit_code::FINISHED, 0);
    process.reset().unwrap();
    process.load(&code.program()).unwrap();
    process.map(TEXT, 4096, true).unwrap();
    process.write(TEXT, text).unwrap();
    let exit = process.run(Code::body()).unwrap();
    assert_eq!(exit.code, exit_code::FINISHED);
    // Where the kernel puts the result is where this guest register is.
    process.register(A1) as i64
}

fn open_a_file(process: &mut Process) -> i64 {
    try_call(process, 2, &[TEXT.into(), 0, 0], b"/etc/hostname\0")
}

/// That what follows means something: without any layer all of it works.
#[test]
fn without_layers_there_is_no_wall() {
    let Some(mut process) = with_only(0) else { return };
    assert!(try_call(&mut process, 9, &[0, 1 << 22, 3, 0x22, u64::MAX, 0], &[]) > 0, "cannot map memory");
    // The last one, because the descriptor of the file is that where programs arrive.
    let file = open_a_file(&mut process);
    assert!(file >= 0, "cannot open a file: {file}");
    assert_eq!(fs::read(format!("/proc/{}/environ", process.id())).unwrap(), [], "an environment");
    let ours = |what: &str| fs::read_link(format!("/proc/self/{what}")).unwrap();
    let theirs = |what: &str| fs::read_link(format!("/proc/{}/{what}", process.id())).unwrap();
    for what in ["root", "ns/user", "ns/mnt", "ns/net", "ns/ipc", "ns/uts", "ns/cgroup"] {
        assert_eq!(ours(what), theirs(what), "{what}");
    }
}

#[test]
fn the_filter_alone_kills() {
    let Some(mut process) = with_only(layer::FILTER) else { return };
    let mut code = Code::new();
    set_up_call(&mut code, 39, &[]);
    code.syscall();
    process.load(&code.program()).unwrap();
    let error = process.run(Code::body()).unwrap_err();
    assert_eq!(error, SandboxError::Died { step: "running", end: WorkerEnd::Signalled(31) });
}

#[test]
fn closed_descriptors_alone_leave_two() {
    let count = |process: &Process| fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count();
    // One that the worker would inherit: nothing of the standard library's makes any, so by a descriptor without the mark.
    let file = fs::File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let open = Process::spawn_without(all_but(0)).unwrap();
    assert!(count(&open) > 2);
    let Some(closed) = with_only(layer::CLOSED_DESCRIPTORS) else { return };
    assert_eq!(count(&closed), 2);
}

#[test]
fn limits_alone_stop_descriptors_memory_and_files() {
    let Some(mut process) = with_only(layer::LIMITS | layer::CLOSED_DESCRIPTORS) else { return };
    assert_eq!(try_call(&mut process, 33, &[0, 3], &[]), EBADF, "dup2 to a descriptor beyond the limit");
    assert_eq!(try_call(&mut process, 9, &[0, 1 << 34, 3, 0x22, u64::MAX, 0], &[]), ENOMEM, "addresses");
    assert_eq!(try_call(&mut process, 9, &[0, 1 << 22, 3, 0x22, u64::MAX, 0], &[]), ENOMEM, "private memory");
}

#[test]
fn given_up_privileges_alone_leave_none() {
    let Some(mut process) = with_only(layer::NO_PRIVILEGES) else { return };
    assert_eq!(try_call(&mut process, 161, &[TEXT.into()], b"/\0"), EPERM, "chroot");
    assert_eq!(try_call(&mut process, 157, &[39, 0, 0, 0, 0], &[]), 1, "no_new_privs");
    assert_eq!(try_call(&mut process, 157, &[3, 0, 0, 0, 0], &[]), 0, "dumpable");
}

#[test]
fn no_exec_gain_alone_keeps_memory_from_becoming_code() {
    let Some(mut process) = with_only(layer::NO_EXEC_GAIN) else { return };
    assert_eq!(try_call(&mut process, 10, &[TEXT.into(), 4096, 5], &[]), EACCES, "mprotect");
    assert_eq!(try_call(&mut process, 9, &[0, 4096, 7, 0x22, u64::MAX, 0], &[]), EACCES, "mmap");
}

/// If a worker could shorten a file that its supervisor has mapped, the supervisor would fault there; and no layer is between the two.
#[test]
fn the_memory_of_an_instance_stays_as_long_as_it_is() {
    let Some(mut process) = with_only(0) else { return };
    for bytes in [0, 4096, 1 << 33] {
        assert_eq!(try_call(&mut process, 77, &[2, bytes], &[]), EPERM, "ftruncate to {bytes}");
    }
    // fcntl: F_ADD_SEALS, F_SEAL_FUTURE_WRITE
    assert_eq!(try_call(&mut process, 72, &[2, 1033, 0x10], &[]), EPERM, "a seal");
}

#[test]
fn an_empty_address_space_alone_has_nothing_else() {
    let Some(process) = with_only(layer::EMPTY_ADDRESS_SPACE) else { return };
    let maps = fs::read_to_string(format!("/proc/{}/maps", process.id())).unwrap();
    for name in ["[stack]", "[vdso]", "[vvar]", "[heap]"] {
        assert!(!maps.contains(name), "{maps}");
    }
}

#[test]
fn namespaces_alone_are_others_than_ours() {
    for (bit, name) in [
        (layer::USER_NAMESPACE, "user"),
        (layer::MOUNT_NAMESPACE, "mnt"),
        (layer::NETWORK_NAMESPACE, "net"),
        (layer::IPC_NAMESPACE, "ipc"),
        (layer::NAME_NAMESPACE, "uts"),
        (layer::CONTROL_GROUP_NAMESPACE, "cgroup"),
    ] {
        // Without privileges the others need the first.
        let process = Process::spawn_without(all_but(bit | layer::USER_NAMESPACE)).unwrap();
        if process.layers() & bit == 0 {
            eprintln!("skipped: this machine gives no namespace {name}");
            continue;
        }
        let link = |id: &str| fs::read_link(format!("/proc/{id}/ns/{name}")).unwrap();
        assert_ne!(link("self"), link(&process.id().to_string()), "{name}");
    }
}

#[test]
fn a_network_namespace_alone_has_no_network() {
    let Some(mut process) = with_only(layer::NETWORK_NAMESPACE | layer::USER_NAMESPACE) else { return };
    const ENETUNREACH: i64 = -101;
    let address = [2, 0, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut code = Code::new();
    set_up_call(&mut code, 41, &[2, 2, 0]);
    code.syscall();
    // It got the descriptor where programs arrive.
    set_up_call(&mut code, 42, &[1, TEXT.into(), 16]);
    code.syscall();
    code.exit(exit_code::FINISHED, 0);
    process.load(&code.program()).unwrap();
    process.map(TEXT, 4096, true).unwrap();
    process.write(TEXT, &address).unwrap();
    process.run(Code::body()).unwrap();
    assert_eq!(process.register(A1) as i64, ENETUNREACH);
}

#[test]
fn an_empty_root_alone_has_no_files_and_takes_none() {
    let layers = layer::EMPTY_ROOT | layer::MOUNT_NAMESPACE | layer::USER_NAMESPACE;
    let Some(mut process) = with_only(layers) else {
        // The kernel has two reasons to refuse it where it gives the namespaces; any other one is a mistake of ours.
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let is_root = |line: &&str| line.split(' ').nth(4) == Some("/");
        let is_movable = mounts.lines().find(is_root).is_some_and(|line| !line.contains(" - rootfs "));
        let has_namespaces = with_only(layers & !layer::EMPTY_ROOT).is_some();
        return assert!(!(is_movable && has_namespaces), "the root could be left");
    };
    // The old root may be beneath the new one, or where the process still is.
    for path in ["/etc/hostname", "/../etc/hostname", "etc/hostname", "../etc/hostname"] {
        let opened = try_call(&mut process, 2, &[TEXT.into(), 0, 0], format!("{path}\0").as_bytes());
        assert!([ENOENT, EACCES].contains(&opened), "{path}: {opened}");
    }
    for path in ["/proc/self/maps", "/../etc/hostname", "/new"] {
        let text = format!("{path}\0");
        let made = try_call(&mut process, 2, &[TEXT.into(), 0o101, 0o600], text.as_bytes());
        assert!(made < 0, "{path} can be opened");
    }
}
