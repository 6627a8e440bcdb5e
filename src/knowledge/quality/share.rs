//! So many of so many, with the interval in which the true share lies. Pure.

use std::fmt;

/// Standard deviations of an interval in which the true share lies 95 times of 100.
const Z_SHOWN: f64 = 1.96;

/// Of a bound below which it lies one time in ten.
const Z_BOUND: f64 = 1.2816;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Of these ...
    pub of: u64,
    /// ... so many.
    pub count: u64,
}

impl Share {
    /// `count` of `of`.
    pub fn new(count: u64, of: u64) -> Self {
        Self { of, count }
    }

    /// The 95 % interval of the true share: 0 to 1 where nothing is known.
    pub fn interval(self) -> (f64, f64) {
        let (middle, half) = self.wilson(Z_SHOWN);
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }

    /// What the true share is at least, in nine cases of ten.
    pub fn at_least(self) -> f64 {
        let (middle, half) = self.wilson(Z_BOUND);
        (middle - half).max(0.0)
    }

    /// What was counted reaches this share; of nothing, nothing does.
    pub fn reaches(self, share: f64) -> bool {
        self.of > 0 && float(self.count) >= share * float(self.of)
    }

    /// Middle and half width of the score interval: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    /// Journal of the American Statistical Association 22, 1927. L. D. Brown and others, "Interval Estimation for a Binomial
    /// Proportion", Statistical Science 16, 2001, recommend it where little was counted.
    fn wilson(self, z: f64) -> (f64, f64) {
        if self.of == 0 {
            return (0.5, 0.5);
        }
        let (of, share) = (float(self.of), float(self.count) / float(self.of));
        let squared = z * z / of;
        let spread = (share * (1.0 - share) / of + squared / (4.0 * of)).sqrt();
        ((share + squared / 2.0) / (1.0 + squared), z * spread / (1.0 + squared))
    }
}

/// `80 % (72–86 %)`: the share, and the interval of the true one.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of == 0 {
            return f.write_str("–");
        }
        let (low, high) = self.interval();
        let percent = |share: f64| (share * 100.0).round();
        let share = percent(float(self.count) / float(self.of));
        write!(f, "{share:.0} % ({:.0}–{:.0} %)", percent(low), percent(high))
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts so many questions")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u64, of: u64, expected: &str) {
        assert_eq!(Share::new(count, of).to_string(), expected);
    }

    #[test]
    fn a_share_is_told_with_how_sure_it_is() {
        check(0, 0, "–");
        check(0, 10, "0 % (0–28 %)");
        check(10, 10, "100 % (72–100 %)");
        check(8, 10, "80 % (49–94 %)");
        check(80, 100, "80 % (71–87 %)");
        check(800, 1_000, "80 % (77–82 %)");
    }

    #[test]
    fn the_bound_rises_with_what_was_counted() {
        let bound = |count, of| (Share::new(count, of).at_least() * 1_000.0).round() / 1_000.0;
        assert_eq!(bound(0, 0).to_bits(), 0.0_f64.to_bits());
        // Fifteen right answers and no wrong one show nine in ten, and fourteen do not.
        assert!(bound(14, 14) < 0.9 && bound(15, 15) >= 0.9);
        // Fifty-four show 97 in a hundred.
        assert!(bound(52, 52) < 0.97 && bound(54, 54) >= 0.97);
        assert!(bound(45, 50) < 0.9 && bound(950, 1_000) > 0.9);
    }
}
