//! What tests share. A program takes all of it, or with `#[path]` the files it needs.

pub(crate) mod loadable;
pub(crate) mod rows;
pub(crate) mod twin;
