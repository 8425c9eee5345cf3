//! Placeholder until the verdict lands.
/// Placeholder.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Verdict;
impl Verdict {
    /// Placeholder.
    pub fn nothing_known() -> Self {
        Self
    }
}
