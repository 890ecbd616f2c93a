// SPDX-License-Identifier: Apache-2.0
//! Limits that suffice: the weight and the storage deposit to submit a call or an instantiation with.
//!
//! What comes out was tried: a run with exactly these limits came to the same good end on the same state. Mostly these are the
//! highest amounts that were in use at any moment of a run with the highest limits, and with one unit less of any of them something
//! fails. Where the limits themselves matter, that does not do: a contract that looks at what is left, one that passes on a
//! share of it, a deposit that must be free at a moment when something else is to be given back later. Then limits are
//! searched, between those and the highest, one dimension after the other, the deposit first: in growing steps from below,
//! then by halving. What contracts do need not be monotonous in the limits, so nothing is concluded from runs in between; the
//! search keeps limits that a run has come to a good end with, and only ever lowers these.
//!
//! The same end means: success, and no more callees than with the highest limits that failed for lack of weight, gas or deposit.
//! A contract that catches the failure of such a callee and goes on would otherwise be given too little for its callee.

use crate::{
    dry_run::{self, Subject},
    exec::MayRevert,
    primitives::ContractResult,
    AccountIdOf, BalanceOf, Config,
};
use codec::{Decode, Encode};
use frame_support::{
    dispatch::DispatchClass,
    traits::{
        fungible::Inspect,
        tokens::{Fortitude, Preservation},
        Get,
    },
    weights::Weight,
};
use scale_info::TypeInfo;
use sp_runtime::traits::Bounded;

/// Most runs of one estimate.
pub const RUNS_MAX: u32 = 150;

/// A search ends when its runs together have used this many times the weight of a block.
pub const BLOCKS_MAX: u64 = 8;

/// Most rounds over the three dimensions: with less of one, another may do with less too.
const ROUNDS_MAX: u32 = 3;

/// The first step of a search upwards is this part of what did not suffice.
const STEP_DIVISOR: u64 = 1024;

/// Limits of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Limits<Balance> {
    /// Weight limit.
    pub weight: Weight,
    /// Storage deposit limit, in native units.
    pub storage_deposit: Balance,
}

/// What a call or an instantiation needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Estimate<R, Balance> {
    /// The limits that suffice. `None` if it fails or reverts with the highest ones.
    pub limits: Option<Limits<Balance>>,
    /// The run with these limits or, if there are none, with the highest ones.
    pub outcome: ContractResult<R, Balance>,
    /// Whether the limits had to be searched because they matter to the contracts. Then less may do in some dimension.
    pub searched: bool,
    /// How many runs it took.
    pub runs: u32,
}

/// A run with some limits.
struct Run<T: Config, R> {
    limits: Limits<BalanceOf<T>>,
    outcome: ContractResult<R, BalanceOf<T>>,
    starved: u32,
}

impl<T: Config, R: MayRevert> Run<T, R> {
    fn succeeded(&self) -> bool {
        self.outcome.result.as_ref().is_ok_and(|output| !output.did_revert())
    }
}

/// One of the three numbers of [`Limits`].
#[derive(Clone, Copy)]
enum Dimension {
    RefTime,
    ProofSize,
    Deposit,
}

impl Dimension {
    fn get<T: Config>(self, limits: &Limits<BalanceOf<T>>) -> u128 {
        match self {
            Self::RefTime => limits.weight.ref_time().into(),
            Self::ProofSize => limits.weight.proof_size().into(),
            Self::Deposit => limits.storage_deposit.try_into().unwrap_or(u128::MAX),
        }
    }

    fn set<T: Config>(self, limits: &mut Limits<BalanceOf<T>>, value: u128) {
        let part = u64::try_from(value).unwrap_or(u64::MAX);
        match self {
            Self::RefTime => *limits.weight.ref_time_mut() = part,
            Self::ProofSize => *limits.weight.proof_size_mut() = part,
            Self::Deposit => {
                limits.storage_deposit = value.try_into().unwrap_or_else(|_| Bounded::max_value());
            }
        }
    }
}

/// The search.
struct Search<T: Config, S> {
    subject: S,
    origin: AccountIdOf<T>,
    runs: u32,
    used: u64,
    /// Starved callees of the run with the highest limits.
    starved: u32,
    /// Whether each dimension was lowered once.
    is_lowered: bool,
}

impl<T: Config, S: Subject<T>> Search<T, S> {
    fn run(&mut self, limits: Limits<BalanceOf<T>>) -> Run<T, S::Output> {
        let (outcome, recorder) = dry_run::observe(&self.subject, &self.origin, limits, Default::default());
        self.runs = self.runs.saturating_add(1);
        self.used = self.used.saturating_add(outcome.weight_consumed.ref_time());
        Run { limits, outcome, starved: recorder.starved() }
    }

    fn may_go_on(&self) -> bool {
        let block = T::BlockWeights::get().max_block.ref_time();
        self.runs < RUNS_MAX && self.used < block.saturating_mul(BLOCKS_MAX)
    }

    fn is_good(&self, run: &Run<T, S::Output>) -> bool {
        run.succeeded() && run.starved <= self.starved
    }

    /// Lowers the dimensions of a good run, to no less than `required`, until none can be one unit lower.
    fn lower_all(
        &mut self,
        mut good: Run<T, S::Output>,
        required: Limits<BalanceOf<T>>,
    ) -> Run<T, S::Output> {
        for _ in 0..ROUNDS_MAX {
            let before = good.limits;
            for dimension in [Dimension::Deposit, Dimension::ProofSize, Dimension::RefTime] {
                good = self.lower(good, dimension, dimension.get::<T>(&required));
            }
            if good.limits == before {
                break;
            }
            self.is_lowered = true;
        }
        good
    }

    /// Lowers one dimension of a good run, to no less than `from`.
    fn lower(&mut self, mut good: Run<T, S::Output>, dimension: Dimension, from: u128) -> Run<T, S::Output> {
        let try_value = |search: &mut Self, good: &mut Run<T, S::Output>, value: u128| {
            let mut limits = good.limits;
            dimension.set::<T>(&mut limits, value);
            let run = search.run(limits);
            let is_good = search.is_good(&run);
            if is_good {
                *good = run;
            }
            is_good
        };
        let highest = dimension.get::<T>(&good.limits);
        if from >= highest || !self.may_go_on() || try_value(self, &mut good, from) {
            return good;
        }
        if self.is_lowered && !try_value(self, &mut good, highest.saturating_sub(1)) {
            return good;
        }
        let mut bad = from;
        let mut step = (from / u128::from(STEP_DIVISOR)).max(1);
        while self.may_go_on() {
            let value = bad.saturating_add(step);
            if value >= dimension.get::<T>(&good.limits) || try_value(self, &mut good, value) {
                break;
            }
            bad = value;
            step = step.saturating_mul(2);
        }
        while self.may_go_on() {
            let gap = dimension.get::<T>(&good.limits).saturating_sub(bad);
            if gap <= 1 {
                break;
            }
            let middle = bad.saturating_add(gap / 2);
            if !try_value(self, &mut good, middle) {
                bad = middle;
            }
        }
        good
    }
}

/// Estimates for `origin`. Missing limits are the highest that a transaction can have; neither those nor the ones given are
/// exceeded.
pub(crate) fn estimate<T: Config, S: Subject<T>>(
    subject: S,
    origin: AccountIdOf<T>,
    weight_limit: Option<Weight>,
    storage_deposit_limit: Option<BalanceOf<T>>,
) -> Estimate<S::Output, BalanceOf<T>> {
    let most = transaction_weight::<T>().saturating_sub(subject.base_weight());
    let weight = weight_limit.map_or(most, |weight| weight.min(most));
    let deposit = storage_deposit_limit.unwrap_or_else(Bounded::max_value);
    let payable = T::Currency::reducible_balance(&origin, Preservation::Preserve, Fortitude::Polite);
    let mut search = Search { subject, origin, runs: 0, used: 0, starved: 0, is_lowered: false };
    let mut highest = search.run(Limits { weight, storage_deposit: deposit });
    if (!highest.succeeded() || highest.starved > 0) && storage_deposit_limit.is_none() {
        // Contracts that give a callee some of Ethereum's gas give it a share of weight and deposit: with a deposit out of
        // all proportion hardly any weight. So try what can be paid at all.
        let run = search.run(Limits { weight, storage_deposit: payable });
        if run.succeeded() && (!highest.succeeded() || run.starved < highest.starved) {
            highest = run;
        }
    }
    if !highest.succeeded() {
        return Estimate { limits: None, outcome: highest.outcome, searched: false, runs: search.runs };
    }
    search.starved = highest.starved;
    let required = Limits {
        weight: highest.outcome.weight_required.min(highest.limits.weight),
        storage_deposit: highest
            .outcome
            .max_storage_deposit
            .charge_or_zero()
            .min(highest.limits.storage_deposit),
    };
    let exact = search.run(required);
    let (found, searched) =
        if search.is_good(&exact) { (exact, false) } else { (search.lower_all(highest, required), true) };
    Estimate { limits: Some(found.limits), outcome: found.outcome, searched, runs: search.runs }
}

/// The weight of the largest transaction.
fn transaction_weight<T: Config>() -> Weight {
    let block = T::BlockWeights::get();
    let normal = block.get(DispatchClass::Normal);
    normal.max_extrinsic.or(normal.max_total).unwrap_or(block.max_block)
}
