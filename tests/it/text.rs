//! Tests of text from outside: a corpus of real payloads and what must hold for any input.

use flightdeck::domain::text::{LINE_BYTES, NAME_CELLS, Text, clean_line};
use proptest::prelude::*;
use unicode_width::UnicodeWidthChar;

/// What it is, what is received, what is shown.
const NAMES: &[(&str, &str, &str)] = &[
    ("plain", "v1.2.3-rc.1+b7", "v1.2.3-rc.1+b7"),
    (
        "letters of other scripts",
        "größe 版本 ветка",
        "größe 版本 ветка",
    ),
    (
        "clipboard write",
        "a\u{1b}]52;c;cm0gLXJm\u{7}b",
        "a<esc:osc52>b",
    ),
    (
        "clipboard write, string terminator",
        "a\u{1b}]52;c;cm0gLXJm\u{1b}\\b",
        "a<esc:osc52>b",
    ),
    (
        "title and its report",
        "\u{1b}]0;evil\u{7}\u{1b}[21t",
        "<esc:osc0><esc:csi>",
    ),
    ("font query", "\u{1b}]50;?\u{7}", "<esc:osc50>"),
    ("settings query", "\u{1b}P$q\"p\u{1b}\\x", "<esc:dcs>x"),
    (
        "tmux passthrough",
        "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;YQ==\u{7}\u{1b}\\",
        "<esc:dcs>^[<esc:osc52><esc:\\>",
    ),
    (
        "hyperlink",
        "\u{1b}]8;;http://evil\u{1b}\\go",
        "<esc:osc8>go",
    ),
    ("8-bit control sequence", "\u{9b}31mred", "<esc:csi>red"),
    (
        "8-bit command and terminator",
        "\u{9d}52;c;YQ==\u{9c}x",
        "<esc:osc52>x",
    ),
    (
        "string, privacy, application",
        "\u{1b}Xa\u{1b}\\\u{1b}^b\u{1b}\\\u{1b}_c\u{1b}\\",
        "<esc:sos><esc:pm><esc:apc>",
    ),
    (
        "colour",
        "\u{1b}[1;31mred\u{1b}[0m",
        "<esc:csi>red<esc:csi>",
    ),
    ("reset", "\u{1b}c", "<esc:c>"),
    ("charset", "\u{1b}(0lqk", "<esc:0>lqk"),
    ("escape at the end", "x\u{1b}", "x^["),
    ("unfinished command", "x\u{1b}]52;c;AAAA", "x<esc:osc52>"),
    (
        "unfinished, then a line",
        "x\u{1b}]0;a\nnext",
        "x<esc:osc0>^Jnext",
    ),
    (
        "split by another escape",
        "\u{1b}]0;a\u{1b}[31mb",
        "<esc:osc0><esc:csi>b",
    ),
    ("cancelled", "\u{1b}]0;a\u{18}b", "<esc:osc0>b"),
    ("line overwrite", "ok\rBAD\u{8}\u{8}", "ok^MBAD^H^H"),
    ("second line", "v1\n[y] confirm", "v1^J[y] confirm"),
    (
        "nul, tab, bell, delete",
        "\0\t\u{7}\u{7f}",
        "\u{fffd}^I^G^?",
    ),
    ("next line", "a\u{85}b", "a<U+0085>b"),
    ("reordered", "v1\u{202e}9.2v", "v1<U+202E>9.2v"),
    ("isolate and mark", "\u{2066}a\u{200f}", "<U+2066>a<U+200F>"),
    ("zero width", "ma\u{200b}in\u{feff}", "ma<U+200B>in<U+FEFF>"),
    ("tags", "v1\u{e0031}", "v1<U+E0031>"),
    ("private use", "\u{e0b0}\u{f0000}", "<U+E0B0><U+F0000>"),
    ("not a character", "\u{fdd0}\u{1ffff}", "<U+FDD0><U+1FFFF>"),
    (
        "separators and soft hyphen",
        "a\u{2028}b\u{ad}c",
        "a<U+2028>b<U+00AD>c",
    ),
    ("fillers", "\u{3164}\u{115f}", "<U+3164><U+115F>"),
    ("family", "👩\u{200d}👩\u{200d}👦", "👩\u{200d}👩\u{200d}👦"),
    (
        "variation selectors",
        "a\u{fe00}b\u{e0100}",
        "a<U+FE00>b<U+E0100>",
    ),
    (
        "endless family",
        "👩\u{200d}👩\u{200d}👩\u{200d}👩\u{200d}👩\u{200d}👩",
        "👩\u{200d}👩\u{200d}👩\u{200d}👩\u{200d}👩<U+200D>👩",
    ),
    ("heart", "❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
    ("joiner between letters", "a\u{200d}b", "a<U+200D>b"),
    ("accent", "e\u{301}", "e\u{301}"),
    ("accent on nothing", "\u{301}x", "<U+0301>x"),
];

#[test]
fn names_show_what_a_terminal_would_obey() {
    for &(name, received, shown) in NAMES {
        assert_eq!(Text::new(received).shown(), shown, "{name}");
        assert_eq!(Text::new(received).raw(), received, "{name}");
    }
}

#[test]
fn a_pile_of_marks_is_cut_and_counted() {
    let pile = format!("a{}b", "\u{301}".repeat(2000));
    assert_eq!(
        Text::new(pile).shown(),
        "a\u{301}\u{301}\u{301}\u{301}<+1996 marks>b"
    );
}

#[test]
fn a_long_name_ends_in_a_visible_cut() {
    let exact = "x".repeat(NAME_CELLS);
    assert_eq!(Text::new(exact.clone()).shown(), exact);
    let cut = Text::new("x".repeat(NAME_CELLS + 1));
    assert_eq!(cut.shown(), format!("{}…", "x".repeat(NAME_CELLS - 1)));
    let wide = Text::new("版".repeat(200));
    assert_eq!(cells(wide.shown()), 255);
    assert!(wide.shown().ends_with('…'));
    // A token is whole or not there.
    let token = Text::new(format!("{}\u{202e}", "x".repeat(NAME_CELLS - 3)));
    assert_eq!(token.shown(), format!("{}…", "x".repeat(NAME_CELLS - 3)));
}

#[test]
fn an_endless_command_does_not_hide_the_rest() {
    let text = Text::new(format!("\u{1b}]0;{}THE END", "a".repeat(4094)));
    assert_eq!(text.shown(), "<esc:osc0>THE END");
}

#[test]
fn log_lines_drop_colours_and_expand_tabs() {
    let cases = [
        ("plain\r\n", "plain"),
        ("\u{1b}[1;31mERR\u{1b}[0m x", "ERR x"),
        ("a\tb", "a       b"),
        ("12345678\tb", "12345678        b"),
        ("版\tb", "版      b"),
        ("50%\r75%\r", "50%^M75%"),
        ("\u{1b}[2Jgone", "<esc:csi>gone"),
        ("\u{1b}[>4;2mx", "<esc:csi>x"),
        ("\u{1b}]52;c;YQ==\u{7}x", "<esc:osc52>x"),
    ];
    for (received, shown) in cases {
        assert_eq!(clean_line(received), shown, "{received:?}");
    }
    let long = "ä".repeat(LINE_BYTES);
    let cut = clean_line(&long);
    assert!(cut.len() <= LINE_BYTES && cut.len() > LINE_BYTES - 4 && cut.ends_with('…'));
}

#[test]
fn serde_keeps_the_received_string() {
    let text = Text::new("a\u{1b}[2Jb");
    let json = serde_json::to_string(&text).unwrap();
    assert_eq!(json, r#""a\u001b[2Jb""#);
    let back: Text = serde_json::from_str(&json).unwrap();
    assert_eq!((back.raw(), back.shown()), (text.raw(), "a<esc:csi>b"));
    assert_eq!(
        format!("{text} {text:?}"),
        r#"a<esc:csi>b Text("a<esc:csi>b")"#
    );
}

fn cells(shown: &str) -> usize {
    shown
        .chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

fn is_safe(character: char) -> bool {
    !character.is_control()
        && !matches!(u32::from(character), 0x200b | 0x200c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
            | 0xe000..=0xf8ff | 0xe0000..=0xe0fff | 0xf0000..=0x10_ffff)
}

/// Mostly what matters: introducers, terminators, marks, joiners, emoji, wide letters, among any characters.
fn hostile() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        '\u{1b}', '[', ']', 'P', '\\', '\u{7}', '\u{9b}', '\u{9c}', '\u{9d}', '\u{90}', 'm', '3',
        ';', '\u{301}', '\u{20e3}', '\u{200d}', '\u{fe0f}', '❤', '👩', '版', '\u{202e}', '\t',
        '\n', '\r', '\0', '\u{7f}', '<', '…', ' ', '\u{1160}',
    ]);
    let character = prop_oneof![4 => special, 1 => any::<char>(), 1 => prop::char::range(' ', '~')];
    prop::collection::vec(character, 0..600).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_shown_name_is_safe_bounded_and_final(received in hostile()) {
        let text = Text::new(received.as_str());
        prop_assert!(text.shown().chars().all(is_safe), "{:?}", text.shown());
        prop_assert!(cells(text.shown()) <= NAME_CELLS);
        let again = Text::new(text.shown());
        prop_assert_eq!(again.shown(), text.shown());
        prop_assert_eq!(text.raw(), received);
    }

    #[test]
    fn a_cleaned_line_is_safe_bounded_and_final(received in hostile()) {
        let line = clean_line(&received).into_owned();
        prop_assert!(line.chars().all(is_safe), "{:?}", line);
        prop_assert!(line.len() <= LINE_BYTES);
        let again = clean_line(&line).into_owned();
        prop_assert_eq!(again, line);
    }
}
