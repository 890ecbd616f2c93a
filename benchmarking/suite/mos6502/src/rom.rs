// SPDX-License-Identifier: Apache-2.0
//! The program that the emulated CPU runs, assembled by hand: a sieve, a checksum, multiplications and a decimal counter.

use core::ops::Range;

/// Where the program is loaded and begins.
pub(crate) const ORIGIN: usize = 0x0600;

/// Where it leaves its results: the checksum, the sum of products, and how often it ran as two decimal digits.
pub(crate) const RESULTS: Range<usize> = 0x10..0x15;

/// The machine code. `BRK` ends it.
#[rustfmt::skip]
pub(crate) const CODE: [u8; 129] = [
    0xa2, 0x00,        // $0600 start: LDX #$00     ; a page of ones
    0xa9, 0x01,        // $0602        LDA #$01
    0x9d, 0x00, 0x03,  // $0604 fill:  STA $0300,X
    0xe8,              // $0607        INX
    0xd0, 0xfa,        // $0608        BNE fill
    0xa0, 0x02,        // $060A        LDY #$02
    0xb9, 0x00, 0x03,  // $060C next:  LDA $0300,Y  ; Eratosthenes: the multiples of what is still prime become zeros
    0xf0, 0x12,        // $060F        BEQ skip
    0x84, 0x02,        // $0611        STY $02
    0x98,              // $0613        TYA
    0x18,              // $0614 mark:  CLC
    0x65, 0x02,        // $0615        ADC $02
    0xb0, 0x0a,        // $0617        BCS skip
    0xaa,              // $0619        TAX
    0xa9, 0x00,        // $061A        LDA #$00
    0x9d, 0x00, 0x03,  // $061C        STA $0300,X
    0x8a,              // $061F        TXA
    0x4c, 0x14, 0x06,  // $0620        JMP mark
    0xc8,              // $0623 skip:  INY
    0xc0, 0x10,        // $0624        CPY #$10
    0xd0, 0xe4,        // $0626        BNE next
    0xa0, 0x00,        // $0628        LDY #$00
    0x98,              // $062A byte:  TYA          ; CRC-16 of the page, each byte with its number, to $10 and $11
    0x59, 0x00, 0x03,  // $062B        EOR $0300,Y
    0x45, 0x11,        // $062E        EOR $11
    0x85, 0x11,        // $0630        STA $11
    0xa2, 0x08,        // $0632        LDX #$08
    0x06, 0x10,        // $0634 bit:   ASL $10
    0x26, 0x11,        // $0636        ROL $11
    0x90, 0x0c,        // $0638        BCC clear
    0xa5, 0x10,        // $063A        LDA $10
    0x49, 0x21,        // $063C        EOR #$21
    0x85, 0x10,        // $063E        STA $10
    0xa5, 0x11,        // $0640        LDA $11
    0x49, 0x10,        // $0642        EOR #$10
    0x85, 0x11,        // $0644        STA $11
    0xca,              // $0646 clear: DEX
    0xd0, 0xeb,        // $0647        BNE bit
    0xc8,              // $0649        INY
    0xd0, 0xde,        // $064A        BNE byte
    0xa0, 0x20,        // $064C        LDY #$20
    0x20, 0x6b, 0x06,  // $064E each:  JSR mul      ; the sum of 1 to 32 times the upper byte of it, to $12 and $13
    0x18,              // $0651        CLC
    0xa5, 0x04,        // $0652        LDA $04
    0x65, 0x12,        // $0654        ADC $12
    0x85, 0x12,        // $0656        STA $12
    0xa5, 0x05,        // $0658        LDA $05
    0x65, 0x13,        // $065A        ADC $13
    0x85, 0x13,        // $065C        STA $13
    0x88,              // $065E        DEY
    0xd0, 0xed,        // $065F        BNE each
    0xf8,              // $0661        SED
    0xa5, 0x14,        // $0662        LDA $14
    0x18,              // $0664        CLC
    0x69, 0x01,        // $0665        ADC #$01
    0x85, 0x14,        // $0667        STA $14
    0xd8,              // $0669        CLD
    0x00,              // $066A        BRK
    0x84, 0x04,        // $066B mul:   STY $04      ; Y times $11, by shifts and additions, to $04 and $05
    0xa9, 0x00,        // $066D        LDA #$00
    0xa2, 0x08,        // $066F        LDX #$08
    0x46, 0x04,        // $0671        LSR $04
    0x90, 0x03,        // $0673 loop:  BCC even
    0x18,              // $0675        CLC
    0x65, 0x11,        // $0676        ADC $11
    0x6a,              // $0678 even:  ROR A
    0x66, 0x04,        // $0679        ROR $04
    0xca,              // $067B        DEX
    0xd0, 0xf5,        // $067C        BNE loop
    0x85, 0x05,        // $067E        STA $05
    0x60,              // $0680        RTS
];
