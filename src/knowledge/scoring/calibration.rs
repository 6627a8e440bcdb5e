//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -7.4828;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 9] = [
    1.7444, 4.7487, 5.9037, -2.3368, 2.9210, 0.7920, 0.9447, -0.4005, -0.4956,
];
