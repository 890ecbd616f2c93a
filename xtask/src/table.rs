// SPDX-License-Identifier: Apache-2.0
//! A text table whose columns are as wide as they need to be.

use std::fmt;

/// Rows of as many cells as there are headings. Cells that are numbers are set flush right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            let line: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(
                    |(cell, width)| {
                        if is_number(cell) {
                            format!("{cell:>width$}")
                        } else {
                            format!("{cell:width$}")
                        }
                    },
                )
                .collect();
            writeln!(formatter, "  {}", line.join("  ").trim_end())?;
            if index == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                writeln!(formatter, "  {}", rule.join("  "))?;
            }
        }
        Ok(())
    }
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty()
        && cell.chars().all(|character| character.is_ascii_digit() || matches!(character, ',' | '-'))
}

/// Writes a number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{grouped, Table};

    #[test]
    fn columns_line_up_and_numbers_are_flush_right() {
        let mut table = Table::new(&["what", "gas"]);
        table.row(["a longer name".into(), "7".into()]);
        table.row(["b".into(), "1,234".into()]);
        assert_eq!(
            table.to_string(),
            "  what           gas\n  -------------  -----\n  a longer name      7\n  b              1,234\n"
        );
    }

    #[test]
    fn digits_come_in_groups() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
