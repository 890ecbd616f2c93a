// SPDX-License-Identifier: Apache-2.0
//! What is said of each way to trap.

use revive_vm_executor::{
    Engine, EngineConfig, Exit, Instance, InstructionSet, Linker, Module, ModuleConfig, Reg, TrapCause,
};
use revive_vm_primitives::{
    isa::{Instruction, Opcode},
    BlobBuilder, CodeBuilder, MemoryMap,
};

const PAGE: u32 = 4096;
const RETURN: Instruction = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);

/// The layout of all programs here: a page of each kind.
fn map() -> MemoryMap {
    MemoryMap::new(PAGE, PAGE, PAGE, PAGE, 0).unwrap()
}

/// What is said of a program that begins with these instructions, called with these arguments and then given this stack pointer.
fn told(code: CodeBuilder, args: &[u64], sp: u64) -> String {
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .ro_data(PAGE, b"read only")
        .rw_data(PAGE, b"read write")
        .stack_size(PAGE)
        .code(code.finish().unwrap())
        .build();
    let engine = super::engine_of(module_path!());
    let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    assert_eq!(module.memory_map(), &map());
    let mut instance = Instance::new(&module).unwrap();
    instance.set_gas(1000);
    instance.prepare_call(0, args);
    instance.set_reg(Reg::Sp, sp);
    assert_eq!(instance.run(), Ok(Exit::Trap));
    instance.trap_cause().map_or_else(|| "nothing".into(), |cause| cause.to_string())
}

/// The same of one instruction, behind which another one follows.
fn told_of(instruction: Instruction, args: &[u64]) -> String {
    told_with_stack(instruction, args, map().stack_high().into())
}

fn told_with_stack(instruction: Instruction, args: &[u64], sp: u64) -> String {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(instruction).push(RETURN);
    told(code, args, sp)
}

fn load(opcode: Opcode) -> Instruction {
    Instruction::reg_reg_imm(opcode, Reg::A1, Reg::A0, 4)
}

#[test]
fn accesses_to_memory_that_is_not_there() {
    use Opcode::{LoadIndirectI8, LoadIndirectU32, LoadIndirectU64, StoreIndirectU16, StoreIndirectU64};
    let map = map();
    let [ro, rw, low, high] =
        [map.ro_data_address(), map.rw_data_address(), map.stack_low(), map.stack_high()].map(u64::from);
    let page = u64::from(PAGE);
    let from = |what: &str, address: u64, place: &str| format!("a {what} address {address:#x}, {place}");
    for (opcode, address, what, place) in [
        (LoadIndirectU32, 0x14, "load of 4 bytes from", "below 0x10000, as by a pointer that is null"),
        (LoadIndirectU64, ro - 1, "load of 8 bytes from", "below 0x10000, as by a pointer that is null"),
        (StoreIndirectU16, ro + 2, "store of 2 bytes to", "in the read-only data"),
        (LoadIndirectI8, ro + page, "load of 1 byte from", "behind the read-only data"),
        (StoreIndirectU16, ro + page, "store of 2 bytes to", "behind the read-only data"),
        // The last byte is the first one that is not there.
        (LoadIndirectU64, rw + page - 7, "load of 8 bytes from", "between the heap and the stack"),
        (StoreIndirectU64, low - 0x10_0000, "store of 8 bytes to", "between the heap and the stack"),
        (StoreIndirectU64, low - 8, "store of 8 bytes to", "below the stack"),
        (LoadIndirectU32, high - 3, "load of 4 bytes from", "above the stack"),
        (LoadIndirectU32, 0xffff_fff0, "load of 4 bytes from", "above the stack"),
        // Ends behind the last address, so that its last bytes are the first ones.
        (LoadIndirectU32, 0xffff_fffe, "load of 4 bytes from", "above the stack"),
    ] {
        assert_eq!(told_of(load(opcode), &[address - 4]), from(what, address, place));
    }
    let fill = Instruction::new(Opcode::Memset);
    let told = told_of(fill, &[rw + page - 10, 1, 20]);
    assert_eq!(told, from("store of 1 byte to", rw + page, "between the heap and the stack"));
}

#[test]
fn a_stack_that_is_used_up() {
    let low = u64::from(map().stack_low());
    let overflow = "below the stack, which is used up";
    for sp in [low - 8, low - 0x50_0000] {
        let told = told_with_stack(load(Opcode::StoreIndirectU64), &[sp - 4], sp);
        assert_eq!(told, format!("a store of 8 bytes to address {sp:#x}, {overflow}"));
    }
    // Not the stack's fault: it has room, or has nothing to do with it.
    let told = told_with_stack(load(Opcode::StoreIndirectU64), &[low - 12], low);
    assert!(told.ends_with("below the stack"), "{told}");
    let told = told_with_stack(load(Opcode::StoreIndirectU64), &[low - 0x20_0004], low - 8);
    assert!(told.ends_with("between the heap and the stack"), "{told}");
}

#[test]
fn jumps_to_where_no_code_is() {
    let jump = Instruction::reg_imm(Opcode::JumpIndirect, Reg::A0, 3);
    assert_eq!(told_of(jump, &[0x77]), "a jump to address 0x7a, which is not one of code");
    let null = "a jump to address 0, as of a function pointer that was never set";
    assert_eq!(told_of(jump, &[0_u64.wrapping_sub(3)]), null);
    let load_and_jump = |d| Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, d, Reg::A0, 9, 3);
    assert_eq!(told_of(load_and_jump(Reg::Ra), &[0x77]), "a jump to address 0x7a, which is not one of code");
    assert_eq!(told_of(load_and_jump(Reg::A0), &[0x77]), "nothing", "the register has another value by then");
    let middle = "a jump to code offset 1, where no block starts";
    assert_eq!(told_of(Instruction::offset(Opcode::Jump, 1), &[]), middle);
    let branch = Instruction::reg_reg_offset(Opcode::BranchEq, Reg::A0, Reg::A0, 1);
    assert_eq!(told_of(branch, &[]), middle);
    // With nothing behind it a branch traps wherever it leads.
    let mut last = CodeBuilder::new(InstructionSet::Latest64);
    last.push(Instruction::reg_reg_offset(Opcode::BranchEq, Reg::A0, Reg::A0, 0));
    assert_eq!(told(last, &[], 0), "a jump to code offset 2, where no block starts");
}

#[test]
fn instructions_that_cannot_be_executed() {
    assert_eq!(
        told_of(Instruction::new(Opcode::Trap), &[]),
        "the instruction `trap`, as at the end of a panic"
    );
    let mut invalid = CodeBuilder::new(InstructionSet::Latest64);
    invalid.raw(&[255], true);
    assert_eq!(told(invalid, &[], 0), "no instruction that could be executed");
    let mut end = CodeBuilder::new(InstructionSet::Latest64);
    end.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 1));
    assert_eq!(told(end, &[], 0), "no instruction that could be executed");
}

/// What is at a code offset that the host cannot start at has not been executed, whatever it is.
#[test]
fn a_start_that_is_none_blames_no_instruction() {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(RETURN).raw(&[0; 40], false);
    let behind_gap = code.label_here();
    code.push(load(Opcode::StoreIndirectU64)).push(Instruction::new(Opcode::Trap));
    let parts = code.finish().unwrap();
    let behind_gap = parts.offset_of(behind_gap).unwrap();
    let blob = BlobBuilder::new(InstructionSet::Latest64).export(b"run", behind_gap).code(parts).build();
    let engine = super::engine_of(module_path!());
    let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();

    let mut instance = Instance::new(&module).unwrap();
    for start in [behind_gap, module.code().next_start(behind_gap + 1).unwrap()] {
        instance.prepare_call(start, &[]);
        assert_eq!(instance.run(), Ok(Exit::Trap));
        assert_eq!(instance.trap_cause(), Some(TrapCause::NoInstruction), "at {start}");
    }
    let mut linked = Linker::<()>::new().instantiate(&module).unwrap();
    let error = linked.call_untyped(&mut (), "run", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the guest trapped at code offset {behind_gap}: no instruction that could be executed")
    );
}
