// SPDX-License-Identifier: Apache-2.0
//! Numbers as fuzz targets take them: options, environment variables, the files of cases. Tests of other crates compile this file too.

/// The number in a text: `0x` means hexadecimal, `_` nothing.
///
/// # Errors
/// It is no number of 64 bits.
pub fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let parsed = match digits.strip_prefix("0x") {
        // The parser of digits takes a sign in front of them.
        Some(signed) if signed.starts_with('+') => return Err(format!("{text}: a sign stands behind 0x")),
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    parsed.map_err(|error| format!("{text}: {error}"))
}

#[test]
fn numbers_are_decimal_or_hexadecimal() {
    assert_eq!((number("1_000"), number("0xF8_0000_0000")), (Ok(1000), Ok(0xf8_0000_0000)));
    for text in ["", "0x", "_", "0x+1", "-1", "1,000", "18446744073709551616"] {
        assert!(number(text).is_err_and(|error| error.starts_with(text)), "{text}");
    }
}
