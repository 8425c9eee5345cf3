//! Tests of world_kube.
