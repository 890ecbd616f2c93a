// SPDX-License-Identifier: Apache-2.0
//! The host functions of the contracts pallet.
//!
//! [`raw`] declares them as the host sees them; the functions of this module are their safe forms. Numbers of
//! 256 bits are 32 bytes, **little-endian**, as the host writes them; call data and return data are raw bytes.
//! A host function that is used by nobody leaves no trace in the blob.

use crate::abi::{Address, Word};

/// A 256-bit number in the host's byte order, little-endian.
pub type U256 = [u8; 32];

/// Where the host expects "no such item" instead of a length.
const SENTINEL: u64 = 0xffff_ffff;

/// The return flag that undoes everything the frame did.
const FLAG_REVERT: u64 = 1;

/// The host functions with their registers: every argument and result is one 64-bit register, a pointer is its
/// address, and a result of 32 bits has zeros in its upper half.
pub mod raw {
    crate::import! {
        /// Writes a storage item; gives its old length.
        fn set_storage(flags: u64, key: u64, key_bytes: u64, value: u64, value_bytes: u64) -> u64;
        /// Writes a 32-byte item, or deletes it when the value is all zeros; gives its old length.
        fn set_storage_or_clear(flags: u64, key: u64, value: u64) -> u64;
        /// Reads a storage item; the cell at `out_bytes` holds the capacity and receives the copied length.
        fn get_storage(flags: u64, key: u64, key_bytes: u64, out: u64, out_bytes: u64) -> u64;
        /// Reads a 32-byte item; a missing one reads as zeros.
        fn get_storage_or_zero(flags: u64, key: u64, out: u64);
        /// The length of the call data.
        fn call_data_size() -> u64;
        /// Copies call data, zero padded.
        fn call_data_copy(out: u64, bytes: u64, offset: u64);
        /// Reads one word of call data with its bytes reversed.
        fn call_data_load(out: u64, offset: u64);
        /// Ends the frame.
        fn seal_return(flags: u64, data: u64, bytes: u64);
        /// The account that runs.
        fn address(out: u64);
        /// The account that called.
        fn caller(out: u64);
        /// The account that signed the transaction.
        fn origin(out: u64);
        /// The value that came with this call.
        fn value_transferred(out: u64);
        /// What the running account can spend.
        fn balance(out: u64);
        /// What another account can spend.
        fn balance_of(address: u64, out: u64);
        /// The hash of an account's code.
        fn code_hash(address: u64, out: u64);
        /// The length of an account's code.
        fn code_size(address: u64) -> u64;
        /// The number that tells this chain from others.
        fn chain_id(out: u64);
        /// The number of the block being built.
        fn block_number(out: u64);
        /// The time of the block in seconds.
        fn now(out: u64);
        /// The gas that is left to this frame.
        fn ref_time_left() -> u64;
        /// Stores the immutable data of the contract; only in `deploy`.
        fn set_immutable_data(data: u64, bytes: u64);
        /// Reads the immutable data; not in `deploy`.
        fn get_immutable_data(out: u64, out_bytes: u64);
        /// Emits an event with up to four topics of 32 bytes.
        fn deposit_event(topics: u64, topic_count: u64, data: u64, bytes: u64);
        /// Hashes bytes with Keccak-256.
        fn hash_keccak_256(data: u64, bytes: u64, out: u64);
    }
}

/// The address of what a pointer points to, as the host takes it. Pointers of guests fit into 32 bits.
fn at<T: ?Sized>(pointer: *const T) -> u64 {
    pointer.cast::<u8>() as usize as u64
}

/// Fills `N` bytes by a host function that writes exactly `N` bytes to the given address.
fn filled<const N: usize>(write: impl FnOnce(u64)) -> [u8; N] {
    let mut out = [0; N];
    write(at(&raw mut out));
    // The host wrote behind the compiler's back: it must not assume the zeros above.
    core::hint::black_box(&mut out);
    out
}

/// Writes `value` (at most 416 bytes) under `key`. Gives the length of the item that was there before.
pub fn set_storage(key: &[u8; 32], value: &[u8]) -> Option<usize> {
    // SAFETY: both ranges are valid for reads, and the host only reads them.
    let old = unsafe { raw::set_storage(0, at(key), SENTINEL, at(value), value.len() as u64) };
    (old != SENTINEL).then_some(old as usize)
}

/// Reads the item under `key` into the front of `out`. Gives the number of bytes copied, which is short of the
/// item's length when `out` is, or `None` when there is no item.
pub fn get_storage(key: &[u8; 32], out: &mut [u8]) -> Option<usize> {
    let mut bytes = out.len() as u32;
    // SAFETY: `key` is valid for reads, `out` for writes of `bytes` bytes, and `bytes` is a valid cell.
    let code = unsafe { raw::get_storage(0, at(key), SENTINEL, at(out.as_mut_ptr()), at(&raw mut bytes)) };
    core::hint::black_box((out, &mut bytes));
    (code == 0).then_some(bytes as usize)
}

/// Writes a 32-byte item, or deletes it when `value` is all zeros.
pub fn set_storage_or_clear(key: &[u8; 32], value: &[u8; 32]) {
    // SAFETY: both ranges are 32 bytes and valid for reads.
    unsafe { raw::set_storage_or_clear(0, at(key), at(value)) };
}

/// Reads a 32-byte item; a missing one reads as zeros, a shorter one is padded with zeros at its end.
pub fn get_storage_or_zero(key: &[u8; 32]) -> [u8; 32] {
    // SAFETY: the key is 32 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { raw::get_storage_or_zero(0, at(key), out) })
}

/// The length of the call data, in bytes.
pub fn call_data_size() -> usize {
    // SAFETY: no argument.
    unsafe { raw::call_data_size() as usize }
}

/// The `N` bytes of call data from `offset` on; zeros stand for what is beyond its end.
pub fn call_data<const N: usize>(offset: usize) -> [u8; N] {
    // SAFETY: the host writes exactly `N` bytes.
    filled(|out| unsafe { raw::call_data_copy(out, N as u64, offset as u64) })
}

/// The ABI word number `index` behind the selector.
pub fn argument(index: usize) -> Word {
    call_data(4 + 32 * index)
}

/// Ends the frame with success and `data` as its output.
pub fn return_value(data: &[u8]) -> ! {
    end(0, data)
}

/// Ends the frame, undoes what it did and hands `data` to the caller as the reason.
pub fn revert(data: &[u8]) -> ! {
    end(FLAG_REVERT, data)
}

fn end(flags: u64, data: &[u8]) -> ! {
    // SAFETY: the range is valid for reads.
    unsafe { raw::seal_return(flags, at(data), data.len() as u64) };
    // The host does not come back from this call.
    crate::trap()
}

/// The address of the running contract.
pub fn address() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { raw::address(out) })
}

/// The address of the caller.
pub fn caller() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { raw::caller(out) })
}

/// The address of the account that signed the transaction.
pub fn origin() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { raw::origin(out) })
}

/// The value that came with this call.
pub fn value_transferred() -> U256 {
    // SAFETY: the host writes 32 bytes.
    filled(|out| unsafe { raw::value_transferred(out) })
}

/// What the running contract can spend, the value of this call included.
pub fn balance() -> U256 {
    // SAFETY: the host writes 32 bytes.
    filled(|out| unsafe { raw::balance(out) })
}

/// What `account` can spend.
pub fn balance_of(account: &Address) -> U256 {
    // SAFETY: the address is 20 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { raw::balance_of(at(account), out) })
}

/// The hash of the code of `account`.
pub fn code_hash(account: &Address) -> [u8; 32] {
    // SAFETY: the address is 20 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { raw::code_hash(at(account), out) })
}

/// The length of the code of `account`, in bytes.
pub fn code_size(account: &Address) -> u64 {
    // SAFETY: the address is 20 bytes and valid for reads.
    unsafe { raw::code_size(at(account)) }
}

/// The number that tells this chain from others.
pub fn chain_id() -> U256 {
    // SAFETY: the host writes 32 bytes.
    filled(|out| unsafe { raw::chain_id(out) })
}

/// The number of the block being built.
pub fn block_number() -> U256 {
    // SAFETY: the host writes 32 bytes.
    filled(|out| unsafe { raw::block_number(out) })
}

/// The time of the block, in seconds since 1970.
pub fn now() -> U256 {
    // SAFETY: the host writes 32 bytes.
    filled(|out| unsafe { raw::now(out) })
}

/// The gas that is left to this frame, in Ethereum gas units.
pub fn gas_left() -> u64 {
    // SAFETY: no argument.
    unsafe { raw::ref_time_left() }
}

/// Stores the immutable data of the contract, 1 to 4096 bytes. Only in `deploy`.
pub fn set_immutable_data(data: &[u8]) {
    // SAFETY: the range is valid for reads.
    unsafe { raw::set_immutable_data(at(data), data.len() as u64) }
}

/// Reads the immutable data into the front of `out`; gives the number of bytes copied. Not in `deploy`.
pub fn get_immutable_data(out: &mut [u8]) -> usize {
    let mut bytes = out.len() as u32;
    // SAFETY: `out` is valid for writes of `bytes` bytes, and `bytes` is a valid cell.
    unsafe { raw::get_immutable_data(at(out.as_mut_ptr()), at(&raw mut bytes)) };
    core::hint::black_box((out, &mut bytes));
    bytes as usize
}

/// Emits an event with up to four topics and up to 65,536 bytes of data.
pub fn deposit_event(topics: &[Word], data: &[u8]) {
    // SAFETY: both ranges are valid for reads; a topic is 32 bytes.
    unsafe { raw::deposit_event(at(topics), topics.len() as u64, at(data), data.len() as u64) }
}

/// Keccak-256 of `data`.
pub fn hash_keccak_256(data: &[u8]) -> [u8; 32] {
    // SAFETY: the range is valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { raw::hash_keccak_256(at(data), data.len() as u64, out) })
}
