// SPDX-License-Identifier: Apache-2.0
//! The host functions of the contracts pallet.
//!
//! [`raw`] declares them as the host sees them; the functions of this module and the types of [`calls`] are their safe forms.
//! Numbers of 256 bits are [`U256`]; call data and return data are raw bytes, words of the ABI big-endian. A host function that
//! is used by nobody leaves no trace in the blob.
//!
//! In a program for another machine than the guest, such as a unit test, [`crate::testing`] is the host.

pub mod calls;
pub mod raw;

#[cfg(not(target_env = "polkavm"))]
use crate::testing::raw as given;
#[cfg(target_env = "polkavm")]
use raw as given;

pub use crate::uint::U256;
pub use calls::{instantiate, set_code, Call, CallError};

use crate::abi::{
    coder::{Reader, ReturnData},
    Address, Outputs, Word,
};

/// Where the host expects or gives "none" instead of a length or an address.
const SENTINEL: u64 = 0xffff_ffff;

/// The return flag that undoes everything the frame did.
const FLAG_REVERT: u64 = 1;

/// The storage flag of what is gone when the transaction ends.
const FLAG_TRANSIENT: u64 = 1;

/// Calls of this address are debug messages, which dry runs and traces show.
pub(crate) const CONSOLE: Address = *b"\0\0\0\0\0\0\0\0\0console.log";

/// The address of what a pointer points to, as the host takes it. Pointers of guests fit into 32 bits.
fn at<T: ?Sized>(pointer: *const T) -> u64 {
    pointer.cast::<u8>().expose_provenance() as u64
}

/// Fills `N` bytes by a host function that writes exactly `N` bytes to the given address.
fn filled<const N: usize>(write: impl FnOnce(u64)) -> [u8; N] {
    let mut out = [0; N];
    write(at(&raw mut out));
    // The host wrote behind the compiler's back: it must not assume the zeros above.
    core::hint::black_box(&mut out);
    out
}

/// A number that the host writes, to where its digits are: they need not be put together from bytes.
fn number(write: impl FnOnce(u64)) -> U256 {
    let mut limbs = [0; 4];
    write(at(&raw mut limbs));
    core::hint::black_box(&mut limbs);
    U256::from_le_limbs(limbs)
}

/// Writes `value` (at most 416 bytes) under `key`. Gives the length of the item that was there before.
pub fn set_storage(key: &[u8; 32], value: &[u8]) -> Option<usize> {
    // SAFETY: both ranges are valid for reads, and the host only reads them.
    let old = unsafe { given::set_storage(0, at(key), SENTINEL, at(value), value.len() as u64) };
    (old != SENTINEL).then_some(old as usize)
}

/// Reads the item under `key` into the front of `out`. Gives the number of bytes copied, which is short of the
/// item's length when `out` is, or `None` when there is no item.
pub fn get_storage(key: &[u8; 32], out: &mut [u8]) -> Option<usize> {
    let mut bytes = out.len() as u32;
    // SAFETY: `key` is valid for reads, `out` for writes of `bytes` bytes, and `bytes` is a valid cell.
    let code = unsafe { given::get_storage(0, at(key), SENTINEL, at(out.as_mut_ptr()), at(&raw mut bytes)) };
    core::hint::black_box((out, &mut bytes));
    (code == 0).then_some(bytes as usize)
}

/// Writes a 32-byte item, or deletes it when `value` is all zeros.
pub fn set_storage_or_clear(key: &[u8; 32], value: &[u8; 32]) {
    // SAFETY: both ranges are 32 bytes and valid for reads.
    unsafe { given::set_storage_or_clear(0, at(key), at(value)) };
}

/// Reads a 32-byte item; a missing one reads as zeros, a shorter one is padded with zeros at its end.
pub fn get_storage_or_zero(key: &[u8; 32]) -> [u8; 32] {
    // SAFETY: the key is 32 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { given::get_storage_or_zero(0, at(key), out) })
}

/// [`set_storage_or_clear`] for storage that is gone when the transaction ends: locks, and what calls tell each other.
pub fn set_transient(key: &[u8; 32], value: &[u8; 32]) {
    // SAFETY: both ranges are 32 bytes and valid for reads.
    unsafe { given::set_storage_or_clear(FLAG_TRANSIENT, at(key), at(value)) };
}

/// [`get_storage_or_zero`] for storage that is gone when the transaction ends.
pub fn get_transient(key: &[u8; 32]) -> [u8; 32] {
    // SAFETY: the key is 32 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { given::get_storage_or_zero(FLAG_TRANSIENT, at(key), out) })
}

/// The length of the call data, in bytes.
pub fn call_data_size() -> usize {
    // SAFETY: no argument.
    unsafe { given::call_data_size() as usize }
}

/// The `N` bytes of call data from `offset` on; zeros stand for what is beyond its end.
pub fn call_data<const N: usize>(offset: usize) -> [u8; N] {
    // SAFETY: the host writes exactly `N` bytes.
    filled(|out| unsafe { given::call_data_copy(out, N as u64, offset as u64) })
}

/// Fills `out` with call data from `offset` on; zeros stand for what is beyond its end.
#[inline]
pub fn call_data_into(offset: usize, out: &mut [u8]) {
    // SAFETY: the range is valid for writes.
    unsafe { given::call_data_copy(at(out.as_mut_ptr()), out.len() as u64, offset as u64) };
    core::hint::black_box(out.as_mut_ptr());
}

/// Fills digits of 64 bits, but for so many bytes of the first, with call data from its beginning on.
#[inline(always)]
pub(crate) fn call_data_digits(digits: &mut [u64], but: usize) {
    let bytes = size_of_val(digits).saturating_sub(but) as u64;
    let begin = at(digits.as_mut_ptr()).wrapping_add(but as u64);
    // SAFETY: what is left of the digits is valid for writes of so many bytes.
    unsafe { given::call_data_copy(begin, bytes, 0) };
    core::hint::black_box(digits.as_mut_ptr());
}

/// The ABI word number `index` behind the selector.
pub fn argument(index: usize) -> Word {
    call_data(4 + 32 * index)
}

/// The address in the ABI word number `index` behind the selector; `None` if the word is no address.
pub fn argument_address(index: usize) -> Option<Address> {
    crate::abi::word_to_address(&argument(index))
}

/// The number in the ABI word number `index` behind the selector.
pub fn argument_number(index: usize) -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::call_data_load(out, 4 + 32 * index as u64) })
}

/// The length of what the last call or instantiation of this frame gave back, in bytes.
pub fn return_data_size() -> usize {
    // SAFETY: no argument.
    unsafe { given::return_data_size() as usize }
}

/// What the last call or instantiation of this frame gave back, as much as there is room for: the filled front of `out`.
pub fn return_data(out: &mut [u8]) -> &[u8] {
    return_data_from(0, out)
}

/// [`return_data`] from `offset` on, which is at most its length.
pub fn return_data_from(offset: usize, out: &mut [u8]) -> &[u8] {
    let mut bytes = out.len() as u32;
    // SAFETY: `out` is valid for writes of `bytes` bytes, and `bytes` is a valid cell.
    unsafe { given::return_data_copy(at(out.as_mut_ptr()), at(&raw mut bytes), offset as u64) };
    core::hint::black_box((&mut *out, &mut bytes));
    &out[..bytes as usize]
}

/// The first word of what the last call of this frame gave back; `None` if it is shorter than a word.
pub fn return_word() -> Option<Word> {
    let mut word = [0; 32];
    (return_data(&mut word).len() == 32).then_some(word)
}

/// What the last call of this frame gave back, as values; `None` if it is something else.
///
/// ```ignore
/// let balance = host::returned::<U256>();
/// ```
pub fn returned<O: Outputs>() -> Option<O> {
    Reader::new(ReturnData::new()).checked(O::read_all).ok()
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
    unsafe { given::seal_return(flags, at(data), data.len() as u64) };
    // The host does not come back from this call.
    crate::trap()
}

/// The address of the running contract.
pub fn address() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { given::address(out) })
}

/// The address of the caller.
pub fn caller() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { given::caller(out) })
}

/// The address of the account that signed the transaction.
pub fn origin() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { given::origin(out) })
}

/// The value that came with this call.
pub fn value_transferred() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::value_transferred(out) })
}

/// What the running contract can spend, the value of this call included.
pub fn balance() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::balance(out) })
}

/// What `account` can spend.
pub fn balance_of(account: &Address) -> U256 {
    // SAFETY: the address is 20 bytes and valid for reads; the host writes 32 bytes.
    number(|out| unsafe { given::balance_of(at(account), out) })
}

/// The hash of the code of `account`.
pub fn code_hash(account: &Address) -> [u8; 32] {
    // SAFETY: the address is 20 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { given::code_hash(at(account), out) })
}

/// The length of the code of `account`, in bytes.
pub fn code_size(account: &Address) -> u64 {
    // SAFETY: the address is 20 bytes and valid for reads.
    unsafe { given::code_size(at(account)) }
}

/// The number that tells this chain from others.
pub fn chain_id() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::chain_id(out) })
}

/// The number of the block being built.
pub fn block_number() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::block_number(out) })
}

/// The time of the block, in seconds since 1970.
pub fn now() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::now(out) })
}

/// The hash of a block by its number; zeros if it is not one of the last 256.
pub fn block_hash(number: U256) -> [u8; 32] {
    let number = number.to_le_limbs();
    // SAFETY: the number is 32 bytes and valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { given::block_hash(at(&number), out) })
}

/// The account that makes the block; zeros if that is not known.
pub fn block_author() -> Address {
    // SAFETY: the host writes 20 bytes.
    filled(|out| unsafe { given::block_author(out) })
}

/// The least price of gas in this block.
pub fn base_fee() -> U256 {
    // SAFETY: the host writes 32 bytes.
    number(|out| unsafe { given::base_fee(out) })
}

/// What the transaction pays for gas.
pub fn gas_price() -> u64 {
    // SAFETY: no argument.
    unsafe { given::gas_price() }
}

/// The gas that is left to this frame, in Ethereum gas units.
pub fn gas_left() -> u64 {
    // SAFETY: no argument.
    unsafe { given::ref_time_left() }
}

/// Stores the immutable data of the contract, 1 to 4096 bytes. Only in `deploy`.
pub fn set_immutable_data(data: &[u8]) {
    // SAFETY: the range is valid for reads.
    unsafe { given::set_immutable_data(at(data), data.len() as u64) }
}

/// Reads the immutable data into the front of `out`; gives the number of bytes copied. Not in `deploy`.
pub fn get_immutable_data(out: &mut [u8]) -> usize {
    let mut bytes = out.len() as u32;
    // SAFETY: `out` is valid for writes of `bytes` bytes, and `bytes` is a valid cell.
    unsafe { given::get_immutable_data(at(out.as_mut_ptr()), at(&raw mut bytes)) };
    core::hint::black_box((out, &mut bytes));
    bytes as usize
}

/// Emits an event with up to four topics and up to 65,536 bytes of data.
pub fn deposit_event(topics: &[Word], data: &[u8]) {
    // SAFETY: both ranges are valid for reads; a topic is 32 bytes.
    unsafe { given::deposit_event(at(topics), topics.len() as u64, at(data), data.len() as u64) }
}

/// Keccak-256 of `data`.
pub fn hash_keccak_256(data: &[u8]) -> [u8; 32] {
    // SAFETY: the range is valid for reads; the host writes 32 bytes.
    filled(|out| unsafe { given::hash_keccak_256(at(data), data.len() as u64, out) })
}

/// The address of a compressed secp256k1 key; `None` if the bytes are no such key.
pub fn ecdsa_to_eth_address(key: &[u8; 33]) -> Option<Address> {
    let mut address = [0; 20];
    // SAFETY: the key is 33 bytes and valid for reads, the address 20 bytes and valid for writes.
    let code = unsafe { given::ecdsa_to_eth_address(at(key), at(&raw mut address)) };
    core::hint::black_box(&mut address);
    (code == 0).then_some(address)
}

/// Whether an sr25519 signature of a message is that of the key.
pub fn sr25519_verify(signature: &[u8; 64], key: &[u8; 32], message: &[u8]) -> bool {
    // SAFETY: all ranges are valid for reads.
    unsafe { given::sr25519_verify(at(signature), at(key), message.len() as u64, at(message)) == 0 }
}

/// Deletes the contract, if it was created in this transaction, and sends all that it can spend to `beneficiary`.
pub fn terminate(beneficiary: &Address) -> ! {
    // SAFETY: the address is 20 bytes and valid for reads.
    unsafe { given::terminate(at(beneficiary)) };
    // The host does not come back from this call.
    crate::trap()
}

/// Uses up all gas of the frame and undoes what it did.
pub fn consume_all_gas() -> ! {
    // SAFETY: no argument.
    unsafe { given::consume_all_gas() };
    // The host does not come back from this call.
    crate::trap()
}

/// A message for whoever runs this: dry runs and traces of the `revive-vm` command show it, blocks do not keep it. It costs the
/// gas of a call all the same.
pub fn debug_message(text: &str) {
    // Nothing that could come of it is of interest.
    let _ = Call::new(&CONSOLE, text.as_bytes()).read_only().invoke();
}
