//! The one listener: mounts the routers that console, web chat and operations hand in. Imports nothing of the crate.
