//! Roles: every meaning that can have a look of its own, and where it gets its look from when a theme gives none.

use super::color::Color;

/// A change of weight or line that a terminal can show without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mod {
    /// Heavier.
    Bold = 1,
    /// Fainter.
    Dim = 2,
    /// Slanted.
    Italic = 4,
    /// Underlined.
    Underline = 8,
    /// Foreground and background exchanged.
    Reverse = 16,
}

impl Mod {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Bold,
        Self::Dim,
        Self::Italic,
        Self::Underline,
        Self::Reverse,
    ];

    /// The name that theme files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Dim => "dim",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Reverse => "reverse",
        }
    }
}

/// A set of [`Mod`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mods(u8);

impl Mods {
    /// The set with one more.
    #[must_use]
    pub fn with(self, added: Mod) -> Self {
        Self(self.0 | added as u8)
    }

    /// Whether the set holds it.
    pub fn has(self, wanted: Mod) -> bool {
        self.0 & wanted as u8 != 0
    }
}

/// How a role looks, already reduced to the terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Foreground; `None` leaves what is there.
    pub fg: Option<Color>,
    /// Background; `None` leaves what is there.
    pub bg: Option<Color>,
    /// Weight and line.
    pub mods: Mods,
}

macro_rules! roles {
    ($($variant:ident = $name:literal $(<- $fallback:ident)?, $doc:literal;)*) => {
        /// What a piece of the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $(#[doc = $doc] $variant,)* }

        impl Role {
            /// All roles, in their order; `ALL[role as usize] == role`.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that theme files use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The role whose look it takes where a theme gives none.
            pub fn fallback(self) -> Option<Self> {
                match self { $(Self::$variant => roles!(@fallback $($fallback)?),)* }
            }

            /// The role of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
    (@fallback) => { None };
    (@fallback $fallback:ident) => { Some(Self::$fallback) };
}

roles! {
    Text = "text", "Ordinary text.";
    Muted = "text.muted", "Text of less weight: labels, times, rules.";
    Strong = "text.strong", "Text of more weight: numbers that matter.";
    Title = "title" <- Strong, "A pane's or the screen's title.";
    Accent = "accent", "What draws the eye without judging.";
    Key = "key" <- Accent, "A key that works now.";
    KeyDisabled = "key.disabled" <- Muted, "A key that does not work now.";
    Link = "link" <- Accent, "An address.";
    Selection = "selection", "The chosen row.";
    SelectionInactive = "selection.inactive" <- Strong, "The chosen row of a pane without focus.";
    Match = "match", "Found text.";
    Cursor = "cursor", "Where typing goes.";
    Border = "border" <- Muted, "A pane's frame.";
    BorderFocus = "border.focus" <- Accent, "The frame of the pane with focus.";
    Input = "input", "Typed text.";
    InputError = "input.error" <- Fail, "Typed text that cannot be taken.";
    Ok = "ok", "Done, healthy.";
    Warn = "warn", "Near a limit, or wants a look.";
    Fail = "fail", "Failed, beyond a limit.";
    Running = "running", "Under way.";
    Pending = "pending" <- Muted, "Not begun.";
    Waiting = "waiting" <- Warn, "Waits for a person.";
    Skipped = "skipped" <- Muted, "Left out on purpose.";
    Cancelled = "cancelled" <- Muted, "Ended by a person.";
    Unknown = "unknown" <- Muted, "Not known; never drawn as healthy.";
    Stale = "stale" <- Muted, "A value that is no longer fresh.";
    Paused = "paused" <- Warn, "Held by a person.";
    Canary = "canary", "The candidate release.";
    Stable = "stable", "The release that serves.";
    Baseline = "baseline" <- Stable, "A copy of stable to compare with.";
    Preview = "preview" <- Canary, "The waiting side of blue/green.";
    Active = "active" <- Stable, "The serving side of blue/green.";
    SeriesCanary = "series.canary" <- Canary, "The canary's line.";
    SeriesStable = "series.stable" <- Stable, "Stable's line.";
    SeriesBaseline = "series.baseline" <- Baseline, "The baseline's line.";
    Limit = "limit", "A limit line.";
    LimitWarn = "limit.warn" <- Warn, "A softer limit line.";
    Breach = "breach" <- Fail, "The part of a series beyond its limit.";
    Gap = "gap" <- Muted, "A time without data.";
    Axis = "axis" <- Muted, "Axes and their numbers.";
    Grid = "grid" <- Border, "Grid lines.";
    Marker = "marker.event" <- Accent, "An event on the time axis.";
    Inspect = "inspect" <- Strong, "The inspected moment.";
    VerdictPromote = "verdict.promote" <- Ok, "The verdict PROMOTE.";
    VerdictHold = "verdict.hold" <- Warn, "The verdict HOLD.";
    VerdictRollback = "verdict.rollback" <- Fail, "The verdict ROLL BACK.";
    VerdictNoData = "verdict.nodata" <- Unknown, "The verdict NO DATA.";
    LogError = "log.error" <- Fail, "An error line.";
    LogWarn = "log.warn" <- Warn, "A warning line.";
    LogInfo = "log.info" <- Text, "An ordinary log line.";
    LogDebug = "log.debug" <- Muted, "A debug line.";
    LogTime = "log.time" <- Muted, "A log line's time.";
    LogMatch = "log.match" <- Match, "Found text in a log.";
    LogEscaped = "log.escaped" <- Muted, "A control sequence made visible.";
    ModeReadOnly = "mode.readonly", "The mark of read-only mode.";
    ModeWrite = "mode.write" <- Text, "The mark of write mode.";
    EnvProduction = "env.production", "The name of a protected environment.";
    EnvOther = "env.other" <- Text, "The name of any other environment.";
    DialogDanger = "dialog.danger" <- Fail, "The frame of a question that changes the world.";
    ToastInfo = "toast.info" <- Text, "A notice.";
    ToastWarn = "toast.warn" <- Warn, "A notice that wants a look.";
    ToastError = "toast.error" <- Fail, "A notice of a failure.";
    Offline = "offline" <- Fail, "A feed that is down.";
}
