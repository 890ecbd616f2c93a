// SPDX-License-Identifier: Apache-2.0
//
// The host functions of the contracts pallet, for contracts in C (contract ABI). `contracts/sdk/src/host.rs` has the same for Rust.
//
// Pointers are passed as `size_t`. Numbers of 256 bits are 32 bytes, little-endian; call data and return data are raw bytes, in which
// the ABI of Solidity has numbers big-endian. A function that is used by nobody leaves no trace in the blob.

#ifndef REVIVE_HOST_H
#define REVIVE_HOST_H

#include "polkavm_guest.h"

// Where the host takes or gives "none" instead of a length.
#define REVIVE_SENTINEL 0xffffffffu
// The flag of `seal_return` that undoes everything the frame did.
#define REVIVE_REVERT 1

// Writes a storage item; the old length, or the sentinel. `key_bytes` is the sentinel for keys of 32 bytes.
POLKAVM_IMPORT(uint64_t, set_storage, uint32_t, size_t, uint32_t, size_t, uint32_t);
// Writes a 32-byte item, or deletes it when the value is all zeros; the old length, or the sentinel.
POLKAVM_IMPORT(uint64_t, set_storage_or_clear, uint32_t, size_t, size_t);
// Reads a storage item, 0 if there is one; the 32-bit cell at the last address holds the capacity and gets the length.
POLKAVM_IMPORT(uint64_t, get_storage, uint32_t, size_t, uint32_t, size_t, size_t);
// Reads a 32-byte item; a missing one reads as zeros.
POLKAVM_IMPORT(void, get_storage_or_zero, uint32_t, size_t, size_t);
// The length of the call data.
POLKAVM_IMPORT(uint64_t, call_data_size, void);
// Copies call data to an address: so many bytes from an offset on, zero padded.
POLKAVM_IMPORT(void, call_data_copy, size_t, uint32_t, uint32_t);
// Reads one word of call data from an offset on, with its bytes reversed.
POLKAVM_IMPORT(void, call_data_load, size_t, uint32_t);
// Ends the frame with this output.
POLKAVM_IMPORT(void, seal_return, uint32_t, size_t, uint32_t);
// The account that runs: 20 bytes.
POLKAVM_IMPORT(void, address, size_t);
// The account that called: 20 bytes.
POLKAVM_IMPORT(void, caller, size_t);
// The account that signed the transaction: 20 bytes.
POLKAVM_IMPORT(void, origin, size_t);
// The value that came with this call.
POLKAVM_IMPORT(void, value_transferred, size_t);
// What the running account can spend.
POLKAVM_IMPORT(void, balance, size_t);
// What another account can spend.
POLKAVM_IMPORT(void, balance_of, size_t, size_t);
// The hash of an account's code.
POLKAVM_IMPORT(void, code_hash, size_t, size_t);
// The length of an account's code.
POLKAVM_IMPORT(uint64_t, code_size, size_t);
// The number that tells this chain from others.
POLKAVM_IMPORT(void, chain_id, size_t);
// The number of the block being built.
POLKAVM_IMPORT(void, block_number, size_t);
// The time of the block in seconds.
POLKAVM_IMPORT(void, now, size_t);
// The gas that is left to this frame.
POLKAVM_IMPORT(uint64_t, ref_time_left, void);
// Stores the immutable data of the contract; only in `deploy`.
POLKAVM_IMPORT(void, set_immutable_data, size_t, uint32_t);
// Reads the immutable data; not in `deploy`. The second is the address of a 32-bit cell, as for `get_storage`.
POLKAVM_IMPORT(void, get_immutable_data, size_t, size_t);
// Emits an event: topics of 32 bytes, how many, data.
POLKAVM_IMPORT(void, deposit_event, size_t, uint32_t, size_t, uint32_t);
// Hashes bytes with Keccak-256.
POLKAVM_IMPORT(void, hash_keccak_256, size_t, uint32_t, size_t);

#endif
