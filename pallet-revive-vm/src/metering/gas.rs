// SPDX-License-Identifier: Apache-2.0
//! Ethereum gas: the one number in which Ethereum's tools count what the chain counts in weight and deposit.
//!
//! `gas = ceil(fee / GasScale)`, where the fee of a weight is what the chain asks for it, the proof part scaled so that a full
//! block of either costs the same, and a deposit counts as the fee that it would be at the current multiplier.

use crate::{weights::WeightInfo, BalanceOf, Config};
use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{Weight, WeightToFee},
};
use sp_core::U256;
use sp_runtime::{traits::Zero, FixedPointNumber, FixedU128, SaturatedConversion};

/// What the pallet has to know about the fees of the chain.
pub trait FeeInfo<Balance> {
    /// The fee of `weight` at multiplier one.
    fn weight_to_fee(weight: &Weight) -> Balance;

    /// The multiplier that fees currently carry.
    fn fee_multiplier() -> FixedU128;
}

/// [`FeeInfo`] from the two items that the transaction payment pallet of a chain is configured with.
pub struct Fees<ToFee, Multiplier>(PhantomData<(ToFee, Multiplier)>);

impl<Balance, ToFee, Multiplier> FeeInfo<Balance> for Fees<ToFee, Multiplier>
where
    ToFee: WeightToFee<Balance = Balance>,
    Balance: frame_support::traits::tokens::Balance,
    Multiplier: Get<FixedU128>,
{
    fn weight_to_fee(weight: &Weight) -> Balance {
        ToFee::weight_to_fee(weight)
    }

    fn fee_multiplier() -> FixedU128 {
        Multiplier::get()
    }
}

/// The gas that a value transfer gives to its callee, in units of Ethereum's machine.
const STIPEND_GAS: u64 = 2300;

/// The least gas that a full block may be worth. With less, the stipend of a transfer, which is to be too little for a callee to
/// do harm with, would be a good part of a block.
pub const BLOCK_GAS_MIN: u64 = 1000 * STIPEND_GAS;

/// Conversions from and to Ethereum gas.
pub struct GasConversion<T>(PhantomData<T>);

impl<T: Config> GasConversion<T> {
    /// The gas that `weight` and `deposit` are worth together.
    ///
    /// The two parts of the weight count half each. With the greater of the two, which the block builder goes by, a frame
    /// that has plenty of one and nothing of the other would believe that it can go on.
    pub fn gas(weight: Weight, deposit: BalanceOf<T>) -> U256 {
        let block = T::BlockWeights::get().max_block;
        let proof = U256::from(weight.proof_size())
            .saturating_mul(block.ref_time().into())
            .checked_div(block.proof_size().into())
            .unwrap_or_default();
        let proof = u64::try_from(proof).unwrap_or(u64::MAX);
        let fee = |ref_time| -> U256 { T::FeeInfo::weight_to_fee(&Weight::from_parts(ref_time, 0)).into() };
        let fees = fee(weight.ref_time()).saturating_add(fee(proof)) / 2u32;
        Self::fee_to_gas(fees).saturating_add(Self::fee_to_gas(Self::deposit_to_fee(deposit)))
    }

    /// As [`Self::gas`], at most `u64::MAX`.
    pub fn gas_u64(weight: Weight, deposit: BalanceOf<T>) -> u64 {
        u64::try_from(Self::gas(weight, deposit)).unwrap_or(u64::MAX)
    }

    /// The price of one gas, in wei.
    pub fn price() -> U256 {
        let scaled = U256::from(T::NativeToEthRatio::get()).saturating_mul(T::GasScale::get().into());
        T::FeeInfo::fee_multiplier().saturating_mul_int(scaled.saturated_into::<u128>()).into()
    }

    /// The share `gas / all` of the weight and of the deposit, where `all` is the gas that both are worth; at most both.
    pub fn share(gas: u64, weight: Weight, deposit: BalanceOf<T>) -> (Weight, BalanceOf<T>) {
        let all = Self::gas_u64(weight, deposit);
        if gas >= all {
            return (weight, deposit);
        }
        // `all` is not zero: it is greater than `gas`.
        let part = |amount: U256| amount.saturating_mul(gas.into()) / U256::from(all);
        let part_u64 = |amount: u64| u64::try_from(part(amount.into())).unwrap_or(amount);
        let deposit_part = BalanceOf::<T>::try_from(part(deposit.into())).unwrap_or(deposit);
        (Weight::from_parts(part_u64(weight.ref_time()), part_u64(weight.proof_size())), deposit_part)
    }

    /// The weight of the stipend: what Ethereum's machine allows a receiver of value, and one event with four topics and 64
    /// bytes of data, which there costs less than here.
    pub fn stipend() -> Weight {
        T::WeightInfo::vm_gas()
            .saturating_mul(STIPEND_GAS)
            .saturating_add(T::WeightInfo::host_call())
            .saturating_add(T::WeightInfo::host_deposit_event(4, 64))
    }

    fn fee_to_gas(fee: U256) -> U256 {
        let scale = U256::from(T::GasScale::get().max(1));
        let (quotient, remainder) = fee.div_mod(scale);
        if remainder.is_zero() {
            quotient
        } else {
            quotient.saturating_add(U256::one())
        }
    }

    fn deposit_to_fee(deposit: BalanceOf<T>) -> U256 {
        let multiplier = T::FeeInfo::fee_multiplier();
        if multiplier.is_zero() {
            return deposit.into();
        }
        let units: U256 = deposit.into();
        units
            .saturating_mul(FixedU128::accuracy().into())
            .checked_div(multiplier.into_inner().into())
            .unwrap_or_default()
    }
}
