// SPDX-License-Identifier: Apache-2.0
//! Relocation types of RISC-V, by the processor's ELF supplement.

macro_rules! relocations {
    ($($name:ident = $number:literal,)*) => {
        $(
            #[allow(dead_code, reason = "the list is complete, so that messages can name what is refused")]
            pub(crate) const $name: u32 = $number;
        )*

        /// The name of a relocation type as the supplement spells it.
        pub(crate) fn name(kind: u32) -> String {
            match kind {
                $($number => format!("R_RISCV_{}", stringify!($name)),)*
                _ => format!("the relocation of type {kind}"),
            }
        }
    };
}

relocations! {
    NONE = 0,
    ABS32 = 1,
    ABS64 = 2,
    RELATIVE = 3,
    COPY = 4,
    JUMP_SLOT = 5,
    BRANCH = 16,
    JAL = 17,
    CALL = 18,
    CALL_PLT = 19,
    GOT_HI20 = 20,
    TLS_GOT_HI20 = 21,
    TLS_GD_HI20 = 22,
    PCREL_HI20 = 23,
    PCREL_LO12_I = 24,
    PCREL_LO12_S = 25,
    HI20 = 26,
    LO12_I = 27,
    LO12_S = 28,
    TPREL_HI20 = 29,
    TPREL_LO12_I = 30,
    TPREL_LO12_S = 31,
    TPREL_ADD = 32,
    ADD8 = 33,
    ADD16 = 34,
    ADD32 = 35,
    ADD64 = 36,
    SUB8 = 37,
    SUB16 = 38,
    SUB32 = 39,
    SUB64 = 40,
    GOT32_PCREL = 41,
    ALIGN = 43,
    RVC_BRANCH = 44,
    RVC_JUMP = 45,
    RVC_LUI = 46,
    GPREL_I = 47,
    GPREL_S = 48,
    // What GNU ld leaves of variables of threads near to their start.
    TPREL_I = 49,
    TPREL_S = 50,
    RELAX = 51,
    SUB6 = 52,
    SET6 = 53,
    SET8 = 54,
    SET16 = 55,
    SET32 = 56,
    PCREL32 = 57,
    IRELATIVE = 58,
    PLT32 = 59,
    SET_ULEB128 = 60,
    SUB_ULEB128 = 61,
    TLSDESC_HI20 = 62,
    TLSDESC_LOAD_LO12 = 63,
    TLSDESC_ADD_LO12 = 64,
    TLSDESC_CALL = 65,
    VENDOR = 191,
    // What lld leaves where it found that an address fits an instruction alone, or is near to gp. No other linker knows
    // these.
    LLD_GPREL_I = 256,
    LLD_GPREL_S = 257,
    X0REL_I = 258,
    X0REL_S = 259,
}

/// Whether a relocation only tells a relaxing linker what it may do.
pub(crate) fn is_ignored(kind: u32) -> bool {
    matches!(kind, NONE | RELAX | ALIGN)
}

/// The type that was meant in the code of a file of 32 bits: types have one byte there, so that those which lld leaves for
/// small addresses look like others. Those have nothing to do with such code, of which no word has 64 bits.
pub(crate) fn completed(kind: u32) -> u32 {
    match kind {
        ABS64 => X0REL_I,
        RELATIVE => X0REL_S,
        kind => kind,
    }
}

/// Whether it is for an instruction that jumps to an address.
pub(crate) fn is_jump(kind: u32) -> bool {
    matches!(kind, BRANCH | JAL | CALL | CALL_PLT | RVC_BRANCH | RVC_JUMP)
}

/// Whether it is for numbers in data.
pub(crate) fn is_of_data(kind: u32) -> bool {
    matches!(kind, ADD8..=SUB64 | SUB6..=PCREL32 | SET_ULEB128 | SUB_ULEB128)
}

/// Whether it concerns variables of threads.
pub(crate) fn is_thread_local(kind: u32) -> bool {
    matches!(kind, TLS_GOT_HI20 | TLS_GD_HI20 | TPREL_HI20 | TPREL_LO12_I | TPREL_LO12_S | TPREL_ADD)
        || matches!(kind, TLSDESC_HI20..=TLSDESC_CALL)
}
