// SPDX-License-Identifier: Apache-2.0
//! What is answered without asking the pallet.
//!
//! Whoever runs the guest knows who it is, what came in and what came back, and serves that itself: no crossing, and gas in place
//! of weight. The prices come from here. A call that it cannot serve, such as one with a bad pointer, gets here all the same; so
//! every function below has its full form in this folder too.

use super::{HostFunction, IMPORTS};
use crate::{
    exec::{OriginOf, Stack},
    metering::GasConversion,
    AddressMapper, Config, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
    traits::{Get, Time},
    weights::Weight,
};
use revive_vm_runtime_interface::{Answer, Answered, EncodedTable, Operand::Low, Price, Reply};
use sp_core::{H160, U256};
use sp_runtime::SaturatedConversion;

/// The constants of a frame, by their numbers.
const ADDRESS: u8 = 0;
const CALLER: u8 = 1;
const ORIGIN: u8 = 2;
const VALUE: u8 = 3;
const CHAIN_ID: u8 = 4;
const BLOCK_NUMBER: u8 = 5;
const NOW: u8 = 6;
const BASE_FEE: u8 = 7;
const GAS_PRICE: u8 = 8;
const GAS_LIMIT: u8 = 9;

/// The answer to `function`, if it has one.
fn answer(function: HostFunction) -> Option<Answer> {
    use HostFunction::*;
    let constant = |constant| Answer::Constant { constant, to: Low(0) };
    Some(match function {
        Address => constant(ADDRESS),
        Caller => constant(CALLER),
        Origin => constant(ORIGIN),
        ValueTransferred => constant(VALUE),
        ChainId => constant(CHAIN_ID),
        BlockNumber => constant(BLOCK_NUMBER),
        Now => constant(NOW),
        BaseFee => constant(BASE_FEE),
        GasPrice => Answer::Number { constant: GAS_PRICE },
        GasLimit => Answer::Number { constant: GAS_LIMIT },
        CallDataSize => Answer::InputSize,
        CallDataCopy => Answer::InputCopy { to: Low(0), len: Low(1), offset: Low(2) },
        CallDataLoad => Answer::InputLoad { to: Low(0), offset: Low(1) },
        ReturnDataSize => Answer::OutputSize,
        ReturnDataCopy => Answer::OutputCopy { to: Low(0), cell: Low(1), offset: Low(2) },
        HashKeccak256 => Answer::Keccak256 { from: Low(0), len: Low(1), to: Low(2) },
        _ => return None,
    })
}

/// Whether `function` has an answer.
#[cfg(test)]
pub(crate) fn is_answered(function: HostFunction) -> bool {
    answer(function).is_some()
}

/// What becomes of calls of `function`, if the pallet is not asked, or not asked again.
fn reply(function: HostFunction) -> Option<Reply> {
    match function {
        // After these, no guest goes on.
        HostFunction::SealReturn | HostFunction::Terminate | HostFunction::ConsumeAllGas => {
            Some(Reply::Final)
        }
        _ => answer(function).map(Reply::Answer),
    }
}

/// The table of imports with its answers and their prices.
pub(crate) fn table<T: Config>() -> EncodedTable {
    // Worked out from all kernels each time it is asked for: once is enough.
    let unit = T::WeightInfo::vm_gas().ref_time().max(1);
    let answers: Vec<Answered> = (0..)
        .zip(HostFunction::ALL)
        .filter_map(|(import, function)| {
            let reply = reply(*function)?;
            let per_byte: fn(u32) -> Weight = match function {
                HostFunction::HashKeccak256 => T::WeightInfo::host_keccak_256,
                HostFunction::CallDataCopy | HostFunction::ReturnDataCopy => T::WeightInfo::copy_to_guest,
                _ => |_| T::WeightInfo::host_getter(),
            };
            Some(Answered { import, reply, price: price::<T>(unit, per_byte) })
        })
        .collect();
    EncodedTable::new(&IMPORTS, &answers).expect("a test encodes this table; qed")
}

/// The table of imports without answers: every call gets to the pallet.
pub(crate) fn table_without_answers() -> EncodedTable {
    let last: Vec<Answered> = (0..)
        .zip(HostFunction::ALL)
        .filter(|(_, function)| reply(**function) == Some(Reply::Final))
        .map(|(import, _)| Answered { import, reply: Reply::Final, price: Price::default() })
        .collect();
    EncodedTable::new(&IMPORTS, &last).expect("a test encodes this table; qed")
}

/// `weight`, a line over a number of bytes, and what every answer costs, in gas of `unit` picoseconds.
fn price<T: Config>(unit: u64, weight: fn(u32) -> Weight) -> Price {
    let gas = |ref_time: u64| u32::try_from(ref_time.div_ceil(unit)).unwrap_or(u32::MAX);
    let base = weight(0).ref_time();
    Price {
        base: gas(base.saturating_add(T::WeightInfo::host_answer().ref_time())),
        per_kib: gas(weight(1024).ref_time().saturating_sub(base)),
    }
}

/// The constants of a transaction, of its block and of its origin.
#[derive(Clone, Debug)]
pub(crate) struct BlockConstants {
    chain_id: [u8; 32],
    block_number: [u8; 32],
    now: [u8; 32],
    base_fee: [u8; 32],
    gas_price: [u8; 8],
    /// The address of who started the transaction; the chain itself has none.
    origin: Option<H160>,
}

impl BlockConstants {
    pub(crate) fn read<T: Config>(origin: &OriginOf<T>) -> Self {
        let number: u64 = frame_system::Pallet::<T>::block_number().saturated_into();
        let milliseconds: U256 = T::Time::now().into();
        let price = GasConversion::<T>::price();
        Self {
            chain_id: U256::from(T::ChainId::get()).to_little_endian(),
            block_number: U256::from(number).to_little_endian(),
            now: (milliseconds / 1000u32).to_little_endian(),
            base_fee: price.to_little_endian(),
            gas_price: u64::try_from(price).unwrap_or(u64::MAX).to_le_bytes(),
            origin: origin.account().map(T::AddressMapper::to_address).ok(),
        }
    }
}

/// The constants of the running frame in the order of their numbers, lent to `use_them`.
pub(crate) fn with_constants<T: Config, R>(
    stack: &Stack<T>,
    block: &BlockConstants,
    use_them: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    let frame = stack.top();
    // The chain itself has no address; the question gets to the pallet, which refuses it. Mostly the two are the same.
    let origin = block.origin;
    let caller = match frame.caller == stack.origin {
        true => origin,
        false => frame.caller.account().map(T::AddressMapper::to_address).ok(),
    };
    let value = frame.value.to_little_endian();
    use_them(&[
        frame.address.as_bytes(),
        caller.as_ref().map_or(&[], H160::as_bytes),
        origin.as_ref().map_or(&[], H160::as_bytes),
        &value,
        &block.chain_id,
        &block.block_number,
        &block.now,
        &block.base_fee,
        &block.gas_price,
        &u64::MAX.to_le_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::Test;

    #[test]
    fn the_table_can_be_encoded_and_decoded() {
        let table = table::<Test>().decoded().expect("the table is sound");
        for (index, function) in (0..).zip(HostFunction::ALL) {
            assert_eq!(table.index_of(function.symbol().as_bytes()), Some(index));
            assert_eq!(table.answer(index).map(|(answer, _)| answer), answer(*function));
        }
    }

    #[test]
    fn without_answers_what_is_final_still_is() {
        let (whole, bare) = (table::<Test>().decoded().unwrap(), table_without_answers().decoded().unwrap());
        for index in 0..HostFunction::ALL.len() as u32 {
            assert_eq!(bare.answer(index), None);
            assert_eq!(bare.is_final(index), whole.is_final(index));
        }
    }

    #[test]
    fn no_answer_is_free() {
        let table = table::<Test>().decoded().expect("the table is sound");
        for index in 0..HostFunction::ALL.len() as u32 {
            if let Some((answer, price)) = table.answer(index) {
                assert!(price.base > 0, "{answer:?}");
            }
        }
    }
}
