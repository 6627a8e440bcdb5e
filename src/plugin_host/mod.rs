//! The sandbox: engine, limits, instances, manifests, grants and the host interfaces. Imports nothing of the crate.
