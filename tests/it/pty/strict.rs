//! Hostile text from everywhere, on a terminal that knows nothing but the program's own sequences.

use super::trying::on;
use crate::support::{DemoWorld, RECORD, until};
use flightdeck::domain::text::Text;
use hyper::Method;
use serde_json::{Value, json};

/// Each kind of harm, and a mark by which it is found again.
const HARM: [&str; 6] = [
    "A1\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    "B2\u{1b}[3J\u{1b}[5;9r",
    "C3\u{9b}31m\u{90}x\u{9c}",
    "D4\u{202e}evil\u{2066}",
    "E5\r\n[y] do it\u{8}\u{8}",
    "F6\u{1b}Ptmux;\u{1b}\u{1b}]0;x\u{7}\u{1b}\\",
];

/// Where the bytes leave what this program may write.
fn foreign(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(format!("no UTF-8 at {}", error.valid_up_to())),
    };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\u{1b}' => match own(rest) {
                Some(length) => length,
                None => return Some(rest.chars().take(40).collect::<String>()),
            },
            // Behind the alternate screen: the lines of the end.
            '\r' | '\n' => 1,
            c if c.is_control() || is_hidden(c) => {
                return Some(format!(
                    "{c:?} in {:?}",
                    &rest.chars().take(40).collect::<String>()
                ));
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    None
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The length of one of the program's own sequences.
fn own(text: &str) -> Option<usize> {
    for fixed in ["\x1b[2J", "\x1b[m", "\x1b[1E"] {
        if text.starts_with(fixed) {
            return Some(fixed.len());
        }
    }
    let body = text.strip_prefix("\x1b[")?;
    if let Some(mode) = body.strip_prefix('?') {
        let known = ["1049", "2004", "2026", "1000", "1002", "1006", "25"];
        let number = known.iter().find(|number| mode.starts_with(**number))?;
        let set = mode[number.len()..].chars().next()?;
        return matches!(set, 'h' | 'l').then_some(3 + number.len() + 1);
    }
    let length = body.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let (numbers, last) = (&body[..length], body[length..].chars().next()?);
    let fits = match last {
        'm' => true,
        'H' => numbers.split(';').count() == 2,
        'G' => !numbers.is_empty() && !numbers.contains(';'),
        _ => false,
    };
    fits.then_some(2 + length + 1)
}

#[test]
fn the_strict_terminal_sees_what_is_not_the_programs_own() {
    for harm in HARM {
        assert!(foreign(harm.as_bytes()).is_some(), "{harm:?}");
    }
    let fine = "\x1b[?1049h\x1b[?2026h\x1b[2J\x1b[3;14H\x1b[1;38;5;12mok\x1b[m\x1b[7Gß\x1b[?2026l";
    assert_eq!(foreign(fine.as_bytes()), None);
}

/// Puts harm into everything of the record that people write.
async fn poison(world: &DemoWorld) {
    let object = world.kube(Method::GET, RECORD, Value::Null).await;
    let text = object["data"]["record.json"].as_str().unwrap();
    let mut record: Value = serde_json::from_str(text).unwrap();
    let releases = record["releases"].as_array_mut().unwrap();
    let fields = ["by", "reason", "commit"];
    for (release, harms) in releases.iter_mut().zip(HARM.chunks(3)) {
        for (field, harm) in fields.iter().zip(harms) {
            release[field] = (*harm).into();
        }
    }
    let change = json!({ "data": { "record.json": record.to_string() } });
    world.kube(Method::PATCH, RECORD, change).await;
}

/// The beginning of what is shown in the place of a hostile text.
fn escaped(harm: &str) -> String {
    Text::new(harm).shown().chars().take(9).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_is_seen_escaped_and_never_obeyed() {
    let world = DemoWorld::start("good").await;
    poison(&world).await;
    let mut terminal = on(&world, &[]);
    terminal.resize(45, 160);
    terminal.keys("4");
    terminal.see("┌ releases");
    let mut unseen: Vec<&str> = HARM.to_vec();
    let mut look = |terminal: &super::terminal::Terminal| {
        let shown = terminal.shown();
        unseen.retain(|harm| !shown.contains(&escaped(harm)));
    };
    for _ in 0..3 {
        look(&terminal);
        terminal.keys("\r");
        std::thread::sleep(std::time::Duration::from_millis(200));
        look(&terminal);
        terminal.keys("\x1b");
        std::thread::sleep(std::time::Duration::from_millis(200));
        terminal.keys("j");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(unseen.is_empty(), "{unseen:?} in\n{}", terminal.shown());

    // Reasons given on a command line reach screens, events and the record too.
    let mut note = world.command(&[
        "note",
        "checkout",
        "-e",
        "production",
        HARM[1],
        "-o",
        "json",
    ]);
    note.env("USER", HARM[0]);
    let noted = tokio::task::spawn_blocking(move || crate::support::ran(note));
    noted.await.unwrap().exits(0);
    until(
        "the note in the record",
        async || world.kube(Method::GET, RECORD, Value::Null).await["data"]["record.json"].clone(),
        |record| record.as_str().is_some_and(|text| text.contains("B2")),
    )
    .await;
    for key in [
        "!", "2", "z", "z", "z", "z", "z", "v", "?", "\x1b", ":", "\x1b", "ab",
    ] {
        terminal.keys(key);
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    terminal.keys("\x03");
    terminal.keys("\x03");
    terminal.ends_restored(0);
    assert_eq!(foreign(&terminal.written()), None);

    // Text output is for terminals too.
    for arguments in [
        &["history", "checkout", "-e", "production"][..],
        &["status", "checkout", "-e", "production"],
        &["report", "checkout", "-e", "production"],
        &["plan", "rollback", "checkout", "-e", "production"],
    ] {
        let ran = world.run(arguments).await.exits(0);
        let said = [ran.out, ran.err].concat();
        assert_eq!(foreign(said.as_bytes()), None, "{arguments:?}");
    }
    world.stop().await;
}
