// SPDX-License-Identifier: Apache-2.0
//! What the host sees and does with guest memory: regions, heap, aux, limits, dynamic paging.

use revive_vm_interpreter::{Config, Instance, MemoryError, Module, ModuleError};
use revive_vm_primitives::{
    Code, CodeBuilder, Exit, Instruction, InstructionSet, MemoryMap, Opcode, Reg, Segfault,
};

const PAGE: u32 = 4096;

fn section(instructions: &[Instruction]) -> Vec<u8> {
    let mut builder = CodeBuilder::new(InstructionSet::Latest64);
    for instruction in instructions {
        builder.push(*instruction);
    }
    builder.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    builder.finish().unwrap().to_section()
}

fn module(instructions: &[Instruction], map: MemoryMap, config: &Config) -> Result<Module, ModuleError> {
    let section = section(instructions);
    let code = Code::parse(InstructionSet::Latest64, &section).unwrap();
    Module::from_code(&code, map, &[1, 2, 3], &[4, 5, 6], config)
}

fn map() -> MemoryMap {
    MemoryMap::new(PAGE, 5000, 5000, 4096, 8192).unwrap()
}

fn instance(instructions: &[Instruction]) -> Instance {
    let module = module(instructions, map(), &Config::default()).unwrap();
    let mut instance = Instance::new(&module);
    instance.prepare_call(0, &[]);
    instance.set_gas(10_000);
    instance
}

fn paged(instructions: &[Instruction]) -> Instance {
    let config = Config { dynamic_paging: true, memory_bytes_max: 8 * PAGE, ..Config::default() };
    let mut instance = Instance::new(&module(instructions, map(), &config).unwrap());
    instance.prepare_call(0, &[]);
    instance.set_gas(10_000);
    instance
}

fn load(d: Reg, s: Reg) -> Instruction {
    Instruction::reg_reg_imm(Opcode::LoadIndirectU64, d, s, 0)
}

fn store(d: Reg, s: Reg) -> Instruction {
    Instruction::reg_reg_imm(Opcode::StoreIndirectU64, d, s, 0)
}

fn segfault(page_address: u32, write_protected: bool) -> Exit {
    Exit::Segfault(Segfault { page_address, page_size: PAGE, write_protected })
}

fn out_of_range(address: u32, len: u64) -> MemoryError {
    MemoryError::OutOfRange { address, len }
}

#[test]
fn regions_begin_with_the_data_of_the_program() {
    let instance = instance(&[]);
    let map = map();
    assert_eq!(instance.read_memory_vec(map.ro_data_address(), 5).unwrap(), [1, 2, 3, 0, 0]);
    assert_eq!(instance.read_memory_vec(map.ro_data_address() + 8190, 2).unwrap(), [0, 0]);
    assert_eq!(instance.read_memory_vec(map.rw_data_address(), 5).unwrap(), [4, 5, 6, 0, 0]);
    for (start, size) in [
        (map.ro_data_address(), map.ro_data_size()),
        (map.rw_data_address(), map.rw_data_size()),
        (map.stack_low(), map.stack_size()),
        (map.aux_address(), map.aux_size()),
    ] {
        assert!(instance.read_memory_vec(start, size).is_ok());
        assert_eq!(instance.read_memory_vec(start, size + 1), Err(out_of_range(start, u64::from(size) + 1)));
        assert_eq!(instance.read_memory_vec(start - 1, 2), Err(out_of_range(start - 1, 2)));
        assert_eq!(instance.read_memory_vec(start + size, 0), Ok(vec![]));
    }
}

#[test]
fn the_host_writes_everything_but_read_only_data() {
    let mut instance = instance(&[]);
    let map = map();
    for (start, size, ok) in [
        (map.ro_data_address(), map.ro_data_size(), false),
        (map.rw_data_address(), map.rw_data_size(), true),
        (map.stack_low(), map.stack_size(), true),
        (map.aux_address(), map.aux_size(), true),
        (0, 16, false),
        (0xffff_fff0, 16, false),
    ] {
        let end = start.wrapping_add(size).wrapping_sub(2);
        assert_eq!(instance.write_memory(end, &[8, 9]).is_ok(), ok, "{start:#x}");
        assert_eq!(instance.zero_memory(end, 1).is_ok(), ok, "{start:#x}");
        if ok {
            assert_eq!(instance.read_memory_vec(end, 2).unwrap(), [0, 9]);
        }
        // A write that does not fit changes nothing.
        assert!(instance.write_memory(end, &[7, 7, 7]).is_err());
        assert!(instance.zero_memory(end, 3).is_err());
        if ok {
            assert_eq!(instance.read_memory_vec(end, 2).unwrap(), [0, 9]);
        }
        assert_eq!(instance.write_memory(end, &[]), Ok(()));
        assert_eq!(instance.zero_memory(end, 0), Ok(()));
    }
}

#[test]
fn aux_memory_can_be_hidden_and_comes_back_as_zeros() {
    let mut instance = instance(&[load(Reg::A0, Reg::A1)]);
    let (aux, size) = (map().aux_address(), map().aux_size());
    instance.write_memory(aux + size - 8, &[1; 8]).unwrap();
    let run = |instance: &mut Instance, address: u32| {
        instance.prepare_call(0, &[0, u64::from(address)]);
        (instance.run().unwrap(), instance.reg(Reg::A0))
    };
    assert_eq!(run(&mut instance, aux + size - 8), (Exit::Finished, 0x0101_0101_0101_0101));
    assert_eq!(
        instance.set_aux_accessible_size(size + 1),
        Err(MemoryError::AuxTooLarge { size: size + 1, max: size })
    );
    instance.set_aux_accessible_size(1).unwrap();
    assert!(instance.memory_accessible(aux, PAGE, false));
    assert!(!instance.memory_accessible(aux, PAGE + 1, false));
    assert_eq!(run(&mut instance, aux + PAGE), (Exit::Trap, 0));
    assert!(instance.write_memory(aux + PAGE, &[1]).is_err());
    instance.set_aux_accessible_size(size).unwrap();
    assert_eq!(run(&mut instance, aux + size - 8), (Exit::Finished, 0));
    instance.set_aux_write_protected(true).unwrap();
    assert!(instance.write_memory(aux, &[1]).is_err());
    assert_eq!(run(&mut instance, aux), (Exit::Finished, 0));
    instance.set_aux_write_protected(false).unwrap();
    assert!(instance.write_memory(aux, &[1]).is_ok());
}

#[test]
fn the_heap_grows_to_its_limits() {
    let mut instance = instance(&[]);
    let map = map();
    let base = map.heap_base();
    assert_eq!(instance.grow_heap(0), Some(base));
    assert_eq!(instance.grow_heap(1), Some(base + 1));
    // Still in the pages of the data.
    assert!(!instance.memory_accessible(map.rw_data_address() + map.rw_data_size(), 1, true));
    assert_eq!(instance.grow_heap(PAGE * 10), Some(base + 1 + PAGE * 10));
    assert_eq!(instance.heap_size(), 1 + PAGE * 10);
    let top = base + 1 + PAGE * 10;
    assert!(instance.memory_accessible(
        map.rw_data_address(),
        top.next_multiple_of(PAGE) - map.rw_data_address(),
        true
    ));
    assert!(!instance.memory_accessible(top.next_multiple_of(PAGE), 1, true));
    assert_eq!(instance.grow_heap(64 << 20), None);
    assert_eq!(instance.grow_heap(u32::MAX), None);
    assert_eq!(instance.heap_size(), 1 + PAGE * 10);
    instance.write_memory(top - 1, &[1]).unwrap();
    instance.write_memory(map.rw_data_address(), &[9; 3]).unwrap();
    instance.reset_memory();
    assert_eq!(instance.heap_size(), 0);
    assert!(instance.read_memory_vec(top - 1, 1).is_err());
    assert_eq!(instance.read_memory_vec(map.rw_data_address(), 4).unwrap(), [4, 5, 6, 0]);
    assert_eq!(instance.grow_heap(PAGE * 10), Some(base + PAGE * 10));
    assert_eq!(instance.read_memory_vec(top - PAGE, 8).unwrap(), [0; 8]);
}

#[test]
fn the_memory_limit_is_exact() {
    let fixed = 8192 + 4096 + 8192;
    let start = fixed + 8192;
    let config = |memory_bytes_max| Config { memory_bytes_max, ..Config::default() };
    assert_eq!(
        module(&[], map(), &config(start - 1)).unwrap_err(),
        ModuleError::TooMuchMemory { bytes: u64::from(start), max: start - 1 }
    );
    let mut instance = Instance::new(&module(&[], map(), &config(start + PAGE)).unwrap());
    // The data ends 3192 bytes before the end of its second page.
    assert_eq!(instance.grow_heap(3192 + PAGE + 1), None);
    assert_eq!(instance.grow_heap(3192 + PAGE), Some(map().heap_base() + 3192 + PAGE));
    assert_eq!(instance.grow_heap(1), None);
}

#[test]
fn data_must_fit_its_region() {
    let section = section(&[]);
    let code = Code::parse(InstructionSet::Latest64, &section).unwrap();
    let map = MemoryMap::new(PAGE, 1, 0, 0, 0).unwrap();
    let config = Config::default();
    assert!(Module::from_code(&code, map, &[0; 4096], &[], &config).is_ok());
    for (ro, rw, region) in [(4097, 0, "read-only"), (0, 1, "read-write")] {
        let error = Module::from_code(&code, map, &vec![0; ro], &vec![0; rw], &config).unwrap_err();
        assert!(
            matches!(error, ModuleError::DataTooLong { region: found, .. } if found == region),
            "{error}"
        );
    }
}

#[test]
fn jam_code_is_validated() {
    let mut builder = CodeBuilder::new(InstructionSet::JamV1);
    builder.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 1));
    let section = builder.finish().unwrap().to_section();
    let code = Code::parse(InstructionSet::JamV1, &section).unwrap();
    let error = Module::from_code(&code, map(), &[], &[], &Config::default()).unwrap_err();
    assert!(matches!(error, ModuleError::Validation { .. }), "{error}");
}

#[test]
fn faults_are_resumed_after_the_page_is_mapped() {
    let mut instance = paged(&[store(Reg::A0, Reg::A1), load(Reg::A2, Reg::A1)]);
    instance.set_reg(Reg::A0, 0x1122_3344_5566_7788);
    instance.set_reg(Reg::A1, 0x3_fffc);
    // The lower page is reported first, an unmapped page before a read-only one.
    assert_eq!(instance.run(), Ok(segfault(0x3_f000, false)));
    assert_eq!((instance.pc(), instance.next(), instance.gas()), (Some(0), Some(0), 9997));
    instance.map_pages(0x3_f000, 1, false).unwrap();
    assert_eq!(instance.run(), Ok(segfault(0x4_0000, false)));
    instance.map_pages(0x4_0000, PAGE, true).unwrap();
    assert_eq!(instance.run(), Ok(segfault(0x3_f000, true)));
    assert_eq!(instance.read_memory_vec(0x4_0000, 4).unwrap(), [0; 4]);
    instance.unprotect_pages(0x3_f000, 1).unwrap();
    assert_eq!(instance.run(), Ok(Exit::Finished));
    assert_eq!(instance.gas(), 9997);
    assert_eq!(instance.reg(Reg::A2), 0x1122_3344_5566_7788);
    assert_eq!(instance.read_memory_vec(0x3_fffc, 8).unwrap(), 0x1122_3344_5566_7788u64.to_le_bytes());
}

#[test]
fn under_paging_nothing_is_mapped_and_low_pages_trap() {
    for (address, exit) in [
        (0, Exit::Trap),
        (0xffff, Exit::Trap),
        (0x1_0000, segfault(0x1_0000, false)),
        (0x3_0000, segfault(0x3_0000, false)),
        (0xffff_fff8, segfault(0xffff_f000, false)),
        (0xffff_fffc, segfault(0xffff_f000, false)),
    ] {
        let mut instance = paged(&[load(Reg::A2, Reg::A1)]);
        instance.set_reg(Reg::A1, address);
        assert_eq!(instance.run(), Ok(exit), "{address:#x}");
    }
    // On the last page, an access that ends at 2^32 succeeds and one that wraps traps.
    for (address, exit) in [(0xffff_fff8, Exit::Finished), (0xffff_fffc, Exit::Trap)] {
        let mut instance = paged(&[load(Reg::A2, Reg::A1)]);
        instance.map_pages(0xffff_f000, PAGE, false).unwrap();
        instance.set_reg(Reg::A1, address);
        assert_eq!(instance.run(), Ok(exit), "{address:#x}");
    }
}

#[test]
fn fills_stop_at_faults_and_go_on() {
    let mut instance = paged(&[Instruction::new(Opcode::Memset)]);
    instance.map_pages(0x2_0000, PAGE, true).unwrap();
    instance.set_reg(Reg::A0, 0x2_0ffe);
    instance.set_reg(Reg::A1, 0xee);
    instance.set_reg(Reg::A2, 6);
    assert_eq!(instance.run(), Ok(segfault(0x2_1000, false)));
    assert_eq!((instance.reg(Reg::A0), instance.reg(Reg::A2), instance.gas()), (0x2_1000, 4, 9996));
    instance.map_pages(0x2_1000, PAGE, true).unwrap();
    instance.set_gas(3);
    assert_eq!(instance.run(), Ok(Exit::OutOfGas));
    assert_eq!((instance.reg(Reg::A0), instance.reg(Reg::A2), instance.gas()), (0x2_1003, 1, 0));
    assert_eq!((instance.pc(), instance.next()), (Some(0), Some(0)));
    // The host may change the registers of what is resumed.
    instance.set_gas(100);
    instance.set_reg(Reg::A2, 2);
    assert_eq!(instance.run(), Ok(Exit::Finished));
    assert_eq!((instance.reg(Reg::A0), instance.reg(Reg::A2), instance.gas()), (0x2_1005, 0, 98));
    assert_eq!(
        instance.read_memory_vec(0x2_0ffd, 9).unwrap(),
        [0, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0]
    );
}

#[test]
fn page_operations_check_what_they_are_given() {
    let mut instance = paged(&[]);
    let unaligned = MemoryError::NotPageAligned { address: 0x2_0001, page_size: PAGE };
    assert_eq!(instance.map_pages(0x2_0001, 1, true), Err(unaligned));
    assert_eq!(instance.free_pages(0x2_0001, 1), Err(unaligned));
    assert_eq!(instance.map_pages(0xf000, 1, true), Err(out_of_range(0xf000, 1)));
    assert_eq!(
        instance.map_pages(0xffff_f000, PAGE + 1, true),
        Err(out_of_range(0xffff_f000, u64::from(PAGE) + 1))
    );
    assert_eq!(
        instance.map_pages(0x2_0000, 8 * PAGE + 1, true),
        Err(MemoryError::MemoryLimit { bytes: u64::from(9 * PAGE), max: 8 * PAGE })
    );
    instance.map_pages(0x2_0000, 8 * PAGE, true).unwrap();
    // Mapped pages do not count twice, and are zeroed.
    instance.write_memory(0x2_0000, &[1]).unwrap();
    instance.map_pages(0x2_0000, 8 * PAGE, true).unwrap();
    assert_eq!(instance.read_memory_vec(0x2_0000, 1).unwrap(), [0]);
    assert!(instance.map_pages(0x1_0000, 1, true).is_err());
    instance.protect_pages(0x2_1000, 2 * PAGE).unwrap();
    assert!(instance.memory_accessible(0x2_0000, 8 * PAGE, false));
    assert!(instance.memory_accessible(0x2_0000, PAGE, true));
    assert!(!instance.memory_accessible(0x2_0000, PAGE + 1, true));
    // A write that reaches a protected page changes nothing.
    assert_eq!(instance.write_memory(0x2_0fff, &[1, 2]), Err(out_of_range(0x2_0fff, 2)));
    assert_eq!(instance.zero_memory(0x2_0fff, 2), Err(out_of_range(0x2_0fff, 2)));
    assert_eq!(instance.read_memory_vec(0x2_0fff, 1).unwrap(), [0]);
    instance.free_pages(0x2_2000, 1).unwrap();
    instance.free_pages(0x2_2000, 1).unwrap();
    assert!(instance.read_memory_vec(0x2_1fff, 2).is_err());
    assert_eq!(instance.protect_pages(0x2_0000, 4 * PAGE), Err(out_of_range(0x2_2000, u64::from(PAGE))));
    assert!(instance.memory_accessible(0x2_0000, PAGE, true));
    instance.map_pages(0x1_0000, 1, true).unwrap();
    assert_eq!(instance.set_aux_accessible_size(0), Err(MemoryError::NotWithDynamicPaging));
    instance.reset_memory();
    assert!(!instance.memory_accessible(0x1_0000, 1, false));
    let mut fixed = self::instance(&[]);
    assert_eq!(fixed.map_pages(0x2_0000, 1, true), Err(MemoryError::OnlyWithDynamicPaging));
}

#[test]
fn sbrk_under_paging_is_bookkeeping_only() {
    let sbrk = Instruction { d: Reg::A0, s: Reg::A1, ..Instruction::new(Opcode::Sbrk) };
    let mut instance = paged(&[sbrk]);
    instance.set_reg(Reg::A1, 100_000);
    assert_eq!(instance.run(), Ok(Exit::Finished));
    assert_eq!(instance.reg(Reg::A0), u64::from(map().heap_base() + 100_000));
    assert_eq!(instance.heap_size(), 100_000);
    assert!(!instance.memory_accessible(map().heap_base(), 1, false));
}
