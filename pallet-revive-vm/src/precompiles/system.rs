// SPDX-License-Identifier: Apache-2.0
//! The system precompile: what the chain knows about itself and about who asks.

use super::{
    solidity::{self, Arguments},
    Environment, Failure, PrecompileResult,
};
use crate::{
    balance,
    exec::{Origin, TerminationRule},
    storage::ContractInfo,
    AddressMapper, Config, Error, WeightInfo,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::traits::fungible::Inspect;
use sp_core::sr25519;
use sp_io::hashing::{blake2_128, blake2_256};

pub(super) fn call<T: Config>(
    env: &mut Environment<'_, T>,
    selector: [u8; 4],
    arguments: Arguments<'_>,
) -> PrecompileResult {
    match selector {
        // hashBlake256(bytes)
        [0xc7, 0xdf, 0xf6, 0x86] => {
            let input = arguments.bytes(0)?;
            env.charge(T::WeightInfo::precompile_blake2b(input.len() as u32))?;
            Ok(blake2_256(input).to_vec())
        }
        // hashBlake128(bytes)
        [0xa6, 0x3b, 0x69, 0x83] => {
            let input = arguments.bytes(0)?;
            env.charge(T::WeightInfo::precompile_blake2b(input.len() as u32))?;
            Ok(solidity::left_aligned(&blake2_128(input)).to_vec())
        }
        // toAccountId(address)
        [0xcf, 0x52, 0x31, 0xcc] => {
            let address = arguments.address(0)?;
            env.charge(T::WeightInfo::precompile_system())?;
            Ok(solidity::bytes(&T::AddressMapper::to_account_id(&address).encode()))
        }
        // callerIsOrigin()
        [0x90, 0x98, 0xd8, 0xc1] => {
            env.charge(T::WeightInfo::precompile_system())?;
            // Without a contract in between, the origin itself asks.
            Ok(truth(env.asker().is_none_or(|asker| asker.caller == *env.origin())))
        }
        // callerIsRoot()
        [0x0b, 0xd0, 0xe5, 0xfb] => {
            env.charge(T::WeightInfo::precompile_system())?;
            Ok(truth(env.asker().map_or(env.origin(), |asker| &asker.caller) == &Origin::Root))
        }
        // originIsRoot()
        [0x8c, 0xe6, 0xa1, 0x5f] => {
            env.charge(T::WeightInfo::precompile_system())?;
            Ok(truth(*env.origin() == Origin::Root))
        }
        // minimumBalance()
        [0xb9, 0xd1, 0xd4, 0x9b] => {
            env.charge(T::WeightInfo::precompile_system())?;
            Ok(solidity::uint(balance::to_wei::<T>(T::Currency::minimum_balance())).to_vec())
        }
        // ownCodeHash()
        [0xdb, 0x6b, 0xdc, 0x8a] => {
            env.charge(T::WeightInfo::precompile_system())?;
            let asker = env.asker().ok_or(Failure::revert("only a contract has code"))?;
            let contract = ContractInfo::<T>::load(&asker.address).ok_or(Error::<T>::ContractNotFound)?;
            Ok(contract.code_hash.as_bytes().to_vec())
        }
        // weightLeft()
        [0x8d, 0x29, 0xdf, 0xfb] => {
            env.charge(T::WeightInfo::precompile_system())?;
            let left = env.weight_left();
            Ok([solidity::uint(left.ref_time()), solidity::uint(left.proof_size())].concat())
        }
        // terminate(address)
        [0xed, 0xb4, 0x55, 0x29] => {
            let beneficiary = arguments.address(0)?;
            env.ensure_writable()?;
            let asker = env.asker().ok_or(Failure::revert("only a contract can be terminated"))?;
            // Of a library that it delegates to neither, as in the reference.
            if asker.is_delegate {
                return Err(Failure::revert("a contract cannot be terminated by a delegate call"));
            }
            let contract = asker.address;
            if env.stack.is_under_construction(&contract) {
                return Err(Failure::revert("a contract cannot be terminated by its constructor"));
            }
            env.charge(T::WeightInfo::host_terminate())?;
            env.stack.terminate(contract, beneficiary, TerminationRule::Always)?;
            Ok(Vec::new())
        }
        // sr25519Verify(uint8[64],bytes,bytes32)
        [0x30, 0x7a, 0x57, 0x5d] => {
            let signature = sr25519::Signature::from_raw(arguments.byte_array(0)?);
            let message = arguments.bytes(64)?;
            let key = sr25519::Public::from_raw(arguments.word(65)?);
            env.charge(T::WeightInfo::host_sr25519_verify(message.len() as u32))?;
            Ok(truth(sp_io::crypto::sr25519_verify(&signature, message, &key)))
        }
        // ecdsaToEthAddress(uint8[33])
        [0x79, 0xe1, 0x84, 0xf1] => {
            let key = arguments.byte_array(0)?;
            env.charge(T::WeightInfo::host_ecdsa_to_eth_address())?;
            let address = super::eth_address(&key).ok_or(Error::<T>::InvalidPrecompileInput)?;
            Ok(solidity::left_aligned(address.as_bytes()).to_vec())
        }
        _ => Err(Failure::UNDECODABLE),
    }
}

fn truth(truth: bool) -> Vec<u8> {
    solidity::boolean(truth).to_vec()
}
