// SPDX-License-Identifier: Apache-2.0
//! A trace with some of everything, compared with golden texts.

use std::{fs, path::Path};

use super::*;
use crate::{
    chain::{
        trace::{MemoryWrite, Omitted, WideDeposit},
        types::ExecReturnValue,
    },
    output::keccak_256,
};

fn word(value: u128) -> [u8; 32] {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}

fn wide(value: u128) -> [u8; 32] {
    let mut wide = word(value);
    wide.reverse();
    wide
}

fn frame(parent: Option<u32>, kind: FrameKind, from: u8, to: u8) -> FrameTrace {
    FrameTrace {
        parent,
        kind,
        from: Some([from; 20]),
        to: [to; 20],
        code_hash: Some([to; 32]),
        read_only: false,
        value: [0; 32],
        input: Vec::new(),
        weight_limit: Weight { ref_time: 2_000_000_000, proof_size: 100_000 },
        weight_consumed: Weight { ref_time: 1_234_567, proof_size: 890 },
        deposit_limit: [0xff; 32],
        storage_deposit: WideDeposit::Charge([0; 32]),
        gas_limit: 5000,
        gas_consumed: 1234,
        outcome: FrameOutcome::Returned(ExecReturnValue { flags: 0, data: Vec::new() }),
        actions: Vec::new(),
    }
}

fn host_call(function: &str, args: [u64; 6], outcome: HostCallOutcome) -> HostCall {
    HostCall {
        function: function.into(),
        pc: Some(77),
        args,
        memory: Vec::new(),
        gas_before: 900,
        gas_after: 880,
        weight: Weight { ref_time: 30_000, proof_size: 10 },
        outcome,
    }
}

fn sample() -> Trace {
    let selector = |signature: &str| keccak_256(signature.as_bytes())[..4].to_vec();
    let address = |byte: u8| [[0; 12].as_slice(), &[byte; 20]].concat();
    let transfer = [selector("transfer(address,uint256)"), address(3), word(300).to_vec()].concat();
    let mut first = frame(None, FrameKind::Call, 1, 2);
    first.value = wide(1_500_000);
    first.input = transfer.clone();
    first.storage_deposit = WideDeposit::Charge(wide(2_000_000_000));
    first.outcome = FrameOutcome::Returned(ExecReturnValue { flags: 0, data: word(1).to_vec() });
    let mut getter = host_call(
        "call_data_size",
        [0; 6],
        HostCallOutcome::Resumed { result: Some(68), writes: Vec::new() },
    );
    getter.weight = Weight { ref_time: 0, proof_size: 0 };
    let mut set = host_call(
        "set_storage_or_clear",
        [0, 0x3_0000, 0x3_0020, 0, 0, 0],
        HostCallOutcome::Resumed { result: Some(0xffff_ffff), writes: Vec::new() },
    );
    set.memory = vec![Some(vec![7; 32]), Some(vec![9; 32])];
    first.actions = vec![
        Action::HostCall(getter),
        Action::HostCall(set),
        Action::Write { transient: false, key: vec![7; 32], old: None, new: Some(vec![9; 32]) },
        Action::Read { transient: true, key: vec![1, 2], value: Some(vec![5; 100]) },
        Action::HostCall(host_call(
            "call_evm",
            [0, 0x3_0000, 0x3_0040, u64::MAX, 36 << 32 | 0x3_0100, u64::MAX],
            HostCallOutcome::Resumed {
                result: Some(2),
                writes: vec![MemoryWrite { address: 0x3_0200, bytes: vec![0; 4] }],
            },
        )),
        Action::Frame(1),
        Action::Frame(3),
        Action::Event {
            contract: [2; 20],
            topics: vec![
                keccak_256(b"Transfer(address,address,uint256)"),
                address(1).try_into().unwrap(),
                address(3).try_into().unwrap(),
            ],
            data: word(300).to_vec(),
        },
        Action::Event { contract: [2; 20], topics: vec![[4; 32]], data: vec![1, 2, 3] },
        Action::HostCall(host_call("seal_return", [0, 0x3_0000, 32, 0, 0, 0], HostCallOutcome::Ended)),
    ];
    let mut second = frame(Some(0), FrameKind::DelegateCall, 2, 5);
    second.read_only = true;
    second.input = vec![0xde, 0xad];
    second.storage_deposit = WideDeposit::Refund(wide(5));
    let text = [selector("Error(string)"), word(32).to_vec(), word(3).to_vec(), b"no!".to_vec(), vec![0; 29]];
    second.outcome = FrameOutcome::Returned(ExecReturnValue { flags: 1, data: text.concat() });
    second.actions = vec![Action::Frame(2)];
    let mut third = frame(Some(1), FrameKind::Constructor, 5, 6);
    third.actions = vec![Action::HostCall(host_call(
        "get_storage",
        [0, 1, 2, 3, 4, 5],
        HostCallOutcome::Failed(DispatchError::Exhausted),
    ))];
    third.outcome = FrameOutcome::Failed {
        error: DispatchError::Exhausted,
        message: "the host function `get_storage` failed at code offset 77".into(),
    };
    let mut message = frame(Some(0), FrameKind::Transfer, 2, 0);
    message.to = CONSOLE;
    message.input = b"hello".to_vec();
    Trace {
        frames: vec![first, second, third, message],
        gas_price: 100,
        omitted: Some(Omitted { count: 1200, bytes_max: 16_777_216 }),
    }
}

const ABI: &str = r#"[
    {"type":"function","name":"transfer","inputs":[{"name":"to","type":"address"},{"name":"value","type":"uint256"}],
     "outputs":[{"name":"","type":"bool"}],"stateMutability":"nonpayable"},
    {"type":"event","name":"Transfer","anonymous":false,"inputs":[{"name":"from","type":"address","indexed":true},
     {"name":"to","type":"address","indexed":true},{"name":"value","type":"uint256","indexed":false}]}
]"#;

fn with_view<R>(show: impl FnOnce(&View<'_>) -> R) -> R {
    with_host_calls(true, show)
}

fn with_host_calls<R>(host_calls: bool, show: impl FnOnce(&View<'_>) -> R) -> R {
    let abi = Abi::parse(ABI, "test".into()).unwrap();
    let unit = Unit::new("UNIT", 9);
    show(&View { abis: &[abi], error: &|error| format!("{error:?}"), unit: &unit, host_calls })
}

/// As the tests of the program do, in `tests/common`.
fn assert_golden(name: &str, actual: &str) {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = Path::new(&manifest).join("tests/golden").join(name);
    if std::env::var_os("REVIVE_VM_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{name} is not what it was; write it anew with REVIVE_VM_BLESS=1\n{actual}");
}

#[test]
fn a_trace_is_a_tree_for_people() {
    assert_golden("call-trace.txt", &with_view(|view| view.tree(&sample())));
}

#[test]
fn a_trace_is_a_document_for_scripts() {
    let document = with_view(|view| view.document(&sample()));
    assert_golden("call-trace.json", &format!("{document:#}\n"));
}

/// A factory whose product was not uploaded reverts without a reason: the tree has to say it, also without host calls.
#[test]
fn what_was_not_even_entered_is_in_every_trace() {
    let code = |result: u64| HostCallOutcome::Resumed { result: Some(result), writes: Vec::new() };
    let mut missing = host_call("instantiate", [0; 6], code(14));
    missing.memory = vec![None, None, Some(vec![0xab; 64])];
    let mut denied = host_call("call_evm", [0; 6], code(13));
    denied.memory = vec![None, Some(vec![0xcd; 20])];
    let mut first = frame(None, FrameKind::Call, 1, 2);
    first.actions = vec![
        Action::HostCall(host_call("call_data_size", [0; 6], code(4))),
        Action::HostCall(missing),
        Action::HostCall(denied),
        Action::HostCall(host_call("call", [0; 6], code(2))),
        Action::Frame(1),
    ];
    let trace = Trace { frames: vec![first, frame(Some(0), FrameKind::Call, 2, 3)], ..Trace::default() };
    let (text, document) = with_host_calls(false, |view| (view.tree(&trace), view.document(&trace)));
    let hash = "ab".repeat(32);
    let expected =
        format!("├ instantiate code 0x{hash} came to nothing: the chain has no code with this hash\n");
    assert!(text.contains(&expected), "{text}");
    let expected = format!("├ call_evm 0x{} came to nothing: it may not be entered again\n", "cd".repeat(20));
    assert!(text.contains(&expected), "{text}");
    assert!(!text.contains("host ") && text.matches("came to nothing").count() == 2, "{text}");
    let actions = &document["frames"][0]["actions"];
    assert_eq!(actions[0]["object"], format!("code 0x{hash}"));
    assert_eq!(actions.as_array().map(Vec::len), Some(3));
    let all = with_host_calls(true, |view| view.tree(&trace));
    assert!(all.contains("→ 0xe (the chain has no code with this hash)"), "{all}");
}

#[test]
fn the_arguments_of_a_constructor_are_named() {
    let abi = Abi::parse("constructor(uint256 supply, address owner)", "test".into()).unwrap();
    let unit = Unit::new("UNIT", 9);
    let view = View { abis: &[abi], error: &|error| format!("{error:?}"), unit: &unit, host_calls: false };
    let mut outer = frame(None, FrameKind::Constructor, 1, 2);
    outer.input = [word(7), word(9)].concat();
    let mut inner = frame(Some(0), FrameKind::Constructor, 2, 3);
    inner.input = outer.input.clone();
    outer.actions = vec![Action::Frame(1)];
    let text = view.tree(&Trace { frames: vec![outer, inner], ..Trace::default() });
    assert!(text.contains(" (supply=7, owner=0x0000000000000000000000000000000000000009)\n"), "{text}");
    assert_eq!(text.matches("supply").count(), 1, "another contract's constructor is not known: {text}");
}

#[test]
fn a_trace_that_goes_in_circles_ends() {
    let mut trace = sample();
    trace.frames[2].actions = vec![Action::Frame(0), Action::Frame(2), Action::Frame(900)];
    let text = with_view(|view| (view.tree(&trace), view.document(&trace)));
    assert!(text.0.lines().count() < 60);
}

#[test]
fn a_trace_cannot_steer_the_terminal() {
    let mut trace = sample();
    trace.frames[2].outcome =
        FrameOutcome::Failed { error: DispatchError::Exhausted, message: "\x1b[2J\n└ returned".into() };
    let text = with_view(|view| view.tree(&trace));
    assert!(text.contains("\\u{1b}[2J\\n└ returned"), "{text}");
}

/// A node could make a tree of no end out of few frames.
#[test]
fn a_trace_that_is_no_tree_is_refused() {
    let refused = |frames: Vec<FrameTrace>| Trace { frames, ..Trace::default() }.checked().is_err();
    assert!(!refused(sample().frames));
    let chain = |count: u32, entries: usize| {
        let parent = |index: u32| index.checked_sub(1);
        let mut frames: Vec<_> =
            (0..count).map(|index| frame(parent(index), FrameKind::Call, 1, 2)).collect();
        for (index, frame) in (1..count).zip(&mut frames) {
            frame.actions = vec![Action::Frame(index); entries];
        }
        frames
    };
    assert!(!refused(chain(25, 1)));
    assert!(refused(chain(25, 2)), "each frame twice in the one above");
    assert!(refused(chain(10_000, 1)), "too deep for who goes down into it");
    for (index, callee) in [(2, 0), (2, 2), (2, 900), (1, 3)] {
        let mut frames = sample().frames;
        frames[index].actions.push(Action::Frame(callee));
        assert!(refused(frames), "{index} enters {callee}");
    }
    let mut frames = sample().frames;
    frames[2].parent = None;
    assert!(refused(frames), "it is also shown by itself");
    let mut frames = sample().frames;
    frames[1].parent = Some(3);
    assert!(refused(frames));
}
