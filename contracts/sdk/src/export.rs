// SPDX-License-Identifier: Apache-2.0
//! [`export!`](crate::export!): makes a function callable by the host.
//!
//! The linker finds exports in the ELF section `.polkavm_exports` (guest ABI, section 3). An entry is a version byte, a
//! pointer to a metadata record and a pointer to the code. The pointers are written as `auipc zero, %pcrel_hi(..)`: the
//! linker reads the relocation only, and this kind needs no dynamic relocation in position-independent code. The
//! section is allocated ("a"), because lld drops PC-relative relocations of sections that are not, and retained
//! ("R"), because nothing refers to it.

/// Exports a function with up to nine arguments, each of a type that a register holds (see
/// [`register`](crate::register)), and a result of none, one or two such types.
///
/// Arguments seven to nine come in registers that C's rules do not use for arguments; a few instructions in front of the
/// function put them onto the stack, where it expects them.
///
/// In unit tests it is a plain function, without an export.
///
/// ```ignore
/// revive_vm_sdk::export!(fn add(a: u64, b: u64) -> u64 { a.wrapping_add(b) });
/// ```
#[macro_export]
macro_rules! export {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $crate::export!(@emit [$(#[$attribute])*] $name ($($argument: $type),*) (()) $body);
    };
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty $body:block) => {
        $crate::export!(@emit [$(#[$attribute])*] $name ($($argument: $type),*) ($result) $body);
    };
    (@emit [$(#[$attribute:meta])*] $name:ident ($($argument:ident: $type:ty),*) ($result:ty) $body:block) => {
        $crate::guest_only! {
            $(#[$attribute])*
            #[allow(clippy::too_many_arguments, reason = "the host decides about the signature")]
            extern "C" fn $name(
                $($argument: $crate::export!(@word $argument)),*
            ) -> <$result as $crate::register::Outcome>::Raw {
                $(let $argument = <$type as $crate::register::FromRegister>::from_register($argument);)*
                // A closure, so that `return` in the body returns the result in the form it has there.
                #[allow(clippy::redundant_closure_call, reason = "the body may return early")]
                let result: $result = (move || $body)();
                $crate::register::Outcome::into_raw(result)
            }

            core::arch::global_asm!(
                concat!(".pushsection .polkavm_metadata.export.", stringify!($name), ",\"aw\",@progbits"),
                "771:",
                concat!(".ascii \"", stringify!($name), "\""),
                "772:",
                ".byte 1",
                ".4byte 0",
                ".4byte {name_bytes}",
                ".8byte 771b",
                ".byte {inputs}",
                ".byte {outputs}",
                ".popsection",
                ".if {inputs} > 6",
                concat!(".pushsection .text.export.", stringify!($name), ",\"ax\",@progbits"),
                ".p2align 1",
                "773:",
                "addi sp, sp, -32",
                "sd t0, 0(sp)",
                "sd t1, 8(sp)",
                "sd t2, 16(sp)",
                "sd ra, 24(sp)",
                "call {code}",
                "ld ra, 24(sp)",
                "addi sp, sp, 32",
                "ret",
                ".popsection",
                ".endif",
                ".pushsection .polkavm_exports,\"Ra\",@note",
                ".byte 1",
                // GNU ld would drop the instruction for a shorter one if it might.
                ".option push",
                ".option norelax",
                "auipc zero, %pcrel_hi(772b)",
                ".4byte 0",
                ".if {inputs} > 6",
                "auipc zero, %pcrel_hi(773b)",
                ".else",
                "auipc zero, %pcrel_hi({code})",
                ".endif",
                ".4byte 0",
                ".option pop",
                ".popsection",
                name_bytes = const stringify!($name).len(),
                inputs = const $crate::register::arguments(&[$(stringify!($argument)),*]),
                outputs = const <$result as $crate::register::Outcome>::REGISTERS,
                code = sym $name,
            );
        }
        $crate::host_only! {
            $(#[$attribute])*
            #[allow(clippy::too_many_arguments, reason = "the host decides about the signature")]
            #[allow(dead_code, reason = "a check of the program for this machine has nobody who calls it")]
            fn $name($($argument: $type),*) -> $result $body
        }
    };
    (@word $argument:ident) => { u64 };
}
