// SPDX-License-Identifier: Apache-2.0
//! What `call` and `instantiate` share: limits from a dry run, and the decision to submit.

use crate::{
    args::Limits,
    chain::{
        errors::NamedError,
        submit::Events,
        trace::{Subject, Terms},
        types::{Balance, ContractResult, DebugMessage, ExecReturnValue, StorageDeposit, Weight},
        Chain, Signer,
    },
    error::{Error, Result},
    output::hex,
};

/// The limit of a transaction is what its dry run required, plus this part of it (5 %): the state may have changed a
/// little when its turn comes.
const WEIGHT_MARGIN_DIVISOR: u64 = 20;

/// A dry run with its errors looked up.
pub(crate) struct DryRun {
    pub(super) weight_consumed: Weight,
    pub(super) weight_required: Weight,
    pub(super) storage_deposit: StorageDeposit,
    max_storage_deposit: StorageDeposit,
    pub(super) gas_consumed: Balance,
    pub(super) events: Events,
    pub(super) debug_messages: Vec<DebugMessage>,
    /// Limits that were tried and suffice; for the submission.
    estimate: Option<(Weight, Balance)>,
    /// What the contract returned, or why it did not come to that.
    pub(crate) returned: Result<ExecReturnValue, NamedError>,
    pub(super) detail: String,
}

impl DryRun {
    /// From the runtime's answer; `value` picks the contract's output out of it.
    pub(crate) fn new<T>(
        chain: &Chain,
        result: ContractResult<T>,
        value: impl FnOnce(T) -> ExecReturnValue,
    ) -> Self {
        let metadata = chain.at().metadata_ref();
        Self {
            weight_consumed: result.weight_consumed,
            weight_required: result.weight_required,
            storage_deposit: result.storage_deposit,
            max_storage_deposit: result.max_storage_deposit,
            gas_consumed: result.gas_consumed,
            events: Events::decode(&result.events, metadata),
            debug_messages: result.debug_messages,
            estimate: None,
            returned: result.result.map(value).map_err(|error| NamedError::new(&error, metadata)),
            detail: result.debug_message,
        }
    }

    fn succeeded(&self) -> bool {
        self.returned.as_ref().is_ok_and(|value| !value.did_revert())
    }

    /// Asks for limits that suffice, if a transaction is to be submitted and its weight limit is not given: contracts may need
    /// more than they use.
    pub(crate) async fn estimate(
        &mut self,
        chain: &Chain,
        signer: &Signer,
        limits: &Limits,
        subject: &Subject,
    ) -> Result<()> {
        if !limits.execute || limits.weight.is_some() || !self.succeeded() {
            return Ok(());
        }
        let terms = Terms {
            origin: signer.account(),
            value: limits.value,
            weight: None,
            deposit: limits.deposit_limit,
        };
        self.estimate = chain.estimate(subject, &terms).await?.limits;
        Ok(())
    }

    /// Whether to submit a transaction after this dry run.
    pub(crate) fn allows_submission(&self, limits: &Limits) -> bool {
        limits.execute && (self.succeeded() || limits.force || limits.weight.is_some())
    }

    /// The limits to submit with: those that were given, else those that the dry run required.
    pub(crate) fn limits(&self, limits: &Limits) -> (Weight, Balance) {
        let with_margin = |part: u64| part.saturating_add(part.div_ceil(WEIGHT_MARGIN_DIVISOR));
        let max_deposit = match self.max_storage_deposit {
            StorageDeposit::Charge(amount) => amount,
            StorageDeposit::Refund(_) => 0,
        };
        let (required, deposit) = self.estimate.unwrap_or((self.weight_required, max_deposit));
        let weight = given_weight(limits).unwrap_or(Weight {
            ref_time: with_margin(required.ref_time),
            proof_size: with_margin(required.proof_size),
        });
        let deposit = limits.deposit_limit.unwrap_or(deposit);
        (weight, deposit)
    }
}

/// The weight limit of the command line.
pub(crate) fn given_weight(limits: &Limits) -> Option<Weight> {
    limits.weight.map(|(ref_time, proof_size)| Weight { ref_time, proof_size })
}

/// Refuses to submit for an account that is not mapped: the dry run maps it on the fly and would not tell.
pub(crate) async fn require_mapping(chain: &Chain, signer: &Signer) -> Result<()> {
    if chain.is_mapped(signer.account()).await? {
        return Ok(());
    }
    Err(Error::new(format!(
        "the account {} is not mapped to its address {}",
        hex(signer.account()),
        hex(signer.address())
    ))
    .hint(format!("register it first: revive-vm map-account --suri {}", signer.argument())))
}
