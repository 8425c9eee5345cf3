//! The journal on disk and what is read back from it.
