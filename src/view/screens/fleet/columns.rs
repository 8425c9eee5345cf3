//! The columns of the fleet's table, by the room there is.

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Sign,
    Service,
    Environment,
    Context,
    Version,
    Step,
    Weight,
    Errors,
    Latency,
    State,
    Age,
}

impl Column {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Sign => "",
            Self::Service => "SERVICE",
            Self::Environment => "ENV",
            Self::Context => "CONTEXT",
            Self::Version => "VERSION",
            Self::Step => "STEP",
            Self::Weight => "WEIGHT",
            Self::Errors => "ERR% c/s",
            Self::Latency => "P95 ms c/s",
            Self::State => "STATE",
            Self::Age => "AGE",
        }
    }
}

/// What there is to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contexts {
    One,
    Several,
}

/// The columns with their widths, the gaps between them not counted.
pub(super) fn columns(width: usize, contexts: Contexts) -> Vec<(Column, usize)> {
    let mut columns = vec![
        (Column::Sign, 1),
        (Column::Service, 16),
        (Column::Environment, 11),
        (Column::Context, 12),
        (Column::Version, 23),
        (Column::Step, 4),
        (Column::Weight, 6),
        (Column::Errors, 9),
        (Column::Latency, 10),
        (Column::State, 12),
        (Column::Age, 5),
    ];
    if contexts == Contexts::One {
        columns.retain(|(column, _)| *column != Column::Context);
    }
    // The first of these goes first where there is no room.
    let dispensable = [
        Column::Step,
        Column::Version,
        Column::Age,
        Column::Latency,
        Column::Weight,
        Column::Errors,
        Column::Context,
    ];
    for column in dispensable {
        if taken(&columns) > width {
            columns.retain(|(known, _)| *known != column);
        }
    }
    widen(&mut columns, width);
    columns
}

fn taken(columns: &[(Column, usize)]) -> usize {
    columns.iter().map(|(_, width)| width + 1).sum()
}

/// What is left goes to the names and the versions.
fn widen(columns: &mut [(Column, usize)], width: usize) {
    let mut spare = width.saturating_sub(taken(columns));
    for (wanted, most) in [
        (Column::Service, 14),
        (Column::Version, 17),
        (Column::Context, 12),
        (Column::Environment, 7),
        (Column::Service, 20),
    ] {
        let found = columns.iter_mut().find(|(column, _)| *column == wanted);
        if let Some((_, width)) = found {
            let more = spare.min(most);
            *width += more;
            spare -= more;
        }
    }
}
