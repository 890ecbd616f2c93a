// SPDX-License-Identifier: Apache-2.0
//! [`export!`](crate::export): makes a function callable by the host.
//!
//! The blob linker finds exports in the ELF section `.polkavm_exports`. An entry is a version byte, a pointer to
//! a metadata record and a pointer to the code. The pointers are written as `auipc zero, %pcrel_hi(..)`: the
//! linker reads the relocation only, and this kind needs no dynamic relocation in position-independent code. The
//! section is allocated ("a"), because lld drops PC-relative relocations of sections that are not, and retained
//! ("R"), because nothing refers to it.

/// Exports functions with up to six `u64` arguments and a `u64` or no result.
///
/// Narrower types are left out on purpose: host and guest disagree about the upper half of a register that
/// carries a 32-bit value, so such a value is truncated by the function itself.
///
/// ```ignore
/// revive_vm_sdk::export!(fn add(a: u64, b: u64) -> u64 { a.wrapping_add(b) });
/// ```
#[macro_export]
macro_rules! export {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: u64),* $(,)?) $body:block) => {
        $crate::export!(@emit 0, [$(#[$attribute])*] $name ($($argument),*) () $body);
    };
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: u64),* $(,)?) -> u64 $body:block) => {
        $crate::export!(@emit 1, [$(#[$attribute])*] $name ($($argument),*) (u64) $body);
    };
    (@emit $outputs:literal, [$(#[$attribute:meta])*] $name:ident ($($argument:ident),*) ($($result:tt)*) $body:block) => {
        $(#[$attribute])*
        extern "C" fn $name($($argument: u64),*) -> $crate::export!(@result $($result)*) $body

        core::arch::global_asm!(
            concat!(".pushsection .polkavm_metadata.export.", stringify!($name), ",\"aw\",@progbits"),
            concat!(".Lexport_name_", stringify!($name), ":"),
            concat!(".ascii \"", stringify!($name), "\""),
            concat!(".Lexport_record_", stringify!($name), ":"),
            ".byte 1",
            ".4byte 0",
            ".4byte {name_bytes}",
            concat!(".8byte .Lexport_name_", stringify!($name)),
            ".byte {inputs}",
            ".byte {outputs}",
            ".popsection",
            ".pushsection .polkavm_exports,\"Ra\",@note",
            ".byte 1",
            concat!("auipc zero, %pcrel_hi(.Lexport_record_", stringify!($name), ")"),
            ".4byte 0",
            "auipc zero, %pcrel_hi({code})",
            ".4byte 0",
            ".popsection",
            name_bytes = const stringify!($name).len(),
            inputs = const $crate::export::inputs(&[$(stringify!($argument)),*]),
            outputs = const $outputs,
            code = sym $name,
        );
    };
    (@result) => { () };
    (@result $result:ty) => { $result };
}

/// The number of an export's arguments, checked against the registers that carry them.
#[doc(hidden)]
pub const fn inputs(arguments: &[&str]) -> usize {
    assert!(arguments.len() <= 6, "an export takes at most six arguments");
    arguments.len()
}
