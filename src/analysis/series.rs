//! Placeholder until the series lands.
/// Placeholder.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Series;
