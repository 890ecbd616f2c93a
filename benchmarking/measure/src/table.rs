// SPDX-License-Identifier: Apache-2.0
//! Tables for people: a first column of names, then numbers.

use std::fmt;

/// Rows of text, printed in columns: the first to the left, the others to the right.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with the headings of its columns.
    pub fn new<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        Self { rows: vec![headings.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                match column {
                    0 => write!(f, "{cell:<width$}")?,
                    _ => write!(f, "  {cell:>width$}")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A time with three digits that count and its unit; `-` for none.
pub fn duration(nanoseconds: Option<f64>) -> String {
    let Some(ns) = nanoseconds else { return "-".into() };
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "us"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_one_another() {
        let mut table = Table::new(["name", "time"]);
        table.row(["a", "1 ms"]);
        table.row(["longer", "123 ms"]);
        assert_eq!(table.to_string(), "name      time\na         1 ms\nlonger  123 ms\n");
    }

    #[test]
    fn times_have_three_digits_that_count() {
        assert_eq!(duration(Some(12.34)), "12.3 ns");
        assert_eq!(duration(Some(1234.0)), "1.23 us");
        assert_eq!(duration(Some(123_400_000.0)), "123 ms");
        assert_eq!(duration(Some(2e9)), "2.00 s");
        assert_eq!(duration(None), "-");
    }
}
