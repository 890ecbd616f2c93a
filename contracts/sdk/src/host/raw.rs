// SPDX-License-Identifier: Apache-2.0
//! The host functions with their registers: every argument and result is one 64-bit register, a pointer is its address, and a
//! result of 32 bits has zeros in its upper half.

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
    /// The price of gas in this block.
    fn base_fee(out: u64);
    /// What the transaction pays for gas.
    fn gas_price() -> u64;
    /// The most gas of a block.
    fn gas_limit() -> u64;
    /// The hash of a block by its number.
    fn block_hash(number: u64, out: u64);
    /// The account that makes the block.
    fn block_author(out: u64);
    /// Calls a contract; gives a code. Two names share a register: the first has its upper half. `output_bytes` is the address of
    /// a cell with the capacity, which receives the copied length, and must be valid even if `output` is all ones, for none.
    fn call(flags_callee: u64, ref_time: u64, proof_size: u64, deposit_value: u64, bytes_input: u64, output_bytes_output: u64) -> u64;
    /// The same with a limit in Ethereum's gas.
    fn call_evm(flags: u64, callee: u64, value: u64, gas: u64, bytes_input: u64, output_bytes_output: u64) -> u64;
    /// Runs another contract's code on this contract's storage; gives a code.
    fn delegate_call(flags_callee: u64, ref_time: u64, proof_size: u64, deposit: u64, bytes_input: u64, output_bytes_output: u64) -> u64;
    /// The same with a limit in Ethereum's gas.
    fn delegate_call_evm(flags: u64, callee: u64, gas: u64, bytes_input: u64, output_bytes_output: u64) -> u64;
    /// Creates a contract; gives a code. The input begins with the hash of the code.
    fn instantiate(ref_time: u64, proof_size: u64, deposit_value: u64, bytes_input: u64, output_bytes_output: u64, address_salt: u64) -> u64;
    /// Gives the contract other code, and runs its export `migrate`; gives a code.
    fn set_code(hash: u64, input: u64, bytes: u64) -> u64;
    /// The length of the last callee's output.
    fn return_data_size() -> u64;
    /// Copies the last callee's output from an offset on; the cell at `out_bytes` holds the capacity and receives the length.
    fn return_data_copy(out: u64, out_bytes: u64, offset: u64);
    /// The address of a compressed secp256k1 key; gives a code.
    fn ecdsa_to_eth_address(key: u64, out: u64) -> u64;
    /// Whether a signature is that of a key; gives a code.
    fn sr25519_verify(signature: u64, key: u64, bytes: u64, message: u64) -> u64;
    /// Ends the frame and deletes the contract.
    fn terminate(beneficiary: u64);
    /// Ends the frame and uses up its gas.
    fn consume_all_gas();
}
