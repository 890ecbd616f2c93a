// SPDX-License-Identifier: Apache-2.0
//! Events: `deposit_event`.

use super::context::{done, HostContext, HostResult};
use crate::{
    limits::{EVENT_DATA_BYTES_MAX, EVENT_TOPICS_MAX},
    tracing::Action,
    Config, Error, Event, Pallet, WeightInfo,
};
use alloc::vec::Vec;
use sp_core::H256;

/// `deposit_event(topics, n_topics, data, len)`
pub(super) fn deposit_event<T: Config>(context: &mut HostContext<'_, T>) -> HostResult {
    let (n_topics, len) = (context.low(1), context.low(3));
    context.limit(Error::<T>::TooManyTopics, "the number of topics", n_topics, EVENT_TOPICS_MAX)?;
    context.limit(Error::<T>::ValueTooLarge, "the length of the event's data", len, EVENT_DATA_BYTES_MAX)?;
    context.charge(T::WeightInfo::host_deposit_event(n_topics, len))?;
    let topics = context.bytes(0, Error::<T>::TooManyTopics)?;
    let data = context.bytes(1, Error::<T>::ValueTooLarge)?;
    let (contract, data) = (context.stack.top().address, data.to_vec());
    let topics: Vec<H256> = topics.chunks_exact(32).map(H256::from_slice).collect();
    context.stack.tell(|recorder| {
        recorder.act(Action::Event { contract, topics: topics.clone(), data: data.clone() });
    });
    Pallet::<T>::emit(Event::ContractEmitted { contract, data, topics });
    done()
}
