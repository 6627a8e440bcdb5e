//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -8.5817;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 9] = [
    2.5413, 4.5411, 4.4826, -1.5461, 3.0015, 0.6245, 1.2602, -0.5576, -0.1667,
];
