//! Kubernetes' quantities: `250m`, `1.5`, `512Mi`.

/// The suffixes and what they stand for, longer ones first.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The number that a quantity stands for; `None` where it is none.
pub fn read(text: &str) -> Option<f64> {
    let (number, times) = SUFFIXES
        .iter()
        .find_map(|(suffix, times)| Some((text.strip_suffix(suffix)?, *times)))
        .unwrap_or((text, 1.0));
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * times)
}
