//! The nouns: pure values shared by every other module.
