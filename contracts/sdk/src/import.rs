// SPDX-License-Identifier: Apache-2.0
//! [`import!`](crate::import!): makes functions of the host callable by the guest.

/// Declares functions of the host, by up to nine arguments, each of a type that a register holds (see
/// [`register`](crate::register)), and a result of none, one or two such types. They become `unsafe fn`s.
///
/// For each there is a stub that the linker turns into one host call: the custom instruction word, followed by a pointer
/// to the record that names the function (guest ABI, sections 2 and 4). Arguments seven to nine are on the stack by
/// C's rules, and the stub loads them into the registers that the host reads. A function that is used by nobody leaves
/// no trace in the blob.
///
/// Outside of the guest, in unit tests, they panic.
///
/// The host knows the function by its name. Options after the result say otherwise: `symbol` is another name, `index` a
/// fixed number, which then all imports of a program must have.
///
/// ```ignore
/// revive_vm_sdk::import! {
///     /// Seconds since the epoch.
///     fn now() -> u64;
///     /// Copies `bytes` bytes of call data from `offset` on.
///     fn call_data_copy(out: *mut u8, bytes: u32, offset: u32);
///     fn hash(data: *const u8, bytes: u32) -> (u64, u64) = { symbol: "hash_128", index: 7 };
/// }
/// ```
#[macro_export]
macro_rules! import {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
            $(= { $(symbol: $symbol:literal)? $(,)? $(index: $index:literal)? $(,)? })?;
    )*) => {
        $crate::guest_only! {
            $(
                $(#[$attribute])*
                ///
                /// # Safety
                ///
                /// Addresses are valid for what the host does with the memory there.
                // A host function has as many arguments as it has; none of this is the caller's choice.
                #[allow(clippy::too_many_arguments, reason = "the host decides about the signature")]
                #[inline(always)]
                pub unsafe fn $name($($argument: $type),*) $(-> $result)? {
                    extern "C" {
                        #[link_name = concat!("__host_", module_path!(), "::", stringify!($name))]
                        fn stub($($argument: $crate::import!(@word $argument)),*)
                            -> <$crate::import!(@result $($result)?) as $crate::register::Outcome>::Raw;
                    }
                    <$crate::import!(@result $($result)?) as $crate::register::Outcome>::from_raw(
                        stub($($crate::register::IntoRegister::into_register($argument)),*)
                    )
                }

                core::arch::global_asm!(
                    concat!(".pushsection .polkavm_metadata.import.", stringify!($name), ",\"aw\",@progbits"),
                    "771:",
                    concat!(".ascii \"", $crate::import!(@symbol $name $($($symbol)?)?), "\""),
                    "772:",
                    ".byte {version}",
                    ".4byte 0",
                    ".4byte {name_bytes}",
                    ".8byte 771b",
                    ".byte {inputs}",
                    ".byte {outputs}",
                    ".if {version} == 2",
                    ".byte 1",
                    ".4byte {index}",
                    ".endif",
                    ".popsection",
                    concat!(".pushsection .text.import.", stringify!($name), ",\"ax\",@progbits"),
                    ".p2align 1",
                    concat!(".hidden \"__host_", module_path!(), "::", stringify!($name), "\""),
                    concat!(".globl \"__host_", module_path!(), "::", stringify!($name), "\""),
                    concat!(".type \"__host_", module_path!(), "::", stringify!($name), "\", @function"),
                    concat!("\"__host_", module_path!(), "::", stringify!($name), "\":"),
                    ".if {inputs} > 6",
                    "ld t0, 0(sp)",
                    ".endif",
                    ".if {inputs} > 7",
                    "ld t1, 8(sp)",
                    ".endif",
                    ".if {inputs} > 8",
                    "ld t2, 16(sp)",
                    ".endif",
                    ".insn r 0xb, 0, 0, zero, zero, zero",
                    // The linker reads the relocation only. This kind needs no dynamic relocation in position-independent
                    // code. GNU ld would drop the instruction for a shorter one if it might.
                    ".option push",
                    ".option norelax",
                    "auipc zero, %pcrel_hi(772b)",
                    ".4byte 0",
                    ".option pop",
                    "ret",
                    ".popsection",
                    name_bytes = const $crate::import!(@symbol $name $($($symbol)?)?).len(),
                    version = const $crate::import!(@version $($($index)?)?),
                    index = const $crate::import!(@index $($($index)?)?),
                    inputs = const $crate::register::arguments(&[$(stringify!($argument)),*]),
                    outputs = const <$crate::import!(@result $($result)?) as $crate::register::Outcome>::REGISTERS,
                );
            )*
        }
        $crate::host_only! {
            $(
                $(#[$attribute])*
                ///
                /// # Safety
                ///
                /// Addresses are valid for what the host does with the memory there.
                #[allow(clippy::too_many_arguments, reason = "the host decides about the signature")]
                pub unsafe fn $name($(_: $type),*) $(-> $result)? {
                    panic!(concat!("`", stringify!($name), "` has no stand-in outside of the guest"))
                }
            )*
        }
    };
    (@word $argument:ident) => { u64 };
    (@result) => { () };
    (@result $result:ty) => { $result };
    (@symbol $name:ident) => { stringify!($name) };
    (@symbol $name:ident $symbol:literal) => { $symbol };
    (@version) => { 1 };
    (@version $index:literal) => { 2 };
    (@index) => { 0 };
    (@index $index:literal) => { $index };
}
