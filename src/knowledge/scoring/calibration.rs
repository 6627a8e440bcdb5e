//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -7.5713;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 9] = [
    1.8593, 4.8137, 5.8303, -2.4689, 3.0460, 0.7979, 0.9497, -0.4063, -0.4825,
];
