//! Tests of world kube.
