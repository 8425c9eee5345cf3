//! Themes: what may be written, what is told when it is wrong, what a poorer terminal gets.

use std::borrow::Cow;

use flightdeck::config::theme::{
    Charset, Color, Depth, Glyph, Mod, Role, Stroke, Theme, ThemeFile, names,
};
use unicode_width::UnicodeWidthStr as _;

fn load(files: &'static [(&'static str, &'static str)], depth: Depth) -> Result<Theme, String> {
    let library = |name: &str| {
        files
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, text)| Cow::Borrowed(*text))
    };
    Theme::load("mine", &library, depth, Charset::Unicode).map_err(|e| e.to_string())
}

fn problem(text: &str) -> String {
    ThemeFile::parse("mine", text)
        .map(|_| ())
        .expect_err("the theme is wrong")
        .to_string()
}

#[test]
fn every_built_in_theme_loads_at_every_depth_and_charset() {
    for name in names() {
        for depth in [
            Depth::None,
            Depth::Ansi16,
            Depth::Indexed256,
            Depth::TrueColor,
        ] {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let theme = Theme::load_builtin(name, depth, charset).expect(name);
                for glyph in Glyph::ALL {
                    assert_eq!(
                        theme.glyph(*glyph).is_ascii(),
                        charset == Charset::Ascii || *glyph == Glyph::Unknown
                    );
                }
            }
        }
    }
}

#[test]
fn symbols_are_one_cell_wide_but_the_arrows_of_ascii() {
    for glyph in Glyph::ALL {
        assert_eq!(glyph.form(Charset::Unicode).width(), 1, "{glyph:?}");
        let arrow = matches!(glyph, Glyph::Arrow | Glyph::Advice);
        assert_eq!(
            glyph.form(Charset::Ascii).width(),
            if arrow { 2 } else { 1 },
            "{glyph:?}"
        );
    }
}

#[test]
fn each_state_has_a_symbol_of_its_own() {
    let states = [
        Glyph::Ok,
        Glyph::Fail,
        Glyph::Running,
        Glyph::Waiting,
        Glyph::Pending,
        Glyph::Paused,
        Glyph::Warn,
        Glyph::Unknown,
        Glyph::Skipped,
    ];
    for charset in [Charset::Unicode, Charset::Ascii] {
        for (i, one) in states.iter().enumerate() {
            for other in &states[i + 1..] {
                assert_ne!(one.form(charset), other.form(charset));
            }
        }
    }
}

#[test]
fn the_default_leaves_the_terminals_own_colours() {
    let theme = Theme::load_builtin("default", Depth::TrueColor, Charset::Unicode).expect("loads");
    for role in Role::ALL {
        let style = theme.style(*role);
        for color in [style.fg, style.bg].into_iter().flatten() {
            assert!(
                matches!(color, Color::Terminal | Color::Ansi(_)),
                "{role:?} has {color:?}"
            );
        }
    }
}

#[test]
fn without_colours_it_is_mono_and_nothing_is_coloured() {
    let theme = Theme::load_builtin("default", Depth::None, Charset::Unicode).expect("loads");
    for role in Role::ALL {
        let style = theme.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
    }
    assert_eq!(theme.stable_stroke(), Stroke::Dots);
    assert!(theme.style(Role::VerdictHold).mods.has(Mod::Reverse));
}

#[test]
fn a_role_without_a_look_takes_its_fallbacks() {
    let theme = load(&[("mine", "[roles]\nfail = \"red\"\n")], Depth::Ansi16).expect("loads");
    assert_eq!(theme.style(Role::Breach).fg, Some(Color::Ansi(1)));
    assert_eq!(theme.style(Role::Text).fg, None);
}

#[test]
fn colours_are_reduced_once_and_an_author_may_choose_the_reduced_ones() {
    const FILE: &str = "[palette]\nauthor = { rgb = \"#010203\", c256 = 99, c16 = \"blue\" }\n\
                        [roles]\nok = \"author\"\nfail = \"#ff0000\"\nwarn = 208\n";
    let at = |depth| load(&[("mine", FILE)], depth).expect("loads");
    let fg = |depth, role| at(depth).style(role).fg;
    assert_eq!(fg(Depth::TrueColor, Role::Ok), Some(Color::Rgb(1, 2, 3)));
    assert_eq!(fg(Depth::Indexed256, Role::Ok), Some(Color::Indexed(99)));
    assert_eq!(fg(Depth::Ansi16, Role::Ok), Some(Color::Ansi(4)));
    assert_eq!(fg(Depth::Indexed256, Role::Fail), Some(Color::Indexed(196)));
    assert_eq!(fg(Depth::Ansi16, Role::Fail), Some(Color::Ansi(9)));
    assert_eq!(fg(Depth::TrueColor, Role::Warn), Some(Color::Indexed(208)));
    assert!(matches!(
        fg(Depth::Ansi16, Role::Warn),
        Some(Color::Ansi(_))
    ));
}

#[test]
fn a_child_theme_recolours_what_it_inherits_through_the_palette() {
    const FILES: &[(&str, &str)] = &[
        (
            "mine",
            "inherits = \"base\"\n[palette]\ngood = \"blue\"\n[roles]\nfail = \"magenta\"\n",
        ),
        (
            "base",
            "[palette]\ngood = \"green\"\n[roles]\nok = \"good\"\nfail = \"red\"\n",
        ),
    ];
    let theme = load(FILES, Depth::Ansi16).expect("loads");
    assert_eq!(theme.style(Role::Ok).fg, Some(Color::Ansi(4)));
    assert_eq!(theme.style(Role::Fail).fg, Some(Color::Ansi(5)));
}

#[test]
fn a_circle_and_a_missing_parent_are_told() {
    const CIRCLE: &[(&str, &str)] = &[
        ("mine", "inherits = \"b\"\n"),
        ("b", "\ninherits = \"mine\"\n"),
    ];
    assert_eq!(
        load(CIRCLE, Depth::Ansi16),
        Err("theme `b`, line 2: `mine` inherits from itself".to_owned())
    );
    let missing =
        load(&[("mine", "inherits = \"gone\"\n")], Depth::Ansi16).expect_err("there is no parent");
    assert_eq!(
        missing,
        "theme `mine`, line 1: no theme `gone`; built in are default, mono"
    );
}

#[test]
fn mistakes_are_told_with_line_and_nearest_word() {
    let cases = [
        (
            "[roles]\nok = \"green\"\nfial = \"red\"\n",
            "theme `mine`, line 3: unknown role `fial`; did you mean `fail`?",
        ),
        (
            "\n[role]\n",
            "theme `mine`, line 2: unknown key `role`; did you mean `roles`?",
        ),
        (
            "[roles]\nok = { fq = 1 }\n",
            "theme `mine`, line 2: unknown key `fq`; did you mean `fg`?",
        ),
        (
            "[palette]\nx = \"#12345\"\n",
            "theme `mine`, line 2: expected a colour: \"#rrggbb\", an ANSI name such as \"bright-red\", or 0 to 255",
        ),
        (
            "[roles]\nok = { mods = [\"blink\"] }\n",
            "theme `mine`, line 2: unknown modifier `blink`; one of `bold`, `dim`, `italic`, `underline`, `reverse`",
        ),
        (
            "[glyphs]\nok = { ascii = \"✓\" }\n",
            "theme `mine`, line 2: expected a printable ASCII symbol as wide as `+`",
        ),
        (
            "[glyphs]\nok = { unicode = \"✅\" }\n",
            "theme `mine`, line 2: expected a symbol as wide as `✓`",
        ),
        (
            "[charts]\ncanary = \"blocks\"\n",
            "theme `mine`, line 2: unknown marker `blocks`; one of `braille`, `dots`, `ascii`",
        ),
        (
            "min_colors = 8\n",
            "theme `mine`, line 1: min_colors is one of 0, 16, 256, 16777216",
        ),
        (
            "[roles]\nwholly-unlike = 1\n",
            "theme `mine`, line 2: unknown role `wholly-unlike`",
        ),
    ];
    for (text, told) in cases {
        assert_eq!(problem(text), told);
    }
    assert!(problem("[roles\n").starts_with("theme `mine`, line 1: "));
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let told = problem("[roles]\nfial = \"red\"\n[palette]\nx = true\n");
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[test]
fn an_unknown_colour_of_a_role_is_told_where_it_stands() {
    const FILE: &str = "[roles]\n\nok = \"gren\"\n";
    let told = load(&[("mine", FILE)], Depth::Ansi16).expect_err("no such colour");
    assert_eq!(
        told,
        "theme `mine`, line 3: unknown colour `gren`: neither in the palette nor a colour"
    );
}

#[test]
fn the_terminal_is_read_from_its_environment() {
    assert_eq!(
        Depth::detect(Some("1"), Some("truecolor"), Some("xterm-256color")),
        Depth::None
    );
    assert_eq!(
        Depth::detect(Some(""), Some("truecolor"), None),
        Depth::TrueColor
    );
    assert_eq!(
        Depth::detect(None, None, Some("tmux-256color")),
        Depth::Indexed256
    );
    assert_eq!(Depth::detect(None, None, Some("xterm")), Depth::Ansi16);
    assert_eq!(Depth::detect(None, None, Some("dumb")), Depth::None);
    assert_eq!(
        Charset::detect([None, None, Some("C.UTF-8")], Some("xterm")),
        Charset::Unicode
    );
    assert_eq!(
        Charset::detect([Some("C"), None, Some("en_GB.UTF-8")], Some("xterm")),
        Charset::Ascii
    );
    assert_eq!(
        Charset::detect([None, None, Some("en_GB.utf8")], Some("linux")),
        Charset::Ascii
    );
    assert_eq!(Charset::detect([None; 3], None), Charset::Ascii);
}
