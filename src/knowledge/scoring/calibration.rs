//! Made by `xtask/training/calibration.py`; see there.

/// What the sum begins with.
pub(super) const BIAS: f32 = -9.8312;

/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.
pub(super) const WEIGHTS: [f32; 9] = [
    0.3505, 4.6102, 7.4574, -1.9012, 2.8618, 0.8831, 1.6459, -0.3387, -0.6325,
];
