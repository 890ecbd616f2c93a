// SPDX-License-Identifier: Apache-2.0
//! What a frame may use and what it has used: weight, and storage deposit.
//!
//! Every frame has its own meters, made from what its caller has left and folded back into the caller's when it ends. Weight
//! that a failed frame used stays used; its deposits are dropped with its changes.

mod deposit;
mod gas;
mod weight;

pub use deposit::{DepositMeter, Diff};
pub use gas::{FeeInfo, Fees, GasConversion, BLOCK_GAS_MIN};
pub use weight::{OutOfWeight, WeightMeter};

use crate::{BalanceOf, Config};
use frame_support::weights::Weight;

/// The meters of one frame.
pub struct FrameMeter<T: Config> {
    /// Weight.
    pub weight: WeightMeter,
    /// Storage deposit.
    pub deposit: DepositMeter<T>,
}

/// What a caller gives to its callee.
#[derive(Clone, Copy, Debug)]
pub enum CallLimits<Balance> {
    /// All that is left.
    Everything,
    /// At most this much, in each dimension at most what is left.
    Exact {
        /// Weight limit.
        weight: Weight,
        /// Storage deposit limit.
        deposit: Balance,
    },
    /// This much Ethereum gas: the same share of the weight and of the deposit that is left.
    Gas {
        /// The units of gas that the caller passed.
        gas: u64,
        /// Whether the callee gets the stipend of a value transfer in addition.
        stipend: bool,
    },
}

impl<T: Config> FrameMeter<T> {
    /// The meters of a whole transaction.
    pub fn new(weight: Weight, deposit: BalanceOf<T>) -> Self {
        Self { weight: WeightMeter::new(weight), deposit: DepositMeter::new(deposit) }
    }

    /// The meters for a callee. `deposit_left` is what this frame could still charge.
    ///
    /// Fails if a stipend is due and there is not enough weight for it.
    pub fn nested(
        &self,
        limits: CallLimits<BalanceOf<T>>,
        deposit_left: BalanceOf<T>,
    ) -> Result<Self, OutOfWeight> {
        let weight_left = self.weight.left();
        Ok(match limits {
            CallLimits::Everything => Self::new(weight_left, deposit_left),
            CallLimits::Exact { weight, deposit } => {
                Self::new(weight_left.min(weight), deposit_left.min(deposit))
            }
            CallLimits::Gas { gas, stipend } => {
                let (mut weight, deposit) = GasConversion::<T>::share(gas, weight_left, deposit_left);
                if stipend {
                    let extra = GasConversion::<T>::stipend();
                    if !extra.all_lte(weight_left) {
                        return Err(OutOfWeight);
                    }
                    weight = weight.saturating_add(extra).min(weight_left);
                }
                Self::new(weight, deposit)
            }
        })
    }

    /// Folds the meters of an ended callee into these.
    pub fn absorb(&mut self, nested: Self, success: bool) {
        self.weight.absorb(&nested.weight);
        if success {
            self.deposit.absorb(nested.deposit);
        }
    }
}
