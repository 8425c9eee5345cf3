//! The house rules that no compiler holds: who may import whom, and what stands nowhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Module, and the modules of this crate that it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("analysis", &["domain"]),
    ("strategy", &["domain", "analysis"]),
    ("config", &["domain"]),
    ("cli", &["config", "domain"]),
    ("app", &["domain", "analysis", "strategy", "config"]),
    ("view", &["app", "domain", "analysis", "strategy", "config"]),
    ("sources", &["domain", "config"]),
    (
        "effects",
        &[
            "domain", "analysis", "strategy", "record", "sources", "config", "app",
        ],
    ),
    ("record", &["domain", "strategy"]),
    ("demo", &[]),
    (
        "headless",
        &[
            "app", "domain", "analysis", "strategy", "config", "record", "cli", "runtime",
        ],
    ),
    (
        "runtime",
        &[
            "domain", "analysis", "strategy", "config", "cli", "app", "view", "sources", "effects",
            "record", "headless", "demo",
        ],
    ),
];

/// Crates that do I/O or draw: no pure module names one.
const EDGE: &[&str] = &[
    "tokio",
    "kube",
    "k8s_openapi",
    "reqwest",
    "ratatui",
    "crossterm",
    "axum",
    "hyper",
];

/// Module, and external crates that it must not name.
const MUST_NOT_NAME: &[(&str, &[&str])] = &[
    ("domain", EDGE),
    ("analysis", EDGE),
    ("strategy", EDGE),
    ("config", EDGE),
    ("cli", EDGE),
    ("app", EDGE),
    (
        "view",
        &[
            "tokio",
            "kube",
            "k8s_openapi",
            "reqwest",
            "crossterm",
            "axum",
            "hyper",
        ],
    ),
    ("headless", &["ratatui", "crossterm", "axum"]),
    ("sources", &["ratatui", "crossterm", "axum"]),
    ("effects", &["ratatui", "crossterm", "axum"]),
    ("record", &["ratatui", "crossterm", "axum", "kube"]),
];

#[test]
fn imports_follow_the_table() {
    let mut broken = Vec::new();
    for (module, allowed) in MAY_IMPORT {
        for file in sources_of(module) {
            let text = code(&file);
            for named in named_after(&text, "crate::") {
                if named != *module && is_module(&named) && !allowed.contains(&named.as_str()) {
                    broken.push(format!("{} imports {named}", file.display()));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "forbidden imports:\n{}",
        broken.join("\n")
    );
}

#[test]
fn pure_modules_name_no_client_and_no_terminal() {
    let mut broken = Vec::new();
    for (module, forbidden) in MUST_NOT_NAME {
        for file in sources_of(module) {
            let text = code(&file);
            for name in *forbidden {
                if names_crate(&text, name) {
                    broken.push(format!("{} names {name}", file.display()));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "forbidden crates:\n{}",
        broken.join("\n")
    );
}

#[test]
fn narrow_doors_stay_narrow() {
    let doors = [
        ("effects", "app::model"),
        ("effects", "app::update"),
        ("headless", "runtime::tui"),
    ];
    for (module, forbidden) in doors {
        for file in sources_of(module) {
            let reaches = code(&file).contains(forbidden);
            assert!(!reaches, "{} reaches for {forbidden}", file.display());
        }
    }
}

#[test]
fn every_pure_module_denies_clocks_and_files() {
    for module in ["domain", "analysis", "strategy", "app", "view"] {
        let text = std::fs::read_to_string(root().join("src").join(module).join("mod.rs")).unwrap();
        assert!(
            text.contains("#![deny(clippy::disallowed_methods)]"),
            "src/{module}/mod.rs lacks its fence"
        );
    }
}

#[test]
fn no_locks_in_app_and_view_and_no_unbounded_channels() {
    for module in ["app", "view"] {
        for file in sources_of(module) {
            let text = code(&file);
            for lock in ["Mutex", "RwLock", "RefCell", "OnceCell"] {
                assert!(!text.contains(lock), "{} holds a {lock}", file.display());
            }
        }
    }
    for file in files_below(&root().join("src")) {
        assert!(
            !code(&file).contains("unbounded_channel"),
            "{} opens an unbounded channel",
            file.display()
        );
    }
}

/// Received text leaves its wrapper only where machines read it: JSON, the record, writes to the cluster.
#[test]
fn raw_text_is_read_by_machines_only() {
    let allowed = [
        "src/domain/text.rs",
        "src/domain/who.rs",
        "src/headless/json",
        "src/effects/",
        "src/record/",
        "src/strategy/record_change.rs",
    ];
    for file in files_below(&root().join("src")) {
        let shown = file.strip_prefix(root()).unwrap().display().to_string();
        if !allowed.iter().any(|place| shown.starts_with(place)) {
            assert!(
                !code(&file).contains(".raw()"),
                "{shown} reads received text raw"
            );
        }
    }
}

#[test]
fn every_file_says_its_purpose_and_stays_small() {
    for file in files_below(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} has no module documentation",
            file.display()
        );
        let lines = text.lines().count();
        assert!(
            lines <= 500,
            "{} has {lines} lines: more than one reason to change",
            file.display()
        );
    }
}

fn is_module(name: &str) -> bool {
    MAY_IMPORT.iter().any(|(module, _)| *module == name)
}

/// First path segments that follow `prefix`, those of `{…}` groups included.
fn named_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        let word = |text: &str| -> String {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            for part in group.split_inclusive([',', '{', '}']) {
                if depth == 0 {
                    found.insert(word(part));
                }
                if part.ends_with('{') {
                    depth += 1;
                } else if part.ends_with('}') {
                    if depth == 0 {
                        break;
                    }
                    depth -= 1;
                }
            }
        } else {
            found.insert(word(rest));
        }
    }
    found
}

fn names_crate(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The file without its comments, so that prose may name what code must not.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sources_of(module: &str) -> Vec<PathBuf> {
    let files = files_below(&root().join("src").join(module));
    assert!(
        !files.is_empty(),
        "src/{module} is gone: the table must follow"
    );
    files
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

mod of_the_test_itself {
    use super::{named_after, names_crate};

    #[test]
    fn a_forbidden_import_is_seen() {
        let text =
            "use crate::{domain::ids, view::{self, text}};\nlet x = crate::app::model::Model;";
        let named = named_after(text, "crate::");
        assert!(
            named.contains("domain") && named.contains("view") && named.contains("app"),
            "{named:?}"
        );
        assert!(!named.contains("text"));
    }

    #[test]
    fn a_forbidden_crate_is_seen() {
        assert!(names_crate("use tokio::sync::mpsc;", "tokio"));
        assert!(!names_crate("use my_tokio::sync;", "tokio"));
    }
}
