//! Engines: pure code that reads an environment and plans a goal.
