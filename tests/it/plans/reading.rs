//! What is read from the objects.
