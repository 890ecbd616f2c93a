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
// The flag of storage that is gone when the transaction ends.
#define REVIVE_TRANSIENT 1
// Flags of calls: the callee gets a copy of this frame's input; what comes of it ends this frame; the callee may come back into
// this contract; nothing may be changed. The last two are not for delegate calls.
#define REVIVE_CLONE_INPUT 2
#define REVIVE_TAIL_CALL 4
#define REVIVE_ALLOW_REENTRY 8
#define REVIVE_READ_ONLY 16
// Codes of calls, instantiations and `set_code`: 0 is success.
#define REVIVE_CALLEE_TRAPPED 1
#define REVIVE_CALLEE_REVERTED 2
#define REVIVE_TRANSFER_FAILED 4
#define REVIVE_OUT_OF_RESOURCES 5
#define REVIVE_DUPLICATE_ADDRESS 11
#define REVIVE_TOO_DEEP 12
#define REVIVE_REENTRY_DENIED 13
#define REVIVE_CODE_NOT_FOUND 14
#define REVIVE_UNSUPPORTED 15
// Two values that share a register. In comments `high:low`.
#define REVIVE_PAIR(high, low) ((uint64_t)(uint32_t)(high) << 32 | (uint32_t)(low))

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
// Calls a contract and gives a code: flags, callee, value, gas (all ones: no limit), input_len:input, output_len:output. The output
// goes to an address (the sentinel: nowhere), and its length into a 32-bit cell that holds the room there; the cell must be valid memory
// in any case. The host's `call`, with limits of weight and deposit, has the name of the function that contracts export.
POLKAVM_IMPORT(uint64_t, call_evm, uint32_t, size_t, size_t, uint64_t, uint64_t, uint64_t);
// Runs another contract's code on this contract's storage and gives a code: flags:callee, weight limit (picoseconds, bytes of proof; all
// ones is no limit), the address of a deposit limit of 32 bytes, input_len:input, output_len:output.
POLKAVM_IMPORT(uint64_t, delegate_call, uint64_t, uint64_t, uint64_t, size_t, uint64_t, uint64_t);
// The same with a limit in Ethereum's gas: flags, callee, gas, input_len:input, output_len:output.
POLKAVM_IMPORT(uint64_t, delegate_call_evm, uint32_t, size_t, uint64_t, uint64_t, uint64_t);
// Creates a contract and gives a code: weight limit (two), deposit:value, input_len:input, output_len:output, address:salt. The input is the
// hash of the code and the constructor's input behind it. All ones for the output: none; for the salt: by a counter.
POLKAVM_IMPORT(uint64_t, instantiate, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
// Gives this contract other code and runs its export `migrate`: hash, input, its length; a code.
POLKAVM_IMPORT(uint64_t, set_code, size_t, size_t, uint32_t);
// The length of what the last callee gave back.
POLKAVM_IMPORT(uint64_t, return_data_size, void);
// Copies it to an address, from an offset on. The second is the address of a 32-bit cell, as for `get_storage`.
POLKAVM_IMPORT(void, return_data_copy, size_t, size_t, uint32_t);
// The least price of gas in this block.
POLKAVM_IMPORT(void, base_fee, size_t);
// What the transaction pays for gas.
POLKAVM_IMPORT(uint64_t, gas_price, void);
// The most gas of a block.
POLKAVM_IMPORT(uint64_t, gas_limit, void);
// The hash of a block by its number, a 256-bit number at the first address.
POLKAVM_IMPORT(void, block_hash, size_t, size_t);
// The account that makes the block: 20 bytes.
POLKAVM_IMPORT(void, block_author, size_t);
// The address of a compressed secp256k1 key, 33 bytes; 0, or another code if it is none.
POLKAVM_IMPORT(uint64_t, ecdsa_to_eth_address, size_t, size_t);
// Whether a signature of 64 bytes is that of a key of 32 bytes: signature, key, length of the message, message; 0 if it is.
POLKAVM_IMPORT(uint64_t, sr25519_verify, size_t, size_t, uint32_t, size_t);
// Ends the frame, and deletes the contract if it was created in this transaction; what it has goes to this account.
POLKAVM_IMPORT(void, terminate, size_t);
// Ends the frame, undoes what it did and uses up its gas.
POLKAVM_IMPORT(void, consume_all_gas, void);
// Hashes bytes with Keccak-256.
POLKAVM_IMPORT(void, hash_keccak_256, size_t, uint32_t, size_t);

#endif
