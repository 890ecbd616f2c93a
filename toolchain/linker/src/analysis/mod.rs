// SPDX-License-Identifier: Apache-2.0
//! Facts about programs that several passes need, computed from nothing each time.

mod backwards;
mod cfg;
mod frames;
mod functions;
mod heat;
mod liveness;
mod reach;
mod stack;

pub(crate) use cfg::Cfg;
pub(crate) use frames::{settle_sp_moves, sp_move, sp_move_in, stack_access, Frames, LiveSlots};
pub(crate) use functions::Functions;
pub(crate) use heat::hot_blocks;
pub(crate) use liveness::{is_conventional, Liveness};
pub(crate) use reach::Reach;
pub(crate) use stack::{deepest, Deepest};
