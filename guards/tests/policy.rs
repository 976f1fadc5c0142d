//! Bad programs against the policy: whatever they do, compiling ends.

use std::collections::HashMap;

use fatjit_guards::{Action, Counters, ExitTable, Limits, RegionPolicy, Work};
use fatjit_ir::{Exit, ExitId, FrameState, Reason, Resume, Unit};
use proptest::collection::vec;
use proptest::prelude::*;

/// Work that is always worth it.
const BUSY: Work = Work {
    entries: 1_000_000,
    rounds: u64::MAX,
};

fn table(exits: &[(u32, Reason)]) -> ExitTable {
    let mut unit = Unit::new("policy", 0);
    for &(position, reason) in exits {
        unit.add_exit(Exit {
            reason,
            resume: Resume::At,
            frames: vec![FrameState {
                of: None,
                function: None,
                position,
                depth: 0,
                slots: Vec::new(),
            }],
        });
    }
    ExitTable::encode(&unit)
}

/// Takes one exit so often in one version; the actions that were not `Continue`.
fn storm(policy: &mut RegionPolicy, reason: Reason, times: u32, work: Work) -> Vec<(u32, Action)> {
    let table = table(&[(8, reason)]);
    let exit = table.get(ExitId(0)).unwrap();
    (1..=times)
        .map(|count| (count, policy.on_exit(&exit, count, work, || true, || true)))
        .filter(|(_, action)| *action != Action::Continue)
        .collect()
}

#[test]
fn a_hot_exit_asks_to_be_grown_for() {
    let mut policy = RegionPolicy::new(Limits::default());
    assert_eq!(
        storm(&mut policy, Reason::NotSeen, 99, BUSY),
        [(50, Action::Grow)]
    );
    assert_eq!(policy.versions(), 2);
}

#[test]
fn the_threshold_can_be_set() {
    let limits = Limits {
        hot: 8,
        ..Limits::default()
    };
    let mut policy = RegionPolicy::new(limits);
    assert_eq!(
        storm(&mut policy, Reason::TypeChanged, 15, BUSY),
        [(8, Action::Grow)]
    );
}

#[test]
fn the_same_place_and_reason_is_grown_for_twice_at_most() {
    let mut policy = RegionPolicy::new(Limits::default());
    let mut asked = 0;
    for _version in 0..100 {
        asked += storm(&mut policy, Reason::Overflow, 10_000, BUSY).len();
    }
    assert_eq!(asked, 2);
    assert_eq!(policy.settled(), None);
}

#[test]
fn what_cannot_be_helped_is_not_grown_for() {
    for reason in [
        Reason::Finished,
        Reason::Poll,
        Reason::Spurious,
        Reason::Disturbed,
        Reason::Raised,
        Reason::LeftToInterpreter,
        Reason::ZeroDivision,
        Reason::NoMemory,
    ] {
        let mut policy = RegionPolicy::new(Limits::default());
        assert_eq!(storm(&mut policy, reason, 100_000, BUSY), [], "{reason}");
    }
}

#[test]
fn the_number_of_versions_is_bounded() {
    let limits = Limits::default();
    let mut policy = RegionPolicy::new(limits);
    let places: Vec<(u32, Reason)> = (0..1000).map(|p| (2 * p, Reason::TypeChanged)).collect();
    let table = table(&places);
    let mut compiled = 1;
    // Each version is left at another place, forever.
    for place in 0..places.len() {
        let exit = table.get(ExitId(place as u32)).unwrap();
        for count in 1..=limits.hot {
            match policy.on_exit(&exit, count, BUSY, || true, || true) {
                Action::Grow => compiled += 1,
                Action::Continue => {}
                Action::Pause => unreachable!("it never has to wait"),
                Action::GiveUp(reason) => panic!("{reason}"),
            }
        }
    }
    assert_eq!(compiled, limits.versions);
    assert_eq!(policy.versions(), limits.versions);
    assert_eq!(policy.settled(), Some(Reason::TooManyVersions));
    // The last one may still rely on something; once that falls, it is over.
    assert!(!policy.is_spent());
    policy.on_fall();
    assert!(policy.is_spent());
}

#[test]
fn a_region_that_leaves_at_once_is_given_up() {
    let idle = |entries| Work {
        entries,
        rounds: entries,
    };
    let mut policy = RegionPolicy::new(Limits::default());
    assert_eq!(storm(&mut policy, Reason::Finished, 3, idle(399)), []);
    assert_eq!(
        storm(&mut policy, Reason::Finished, 1, idle(400)),
        [(1, Action::GiveUp(Reason::AlwaysLeaves))]
    );
    // For good, whatever it would do later.
    assert_eq!(
        storm(&mut policy, Reason::NotSeen, 1, BUSY),
        [(1, Action::GiveUp(Reason::AlwaysLeaves))]
    );
    assert_eq!(policy.settled(), Some(Reason::AlwaysLeaves));
}

#[test]
fn polling_never_counts() {
    let idle = Work {
        entries: 1_000_000,
        rounds: 0,
    };
    let mut policy = RegionPolicy::new(Limits::default());
    assert_eq!(storm(&mut policy, Reason::Poll, 100_000, idle), []);
}

#[test]
fn growing_is_tried_before_giving_up() {
    let limits = Limits::default();
    let idle = Work {
        entries: limits.judged_after,
        rounds: 0,
    };
    let mut policy = RegionPolicy::new(limits);
    let table = table(&[(8, Reason::NotSeen)]);
    let exit = table.get(ExitId(0)).unwrap();
    let action = policy.on_exit(&exit, limits.hot, idle, || true, || true);
    assert_eq!(action, Action::Grow);
}

#[test]
fn growing_that_has_to_wait_is_not_forgotten() {
    let mut policy = RegionPolicy::new(Limits::default());
    let table = table(&[(8, Reason::NotSeen)]);
    let exit = table.get(ExitId(0)).unwrap();
    let mut asked = 0;
    for count in 1..=60 {
        let action = policy.on_exit(
            &exit,
            count,
            BUSY,
            || true,
            || {
                asked += 1;
                false
            },
        );
        assert_eq!(action, Action::Continue);
    }
    // From the threshold on at each such exit.
    assert_eq!(asked, 11);
    let action = policy.on_exit(&exit, 61, BUSY, || true, || true);
    assert_eq!(action, Action::Grow);
    assert_eq!(policy.versions(), 2);
    // The next version counts anew.
    let action = policy.on_exit(&exit, 60, BUSY, || true, || true);
    assert_eq!(action, Action::Continue);
}

#[test]
fn what_does_not_pay_yet_is_grown_for_later() {
    let limits = Limits::default();
    let mut policy = RegionPolicy::new(limits);
    let table = table(&[(8, Reason::NotSeen)]);
    let exit = table.get(ExitId(0)).unwrap();
    let mut act = |count, work, pays| policy.on_exit(&exit, count, work, || pays, || true);
    assert_eq!(act(50, BUSY, false), Action::Continue);
    // It is not waited for: between doublings nobody asks.
    assert_eq!(act(51, BUSY, true), Action::Continue);
    assert_eq!(act(100, BUSY, true), Action::Grow);
    // What does nothing useful is grown for at once, rather than given up.
    let idle = Work {
        entries: limits.judged_after,
        rounds: 0,
    };
    assert_eq!(act(50, idle, false), Action::Grow);
}

#[test]
fn what_was_not_grown_for_is_before_it_is_given_up() {
    let limits = Limits::default();
    let mut policy = RegionPolicy::new(limits);
    let table = table(&[(8, Reason::NotSeen), (9, Reason::NotSeen)]);
    let [hot, other] = [0, 1].map(|id| table.get(ExitId(id)).unwrap());
    let idle = |entries| Work { entries, rounds: 0 };
    let judged = limits.judged_after;
    let mut act = |exit, count, work| policy.on_exit(exit, count, work, || false, || true);
    assert_eq!(act(&hot, 50, BUSY), Action::Continue);
    assert_eq!(act(&other, 1, idle(judged)), Action::Continue);
    // Between doublings, too.
    assert_eq!(act(&hot, 63, idle(judged)), Action::Grow);
    // Not for ever: it may never be left there again.
    assert_eq!(act(&hot, 50, BUSY), Action::Continue);
    let action = act(&other, 1, idle(2 * judged));
    assert_eq!(action, Action::GiveUp(Reason::AlwaysLeaves));
}

#[test]
fn who_waits_for_growing_is_paused_instead_of_given_up() {
    let limits = Limits::default();
    let idle = Work {
        entries: limits.judged_after,
        rounds: 0,
    };
    let mut policy = RegionPolicy::new(limits);
    let table = table(&[(8, Reason::NotSeen)]);
    let exit = table.get(ExitId(0)).unwrap();
    let action = policy.on_exit(&exit, limits.hot, idle, || true, || false);
    assert_eq!(action, Action::Pause);
    assert_eq!(policy.settled(), None);
    // It still waits the next time, until it is grown. Idle again, with nothing to grow, is the end of it.
    let action = policy.on_exit(&exit, limits.hot + 1, idle, || true, || false);
    assert_eq!(action, Action::Pause);
    let action = policy.on_exit(&exit, limits.hot + 2, idle, || true, || true);
    assert_eq!(action, Action::Grow);
    let action = policy.on_exit(&exit, 1, idle, || true, || false);
    assert_eq!(action, Action::GiveUp(Reason::AlwaysLeaves));
    policy.try_again();
    assert_eq!(
        policy.on_exit(&exit, 1, BUSY, || true, || false),
        Action::Continue
    );
}

/// A program that leaves as it likes, and a host that compiles whenever it is asked to: entries, exits and
/// recompilations as they would happen. With a seed in `waits` growing often has to wait.
fn simulate(
    limits: Limits,
    exits: &[(u32, Reason)],
    taken: &[usize],
    rounds: u64,
    waits: u64,
) -> (u32, bool) {
    let table = table(exits);
    let mut policy = RegionPolicy::new(limits);
    let mut random = waits;
    let mut counters = Counters::new(table.len());
    let mut polled = 0;
    let mut rested = 0;
    let mut done = 0;
    let mut compiled = 1;
    let mut grown: HashMap<(u32, Reason), u32> = HashMap::new();
    for &at in taken.iter().cycle().take(20_000) {
        counters.enter();
        done += rounds;
        let id = ExitId(at as u32);
        let count = counters.leave(id);
        if exits[at].1 == Reason::Poll {
            polled += 1;
        }
        let work = Work {
            entries: counters.entries() - polled - rested,
            rounds: done,
        };
        let may_grow = || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            waits == 0 || random >> 63 == 0
        };
        match policy.on_exit(&table.get(id).unwrap(), count, work, || true, may_grow) {
            Action::Continue => {}
            Action::Pause => (rested, done) = (counters.entries() - polled, 0),
            Action::Grow => {
                compiled += 1;
                *grown.entry(exits[at]).or_default() += 1;
                counters = Counters::new(table.len());
                (polled, rested, done) = (0, 0, 0);
            }
            Action::GiveUp(_) => return (compiled, true),
        }
    }
    assert!(grown.values().all(|times| *times <= limits.attempts));
    (compiled, false)
}

proptest! {
    #[test]
    fn compiling_ends_whatever_a_program_does(
        exits in vec((0u32..4, proptest::sample::select(Reason::ALL)), 1..20),
        picks in vec(any::<proptest::sample::Index>(), 1..200),
        rounds in 0u64..10,
        hot in 1u32..20,
        waits in prop_oneof![Just(0), any::<u64>()],
    ) {
        let limits = Limits { hot, ..Limits::default() };
        let taken: Vec<usize> = picks.iter().map(|pick| pick.index(exits.len())).collect();
        let only_polls = taken.iter().all(|at| exits[*at].1 == Reason::Poll);
        let (compiled, given_up) = simulate(limits, &exits, &taken, rounds, waits);
        prop_assert!(compiled <= limits.versions);
        // A region that does too little between entry and exit does not stay.
        if rounds == 0 && !only_polls && exits.iter().all(|(_, reason)| *reason != Reason::Poll) {
            prop_assert!(given_up);
        }
        if rounds >= limits.rounds_per_entry {
            prop_assert!(!given_up);
        }
    }
}
