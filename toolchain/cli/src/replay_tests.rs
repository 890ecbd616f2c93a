// SPDX-License-Identifier: Apache-2.0
//! A trace made by hand, with gas that can be counted on the fingers: four instructions in one block, one answered host call, one
//! that enters another contract.

use super::*;
use crate::chain::{
    trace::{FrameOutcome, HostCall, HostCallOutcome, Omitted, WideDeposit},
    types::{ExecReturnValue, Weight},
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, GasModel, Instruction, InstructionSet, Opcode, Reg};

const HASH: [u8; 32] = [1; 32];
const GAS_PRICE: u64 = 1000;

/// `call`: a load, `call_data_size`, `call_evm`, a return. Gives the offsets of the two host calls.
fn code() -> (Programs, [u32; 2]) {
    let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
    let start = code.label_here();
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 5))
        .push(Instruction::imm(Opcode::Ecalli, 0))
        .push(Instruction::imm(Opcode::Ecalli, 1))
        .push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let parts = code.finish().unwrap();
    let start = parts.offset_of(start).unwrap();
    let bytes = BlobBuilder::new(InstructionSet::ReviveV1)
        .stack_size(4096)
        .import(b"call_data_size")
        .import(b"call_evm")
        .export(b"call", start)
        .code(parts)
        .build();
    let blob = Blob::parse(&bytes).unwrap();
    let calls: Vec<u32> = blob
        .code()
        .instructions()
        .filter(|decoded| decoded.instruction.is_some_and(|instruction| instruction.opcode == Opcode::Ecalli))
        .map(|decoded| decoded.offset)
        .collect();
    let calls = calls.try_into().unwrap();
    let program = recorded::program(&HASH, bytes, GasModel::Flat);
    (HashMap::from([(HASH, program.into())]), calls)
}

fn frame(parent: Option<u32>, actions: Vec<Action>) -> FrameTrace {
    FrameTrace {
        parent,
        kind: FrameKind::Call,
        from: None,
        to: [parent.map_or(0xaa, |_| 0xbb); 20],
        code_hash: Some(HASH),
        read_only: false,
        value: [0; 32],
        input: Vec::new(),
        weight_limit: Weight { ref_time: 1_000_000, proof_size: 0 },
        // Ten units of gas, and 50,000 for the other host call with what it called.
        weight_consumed: Weight { ref_time: 60_000, proof_size: 0 },
        deposit_limit: [0; 32],
        storage_deposit: WideDeposit::Charge([0; 32]),
        gas_limit: 100,
        gas_consumed: 10,
        outcome: FrameOutcome::Returned(ExecReturnValue { flags: 0, data: Vec::new() }),
        actions,
    }
}

fn host_call(function: &str, pc: u32, a0: u64, gas: (u64, u64), ref_time: u64) -> Action {
    Action::HostCall(HostCall {
        function: function.into(),
        pc: Some(pc),
        args: [a0, 0, 0, 0, 0, 0],
        memory: Vec::new(),
        gas_before: gas.0,
        gas_after: gas.1,
        weight: Weight { ref_time, proof_size: 0 },
        outcome: HostCallOutcome::Resumed { result: Some(7), writes: Vec::new() },
    })
}

fn trace(calls: [u32; 2]) -> Trace {
    let size = || host_call("call_data_size", calls[0], 5, (96, 90), 0);
    // The inner frame is left by a host call that fails nothing: it costs 20,000.
    let mut inner = frame(Some(0), vec![size(), host_call("call_evm", calls[1], 7, (90, 70), 20_000)]);
    inner.weight_consumed.ref_time = 30_000;
    let outer =
        frame(None, vec![size(), host_call("call_evm", calls[1], 7, (90, 40), 50_000), Action::Frame(1)]);
    Trace { frames: vec![outer, inner], gas_price: GAS_PRICE, omitted: None }
}

#[test]
fn parts_sum_up_and_callees_are_above_their_callers() {
    let (codes, calls) = code();
    let summary = profile(&trace(calls), &codes, Unit::Gas).unwrap();
    let own = |summary: &Summary, suffix: &str| -> u64 {
        let ends = |stack: &[String]| stack.join(";").ends_with(suffix);
        summary.stacks.iter().filter(|(stack, _)| ends(stack)).map(|(_, amount)| *amount).sum()
    };
    let (outer, inner) = ("contract_0xaaaaaaaa…;call", "contract_0xbbbbbbbb…;call");
    assert_eq!(own(&summary, &format!("{outer};[call_evm];{inner}")), 4);
    assert_eq!(own(&summary, outer), 4);
    assert_eq!(own(&summary, "[call_data_size]"), 12);
    let summary = profile(&trace(calls), &codes, Unit::Picoseconds).unwrap();
    assert_eq!(own(&summary, outer), 4000);
    assert_eq!(own(&summary, &format!("{outer};[call_evm]")), 20_000);
    assert_eq!(own(&summary, &format!("{inner};[call_evm]")), 20_000);
    let (name, cost) = &summary.functions[0];
    assert_eq!((name.as_str(), cost.own, cost.calls), ("[call_evm]", 40_000, 2));
}

#[test]
fn what_does_not_agree_is_an_error() {
    let (codes, calls) = code();
    let fails = |change: fn(&mut Trace), text: &str| {
        let mut trace = trace(calls);
        change(&mut trace);
        let error = profile(&trace, &codes, Unit::Gas).err().unwrap().to_string();
        assert!(error.contains(text), "{error}");
    };
    fails(|trace| trace.frames[1].gas_consumed += 1, "the whole is 21");
    fails(|trace| trace.frames[0].gas_limit += 1, "host call 1 was of `call_data_size`");
    fails(|trace| trace.frames[0].code_hash = Some([9; 32]), "has no code");
    fails(|trace| trace.frames[1].actions.truncate(1), "there was no host call 2");
    fails(
        |trace| trace.omitted = Some(Omitted { count: 3, bytes_max: 10 }),
        "3 frames and actions are missing",
    );
}
