//! When the Lease is taken, renewed, asked for and given back: two pilots, one world clock, no sleeping.

use flightdeck::domain::pilot::{Lease, LeaseAnswer, LeaseChange, LeaseRead, LeaseWrite};
use flightdeck::domain::text::Text;
use flightdeck::strategy::pilot::{Held, LeaseWatch, Wish};
use jiff::{SignedDuration, Timestamp};

fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

/// The API server's side: a Lease with versions, and its guard.
#[derive(Default)]
struct Server {
    lease: Option<Lease>,
    version: u32,
}

impl Server {
    fn read(&self) -> LeaseRead {
        self.lease
            .clone()
            .map_or(LeaseRead::Absent, LeaseRead::Read)
    }

    fn write(&mut self, write: &LeaseWrite) -> LeaseAnswer {
        let version = self.lease.as_ref().map(|lease| lease.version.clone());
        if version != write.version {
            return LeaseAnswer::Moved(self.read());
        }
        let mut lease = self.lease.clone().unwrap_or_default();
        match &write.change {
            LeaseChange::Take {
                holder,
                since,
                transitions,
            } => {
                lease = Lease {
                    holder: Some(holder.clone()),
                    since: Some(*since),
                    seconds: 15,
                    transitions: *transitions,
                    ..Lease::default()
                };
            }
            LeaseChange::Renew => {}
            LeaseChange::AskFor(who) => lease.asked_by = Some(who.clone()),
            LeaseChange::GiveBack => lease.holder = None,
        }
        self.version += 1;
        lease.version = self.version.to_string();
        self.lease = Some(lease.clone());
        LeaseAnswer::Written(lease)
    }
}

struct Pilot {
    me: Text,
    watch: LeaseWatch,
    wish: Wish,
}

impl Pilot {
    fn new(name: &str, wish: Wish) -> Self {
        Self {
            me: Text::from(name),
            watch: LeaseWatch::default(),
            wish,
        }
    }

    /// One second: it sees what is there, writes what is due, and is answered.
    fn tick(&mut self, server: &mut Server, now: Timestamp) -> Option<LeaseChange> {
        self.watch.see(server.read(), now);
        let write = self.watch.due(&self.me, self.wish, now)?;
        let answer = server.write(&write);
        self.watch.answered(answer, now);
        Some(write.change)
    }

    fn drives(&self, now: Timestamp) -> bool {
        self.watch.held(&self.me, now) == Held::Here
    }
}

#[test]
fn one_drives_the_other_stands_by_and_takes_over_after_a_death() {
    let mut server = Server::default();
    let (mut a, mut b) = (Pilot::new("a", Wish::Drive), Pilot::new("b", Wish::Drive));
    for second in 0..60 {
        a.tick(&mut server, at(second));
        b.tick(&mut server, at(second));
        assert!(a.drives(at(second)) && !b.drives(at(second)), "{second}");
        assert_eq!(
            b.watch.driver(at(second)).unwrap().holder,
            Some(Text::from("a"))
        );
    }
    // a is dead from here on. Its last renewal was no earlier than second 57.
    let taken = (60..90).find(|second| {
        b.tick(&mut server, at(*second));
        // By its own clock a counts itself out before anybody takes over.
        assert!(!b.drives(at(*second)) || !a.drives(at(*second)), "{second}");
        b.drives(at(*second))
    });
    let taken = taken.expect("b takes over");
    assert!((72..=76).contains(&taken), "taken at {taken}");
    assert_eq!(server.lease.as_ref().unwrap().transitions, 1);
    // a wakes up: it neither drives nor writes.
    a.watch.see(server.read(), at(91));
    assert_eq!(a.watch.held(&a.me, at(91)), Held::By(Text::from("b")));
    assert_eq!(a.tick(&mut server, at(91)), None);
}

#[test]
fn of_two_that_take_it_at_the_same_moment_one_is_refused() {
    let mut server = Server::default();
    let (mut a, mut b) = (Pilot::new("a", Wish::Drive), Pilot::new("b", Wish::Drive));
    for pilot in [&mut a, &mut b] {
        pilot.watch.see(server.read(), at(0));
    }
    let writes =
        [&mut a, &mut b].map(|pilot| pilot.watch.due(&pilot.me, Wish::Drive, at(0)).unwrap());
    b.watch.answered(server.write(&writes[1]), at(0));
    a.watch.answered(server.write(&writes[0]), at(0));
    assert!(b.drives(at(0)) && !a.drives(at(0)));
}

#[test]
fn who_cannot_renew_drives_no_more_before_another_may() {
    let mut server = Server::default();
    let mut a = Pilot::new("a", Wish::Drive);
    a.tick(&mut server, at(0));
    assert!(a.drives(at(0)));
    // Every write fails from here on.
    for second in 1..30 {
        if a.watch.due(&a.me, Wish::Drive, at(second)).is_some() {
            a.watch.failed(at(second));
        }
        assert_eq!(a.drives(at(second)), second < 10, "{second}");
    }
    // The server is back and nobody took it: it goes on with the next renewal.
    a.tick(&mut server, at(31));
    assert!(a.drives(at(31)));
    assert_eq!(server.lease.as_ref().unwrap().transitions, 0);
}

#[test]
fn a_renewal_that_was_answered_late_counts_from_when_it_was_sent() {
    let mut server = Server::default();
    let mut a = Pilot::new("a", Wish::Drive);
    a.watch.see(server.read(), at(0));
    let write = a.watch.due(&a.me, Wish::Drive, at(0)).unwrap();
    let answer = server.write(&write);
    a.watch.answered(answer, at(9));
    assert!(a.drives(at(9)) && !a.drives(at(10)));
}

#[test]
fn it_is_handed_over_to_who_asked_and_not_to_who_waits() {
    let mut server = Server::default();
    let mut a = Pilot::new("a", Wish::Drive);
    let mut by = Pilot::new("standing by", Wish::Drive);
    let mut b = Pilot::new("b", Wish::TakeOver);
    a.tick(&mut server, at(0));
    assert_eq!(
        b.tick(&mut server, at(1)),
        Some(LeaseChange::AskFor(b.me.clone()))
    );
    assert_eq!(b.tick(&mut server, at(1)), None);
    a.wish = Wish::GiveBack;
    assert_eq!(a.tick(&mut server, at(2)), Some(LeaseChange::GiveBack));
    assert_eq!(by.tick(&mut server, at(2)), None);
    assert!(matches!(
        b.tick(&mut server, at(3)),
        Some(LeaseChange::Take { .. })
    ));
    assert!(b.drives(at(3)));
    assert_eq!(server.lease.as_ref().unwrap().asked_by, None);
}

#[test]
fn what_was_asked_for_and_never_fetched_goes_to_who_waits() {
    let mut server = Server::default();
    let (mut a, mut b) = (
        Pilot::new("a", Wish::Drive),
        Pilot::new("b", Wish::TakeOver),
    );
    let mut by = Pilot::new("standing by", Wish::Drive);
    a.tick(&mut server, at(0));
    b.tick(&mut server, at(0));
    a.wish = Wish::GiveBack;
    a.tick(&mut server, at(1));
    let taken = (1..20).find(|second| by.tick(&mut server, at(*second)).is_some());
    assert_eq!(taken, Some(6));
}

#[test]
fn what_may_not_be_read_is_never_written() {
    let mut a = Pilot::new("a", Wish::Drive);
    a.watch
        .see(LeaseRead::Hidden("no right to list leases".into()), at(0));
    assert_eq!(a.watch.due(&a.me, Wish::Drive, at(0)), None);
    assert!(matches!(a.watch.held(&a.me, at(0)), Held::Nobody(why) if why.contains("no right")));
    let mut onlooker = Pilot::new("b", Wish::Know);
    onlooker.watch.see(LeaseRead::Absent, at(0));
    assert_eq!(onlooker.watch.due(&onlooker.me, Wish::Know, at(0)), None);
}
