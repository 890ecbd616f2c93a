// SPDX-License-Identifier: Apache-2.0
//! Guest programs for the tests, and what it takes to get them into the state and entered.

use alloc::vec::Vec;
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode, Reg};
use revive_vm_runtime_interface::{
    CodeRef, EncodedTable, EnterError, ExitRecord, Frame, Import, Imports, Instance,
};

/// Address of the read-only data of [`blob`], which is the bytes 0 to 63.
pub const RO: u32 = 0x1_0000;
/// Address of the read-write data of [`blob`]: a page whose first 16 bytes are 0xff, the rest zero.
pub const RW: u32 = 0x3_0000;
/// Bytes of the read-write data that are accessible.
pub const RW_BYTES: u32 = 4096;
/// Initial stack pointer, which is the end of the stack (memory map, section 2).
pub const STACK_END: u32 = 0xfffe_0000;
/// The gas model that nearly all tests use: flat, one unit per instruction, charged per block.
pub const FLAT: u32 = 0;
/// An import table with one import, `wait`, that gathers nothing.
pub const WAIT: Imports = Imports(&[Import { symbol: "wait", gather: &[] }]);

/// `reg = value`.
pub fn set(reg: Reg, value: u64) -> Instruction {
    Instruction::reg_imm64(Opcode::LoadImm64, reg, value)
}

/// `ecalli number`.
pub fn host_call(number: u32) -> Instruction {
    Instruction::imm(Opcode::Ecalli, i32::from_le_bytes(number.to_le_bytes()))
}

/// `d = s`.
pub fn copy(d: Reg, s: Reg) -> Instruction {
    Instruction::reg_reg(Opcode::MoveReg, d, s)
}

/// `d = u64 [address]`.
pub fn load(d: Reg, address: u32) -> Instruction {
    Instruction::reg_imm(Opcode::LoadU64, d, i32::from_le_bytes(address.to_le_bytes()))
}

/// `u64 [address] = d`.
pub fn store(address: u32, d: Reg) -> Instruction {
    Instruction::reg_imm(Opcode::StoreU64, d, i32::from_le_bytes(address.to_le_bytes()))
}

/// `ret`.
pub fn ret() -> Instruction {
    Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0)
}

/// `trap`.
pub fn trap() -> Instruction {
    Instruction::new(Opcode::Trap)
}

/// A blob with these imports and this code, exported as `call` from its first instruction. `salt` makes blobs differ
/// that are otherwise the same.
pub fn salted_blob(imports: &[&str], code: &[Instruction], salt: u32) -> Vec<u8> {
    let ro_data: Vec<u8> = (0..64).chain(salt.to_le_bytes()).collect();
    let mut builder = CodeBuilder::new(InstructionSet::ReviveV1);
    for instruction in code {
        builder.push(*instruction);
    }
    let mut blob = BlobBuilder::new(InstructionSet::ReviveV1)
        .ro_data(68, &ro_data)
        .rw_data(RW_BYTES, &[0xff; 16])
        .stack_size(4096)
        .export(b"call", 0);
    for import in imports {
        blob = blob.import(import.as_bytes());
    }
    blob.code(builder.finish().expect("test programs are valid")).build()
}

/// [`salted_blob`] without salt.
pub fn blob(imports: &[&str], code: &[Instruction]) -> Vec<u8> {
    salted_blob(imports, code, 0)
}

/// Where a test keeps the code with that hash.
pub fn storage_key(code_hash: &[u8; 32]) -> Vec<u8> {
    [b"code:", &code_hash[..]].concat()
}

/// Stores code in the state and returns its hash and its storage key.
pub fn store_code(code: &[u8]) -> ([u8; 32], Vec<u8>) {
    let hash = sp_io::hashing::keccak_256(code);
    let key = storage_key(&hash);
    sp_io::storage::set(&key, code);
    (hash, key)
}

/// Enters the export `call` of code in the state. No import is answered, and the frame is empty.
pub fn enter_stored(
    code: CodeRef<'_>,
    imports: &Imports,
    gas: i64,
) -> Result<(Instance, ExitRecord), EnterError> {
    let table = EncodedTable::new(imports, &[]).expect("the table can be encoded");
    Instance::enter(code, &table, "call", gas, Frame::default())
}

/// Stores code and enters it.
pub fn try_enter(code: &[u8], imports: &Imports, gas: i64) -> Result<(Instance, ExitRecord), EnterError> {
    let (code_hash, storage_key) = store_code(code);
    enter_stored(CodeRef { code_hash: &code_hash, storage_key: &storage_key, gas_model: FLAT }, imports, gas)
}

/// Stores code that can be entered and enters it.
pub fn enter(code: &[u8], imports: &Imports, gas: i64) -> (Instance, ExitRecord) {
    try_enter(code, imports, gas).expect("the code is good and there is room")
}
