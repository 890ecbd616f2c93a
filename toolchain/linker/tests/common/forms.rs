// SPDX-License-Identifier: Apache-2.0
//! The instructions that there are, for those who go through all of them and those who pick some.

/// Instructions on two registers, each by `funct7` and `funct3`.
pub(crate) const REGISTER_FORMS: [(u32, u32); 36] = [
    // I
    (0, 0),
    (0x20, 0),
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 4),
    (0, 5),
    (0x20, 5),
    (0, 6),
    (0, 7),
    // M
    (1, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 7),
    // Zbb
    (0x20, 4),
    (0x20, 6),
    (0x20, 7),
    (5, 4),
    (5, 5),
    (5, 6),
    (5, 7),
    (0x30, 1),
    (0x30, 5),
    // Zba
    (0x10, 2),
    (0x10, 4),
    (0x10, 6),
    // Zbs
    (0x14, 1),
    (0x24, 1),
    (0x24, 5),
    (0x34, 1),
    // Zicond
    (7, 5),
    (7, 7),
];

/// The same on the low words of 64-bit registers.
pub(crate) const WORD_FORMS: [(u32, u32); 16] = [
    // I
    (0, 0),
    (0x20, 0),
    (0, 1),
    (0, 5),
    (0x20, 5),
    // M
    (1, 0),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 7),
    // Zbb
    (0x30, 1),
    (0x30, 5),
    // Zba
    (4, 0),
    (0x10, 2),
    (0x10, 4),
    (0x10, 6),
];
