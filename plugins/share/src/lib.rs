//! The share plugin.
