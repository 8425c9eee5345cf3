//! What several parts amount to.

use flightdeck::domain::pipeline::State;
use proptest::prelude::*;

fn state(word: &str) -> State {
    match word {
        "queued" => State::Queued,
        "running" => State::Running,
        "waiting" => State::NeedsHuman,
        "passed" => State::Passed,
        "warned" => State::Warned,
        "failed" => State::Failed,
        "cancelled" => State::Cancelled,
        "skipped" => State::Skipped,
        other => State::Unknown(other.into()),
    }
}

#[test]
fn the_first_row_that_fits_counts() {
    let table = [
        ("passed failed waiting running", "failed"),
        ("passed running waiting queued", "waiting"),
        ("warned running queued cancelled", "running"),
        ("passed queued", "running"),
        ("warned queued skipped", "running"),
        ("queued skipped", "queued"),
        ("queued queued", "queued"),
        ("passed cancelled warned", "cancelled"),
        ("passed levitating warned", "levitating"),
        ("passed warned skipped", "warned"),
        ("passed skipped", "passed"),
        ("skipped skipped", "skipped"),
    ];
    for (parts, expected) in table {
        let parts: Vec<State> = parts.split(' ').map(state).collect();
        assert_eq!(State::fold(&parts), Some(state(expected)), "{parts:?}");
    }
    assert_eq!(State::fold([]), None);
}

fn any_state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just("queued"),
        Just("running"),
        Just("waiting"),
        Just("passed"),
        Just("warned"),
        Just("failed"),
        Just("cancelled"),
        Just("skipped"),
        Just("levitating"),
    ]
    .prop_map(state)
}

proptest! {
    #[test]
    fn nothing_is_passed_that_has_a_part_which_is_not(parts in proptest::collection::vec(any_state(), 1..9)) {
        let together = State::fold(&parts);
        let all_well = parts.iter().all(|part| matches!(part, State::Passed | State::Skipped));
        let none_ran = parts.iter().all(|part| *part == State::Skipped);
        prop_assert_eq!(together == Some(State::Passed), all_well && !none_ran);
        let over = parts.iter().all(State::is_over);
        prop_assert_eq!(together.is_some_and(|state| state.is_over()), over || parts.contains(&State::Failed)
            || (parts.contains(&State::Cancelled) && !parts.iter().any(|part| matches!(part, State::Queued | State::Running | State::NeedsHuman))));
    }

    #[test]
    fn the_order_of_parts_does_not_matter(mut parts in proptest::collection::vec(any_state(), 1..9)) {
        let together = State::fold(&parts);
        parts.reverse();
        prop_assert_eq!(State::fold(&parts), together);
    }
}
