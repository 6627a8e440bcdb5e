//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -3.8632;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 8] = [1.3630, 5.5288, 4.4947, -1.3097, 2.9546, 0.6767, -0.4056, -0.4508];
