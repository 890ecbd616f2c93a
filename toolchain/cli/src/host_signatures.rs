// SPDX-License-Identifier: Apache-2.0
//! What the argument registers of host functions mean, for people. The functions are those of the contract ABI and the pallet's
//! own; one that is not here is shown with all registers.

/// Symbol; parameters, one a register, `high:low` where two share one; what the memory that comes with a call is, in order.
type Signature = (&'static str, &'static [&'static str], &'static [&'static str]);

const SIGNATURES: &[Signature] = &[
    ("set_storage", &["flags", "key_ptr", "key_len", "value_ptr", "value_len"], &["key", "value"]),
    ("set_storage_or_clear", &["flags", "key_ptr", "value_ptr"], &["key", "value"]),
    ("get_storage", &["flags", "key_ptr", "key_len", "out_ptr", "out_len_ptr"], &["key", "room"]),
    ("get_storage_or_zero", &["flags", "key_ptr", "out_ptr"], &["key"]),
    (
        "call",
        &[
            "flags:callee_ptr",
            "ref_time",
            "proof_size",
            "deposit_ptr:value_ptr",
            "input_len:input_ptr",
            "output_len_ptr:output_ptr",
        ],
        &["deposit", "callee", "input", "value", "room"],
    ),
    (
        "call_evm",
        &["flags", "callee_ptr", "value_ptr", "gas", "input_len:input_ptr", "output_len_ptr:output_ptr"],
        &["value", "callee", "input", "room"],
    ),
    (
        "delegate_call",
        &[
            "flags:callee_ptr",
            "ref_time",
            "proof_size",
            "deposit_ptr",
            "input_len:input_ptr",
            "output_len_ptr:output_ptr",
        ],
        &["deposit", "callee", "input", "room"],
    ),
    (
        "delegate_call_evm",
        &["flags", "callee_ptr", "gas", "input_len:input_ptr", "output_len_ptr:output_ptr"],
        &["callee", "input", "room"],
    ),
    (
        "instantiate",
        &[
            "ref_time",
            "proof_size",
            "deposit_ptr:value_ptr",
            "input_len:input_ptr",
            "output_len_ptr:output_ptr",
            "address_ptr:salt_ptr",
        ],
        &["deposit", "value", "input", "salt", "room"],
    ),
    ("call_data_size", &[], &[]),
    ("call_data_copy", &["out_ptr", "len", "offset"], &[]),
    ("call_data_load", &["out_ptr", "offset"], &[]),
    ("seal_return", &["flags", "data_ptr", "len"], &["data"]),
    ("return_data_size", &[], &[]),
    ("return_data_copy", &["out_ptr", "out_len_ptr", "offset"], &["room"]),
    ("address", &["out_ptr"], &[]),
    ("caller", &["out_ptr"], &[]),
    ("origin", &["out_ptr"], &[]),
    ("value_transferred", &["out_ptr"], &[]),
    ("balance", &["out_ptr"], &[]),
    ("balance_of", &["address_ptr", "out_ptr"], &["address"]),
    ("code_hash", &["address_ptr", "out_ptr"], &["address"]),
    ("code_size", &["address_ptr"], &["address"]),
    ("chain_id", &["out_ptr"], &[]),
    ("block_number", &["out_ptr"], &[]),
    ("block_hash", &["number_ptr", "out_ptr"], &["number"]),
    ("block_author", &["out_ptr"], &[]),
    ("now", &["out_ptr"], &[]),
    ("gas_limit", &[], &[]),
    ("gas_price", &[], &[]),
    ("base_fee", &["out_ptr"], &[]),
    ("ref_time_left", &[], &[]),
    ("set_immutable_data", &["data_ptr", "len"], &["data"]),
    ("get_immutable_data", &["out_ptr", "out_len_ptr"], &["room"]),
    ("terminate", &["beneficiary_ptr"], &["beneficiary"]),
    ("set_code", &["code_hash_ptr", "input_ptr", "input_len"], &["code_hash", "input"]),
    ("deposit_event", &["topics_ptr", "topics_count", "data_ptr", "len"], &["topics", "data"]),
    ("hash_keccak_256", &["data_ptr", "len", "out_ptr"], &["data"]),
    ("ecdsa_to_eth_address", &["key_ptr", "out_ptr"], &["key"]),
    (
        "sr25519_verify",
        &["signature_ptr", "key_ptr", "message_len", "message_ptr"],
        &["signature", "key", "message"],
    ),
    ("consume_all_gas", &[], &[]),
];

/// Names and values of the arguments of a call of `function`.
pub(crate) fn arguments(function: &str, args: &[u64; 6]) -> Vec<(String, u64)> {
    let Some((_, parameters, _)) = SIGNATURES.iter().find(|(symbol, ..)| *symbol == function) else {
        return (0..).zip(args).map(|(number, arg): (u32, _)| (format!("a{number}"), *arg)).collect();
    };
    let mut named = Vec::new();
    for (parameter, arg) in parameters.iter().zip(args) {
        match parameter.split_once(':') {
            Some((high, low)) => {
                named.push((high.to_string(), arg >> 32));
                named.push((low.to_string(), arg & 0xffff_ffff));
            }
            // Pointers, lengths and flags have 32 bits; what is above is not looked at.
            None if ["gas", "ref_time", "proof_size"].contains(parameter) => {
                named.push((parameter.to_string(), *arg))
            }
            None => named.push((parameter.to_string(), arg & 0xffff_ffff)),
        }
    }
    named
}

/// The functions that run another contract, or give this one other code, and say by a code what came of it.
const ENTERING: [&str; 6] =
    ["call", "call_evm", "delegate_call", "delegate_call_evm", "instantiate", "set_code"];

/// What a call of `function` came back with, if that was a code that says why it came to nothing.
pub(crate) fn failure(function: &str, result: u64) -> Option<&'static str> {
    let entering = ENTERING.contains(&function);
    Some(match (function, result) {
        (_, 1) if entering => "the callee failed",
        (_, 2) if entering => "the callee reverted",
        ("get_storage", 3) => "no such item",
        (_, 4) if entering => "the value could not be moved",
        (_, 5) if entering => "no weight or storage deposit for it",
        ("ecdsa_to_eth_address", 7) => "not a key",
        ("sr25519_verify", 8) => "not a signature of that key",
        (_, 11) if entering => "there is a contract at the address",
        (_, 12) if entering => "too many calls within each other",
        (_, 13) if entering => "it may not be entered again",
        (_, 14) if entering => "the chain has no code with this hash",
        (_, 15) if entering => "the chain does not offer this function",
        _ => return None,
    })
}

/// Whether `function` runs code that is not the caller's.
pub(crate) fn enters(function: &str) -> bool {
    ENTERING.contains(&function)
}

/// What the memory is that comes with a call of `function`.
pub(crate) fn memory_name(function: &str, index: usize) -> String {
    let known = SIGNATURES.iter().find(|(symbol, ..)| *symbol == function);
    known
        .and_then(|(_, _, memory)| memory.get(index))
        .map_or_else(|| format!("memory {index}"), |name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_split_where_two_arguments_share_one() {
        let named = arguments("call", &[0x8_0003_0000, 1 << 40, 7, 0x3_0000_0004, 0, u64::MAX]);
        let shown: Vec<_> = named.iter().map(|(name, value)| format!("{name}={value:#x}")).collect();
        assert_eq!(
            shown.join(" "),
            "flags=0x8 callee_ptr=0x30000 ref_time=0x10000000000 proof_size=0x7 deposit_ptr=0x3 value_ptr=0x4 \
             input_len=0x0 input_ptr=0x0 output_len_ptr=0xffffffff output_ptr=0xffffffff"
        );
        assert_eq!(arguments("unknown", &[1; 6]).len(), 6);
        assert_eq!(memory_name("call", 2), "input");
        assert_eq!(memory_name("unknown", 2), "memory 2");
    }

    #[test]
    fn codes_mean_something_where_they_are_codes() {
        assert_eq!(failure("instantiate", 14), Some("the chain has no code with this hash"));
        assert_eq!(
            (failure("call", 0), failure("call_data_size", 4), failure("get_storage", 0)),
            (None, None, None)
        );
        assert!(enters("set_code") && !enters("get_storage"));
    }
}
