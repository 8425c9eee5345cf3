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

/// Contrast ratios against the ground each theme is made for, in the order of `MEASURED`.
pub(crate) const CONTRAST: [(&str, &str, [f64; 10]); 4] = [
    (
        "dark",
        "#14181d",
        [12.8, 5.9, 8.1, 9.2, 5.9, 7.1, 8.1, 7.8, 5.9, 6.4],
    ),
    (
        "light",
        "#fbfbf8",
        [14.5, 5.5, 4.9, 5.7, 5.6, 6.4, 5.6, 5.6, 5.6, 7.1],
    ),
    (
        "colourblind",
        "#14181d",
        [14.3, 7.0, 7.7, 13.5, 5.9, 10.4, 7.9, 7.7, 15.9, 5.8],
    ),
    (
        "contrast",
        "#000000",
        [21.0, 12.6, 15.9, 19.7, 8.7, 12.8, 14.3, 15.0, 8.7, 11.8],
    ),
];

const MEASURED: [Role; 10] = [
    Role::Text,
    Role::Muted,
    Role::Ok,
    Role::Warn,
    Role::Fail,
    Role::Running,
    Role::Canary,
    Role::Stable,
    Role::Limit,
    Role::Accent,
];

/// Red, green and blue as light, 0 to 1.
fn light(color: Color) -> [f64; 3] {
    let (r, g, b) = color.rgb().expect("a colour of its own");
    [r, g, b].map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn mixed(matrix: [[f64; 3]; 3], light: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| {
        row.iter()
            .zip(light)
            .map(|(a, b)| a * b)
            .sum::<f64>()
            .clamp(0.0, 1.0)
    })
}

/// The ratio of WCAG 2.
pub(crate) fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |color| {
        let [r, g, b] = light(color);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// CIE 1976 distance of two lights.
fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let lab = |rgb: [f64; 3]| {
        let xyz = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175_0],
            [0.019_333_9, 0.119_192_0, 0.950_304_1],
        ]
        .map(|row: [f64; 3]| row.iter().zip(rgb).map(|(a, b)| a * b).sum::<f64>());
        let white = [0.950_47, 1.0, 1.088_83];
        let [x, y, z] = [0, 1, 2].map(|i: usize| {
            let t: f64 = xyz[i] / white[i];
            if t > 0.008_856 {
                t.cbrt()
            } else {
                7.787 * t + 16.0 / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    lab(one)
        .iter()
        .zip(lab(other))
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// How eyes without one kind of cone see light (Machado and others, 2009): without red, green, blue ones.
const EYES: [[[f64; 3]; 3]; 3] = [
    [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ],
    [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ],
    [
        [1.255_528, -0.076_749, -0.178_779],
        [-0.078_411, 0.930_809, 0.147_602],
        [0.004_733, 0.691_367, 0.303_900],
    ],
];

fn colour(theme: &Theme, role: Role) -> Color {
    theme.style(role).fg.expect("the role has a colour")
}

#[test]
fn every_text_and_state_stands_out_from_the_ground_its_theme_is_made_for() {
    for (name, ground, ratios) in CONTRAST {
        let theme = Theme::load_builtin(name, Depth::TrueColor, Charset::Unicode).expect(name);
        let ground = Color::parse(ground).expect("a colour");
        let least = if name == "contrast" { 7.0 } else { 4.5 };
        for (role, wanted) in MEASURED.into_iter().zip(ratios) {
            let ratio = contrast(colour(&theme, role), ground);
            assert!(
                (ratio - wanted).abs() < 0.1,
                "{name}: {role:?} has {ratio:.2}, not {wanted}"
            );
            assert!(ratio >= least, "{name}: {role:?} has {ratio:.2}");
        }
        for role in Role::ALL {
            let style = theme.style(*role);
            if let (Some(fg), None) = (style.fg, style.bg) {
                assert!(contrast(fg, ground) >= least, "{name}: {role:?}");
            }
        }
    }
}

#[test]
fn canary_and_stable_are_told_apart_by_every_kind_of_eye() {
    for (name, ..) in CONTRAST {
        let theme = Theme::load_builtin(name, Depth::TrueColor, Charset::Unicode).expect(name);
        let between = |one, other, eye| {
            distance(
                mixed(eye, light(colour(&theme, one))),
                mixed(eye, light(colour(&theme, other))),
            )
        };
        for eye in EYES {
            let apart = between(Role::SeriesCanary, Role::SeriesStable, eye);
            assert!(
                apart >= 40.0,
                "{name}: canary and stable are {apart:.0} apart"
            );
            let apart = between(Role::Ok, Role::Fail, eye);
            assert!(
                name != "colourblind" || apart >= 40.0,
                "{name}: ok and fail are {apart:.0} apart"
            );
        }
    }
}

#[test]
fn the_theme_of_contrast_dims_nothing_and_paints_its_ground() {
    let theme = Theme::load_builtin("contrast", Depth::TrueColor, Charset::Unicode).expect("loads");
    assert!(
        Role::ALL
            .iter()
            .all(|role| !theme.style(*role).mods.has(Mod::Dim))
    );
    assert_eq!(theme.style(Role::Text).bg, Some(Color::Rgb(0, 0, 0)));
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
        "theme `mine`, line 1: no theme `gone`; built in are default, dark, light, colourblind, contrast, mono"
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
