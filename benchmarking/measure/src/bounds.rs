// SPDX-License-Identifier: Apache-2.0
//! Bounds: what a comparison must show, each met or missed.

use std::fmt;

/// A figure and what it may be at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Of what the figure is, with its unit if it is no ratio.
    pub name: String,
    /// What was measured; `None` where it could not be measured.
    pub figure: Option<f64>,
    /// The greatest figure that meets the bound.
    pub limit: f64,
    /// What a reader should know besides: what is worst, or why there is no figure.
    pub note: String,
}

impl Bound {
    /// A bound.
    pub fn new(name: impl Into<String>, figure: Option<f64>, limit: f64) -> Self {
        Self { name: name.into(), figure, limit, note: String::new() }
    }

    /// The same with a remark.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Whether it is met. What was not measured is missed.
    pub fn is_met(&self) -> bool {
        self.figure.is_some_and(|figure| figure <= self.limit)
    }
}

impl fmt::Display for Bound {
    /// One line: figure, bound, met or missed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.is_met() { "met" } else { "missed" };
        let figure = self.figure.map_or("-".into(), |figure| format!("{figure:.3}"));
        write!(f, "{outcome:<7}{figure:>8} <= {:<7.3}{}", self.limit, self.name)?;
        if !self.note.is_empty() {
            write!(f, " ({})", self.note)?;
        }
        Ok(())
    }
}

/// Whether all are met; not if there are none.
pub fn all_met(bounds: &[Bound]) -> bool {
    !bounds.is_empty() && bounds.iter().all(Bound::is_met)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_meets_the_bound() {
        assert!(Bound::new("x", Some(0.9), 0.9).is_met());
        assert!(!Bound::new("x", Some(0.900_001), 0.9).is_met());
    }

    #[test]
    fn what_is_not_measured_is_missed() {
        assert!(!Bound::new("x", None, 0.9).is_met());
        assert!(!Bound::new("x", Some(f64::NAN), 0.9).is_met());
        assert!(!all_met(&[]));
    }

    #[test]
    fn one_missed_bound_spoils_all() {
        let (met, missed) = (Bound::new("x", Some(0.5), 0.9), Bound::new("y", Some(1.5), 0.9));
        assert!(all_met(&[met.clone(), met.clone()]));
        assert!(!all_met(&[met, missed]));
    }

    #[test]
    fn a_line_says_figure_bound_and_outcome() {
        let line = Bound::new("speed", Some(0.8125), 0.9).note("worst: sort").to_string();
        assert_eq!(line, "met       0.812 <= 0.900  speed (worst: sort)");
        assert_eq!(Bound::new("speed", None, 0.9).to_string(), "missed        - <= 0.900  speed");
    }
}
