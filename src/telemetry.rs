//! Metric names, logs and what may be said in them.
