//! Watching a project's pipelines: asks at a pace that follows what happens, and tells what changed.
