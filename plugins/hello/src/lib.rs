//! The hello plugin.
