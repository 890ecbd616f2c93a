// SPDX-License-Identifier: Apache-2.0
//! Samples: repeated measurements of one thing.

use std::time::Duration;

/// Repeated measurements of one thing, in nanoseconds or any other unit.
///
/// The minimum is what the code can do on this machine: nothing but the code itself makes a run faster. The median is what a user
/// gets, with the noise of the machine and of the measured thing's own helpers in it.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// In the order in which they were taken.
    values: Vec<f64>,
}

impl Samples {
    /// No samples yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a time, in nanoseconds.
    pub fn push(&mut self, time: Duration) {
        self.push_value(time.as_secs_f64() * 1e9);
    }

    /// Adds a value of any unit.
    pub fn push_value(&mut self, value: f64) {
        self.values.push(value);
    }

    /// Multiplies all of them: another unit.
    pub fn scale(&mut self, factor: f64) {
        self.values.iter_mut().for_each(|value| *value *= factor);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The least; `None` without samples.
    pub fn minimum(&self) -> Option<f64> {
        self.values.iter().copied().reduce(f64::min)
    }

    /// The greatest; `None` without samples.
    pub fn maximum(&self) -> Option<f64> {
        self.values.iter().copied().reduce(f64::max)
    }

    /// The one in the middle, or the mean of the two in the middle; `None` without samples.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            len if len % 2 == 1 => Some(sorted[middle]),
            _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
        }
    }
}

/// The geometric mean; `None` if there is nothing to take it of, or if anything is missing.
pub fn geometric_mean(ratios: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let logarithms: Vec<f64> = ratios.into_iter().map(|ratio| Some(ratio?.ln())).collect::<Option<_>>()?;
    let count = logarithms.len();
    (count > 0).then(|| (logarithms.iter().sum::<f64>() / count as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Samples {
        Samples { values: values.to_vec() }
    }

    #[test]
    fn the_median_ignores_an_outlier() {
        assert_eq!(samples(&[3.0, 1.0, 1000.0]).median(), Some(3.0));
        assert_eq!(samples(&[3.0, 1.0, 1000.0, 5.0]).median(), Some(4.0));
        assert_eq!(samples(&[]).median(), None);
    }

    #[test]
    fn minimum_and_maximum_do_not_depend_on_the_order() {
        let few = samples(&[3.0, 1.0, 2.0]);
        assert_eq!((few.minimum(), few.maximum(), few.len()), (Some(1.0), Some(3.0), 3));
        assert_eq!((samples(&[]).minimum(), samples(&[]).maximum()), (None, None));
    }

    #[test]
    fn times_are_nanoseconds() {
        let mut one = Samples::new();
        one.push(Duration::from_micros(3));
        assert!((one.minimum().unwrap() - 3000.0).abs() < 1e-6);
    }

    #[test]
    fn half_and_double_cancel() {
        let mean = geometric_mean([Some(0.5), Some(2.0), Some(1.0)]).unwrap();
        assert!((mean - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_missing_ratio_is_not_left_out_of_the_mean() {
        assert_eq!(geometric_mean([Some(0.5), None]), None);
        assert_eq!(geometric_mean([]), None);
    }
}
