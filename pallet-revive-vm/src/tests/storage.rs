// SPDX-License-Identifier: Apache-2.0
//! The storage family, persistent and transient.

use super::{
    call, deploy, error,
    fixtures::{callable, store_word, BEHIND_RW, NONE, RW},
    output,
};
use crate::{mock::*, primitives::ContractAccessError, storage::Key, Error, Pallet};
use revive_vm_primitives::Reg;
use sp_core::H160;

const SENTINEL: [u8; 8] = 0xFFFF_FFFFu64.to_le_bytes();

#[test]
fn words_are_stored_replaced_and_cleared() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        let store = |value: [u8; 32]| output(dest, &[[5; 32], value].concat());
        let item = || Pallet::<Test>::get_storage(dest, [5; 32]).unwrap();
        assert_eq!(item(), None);
        assert_eq!(store([1; 32]), SENTINEL);
        assert_eq!(item(), Some(vec![1; 32]));
        assert_eq!(store([2; 32]), 32u64.to_le_bytes());
        assert_eq!(item(), Some(vec![2; 32]));
        assert_eq!(store([0; 32]), 32u64.to_le_bytes());
        assert_eq!(item(), None);
        assert_eq!(store([0; 32]), SENTINEL);
        let info = Pallet::<Test>::contract_info(dest).unwrap();
        assert_eq!((info.storage_bytes, info.storage_items), (0, 0));
    });
}

#[test]
fn the_two_kinds_of_keys_are_different_items() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.data(RW, &[5; 32])
                .data(RW + 32, b"fixed")
                .data(RW + 64, b"variable")
                .host("set_storage", [0, RW, NONE, RW + 32, 5])
                .host("set_storage", [0, RW, 32, RW + 64, 8])
                // An empty value is an item; an empty key is a key.
                .host("set_storage", [0, 0, 0, 0, 0]);
        });
        let dest = deploy(&blob, 0, b"");
        output(dest, b"");
        assert_eq!(Pallet::<Test>::get_storage(dest, [5; 32]), Ok(Some(b"fixed".to_vec())));
        assert_eq!(Pallet::<Test>::get_storage_var_key(dest, vec![5; 32]), Ok(Some(b"variable".to_vec())));
        assert_eq!(Pallet::<Test>::get_storage_var_key(dest, vec![]), Ok(Some(vec![])));
        assert_eq!(
            Pallet::<Test>::get_storage_var_key(dest, vec![0; 129]),
            Err(ContractAccessError::KeyDecodingFailed)
        );
        assert_eq!(Pallet::<Test>::get_storage(H160::zero(), [5; 32]), Err(ContractAccessError::DoesntExist));
    });
}

/// Stores ten bytes, then reads them with a buffer of `capacity` bytes. Returns code, length cell and 16 bytes of the buffer.
fn read_back(key_len: u64, capacity: u32, flags: u64) -> Vec<u8> {
    callable(|asm| {
        asm.data(RW, &[5; 32])
            .data(RW + 64, b"0123456789")
            .host("set_storage", [flags, RW, 32, RW + 64, 10])
            .data(RW + 136, &capacity.to_le_bytes())
            .data(RW + 144, &[0xAA; 16])
            .host("get_storage", [flags, RW, key_len, RW + 144, RW + 136])
            .store(RW + 128, Reg::A0)
            .ret(0, RW + 128, 32);
    })
}

#[test]
fn reads_are_cut_to_the_buffer() {
    new_test(|| {
        for flags in [0, 1] {
            let read = |key_len, capacity| output(deploy(&read_back(key_len, capacity, flags), 0, b""), b"");
            let data = read(32, 16);
            assert_eq!(data[..8], 0u64.to_le_bytes());
            assert_eq!(data[8..12], 10u32.to_le_bytes());
            assert_eq!(&data[16..], b"0123456789\xaa\xaa\xaa\xaa\xaa\xaa");
            let data = read(32, 4);
            assert_eq!(data[8..12], 4u32.to_le_bytes());
            assert_eq!(&data[16..22], b"0123\xaa\xaa");
            let data = read(32, 0);
            assert_eq!(data[8..12], 0u32.to_le_bytes());
            assert_eq!(data[16..], [0xAA; 16]);
            // Not there: code 3, and nothing is written.
            let data = read(31, 16);
            assert_eq!(data[..8], 3u64.to_le_bytes());
            assert_eq!(data[8..12], 16u32.to_le_bytes());
            assert_eq!(data[16..], [0xAA; 16]);
        }
    });
}

#[test]
fn the_length_cell_of_a_missing_item_is_not_even_read() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.host("get_storage", [0, RW, 32, BEHIND_RW, BEHIND_RW]).store(RW, Reg::A0).ret(0, RW, 8);
        });
        assert_eq!(output(deploy(&blob, 0, b""), b""), 3u64.to_le_bytes());
    });
}

#[test]
fn missing_words_read_as_zeros_and_others_are_cut_or_padded() {
    new_test(|| {
        for flags in [0, 1] {
            let blob = callable(|asm| {
                asm.data(RW, &[1; 32])
                    .data(RW + 32, &[7; 40])
                    .host("set_storage", [flags, RW, NONE, RW + 32, 40])
                    .data(RW + 96, &[0xAA; 96])
                    .host("get_storage_or_zero", [flags, RW, RW + 96])
                    .host("set_storage", [flags, RW, NONE, RW + 32, 3])
                    .host("get_storage_or_zero", [flags, RW, RW + 128])
                    .host("get_storage_or_zero", [flags, RW + 32, RW + 160])
                    .ret(0, RW + 96, 96);
            });
            let data = output(deploy(&blob, 0, b""), b"");
            assert_eq!(data[..32], [7; 32]);
            assert_eq!(data[32..36], [7, 7, 7, 0]);
            assert_eq!(data[36..], [0; 60]);
        }
    });
}

#[test]
fn limits_and_flags_of_the_storage_functions() {
    new_test(|| {
        let fails = |symbol: &str, args: [u64; 5], expected: Error<Test>| {
            let dest = deploy(&callable(|asm| asm.host(symbol, args).end()), 0, b"");
            assert_eq!(call(dest, b"").result, Err(error(expected)), "{symbol} {args:?}");
        };
        fails("set_storage", [0, RW, 129, RW, 1], Error::DecodingFailed);
        fails("get_storage", [0, RW, 129, RW, RW], Error::DecodingFailed);
        fails("set_storage", [0, RW, 32, RW, 417], Error::ValueTooLarge);
        for flags in [2, 3, 0x8000_0000] {
            fails("set_storage", [flags, RW, 32, RW, 1], Error::InvalidStorageFlags);
            fails("get_storage", [flags, RW, 32, RW, RW], Error::InvalidStorageFlags);
            fails("set_storage_or_clear", [flags, RW, RW, 0, 0], Error::InvalidStorageFlags);
            fails("get_storage_or_zero", [flags, RW, RW, 0, 0], Error::InvalidStorageFlags);
        }
        // The high half of a 32-bit argument is not looked at.
        let blob = callable(|asm| {
            asm.host("set_storage", [1 << 32, 7 << 32 | RW, 9 << 32 | 128, 3 << 32 | RW, 5 << 32 | 416]);
        });
        output(deploy(&blob, 0, b""), b"");
    });
}

#[test]
fn transient_items_are_gone_after_the_transaction_and_have_a_budget() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.take_input()
                .host("get_storage_or_zero", [1, RW, RW + 64])
                .host("set_storage_or_clear", [1, RW, RW + 32])
                .ret(0, RW + 64, 32);
        });
        let dest = deploy(&blob, 0, b"");
        for _ in 0..2 {
            assert_eq!(output(dest, &[[1; 32], [2; 32]].concat()), [0; 32]);
        }
        assert_eq!(Pallet::<Test>::contract_info(dest).unwrap().storage_items, 0);

        let greedy = callable(|asm| {
            for key in 0..40u64 {
                asm.load(Reg::S0, key).store(RW, Reg::S0).host("set_storage", [1, RW, 32, RW, 416]);
            }
        });
        let dest = deploy(&greedy, 0, b"");
        assert_eq!(call(dest, b"").result, Err(error(Error::OutOfTransientStorage)));
    });
}

#[test]
fn contracts_do_not_see_each_others_items() {
    new_test(|| {
        let first = deploy(&store_word(), 0, b"1");
        let second = deploy(&store_word(), 0, b"2");
        output(first, &[[5; 32], [1; 32]].concat());
        assert_eq!(Pallet::<Test>::get_storage(second, [5; 32]), Ok(None));
        assert_ne!(Key::Fix([5; 32]).hashed(), Key::variable(vec![5; 32]).unwrap().hashed());
    });
}
