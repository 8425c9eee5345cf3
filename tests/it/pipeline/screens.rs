//! The strip, the pipeline screen, the log pane, the question.
