// SPDX-License-Identifier: Apache-2.0
//! Entering in one crossing, ending by itself, and what the host answers without asking.

use super::{assert_no_such_instance, tests};
use crate::programs::{blob, host_call, load, ret, set, store, store_code, trap, FLAT, RO, RW};
use alloc::vec::Vec;
use revive_vm_primitives::{Instruction, Reg};
use revive_vm_runtime_interface::{
    revive_vm, wire, Answer, Answered, CodeRef, EncodedTable, EnterError, ExitKind, ExitRecord, Frame,
    Import, Imports, Instance, LoadError, Operand, Price, Reply, Resume, RunError, Write,
};

tests! {
    a_run_without_exits_is_one_crossing_and_leaves_no_instance,
    constants_input_and_hashes_are_answered_and_paid_for,
    output_is_answered_after_it_was_given,
    what_cannot_be_answered_exits_and_costs_nothing,
    the_last_call_ends_the_instance,
    gone_input_is_not_answered,
    refused_entries_leave_nothing,
}

const NAMES: Imports = Imports(&[
    Import { symbol: "who", gather: &[] },
    Import { symbol: "number", gather: &[] },
    Import { symbol: "size", gather: &[] },
    Import { symbol: "copy", gather: &[] },
    Import { symbol: "word", gather: &[] },
    Import { symbol: "output_size", gather: &[] },
    Import { symbol: "output", gather: &[] },
    Import { symbol: "hash", gather: &[] },
    Import { symbol: "end", gather: &[] },
    Import { symbol: "wait", gather: &[] },
]);

/// All of [`NAMES`], so that a program's numbers are those of the table.
const ALL: &[&str] =
    &["who", "number", "size", "copy", "word", "output_size", "output", "hash", "end", "wait"];

const WHO: u32 = 0;
const NUMBER: u32 = 1;
const SIZE: u32 = 2;
const COPY: u32 = 3;
const WORD: u32 = 4;
const OUTPUT_SIZE: u32 = 5;
const OUTPUT: u32 = 6;
const HASH: u32 = 7;
const END: u32 = 8;
const WAIT: u32 = 9;

const PRICE: Price = Price { base: 10, per_kib: 1024 };

fn table() -> EncodedTable {
    let [a, b, c] = [Operand::Low(0), Operand::Low(1), Operand::Low(2)];
    let answers = [
        (WHO, Answer::Constant { constant: 0, to: a }),
        (NUMBER, Answer::Number { constant: 1 }),
        (SIZE, Answer::InputSize),
        (COPY, Answer::InputCopy { to: a, len: b, offset: c }),
        (WORD, Answer::InputLoad { to: a, offset: b }),
        (OUTPUT_SIZE, Answer::OutputSize),
        (OUTPUT, Answer::OutputCopy { to: a, cell: b, offset: c }),
        (HASH, Answer::Keccak256 { from: a, len: b, to: c }),
    ];
    let answers =
        answers.map(|(import, answer)| Answered { import, reply: Reply::Answer(answer), price: PRICE });
    let end = Answered { import: END, reply: Reply::Final, price: Price::default() };
    EncodedTable::new(&NAMES, &[&answers[..], &[end]].concat()).expect("the table fits")
}

fn try_enter(code: &[Instruction], gas: i64, frame: Frame<'_>) -> Result<(Instance, ExitRecord), EnterError> {
    let (code_hash, storage_key) = store_code(&blob(ALL, code));
    let code = CodeRef { code_hash: &code_hash, storage_key: &storage_key, gas_model: FLAT };
    Instance::enter(code, &table(), "call", gas, frame)
}

const CONSTANTS: &[&[u8]] = &[b"twenty bytes of name", &7u64.to_le_bytes(), b""];

fn enter(code: &[Instruction], gas: i64) -> (Instance, ExitRecord) {
    try_enter(code, gas, Frame { constants: CONSTANTS, input: b"the input" }).expect("it can be entered")
}

fn call(number: u32, args: [u64; 3]) -> Vec<Instruction> {
    alloc::vec![set(Reg::A0, args[0]), set(Reg::A1, args[1]), set(Reg::A2, args[2]), host_call(number)]
}

fn program(calls: &[Vec<Instruction>], end: &[Instruction]) -> Vec<Instruction> {
    calls.iter().flatten().copied().chain(end.iter().copied()).collect()
}

fn a_run_without_exits_is_one_crossing_and_leaves_no_instance() {
    for (end, kind) in [(ret(), ExitKind::Finished), (trap(), ExitKind::Trap)] {
        let (mut instance, exit) = enter(&[set(Reg::A0, 3), end], 100);
        assert_eq!((exit.kind, exit.args[0]), (kind, 3));
        assert_no_such_instance(instance.id());
        let resume = Resume { gas: 1, result: None, writes: &[] };
        assert_eq!(instance.resume(resume), Err(RunError::NotSuspended));
    }
}

fn constants_input_and_hashes_are_answered_and_paid_for() {
    let rw = u64::from(RW);
    let code = program(
        &[
            call(WHO, [rw, 0, 0]),
            call(COPY, [rw + 32, 12, 4]),
            call(WORD, [rw + 64, 4, 0]),
            call(HASH, [rw, 20, rw + 96]),
            call(NUMBER, [0, 0, 0]),
        ],
        &[
            store(RW + 200, Reg::A0),
            set(Reg::A0, 0),
            host_call(SIZE),
            store(RW + 208, Reg::A0),
            host_call(WAIT),
            ret(),
        ],
    );
    let (instance, exit) = enter(&code, 1_000);
    assert_eq!(exit.kind, ExitKind::HostCall { import: WAIT });
    let mut memory = [0; 216];
    instance.read_memory(RW, &mut memory).expect("it is there");
    assert_eq!(&memory[..20], b"twenty bytes of name");
    assert_eq!(&memory[32..44], b"input\0\0\0\0\0\0\0");
    assert_eq!(&memory[64 + 27..96], b"tupni", "a word is reversed");
    assert_eq!(memory[64..64 + 27], [0; 27]);
    assert_eq!(memory[96..128], sp_io::hashing::keccak_256(b"twenty bytes of name"));
    assert_eq!(memory[200..208], 7u64.to_le_bytes());
    assert_eq!(memory[208..216], 9u64.to_le_bytes());
    // The block of 26 instructions, six answers, and a unit for each byte of 20, 12, 32 and 20.
    assert_eq!(exit.gas, 1_000 - 26 - 6 * 10 - (20 + 12 + 32 + 20));
}

fn output_is_answered_after_it_was_given() {
    let rw = u64::from(RW);
    let code = program(
        &[
            call(OUTPUT_SIZE, [0, 0, 0]),
            alloc::vec![
                store(RW + 8, Reg::A0),
                host_call(WAIT),
                host_call(OUTPUT_SIZE),
                store(RW + 16, Reg::A0)
            ],
            alloc::vec![set(Reg::A3, 3), store(RW + 24, Reg::A3)],
            call(OUTPUT, [rw + 32, rw + 24, 2]),
        ],
        &[load(Reg::A4, RW + 24), host_call(WAIT), ret()],
    );
    let (mut instance, exit) = enter(&code, 1_000);
    assert_eq!(exit.kind, ExitKind::HostCall { import: WAIT });
    let writes = [Write::Output { bytes: b"output" }, Write::FromOutput { address: RW + 64, len: 4 }];
    let too_long = [Write::Output { bytes: b"out" }, Write::FromOutput { address: RW + 64, len: 4 }];
    let resume = |writes| Resume { gas: 500, result: None, writes };
    assert_eq!(instance.resume(resume(&too_long)), Err(RunError::InvalidRequest));
    let exit = instance.resume(resume(&writes)).expect("it is suspended");
    assert_eq!(exit.args[4], 3, "the number of bytes that were copied");
    let mut memory = [0; 68];
    instance.read_memory(RW, &mut memory).expect("it is there");
    assert_eq!((memory[8], memory[16]), (0, 6));
    assert_eq!(&memory[32..35], b"tpu");
    assert_eq!(&memory[64..68], b"outp");
}

fn what_cannot_be_answered_exits_and_costs_nothing() {
    let (ro, rw, far) = (u64::from(RO), u64::from(RW), 0x8000_0000);
    let bad: &[(u32, [u64; 3])] = &[
        (WHO, [ro, 0, 0]),
        (WHO, [0, 0, 0]),
        (COPY, [ro, 4, 0]),
        (COPY, [rw, far, 0]),
        (COPY, [far, 1, 0]),
        (WORD, [rw + 4090, 0, 0]),
        (OUTPUT, [rw, ro, 0]),
        (OUTPUT, [rw, rw + 32, 1]),
        (HASH, [far, 1, rw]),
        (HASH, [rw, far, rw]),
        (HASH, [rw, 4, ro]),
    ];
    for (number, args) in bad {
        let (_, exit) = enter(&program(&[call(*number, *args)], &[ret()]), 1_000);
        assert_eq!(
            (exit.kind, exit.gas),
            (ExitKind::HostCall { import: *number }, 1_000 - 5),
            "{number} {args:x?}"
        );
        assert_eq!(exit.args[..3], args[..]);
    }
    // A missing constant, and too little gas by one.
    let frame = Frame { constants: &[b"", b"short"], input: b"" };
    for number in [WHO, NUMBER] {
        let (_, exit) =
            try_enter(&program(&[call(number, [rw, 0, 0])], &[ret()]), 1_000, frame).expect("it enters");
        assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: number }, 1_000 - 5));
    }
    let hash = program(&[call(HASH, [rw, 7, rw])], &[ret()]);
    let (_, exit) = enter(&hash, 5 + 10 + 6);
    assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: HASH }, 16));
    let (_, exit) = enter(&hash, 5 + 10 + 7);
    assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, 0));
}

fn the_last_call_ends_the_instance() {
    let (mut instance, exit) = enter(&program(&[call(END, [1, 2, 3])], &[ret()]), 100);
    assert_eq!((exit.kind, &exit.args[..3]), (ExitKind::HostCall { import: END }, &[1, 2, 3][..]));
    assert_no_such_instance(instance.id());
    assert_eq!(instance.resume(Resume { gas: 1, result: None, writes: &[] }), Err(RunError::NotSuspended));
}

fn gone_input_is_not_answered() {
    let code = [host_call(SIZE), host_call(WAIT), host_call(SIZE), ret()];
    let (mut instance, exit) = enter(&code, 1_000);
    assert_eq!((exit.kind, exit.args[0]), (ExitKind::HostCall { import: WAIT }, 9));
    let resume = Resume { gas: 1_000, result: None, writes: &[Write::InputGone] };
    let exit = instance.resume(resume).expect("it is suspended");
    assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: SIZE }, 1_000));
}

fn refused_entries_leave_nothing() {
    let (code_hash, storage_key) = store_code(&blob(ALL, &[ret()]));
    let with = |code_hash: &[u8; 32], storage_key: &[u8], gas_model, export| {
        let code = CodeRef { code_hash, storage_key, gas_model };
        Instance::enter(code, &table(), export, 10, Frame::default())
            .map(|_| ())
            .expect_err("it must be refused")
    };
    assert_eq!(with(&code_hash, b"nowhere", FLAT, "call"), LoadError::CodeNotFound.into());
    assert_eq!(with(&[9; 32], &storage_key, FLAT, "call"), LoadError::HashMismatch.into());
    assert_eq!(with(&code_hash, &storage_key, 99, "call"), LoadError::UnsupportedGasModel.into());
    assert_eq!(with(&code_hash, &storage_key, FLAT, "deploy"), RunError::NoSuchExport.into());
    // More often than there is room for instances and modules.
    for _ in 0..200 {
        assert_eq!(with(&code_hash, &storage_key, FLAT, "no"), RunError::NoSuchExport.into());
    }
    let (hash, key) = (&code_hash, &storage_key);
    for (table, frame) in [(&[1][..], &[0][..]), (table().bytes(), &[]), (table().bytes(), &[1, 5, 0])] {
        let reply = revive_vm::enter(hash, key, table, FLAT, b"call", 10, frame);
        assert!(matches!(wire::decode_enter(&reply), Some(Err(_))), "{frame:?}");
    }
    let reply = revive_vm::enter(hash, key, table().bytes(), FLAT, b"call", 10, &[0]);
    assert!(matches!(wire::decode_enter(&reply), Some(Ok(head)) if head.closed));
}
