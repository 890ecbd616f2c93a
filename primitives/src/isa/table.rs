// SPDX-License-Identifier: Apache-2.0
//! The table of all instructions: the only place that knows opcode numbers.
//!
//! Columns of a row: name of the [`Opcode`] variant, mnemonic, format of the arguments, what it does to control flow,
//! the opcode byte in ReviveV1, Latest32, Latest64 and JamV1 (`__`: not in that set), template of the text form.
//! The semantics of each are in the instruction set, section 7; the placeholders of the templates in
//! [`disasm`](crate::disasm).

use super::Format;

/// Stands for "not in this set" in the byte columns; no set defines byte 255 (instruction set, section 2).
pub(super) const ABSENT: u8 = 255;
const __: u8 = ABSENT;

/// What an instruction does to control flow (instruction set, sections 4 and 5.1).
#[derive(Clone, Copy)]
pub(super) enum Flow {
    /// Does not end a block.
    Straight,
    /// Ends its block, execution may continue behind it.
    Ends,
    /// Ends its block, execution never continues behind it.
    Leaves,
}

/// One row of the table.
pub(super) struct Row {
    pub(super) mnemonic: &'static str,
    pub(super) format: Format,
    pub(super) flow: Flow,
    /// Opcode byte per instruction set in order of the version byte.
    pub(super) bytes: [u8; 4],
    pub(super) text: &'static str,
}

macro_rules! instruction_table {
    ($($variant:ident $mnemonic:literal $format:ident $flow:ident $bytes:tt $text:literal;)*) => {
        /// An operation of the machine, independent of the byte that stands for it in one of the sets. Variants are in
        /// the order of the instruction set, section 7, and numbered densely from 0; the number is not stable.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Opcode {
            $(
                #[doc = concat!("`", $mnemonic, "`")]
                $variant,
            )*
        }

        impl Opcode {
            /// Number of opcodes over all sets.
            pub const COUNT: usize = ROWS.len();

            /// All opcodes in table order.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant),*];
        }

        pub(super) const ROWS: &[Row] = &[
            $(Row {
                mnemonic: $mnemonic,
                format: Format::$format,
                flow: Flow::$flow,
                bytes: $bytes,
                text: $text,
            },)*
        ];
    };
}

// Kept as a table on purpose: rows are compared with the specification by eye.
#[rustfmt::skip]
instruction_table! {
    // NoArgs
    Trap "trap" NoArgs Leaves [  0,   0,   0,   0] "trap";
    Fallthrough "fallthrough" NoArgs Ends [  1,   1,   1,   1] "fallthrough";
    Memset "memset" NoArgs Straight [ __,   2,   2,  __] "[a0..a0 + a2] = u8 a1";
    Unlikely "unlikely" NoArgs Straight [ __,   3,   3,   2] "unlikely";
    // RegImm
    JumpIndirect "jump_indirect" RegImm Leaves [ 50,  50,  50,  50] "jump [{d}{+i}]";
    LoadImm "load_imm" RegImm Straight [ 51,  51,  51,  51] "{d} = {i}";
    LoadU8 "load_u8" RegImm Straight [ 52,  52,  52,  52] "{d} = u8 [{i}]";
    LoadI8 "load_i8" RegImm Straight [ 53,  53,  53,  53] "{d} = i8 [{i}]";
    LoadU16 "load_u16" RegImm Straight [ 54,  54,  54,  54] "{d} = u16 [{i}]";
    LoadI16 "load_i16" RegImm Straight [ 55,  55,  55,  55] "{d} = i16 [{i}]";
    LoadU32 "load_u32" RegImm Straight [ 56,  __,  56,  56] "{d} = u32 [{i}]";
    LoadI32 "load_i32" RegImm Straight [ 57,  57,  57,  57] "{d} = i32 [{i}]";
    LoadU64 "load_u64" RegImm Straight [ 58,  __,  58,  58] "{d} = u64 [{i}]";
    StoreU8 "store_u8" RegImm Straight [ 59,  59,  59,  59] "u8 [{i}] = {d}";
    StoreU16 "store_u16" RegImm Straight [ 60,  60,  60,  60] "u16 [{i}] = {d}";
    StoreU32 "store_u32" RegImm Straight [ 61,  61,  61,  61] "u32 [{i}] = {d}";
    StoreU64 "store_u64" RegImm Straight [ 62,  __,  62,  62] "u64 [{i}] = {d}";
    // RegImmOffset
    LoadImmAndJump "load_imm_and_jump" RegImmOffset Leaves [ 80,  80,  80,  80] "{d} = {i10}, jump {T}";
    BranchEqImm "branch_eq_imm" RegImmOffset Ends [ 81,  81,  81,  81] "jump {T} if {d} == {i10}";
    BranchNotEqImm "branch_not_eq_imm" RegImmOffset Ends [ 82,  82,  82,  82] "jump {T} if {d} != {i10}";
    BranchLessUnsignedImm "branch_less_unsigned_imm" RegImmOffset Ends [ 83,  83,  83,  83] "jump {T} if {d} <u {i10}";
    BranchLessOrEqualUnsignedImm "branch_less_or_equal_unsigned_imm" RegImmOffset Ends [ 84,  84,  84,  84] "jump {T} if {d} <=u {i10}";
    BranchGreaterOrEqualUnsignedImm "branch_greater_or_equal_unsigned_imm" RegImmOffset Ends [ 85,  85,  85,  85] "jump {T} if {d} >=u {i10}";
    BranchGreaterUnsignedImm "branch_greater_unsigned_imm" RegImmOffset Ends [ 86,  86,  86,  86] "jump {T} if {d} >u {i10}";
    BranchLessSignedImm "branch_less_signed_imm" RegImmOffset Ends [ 87,  87,  87,  87] "jump {T} if {d} <s {i10}";
    BranchLessOrEqualSignedImm "branch_less_or_equal_signed_imm" RegImmOffset Ends [ 88,  88,  88,  88] "jump {T} if {d} <=s {i10}";
    BranchGreaterOrEqualSignedImm "branch_greater_or_equal_signed_imm" RegImmOffset Ends [ 89,  89,  89,  89] "jump {T} if {d} >=s {i10}";
    BranchGreaterSignedImm "branch_greater_signed_imm" RegImmOffset Ends [ 90,  90,  90,  90] "jump {T} if {d} >s {i10}";
    // RegImmImm
    StoreImmIndirectU8 "store_imm_indirect_u8" RegImmImm Straight [ 70,  70,  70,  70] "u8 [{d} + {i10}] = {j}";
    StoreImmIndirectU16 "store_imm_indirect_u16" RegImmImm Straight [ 71,  71,  71,  71] "u16 [{d} + {i10}] = {j}";
    StoreImmIndirectU32 "store_imm_indirect_u32" RegImmImm Straight [ 72,  72,  72,  72] "u32 [{d} + {i10}] = {j}";
    StoreImmIndirectU64 "store_imm_indirect_u64" RegImmImm Straight [ 73,  __,  73,  73] "u64 [{d} + {i10}] = {j}";
    // RegRegImm
    StoreIndirectU8 "store_indirect_u8" RegRegImm Straight [120, 120, 120, 120] "u8 [{s}{+i}] = {d}";
    StoreIndirectU16 "store_indirect_u16" RegRegImm Straight [121, 121, 121, 121] "u16 [{s}{+i}] = {d}";
    StoreIndirectU32 "store_indirect_u32" RegRegImm Straight [122, 122, 122, 122] "u32 [{s}{+i}] = {d}";
    StoreIndirectU64 "store_indirect_u64" RegRegImm Straight [123,  __, 123, 123] "u64 [{s}{+i}] = {d}";
    LoadIndirectU8 "load_indirect_u8" RegRegImm Straight [124, 124, 124, 124] "{d} = u8 [{s}{+i}]";
    LoadIndirectI8 "load_indirect_i8" RegRegImm Straight [125, 125, 125, 125] "{d} = i8 [{s}{+i}]";
    LoadIndirectU16 "load_indirect_u16" RegRegImm Straight [126, 126, 126, 126] "{d} = u16 [{s}{+i}]";
    LoadIndirectI16 "load_indirect_i16" RegRegImm Straight [127, 127, 127, 127] "{d} = i16 [{s}{+i}]";
    LoadIndirectU32 "load_indirect_u32" RegRegImm Straight [128,  __, 128, 128] "{d} = u32 [{s}{+i}]";
    LoadIndirectI32 "load_indirect_i32" RegRegImm Straight [129, 129, 129, 129] "{d} = i32 [{s}{+i}]";
    LoadIndirectU64 "load_indirect_u64" RegRegImm Straight [130,  __, 130, 130] "{d} = u64 [{s}{+i}]";
    AddImm32 "add_imm_32" RegRegImm Straight [131, 131, 131, 131] "{w}{d} = {s}{+-i}";
    AndImm "and_imm" RegRegImm Straight [132, 132, 132, 132] "{d} = {s} & {i}";
    XorImm "xor_imm" RegRegImm Straight [133, 133, 133, 133] "{d} = {s} ^ {i}";
    OrImm "or_imm" RegRegImm Straight [134, 134, 134, 134] "{d} = {s} | {i}";
    MulImm32 "mul_imm_32" RegRegImm Straight [135, 135, 135, 135] "{w}{d} = {s} * {i}";
    SetLessThanUnsignedImm "set_less_than_unsigned_imm" RegRegImm Straight [136, 136, 136, 136] "{d} = {s} <u {i}";
    SetLessThanSignedImm "set_less_than_signed_imm" RegRegImm Straight [137, 137, 137, 137] "{d} = {s} <s {i}";
    ShiftLogicalLeftImm32 "shift_logical_left_imm_32" RegRegImm Straight [138, 138, 138, 138] "{w}{d} = {s} << {i}";
    ShiftLogicalRightImm32 "shift_logical_right_imm_32" RegRegImm Straight [139, 139, 139, 139] "{w}{d} = {s} >> {i}";
    ShiftArithmeticRightImm32 "shift_arithmetic_right_imm_32" RegRegImm Straight [140, 140, 140, 140] "{w}{d} = {s} >>a {i}";
    NegateAndAddImm32 "negate_and_add_imm_32" RegRegImm Straight [141, 141, 141, 141] "{w}{d} = {i-}{s}";
    SetGreaterThanUnsignedImm "set_greater_than_unsigned_imm" RegRegImm Straight [142, 142, 142, 142] "{d} = {s} >u {i}";
    SetGreaterThanSignedImm "set_greater_than_signed_imm" RegRegImm Straight [143, 143, 143, 143] "{d} = {s} >s {i}";
    ShiftLogicalLeftImmAlt32 "shift_logical_left_imm_alt_32" RegRegImm Straight [144, 144, 144, 144] "{w}{d} = {i} << {s}";
    ShiftLogicalRightImmAlt32 "shift_logical_right_imm_alt_32" RegRegImm Straight [145, 145, 145, 145] "{w}{d} = {i} >> {s}";
    ShiftArithmeticRightImmAlt32 "shift_arithmetic_right_imm_alt_32" RegRegImm Straight [146, 146, 146, 146] "{w}{d} = {i} >>a {s}";
    CmovIfZeroImm "cmov_if_zero_imm" RegRegImm Straight [147, 147, 147, 147] "{d} = {i} if {s} == 0";
    CmovIfNotZeroImm "cmov_if_not_zero_imm" RegRegImm Straight [148, 148, 148, 148] "{d} = {i} if {s} != 0";
    AddImm64 "add_imm_64" RegRegImm Straight [149,  __, 149, 149] "{d} = {s}{+-i}";
    MulImm64 "mul_imm_64" RegRegImm Straight [150,  __, 150, 150] "{d} = {s} * {i}";
    ShiftLogicalLeftImm64 "shift_logical_left_imm_64" RegRegImm Straight [151,  __, 151, 151] "{d} = {s} << {i}";
    ShiftLogicalRightImm64 "shift_logical_right_imm_64" RegRegImm Straight [152,  __, 152, 152] "{d} = {s} >> {i}";
    ShiftArithmeticRightImm64 "shift_arithmetic_right_imm_64" RegRegImm Straight [153,  __, 153, 153] "{d} = {s} >>a {i}";
    NegateAndAddImm64 "negate_and_add_imm_64" RegRegImm Straight [154,  __, 154, 154] "{d} = {i-}{s}";
    ShiftLogicalLeftImmAlt64 "shift_logical_left_imm_alt_64" RegRegImm Straight [155,  __, 155, 155] "{d} = {i} << {s}";
    ShiftLogicalRightImmAlt64 "shift_logical_right_imm_alt_64" RegRegImm Straight [156,  __, 156, 156] "{d} = {i} >> {s}";
    ShiftArithmeticRightImmAlt64 "shift_arithmetic_right_imm_alt_64" RegRegImm Straight [157,  __, 157, 157] "{d} = {i} >>a {s}";
    RotateRightImm64 "rotate_right_imm_64" RegRegImm Straight [158,  __, 158, 158] "{d} = {s} >>r {i}";
    RotateRightImmAlt64 "rotate_right_imm_alt_64" RegRegImm Straight [159,  __, 159, 159] "{d} = {i} >>r {s}";
    RotateRightImm32 "rotate_right_imm_32" RegRegImm Straight [160, 160, 160, 160] "{w}{d} = {s} >>r {i}";
    RotateRightImmAlt32 "rotate_right_imm_alt_32" RegRegImm Straight [161, 161, 161, 161] "{w}{d} = {i} >>r {s}";
    // RegRegOffset
    BranchEq "branch_eq" RegRegOffset Ends [170, 170, 170, 170] "jump {T} if {d} == {s}";
    BranchNotEq "branch_not_eq" RegRegOffset Ends [171, 171, 171, 171] "jump {T} if {d} != {s}";
    BranchLessUnsigned "branch_less_unsigned" RegRegOffset Ends [172, 172, 172, 172] "jump {T} if {d} <u {s}";
    BranchLessSigned "branch_less_signed" RegRegOffset Ends [173, 173, 173, 173] "jump {T} if {d} <s {s}";
    BranchGreaterOrEqualUnsigned "branch_greater_or_equal_unsigned" RegRegOffset Ends [174, 174, 174, 174] "jump {T} if {d} >=u {s}";
    BranchGreaterOrEqualSigned "branch_greater_or_equal_signed" RegRegOffset Ends [175, 175, 175, 175] "jump {T} if {d} >=s {s}";
    // RegRegReg
    Add32 "add_32" RegRegReg Straight [190, 190, 190, 190] "{w}{d} = {s} + {t}";
    Sub32 "sub_32" RegRegReg Straight [191, 191, 191, 191] "{w}{d} = {s} - {t}";
    Mul32 "mul_32" RegRegReg Straight [192, 192, 192, 192] "{w}{d} = {s} * {t}";
    DivUnsigned32 "div_unsigned_32" RegRegReg Straight [193, 193, 193, 193] "{w}{d} = {s} /u {t}";
    DivSigned32 "div_signed_32" RegRegReg Straight [194, 194, 194, 194] "{w}{d} = {s} /s {t}";
    RemUnsigned32 "rem_unsigned_32" RegRegReg Straight [195, 195, 195, 195] "{w}{d} = {s} %u {t}";
    RemSigned32 "rem_signed_32" RegRegReg Straight [196, 196, 196, 196] "{w}{d} = {s} %s {t}";
    ShiftLogicalLeft32 "shift_logical_left_32" RegRegReg Straight [197, 197, 197, 197] "{w}{d} = {s} << {t}";
    ShiftLogicalRight32 "shift_logical_right_32" RegRegReg Straight [198, 198, 198, 198] "{w}{d} = {s} >> {t}";
    ShiftArithmeticRight32 "shift_arithmetic_right_32" RegRegReg Straight [199, 199, 199, 199] "{w}{d} = {s} >>a {t}";
    Add64 "add_64" RegRegReg Straight [200,  __, 200, 200] "{d} = {s} + {t}";
    Sub64 "sub_64" RegRegReg Straight [201,  __, 201, 201] "{d} = {s} - {t}";
    Mul64 "mul_64" RegRegReg Straight [202,  __, 202, 202] "{d} = {s} * {t}";
    DivUnsigned64 "div_unsigned_64" RegRegReg Straight [203,  __, 203, 203] "{d} = {s} /u {t}";
    DivSigned64 "div_signed_64" RegRegReg Straight [204,  __, 204, 204] "{d} = {s} /s {t}";
    RemUnsigned64 "rem_unsigned_64" RegRegReg Straight [205,  __, 205, 205] "{d} = {s} %u {t}";
    RemSigned64 "rem_signed_64" RegRegReg Straight [206,  __, 206, 206] "{d} = {s} %s {t}";
    ShiftLogicalLeft64 "shift_logical_left_64" RegRegReg Straight [207,  __, 207, 207] "{d} = {s} << {t}";
    ShiftLogicalRight64 "shift_logical_right_64" RegRegReg Straight [208,  __, 208, 208] "{d} = {s} >> {t}";
    ShiftArithmeticRight64 "shift_arithmetic_right_64" RegRegReg Straight [209,  __, 209, 209] "{d} = {s} >>a {t}";
    And "and" RegRegReg Straight [210, 210, 210, 210] "{d} = {s} & {t}";
    Xor "xor" RegRegReg Straight [211, 211, 211, 211] "{d} = {s} ^ {t}";
    Or "or" RegRegReg Straight [212, 212, 212, 212] "{d} = {s} | {t}";
    MulUpperSignedSigned "mul_upper_signed_signed" RegRegReg Straight [213, 213, 213, 213] "{d} = {s} mulh {t}";
    MulUpperUnsignedUnsigned "mul_upper_unsigned_unsigned" RegRegReg Straight [214, 214, 214, 214] "{d} = {s} mulhu {t}";
    MulUpperSignedUnsigned "mul_upper_signed_unsigned" RegRegReg Straight [215, 215, 215, 215] "{d} = {s} mulhsu {t}";
    SetLessThanUnsigned "set_less_than_unsigned" RegRegReg Straight [216, 216, 216, 216] "{d} = {s} <u {t}";
    SetLessThanSigned "set_less_than_signed" RegRegReg Straight [217, 217, 217, 217] "{d} = {s} <s {t}";
    CmovIfZero "cmov_if_zero" RegRegReg Straight [218, 218, 218, 218] "{d} = {s} if {t} == 0";
    CmovIfNotZero "cmov_if_not_zero" RegRegReg Straight [219, 219, 219, 219] "{d} = {s} if {t} != 0";
    RotateLeft64 "rotate_left_64" RegRegReg Straight [220,  __, 220, 220] "{d} = {s} <<r {t}";
    RotateLeft32 "rotate_left_32" RegRegReg Straight [221, 221, 221, 221] "{w}{d} = {s} <<r {t}";
    RotateRight64 "rotate_right_64" RegRegReg Straight [222,  __, 222, 222] "{d} = {s} >>r {t}";
    RotateRight32 "rotate_right_32" RegRegReg Straight [223, 223, 223, 223] "{w}{d} = {s} >>r {t}";
    AndInverted "and_inverted" RegRegReg Straight [224, 224, 224, 224] "{d} = {s} & ~{t}";
    OrInverted "or_inverted" RegRegReg Straight [225, 225, 225, 225] "{d} = {s} | ~{t}";
    Xnor "xnor" RegRegReg Straight [226, 226, 226, 226] "{d} = ~({s} ^ {t})";
    Maximum "maximum" RegRegReg Straight [227, 227, 227, 227] "{d} = maxs({s}, {t})";
    MaximumUnsigned "maximum_unsigned" RegRegReg Straight [228, 228, 228, 228] "{d} = maxu({s}, {t})";
    Minimum "minimum" RegRegReg Straight [229, 229, 229, 229] "{d} = mins({s}, {t})";
    MinimumUnsigned "minimum_unsigned" RegRegReg Straight [230, 230, 230, 230] "{d} = minu({s}, {t})";
    // Offset
    Jump "jump" Offset Leaves [ 40,  40,  40,  40] "jump {T}";
    // Imm
    Ecalli "ecalli" Imm Straight [ 10,  10,  10,  10] "ecalli {n}";
    // ImmImm
    StoreImmU8 "store_imm_u8" ImmImm Straight [ 30,  30,  30,  30] "u8 [{i}] = {j}";
    StoreImmU16 "store_imm_u16" ImmImm Straight [ 31,  31,  31,  31] "u16 [{i}] = {j}";
    StoreImmU32 "store_imm_u32" ImmImm Straight [ 32,  32,  32,  32] "u32 [{i}] = {j}";
    StoreImmU64 "store_imm_u64" ImmImm Straight [ 33,  __,  33,  33] "u64 [{i}] = {j}";
    // RegReg
    MoveReg "move_reg" RegReg Straight [100, 100, 100, 100] "{d} = {s}";
    Sbrk "sbrk" RegReg Straight [ __, 101, 101,  __] "{d} = sbrk {s}";
    CountSetBits64 "count_set_bits_64" RegReg Straight [102,  __, 102, 101] "{d} = cpop {s}";
    CountSetBits32 "count_set_bits_32" RegReg Straight [103, 103, 103, 102] "{w}{d} = cpop {s}";
    CountLeadingZeroBits64 "count_leading_zero_bits_64" RegReg Straight [104,  __, 104, 103] "{d} = clz {s}";
    CountLeadingZeroBits32 "count_leading_zero_bits_32" RegReg Straight [105, 105, 105, 104] "{w}{d} = clz {s}";
    CountTrailingZeroBits64 "count_trailing_zero_bits_64" RegReg Straight [106,  __, 106, 105] "{d} = ctz {s}";
    CountTrailingZeroBits32 "count_trailing_zero_bits_32" RegReg Straight [107, 107, 107, 106] "{w}{d} = ctz {s}";
    SignExtend8 "sign_extend_8" RegReg Straight [108, 108, 108, 107] "{d} = sext8 {s}";
    SignExtend16 "sign_extend_16" RegReg Straight [109, 109, 109, 108] "{d} = sext16 {s}";
    ZeroExtend16 "zero_extend_16" RegReg Straight [110, 110, 110, 109] "{d} = zext16 {s}";
    ReverseByte "reverse_byte" RegReg Straight [111, 111, 111, 110] "{d} = reverse {s}";
    // RegRegImmImm
    LoadImmAndJumpIndirect "load_imm_and_jump_indirect" RegRegImmImm Leaves [180, 180, 180, 180] "{d} = {i10}, jump [{s}{+j}]";
    // RegImm64
    LoadImm64 "load_imm64" RegImm64 Straight [ 20,  __,  20,  20] "{d} = {k}";
}
