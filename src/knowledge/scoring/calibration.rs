//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -4.0979;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 8] = [0.5814, 5.3474, 6.5545, -1.7673, 2.7622, 0.8459, -0.2571, -0.7865];
