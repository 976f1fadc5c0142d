//! Facts that fall: who is told, and what may be assumed afterwards.

use std::rc::Rc;

use fatjit_guards::assumptions::{Assumptions, Dependent, MOST_FALLS};
use proptest::collection::vec;
use proptest::prelude::*;

type Store = Assumptions<u8>;

fn word(dependent: &Dependent<u8>) -> u64 {
    // SAFETY: the word is good for as long as the dependent lives.
    unsafe { dependent.word().read() }
}

#[test]
fn whoever_depends_is_told_and_nobody_else() {
    let mut store = Store::default();
    let (both, one) = (store.depend([1, 2]), store.depend([2]));
    assert_eq!((word(&both), word(&one)), (0, 0));
    assert_eq!(store.fell(1), [1]);
    assert_eq!((word(&both), word(&one)), (1, 0));
    assert!(!both.stands() && one.stands());
    assert_eq!((both.fallen(), one.fallen()), (Some(1), None));
}

#[test]
fn what_fell_depends_on_nothing_any_more() {
    let mut store = Store::default();
    let _fallen = store.depend([1, 2]);
    let mut idle = store.fell(1);
    idle.sort_unstable();
    assert_eq!(idle, [1, 2]);
    assert!(!store.is_needed(1) && !store.is_needed(2));
    assert_eq!(store.fell(2), []);
}

#[test]
fn a_fact_that_fell_too_often_is_not_assumed_again() {
    let mut store = Store::default();
    for n in 0..MOST_FALLS {
        assert!(store.may_assume(7), "after {n} falls");
        let _dependent = store.depend([7]);
        store.fell(7);
    }
    assert!(!store.may_assume(7));
    assert!(store.may_assume(8));
}

#[test]
fn changes_that_nothing_depended_on_do_not_count() {
    let mut store = Store::default();
    for _ in 0..10 {
        assert_eq!(store.fell(3), []);
    }
    assert!(store.may_assume(3));
    let dependent = store.depend([3]);
    assert_eq!(store.end(&dependent), [3]);
    assert_eq!(store.fell(3), []);
    assert!(dependent.stands() && store.may_assume(3));
}

#[test]
fn falls_are_remembered_when_the_version_has_ended() {
    let mut store = Store::default();
    for _ in 0..MOST_FALLS {
        let dependent = store.depend([5, 6]);
        store.fell(5);
        assert_eq!(store.end(&dependent), []);
    }
    assert!(!store.may_assume(5) && store.may_assume(6));
}

#[test]
fn what_ended_is_forgotten() {
    let mut store = Store::default();
    for _ in 0..MOST_FALLS {
        let _dependent = store.depend([4]);
        store.fell(4);
    }
    let (ended, other) = (store.depend([5, 6]), store.depend([6]));
    assert_eq!(store.about_ended(4), []);
    assert_eq!(store.about_ended(5), [5]);
    assert!(!ended.stands() && ended.ended() && ended.fallen() == Some(5));
    assert!(other.stands() && !other.ended() && store.is_needed(6));
    assert!(store.may_assume(4) && store.may_assume(5));
}

#[test]
fn a_fact_named_twice_counts_once() {
    let mut store = Store::default();
    let dependent = store.depend([1, 1, 2, 1]);
    assert_eq!(dependent.facts(), [1, 2]);
    assert_eq!(store.fell(2).len(), 2);
    assert!(store.may_assume(1));
}

/// What a host may do.
#[derive(Clone, Debug)]
enum Step {
    Depend(Vec<u8>),
    Fell(u8),
    AboutEnded(u8),
    End(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        vec(0..6u8, 0..4).prop_map(Step::Depend),
        (0..6u8).prop_map(Step::Fell),
        (0..6u8).prop_map(Step::AboutEnded),
        (0..8usize).prop_map(Step::End),
    ]
}

proptest! {
    /// Beside a model that keeps every version in a list: the same versions stand, the same facts are needed,
    /// and a fact is reported idle exactly when its last dependent goes.
    #[test]
    fn agrees_with_a_list(steps in vec(step(), 1..60)) {
        let mut store = Store::default();
        let mut versions: Vec<Rc<Dependent<u8>>> = Vec::new();
        let mut stands: Vec<bool> = Vec::new();
        let mut falls = [0u32; 6];
        for step in steps {
            let needed = |stands: &[bool], versions: &[Rc<Dependent<u8>>], fact: u8| {
                let mut pairs = stands.iter().zip(versions);
                pairs.any(|(stands, version)| *stands && version.facts().contains(&fact))
            };
            let before: Vec<u8> = (0..6).filter(|f| needed(&stands, &versions, *f)).collect();
            let mut idle = match step {
                Step::Depend(facts) => {
                    let facts = facts.into_iter().filter(|fact| store.may_assume(*fact));
                    let facts: Vec<u8> = facts.collect();
                    versions.push(store.depend(facts));
                    stands.push(true);
                    Vec::new()
                }
                Step::Fell(fact) | Step::AboutEnded(fact) => {
                    let ended = matches!(step, Step::AboutEnded(_));
                    match ended {
                        true => falls[usize::from(fact)] = 0,
                        false => falls[usize::from(fact)] += u32::from(before.contains(&fact)),
                    }
                    for (stands, version) in stands.iter_mut().zip(&versions) {
                        *stands &= !version.facts().contains(&fact);
                    }
                    if ended { store.about_ended(fact) } else { store.fell(fact) }
                }
                Step::End(at) if at < versions.len() => {
                    let ended = versions.remove(at);
                    stands.remove(at);
                    store.end(&ended)
                }
                Step::End(_) => Vec::new(),
            };
            idle.sort_unstable();
            let gone = before.iter().filter(|f| !needed(&stands, &versions, **f));
            prop_assert_eq!(idle, gone.copied().collect::<Vec<u8>>());
            for (stands, version) in stands.iter().zip(&versions) {
                prop_assert_eq!(*stands, version.stands());
            }
            for fact in 0..6u8 {
                prop_assert_eq!(store.is_needed(fact), needed(&stands, &versions, fact));
                prop_assert_eq!(store.may_assume(fact), falls[usize::from(fact)] < MOST_FALLS);
            }
        }
    }
}
