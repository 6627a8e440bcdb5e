//! What a site says of itself to whoever reads all of it: the list of its pages, and what of them it lets programs read. Pure.

mod robots;
mod sitemap;

pub use self::robots::{ROBOTS_BYTES_MAX, Robots};
pub use self::sitemap::{SITEMAP_BYTES_MAX, Sitemap, SitemapError, unpacked};
