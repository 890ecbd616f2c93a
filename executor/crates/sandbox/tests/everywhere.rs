// SPDX-License-Identifier: Apache-2.0
//! Workers start in poor surroundings: each row is tried, by running a test of this file in a process that was put there.
//! A row is skipped only where this machine cannot put a process there.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::Code;
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::policy::{Instruction, ALLOW, JUMP_EQUAL, LOAD, RETURN};
use revive_vm_sandbox::protocol::layer;
use revive_vm_sandbox::{available, Pool, PoolConfig, Process, SandboxError, WorkerEnd};
use rustix::process::{kill_process, Pid, Signal};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Set for the test that the others run; says what it has to find or do first.
const ROW: &str = "REVIVE_VM_TEST_ROW";
/// What a child prints once it is where it should be.
const THERE: &str = "this is the row";

/// What works everywhere: a worker runs a guest, is used again, and has what it must have.
#[test]
#[ignore = "run by the others, in the surroundings of a row"]
fn works_here() {
    let Ok(row) = env::var(ROW) else { return };
    match row.as_str() {
        "no proc" => assert!(!fs::exists("/proc/self").unwrap()),
        "no shm" => assert!(!fs::exists("/dev/shm").unwrap()),
        "nobody" => assert!(fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t65534\t65534")),
        "no children" => {
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
            // SIGCHLD
            assert!(u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 << 16 != 0);
        }
        "one core" => assert_eq!(std::thread::available_parallelism().unwrap().get(), 1),
        "container" => deny_as_containers_do(),
        // fallocate, as on a kernel that does not do it for files in memory
        "no holes" => deny(&[285], 95),
        // close_range, as in containers that do not know it
        "no ranges" => deny(&[436], 38),
        // memfd_create of a file that may be executed, as vm.memfd_noexec has it
        "no executable files in memory" => install(&deny_by_argument(319, 1, 0x13, 13)),
        // madvise with MADV_WIPEONFORK, as on a kernel that does not know it
        "no wiping at forks" => install(&deny_by_argument(28, 2, 18, 22)),
        _ => {}
    }
    println!("\n{THERE}");
    match row.as_str() {
        // ENOSYS, EINVAL
        "no call for filters" => return works_without_filters(38),
        "no filters" => return works_without_filters(22),
        _ => available(0).unwrap(),
    }
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 7);
    let (pool, program) = (Pool::new(PoolConfig::default()), code.program());
    // One that whoever this process starts gets too, unless it is closed there.
    let inherited = fs::File::open("/dev/null").ok();
    if let Some(file) = &inherited {
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty()).unwrap();
    }
    for _ in 0..3 {
        let mut process = pool.take_for(&program).unwrap();
        process.load(&program).unwrap();
        assert_eq!(process.run(Code::body()).unwrap().argument, 7);
        // So much that it is given back, where that is possible.
        let (address, mut bytes) = (0x2_0000, vec![1; 0x1_8000]);
        process.write(address, &bytes).unwrap();
        process.zero(address, bytes.len() as u32).unwrap();
        process.read(address, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
        // More than a waiting worker keeps, and nothing of what the last one had.
        let (address, mut bytes) = (0x10_0000, vec![1; 0x4_0000]);
        process.map(address, bytes.len() as u32, true).unwrap();
        process.read(address, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
        process.write(address, &[1; 0x4_0000]).unwrap();
        process.unmap(address, 0x1000).unwrap();
        assert_eq!(process.run(Code::body()).unwrap().argument, 7);
        process.read(address, &mut bytes).unwrap();
        assert!(bytes.iter().position(|byte| *byte == 1) == Some(0x1000));
        assert_eq!(process.layers() & layer::NEEDED, layer::NEEDED);
        // If this process may look there.
        if let Ok(descriptors) = fs::read_dir(format!("/proc/{}/fd", process.id())) {
            assert_eq!(descriptors.count(), 2, "a descriptor that is none of its own");
        }
        let has_namespaces = process.layers() & (layer::USER_NAMESPACE | layer::NETWORK_NAMESPACE) != 0;
        assert!(!has_namespaces || !["container", "no namespaces"].contains(&row.as_str()));
        println!("layers {:#x}", process.layers());
        pool.give(process);
    }
    // Where memory is not given back, a worker that has much of it is not kept.
    assert_eq!(pool.statistics().started, if row == "no holes" { 3 } else { 1 });
    let mut process = code.process();
    process.write(0x10_0000, &[1; 0x4_0000]).unwrap();
    process.reset().unwrap();
    let mut bytes = [1; 0x4_0000];
    process.read(0x10_0000, &mut bytes).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0));
    if row == "no wiping at forks" {
        assert!(is_broken_in_a_child(&process), "the child of a fork takes it for its own");
        assert!(!process.is_broken());
    }
    if row == "no children" {
        // The system does not say how it ended, but that it did.
        let mut process = code.process();
        kill_process(Pid::from_raw(process.id() as i32).unwrap(), Signal::KILL).unwrap();
        let end = WorkerEnd::Unknown;
        assert_eq!(process.run(Code::body()), Err(SandboxError::Died { step: "loading a program", end }));
    }
}

/// Whether the child of a fork, which has a copy of it, is told that it is another process's.
fn is_broken_in_a_child(process: &Process) -> bool {
    extern "C" {
        fn fork() -> i32;
        fn _exit(status: i32) -> !;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    // SAFETY: the child looks at memory and leaves.
    let child = unsafe { fork() };
    if child == 0 {
        let status = i32::from(!process.is_broken());
        // SAFETY: nothing of the parent's is undone on the way.
        unsafe { _exit(status) };
    }
    let mut status = 1;
    // SAFETY: the status is written to a variable of ours.
    child > 0 && unsafe { waitpid(child, &mut status, 0) } == child && status == 0
}

/// Refuses with EPERM what the usual profile of containers refuses, for this thread and its children.
fn deny_as_containers_do() {
    // unshare, setns, mount, umount2, pivot_root, ptrace, userfaultfd, keyctl, bpf, perf_event_open, open_by_handle_at
    const REFUSED: [u32; 11] = [272, 308, 165, 166, 155, 101, 323, 250, 321, 298, 304];
    deny(&REFUSED, 1);
}

/// Refuses system calls with an error number, for this thread and its children.
fn deny(calls: &[u32], errno: u32) {
    let make = |code, jump_false, operand| Instruction { code, jump_true: 0, jump_false, operand };
    let mut filter = vec![make(LOAD, 0, 0)];
    for number in calls {
        filter.extend([make(JUMP_EQUAL, 1, *number), make(RETURN, 0, REFUSE_WITH | errno)]);
    }
    filter.push(make(RETURN, 0, ALLOW));
    install(&filter);
}

/// A filter that refuses a system call with an error number if an argument, of which the lower half counts, has a value.
fn deny_by_argument(call: u32, index: u32, value: u32, errno: u32) -> [Instruction; 6] {
    let make = |code, jump_false, operand| Instruction { code, jump_true: 0, jump_false, operand };
    [
        make(LOAD, 0, 0),
        make(JUMP_EQUAL, 3, call),
        make(LOAD, 0, argument(index)),
        make(JUMP_EQUAL, 1, value),
        make(RETURN, 0, REFUSE_WITH | errno),
        make(RETURN, 0, ALLOW),
    ]
}

/// Where the lower half of an argument is in what a filter looks at.
fn argument(index: u32) -> u32 {
    16 + 8 * index
}

/// What a filter returns to have a call fail with an error number, which is added.
const REFUSE_WITH: u32 = 0x0005_0000;

/// Has every try of this thread and its children to install a filter fail, as on a kernel that knows none.
fn deny_filters(errno: u32) {
    const SECCOMP: u32 = 317;
    const PRCTL: u32 = 157;
    const SET_SECCOMP: u32 = 22;
    let make = |code, jump_true, jump_false, operand| Instruction { code, jump_true, jump_false, operand };
    install(&[
        make(LOAD, 0, 0, 0),
        make(JUMP_EQUAL, 3, 0, SECCOMP),
        make(JUMP_EQUAL, 0, 3, PRCTL),
        make(LOAD, 0, 0, argument(0)),
        make(JUMP_EQUAL, 0, 1, SET_SECCOMP),
        make(RETURN, 0, 0, REFUSE_WITH | errno),
        make(RETURN, 0, 0, ALLOW),
    ]);
}

/// No worker starts by itself where filters are denied with an error number; somebody who insists gets one with all other layers.
fn works_without_filters(errno: u32) {
    deny_filters(errno);
    let step = "installing the system call filter";
    let refused = SandboxError::Worker { step, errno: errno as i32 };
    assert_eq!(available(0), Err(refused.clone()));
    assert_eq!(Process::spawn().err(), Some(refused));
    available(layer::FILTER).unwrap();
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 7);
    let pool = Pool::new(PoolConfig { leave_out: layer::FILTER, ..PoolConfig::default() });
    let program = code.program();
    let mut process = pool.take_for(&program).unwrap();
    assert_eq!(process.layers() & layer::NEEDED, layer::NEEDED & !layer::FILTER);
    process.load(&program).unwrap();
    assert_eq!(process.run(Code::body()).unwrap().argument, 7);
}

/// Installs a filter of system calls for this thread and its children.
fn install(filter: &[Instruction]) {
    extern "C" {
        fn prctl(option: i32, ...) -> i32;
    }
    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const Instruction,
    }
    let program = Program { length: filter.len() as u16, instructions: filter.as_ptr() };
    // SAFETY: the first sets a flag; the second has the kernel read the program, which lives through the call.
    unsafe {
        assert_eq!(prctl(38, 1, 0, 0, 0), 0);
        assert_eq!(prctl(22, 2, &program as *const Program, 0, 0), 0);
    }
}

/// A copy of this program where everybody can execute it.
fn everybodys_copy(row: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("revive-vm-{}-{}", std::process::id(), row.replace(' ', "-")));
    fs::copy(env::current_exe().unwrap(), &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs the test in the surroundings that `launcher` makes.
fn try_row(row: &str, launcher: &[&str]) {
    let program = everybodys_copy(row);
    let test = ["--exact", "works_here", "--ignored", "--nocapture", "--test-threads=1"];
    let mut words = launcher.to_vec();
    words.push(program.to_str().unwrap());
    let output = Command::new(words[0]).args(&words[1..]).args(test).env(ROW, row).output();
    fs::remove_file(&program).unwrap();
    let output = match output {
        Ok(output) => output,
        Err(error) => return eprintln!("skipped: {row}: {} cannot be run: {error}", words[0]),
    };
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !said.contains("running 1 test") {
        return eprintln!("skipped: {row}: this machine does not let a test go there: {complained}");
    }
    assert!(said.contains(THERE), "{row}: {said}{complained}");
    assert!(output.status.success(), "{row}: {said}{complained}");
}

/// A shell script in mount and user namespaces of its own, in front of the program.
fn in_namespaces(row: &str, script: &str) {
    let script = format!("{script} && exec \"$@\"");
    try_row(row, &["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
}

#[test]
fn for_whoever_runs_this() {
    try_row("as it is", &["env"]);
}

#[test]
fn for_an_unprivileged_user() {
    try_row("nobody", &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
}

#[test]
fn without_user_namespaces() {
    in_namespaces(
        "no namespaces",
        "echo 0 >/proc/sys/user/max_user_namespaces && \
        echo 0 >/proc/sys/user/max_net_namespaces",
    );
}

#[test]
fn under_the_usual_filter_of_containers() {
    try_row("container", &["env"]);
}

#[test]
fn where_no_memory_of_a_file_can_be_given_back() {
    try_row("no holes", &["env"]);
}

#[test]
fn where_descriptors_are_closed_one_by_one() {
    try_row("no ranges", &["env"]);
}

#[test]
fn where_no_page_is_wiped_at_a_fork() {
    try_row("no wiping at forks", &["env"]);
}

#[test]
fn where_no_file_in_memory_may_be_executed() {
    try_row("no executable files in memory", &["env"]);
    let script = "echo 2 >/proc/sys/vm/memfd_noexec && exec \"$@\"";
    let namespaces = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    try_row("set so", &[&["unshare"], &namespaces[..], &["sh", "-c", script, "sh"]].concat());
}

#[test]
fn with_a_read_only_proc() {
    in_namespaces(
        "read-only proc",
        "mount --rbind /proc /proc && mount -o remount,bind,ro /proc && \
        ! echo 1 2>/dev/null >/proc/self/oom_score_adj",
    );
}

#[test]
fn without_proc() {
    in_namespaces("no proc", "mount -t tmpfs none /proc");
}

#[test]
fn without_shared_memory_files() {
    in_namespaces("no shm", "mount -t tmpfs none /dev");
}

#[test]
fn with_little_memory_to_lock_to_stack_and_for_data() {
    try_row(
        "little memory",
        &["sh", "-c", "ulimit -l 0 && ulimit -s 512 && ulimit -d 65536 && exec \"$@\"", "sh"],
    );
}

#[test]
fn with_few_descriptors_and_no_files() {
    try_row("few descriptors", &["sh", "-c", "ulimit -n 24 && ulimit -c 0 && exec \"$@\"", "sh"]);
}

/// Where children are ignored the system reaps them itself.
#[test]
fn where_nobody_waits_for_children() {
    try_row("no children", &["env", "--ignore-signal=CHLD"]);
}

#[test]
fn without_filters_only_who_insists_gets_a_worker() {
    try_row("no call for filters", &["env"]);
    try_row("no filters", &["env"]);
}

#[test]
fn with_little_memory_for_everything() {
    // Addresses count too, of which an instance has 4 GiB at either side.
    try_row(
        "little of all",
        &["sh", "-c", "ulimit -v 9000000 && ulimit -m 65536 && ulimit -d 65536 && exec \"$@\"", "sh"],
    );
}

#[test]
fn on_one_core() {
    try_row("one core", &["taskset", "-c", "0"]);
}
