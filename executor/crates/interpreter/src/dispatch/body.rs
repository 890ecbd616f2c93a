// SPDX-License-Identifier: Apache-2.0
//! The body of a code as a type.

use crate::code::{with_table, Code};
use crate::ops::alu::{self, Rir, Rr, Rri, Rrr};
use crate::ops::control::{self, Branch, BranchImm};
use crate::ops::memory::{self, Absolute, BaseD, BaseS, BaseSp, LoadAt, StoreAt, ValueD, ValueJ};

/// Names the body of a code.
pub(super) trait Body {
    type Body;
}

/// A code as a type.
pub(super) struct Of<const CODE: u8>;

macro_rules! make_bodies {
    (
        simple { $($simple:ident: $opcode:ident $(if $when:ident)? => $body:ty;)* }
        last { $($last:ident: $last_opcode:ident => $last_body:ty;)* }
    ) => {
        $(
            impl Body for Of<{ Code::$simple as u8 }> {
                type Body = $body;
            }
        )*
        $(
            impl Body for Of<{ Code::$last as u8 }> {
                type Body = $last_body;
            }
        )*
    };
}

with_table!(make_bodies);
