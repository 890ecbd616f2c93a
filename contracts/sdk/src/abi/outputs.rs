// SPDX-License-Identifier: Apache-2.0
//! What functions give.

use super::{
    coder::{Reader, Source, Writer},
    describe::Type,
    Value,
};

/// What a function gives: nothing, a value, or several as a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no result of the ABI",
    note = "results are nothing, a value or a tuple of values; a function may give a `Result` of them where its declaration has them alone"
)]
pub trait Outputs: Sized {
    /// The types.
    const TYPES: &'static [Type];
    /// How many words stand in front of what is of no fixed size.
    const WORDS: usize;
    /// How many bytes all of it takes at most.
    const ROOM: usize;

    /// Reads all of them.
    fn read_all<S: Source>(reader: &mut Reader<S>) -> Self;

    /// Writes all of them.
    fn write_all(&self, writer: &mut Writer<'_>);
}

impl<T: Value> Outputs for T {
    const TYPES: &'static [Type] = &[T::TYPE];
    const WORDS: usize = <T as Value>::WORDS;
    const ROOM: usize = 32 * <T as Value>::WORDS + T::TAIL;

    #[inline]
    fn read_all<S: Source>(reader: &mut Reader<S>) -> Self {
        T::read(reader)
    }

    #[inline]
    fn write_all(&self, writer: &mut Writer<'_>) {
        T::write(self, writer);
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),*))*) => {
        $(impl<$($part: Value),*> Outputs for ($($part,)*) {
            const TYPES: &'static [Type] = &[$($part::TYPE),*];
            const WORDS: usize = 0 $(+ <$part as Value>::WORDS)*;
            const ROOM: usize = 0 $(+ 32 * <$part as Value>::WORDS + $part::TAIL)*;

            #[inline]
            fn read_all<S: Source>(reader: &mut Reader<S>) -> Self {
                ($($part::read(reader),)*)
            }

            #[inline]
            fn write_all(&self, writer: &mut Writer<'_>) {
                $(self.$index.write(writer);)*
            }
        })*
    };
}

/// Nothing.
impl Outputs for () {
    const TYPES: &'static [Type] = &[];
    const WORDS: usize = 0;
    const ROOM: usize = 0;

    fn read_all<S: Source>(_: &mut Reader<S>) -> Self {}

    fn write_all(&self, _: &mut Writer<'_>) {}
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
