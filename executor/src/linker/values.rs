// SPDX-License-Identifier: Apache-2.0
//! How typed values travel in guest registers (execution, section 2).
//!
//! On 64-bit instruction sets a value takes one register: `u32` zero-extended, `i32` sign-extended. On 32-bit ones a
//! 64-bit value takes two, low half first. Arguments use `a0..a5, t0..t2`, results `a0, a1`; host functions use the
//! same registers for what they are given and what they return. Reading a 32-bit value looks at the low half only.

use revive_vm_primitives::Reg;

use crate::instance::Instance;

/// Argument registers that there are.
pub(crate) const ARG_REGS: usize = Reg::ARGS.len();

/// Values that go to or come from the register file, in order.
pub struct RegisterCursor<'a> {
    instance: &'a mut Instance,
    wide: bool,
    position: usize,
}

impl<'a> RegisterCursor<'a> {
    pub(crate) fn new(instance: &'a mut Instance) -> Self {
        let wide = instance.module().isa().is_64_bit();
        Self { instance, wide, position: 0 }
    }

    fn next_reg(&mut self) -> Option<Reg> {
        let reg = Reg::ARGS.get(self.position).copied();
        self.position += 1;
        reg
    }

    /// Past the last argument register reads give 0. Linking and calling refuse such signatures beforehand.
    fn read(&mut self) -> u64 {
        self.next_reg().map_or(0, |reg| self.instance.reg(reg))
    }

    fn write(&mut self, value: u64) {
        if let Some(reg) = self.next_reg() {
            self.instance.set_reg(reg, value);
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type that can be an argument: `u32`, `i32`, `u64`, `i64`.
pub trait GuestValue: Copy + sealed::Sealed {
    /// Registers that it takes on an instruction set of this width.
    #[doc(hidden)]
    fn regs(wide: bool) -> usize;
    #[doc(hidden)]
    fn read(cursor: &mut RegisterCursor<'_>) -> Self;
    #[doc(hidden)]
    fn write(self, cursor: &mut RegisterCursor<'_>);
}

impl sealed::Sealed for u32 {}
impl GuestValue for u32 {
    fn regs(_: bool) -> usize {
        1
    }
    fn read(cursor: &mut RegisterCursor<'_>) -> Self {
        // Low half only; guests leave anything in the upper one.
        cursor.read() as u32
    }
    fn write(self, cursor: &mut RegisterCursor<'_>) {
        cursor.write(u64::from(self));
    }
}

impl sealed::Sealed for i32 {}
impl GuestValue for i32 {
    fn regs(_: bool) -> usize {
        1
    }
    fn read(cursor: &mut RegisterCursor<'_>) -> Self {
        cursor.read() as i32
    }
    fn write(self, cursor: &mut RegisterCursor<'_>) {
        cursor.write(i64::from(self) as u64);
    }
}

impl sealed::Sealed for u64 {}
impl GuestValue for u64 {
    fn regs(wide: bool) -> usize {
        if wide {
            1
        } else {
            2
        }
    }
    fn read(cursor: &mut RegisterCursor<'_>) -> Self {
        let low = cursor.read();
        if cursor.wide {
            low
        } else {
            low & u64::from(u32::MAX) | cursor.read() << 32
        }
    }
    fn write(self, cursor: &mut RegisterCursor<'_>) {
        if cursor.wide {
            cursor.write(self);
        } else {
            cursor.write(self & u64::from(u32::MAX));
            cursor.write(self >> 32);
        }
    }
}

impl sealed::Sealed for i64 {}
impl GuestValue for i64 {
    fn regs(wide: bool) -> usize {
        u64::regs(wide)
    }
    fn read(cursor: &mut RegisterCursor<'_>) -> Self {
        u64::read(cursor) as i64
    }
    fn write(self, cursor: &mut RegisterCursor<'_>) {
        (self as u64).write(cursor);
    }
}

/// A list of arguments: a tuple of up to nine [`GuestValue`]s.
pub trait GuestArgs: sealed::Sealed {
    #[doc(hidden)]
    fn regs(wide: bool) -> usize;
    #[doc(hidden)]
    fn write(self, cursor: &mut RegisterCursor<'_>);
}

macro_rules! guest_args {
    ($($name:ident)*) => {
        impl<$($name: GuestValue),*> sealed::Sealed for ($($name,)*) {}
        impl<$($name: GuestValue),*> GuestArgs for ($($name,)*) {
            fn regs(_wide: bool) -> usize {
                0 $(+ $name::regs(_wide))*
            }
            #[allow(non_snake_case, reason = "the type parameters double as names of the values")]
            fn write(self, _cursor: &mut RegisterCursor<'_>) {
                let ($($name,)*) = self;
                $($name.write(_cursor);)*
            }
        }
    };
}

macro_rules! for_each_argument_count {
    ($macro:ident) => {
        $macro!();
        $macro!(A);
        $macro!(A B);
        $macro!(A B C);
        $macro!(A B C D);
        $macro!(A B C D F);
        $macro!(A B C D F G);
        $macro!(A B C D F G H);
        $macro!(A B C D F G H I);
        $macro!(A B C D F G H I J);
    };
}
pub(crate) use for_each_argument_count;

for_each_argument_count!(guest_args);

/// What an exported function returns: nothing or one [`GuestValue`].
pub trait GuestResult: Sized {
    #[doc(hidden)]
    fn fetch(cursor: &mut RegisterCursor<'_>) -> Self;
}

impl GuestResult for () {
    fn fetch(_: &mut RegisterCursor<'_>) {}
}

impl<V: GuestValue> GuestResult for V {
    fn fetch(cursor: &mut RegisterCursor<'_>) -> Self {
        V::read(cursor)
    }
}

/// What a host function returns: nothing, one [`GuestValue`], or a `Result` of these whose error ends the call.
pub trait HostResult<E> {
    #[doc(hidden)]
    fn deliver(self, cursor: &mut RegisterCursor<'_>) -> Result<(), E>;
}

impl<E> HostResult<E> for () {
    fn deliver(self, _: &mut RegisterCursor<'_>) -> Result<(), E> {
        Ok(())
    }
}

macro_rules! host_result {
    ($($value:ty)*) => {$(
        impl<E> HostResult<E> for $value {
            fn deliver(self, cursor: &mut RegisterCursor<'_>) -> Result<(), E> {
                self.write(cursor);
                Ok(())
            }
        }
    )*};
}
host_result!(u32 i32 u64 i64);

impl<E, R: HostResult<E>> HostResult<E> for Result<R, E> {
    fn deliver(self, cursor: &mut RegisterCursor<'_>) -> Result<(), E> {
        self.and_then(|value| value.deliver(cursor))
    }
}
