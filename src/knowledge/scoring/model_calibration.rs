//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -10.1112;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 9] = [
    1.3839, 4.7228, 5.6227, -1.4215, 2.8720, 0.6625, 1.8087, -0.5047, -0.3012,
];
