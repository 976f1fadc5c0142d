//! A loop's first round made a copy of its own, where a register comes in as something else than the number that it goes
//! round with.
//!
//! `total = 0` in front of a loop that adds floats is one such case: the int is the program's own and can be seen, so
//! it is no float. A loop's variable in a function is another: it is unbound before. A register that may be either would
//! be an object in every round. With the first round apart the loop itself meets numbers of one type only. A third is an
//! object, in place of which an instance goes round that is not made (`sunk.rs`).
//!
//! Invariant: the larger region does what the smaller one does. Entries still lead to the loop itself, since who is in
//! the midst of it has done its first round; but where instances go round, whoever comes with objects begins with one.

use rustc_hash::FxHashMap as HashMap;

use super::state::Rep;
use super::successors;
use crate::gbc::{GOp, Label, Region};

/// Most operations of a region that has got rounds of their own for its loops.
const MAX_OPERATIONS: usize = 2_500;
/// The same where instances are not made for it: most of their operations leave nothing.
const MAX_WITH_INSTANCES: usize = 5_000;

/// What arrives at a loop's header over one edge.
pub(super) struct Arrival {
    pub(super) from: Label,
    pub(super) to: Label,
    /// By register.
    pub(super) reps: Vec<Rep>,
}

/// A region with the first round of one more loop made a copy; none if no loop gains by it, or its header was dealt with
/// before, or the region would become too large. `tried` are the headers that were dealt with.
pub(super) fn peeled(
    region: &Region,
    arrivals: &[Arrival],
    tried: &mut Vec<Label>,
) -> Option<Region> {
    for arrival in arrivals {
        let header = arrival.to;
        if tried.contains(&header) {
            continue;
        }
        let Some(body) = natural_loop(region, header) else {
            continue;
        };
        let sinks = sinks(region, arrivals, header, &body);
        if !sinks && !changes(arrivals, header, &body) {
            continue;
        }
        tried.push(header);
        let operations = |labels: &mut dyn Iterator<Item = Label>| -> usize {
            labels.map(|l| region.blocks[l.index()].ops.len()).sum()
        };
        let all = operations(&mut labels(region));
        let most = match sinks {
            true => MAX_WITH_INSTANCES,
            false => MAX_OPERATIONS,
        };
        if all + operations(&mut body.iter().copied()) <= most {
            let body = with_ways_out(region, body);
            let mut larger = with_first_round(region, header, &body);
            if sinks {
                // What is in the frame is an object.
                let first = Label(region.blocks.len() as u32);
                let entries = larger.entries.iter_mut();
                for entry in entries.filter(|entry| entry.block == header) {
                    entry.block = first;
                }
            }
            return Some(larger);
        }
    }
    None
}

/// Whether a register comes in as something that is known, and goes round as a number that is something else.
fn changes(arrivals: &[Arrival], header: Label, body: &[Label]) -> bool {
    let there = || arrivals.iter().filter(|arrival| arrival.to == header);
    let mut outside = there().filter(|arrival| !body.contains(&arrival.from));
    outside.any(|outside| {
        outside.reps.iter().enumerate().any(|(reg, first)| {
            let mut inside = there().filter(|arrival| body.contains(&arrival.from));
            let differs = |of: &Arrival| of.reps[reg].is_number() && of.reps[reg] != *first;
            let known = !matches!(first, Rep::None | Rep::Ref | Rep::Virtual(_));
            known && inside.clone().next().is_some() && inside.all(differs)
        })
    })
}

/// Whether a register goes round as an instance that was not made, and comes in as an object.
fn sinks(region: &Region, arrivals: &[Arrival], header: Label, body: &[Label]) -> bool {
    let there = || arrivals.iter().filter(|arrival| arrival.to == header);
    let inside = || there().filter(|arrival| body.contains(&arrival.from));
    let outside = || there().filter(|arrival| !body.contains(&arrival.from));
    let enters = region.entries.iter().any(|entry| entry.block == header);
    let sunk = |reg: usize, of: &Arrival| matches!(of.reps[reg], Rep::Sunk(_));
    (0..region.regs as usize).any(|reg| {
        let round = inside().next().is_some() && inside().all(|of| sunk(reg, of));
        round && (enters || outside().any(|of| !sunk(reg, of)))
    })
}

/// The blocks of a loop, and those behind it that are in a call which begins in the loop: what its caller holds differs
/// between the rounds.
fn with_ways_out(region: &Region, mut body: Vec<Label>) -> Vec<Label> {
    let in_call = |label: Label| {
        let first = region.blocks[label.index()].ops.first();
        matches!(first, Some(GOp::At(point)) if region.spliced_at(point.position).is_some())
    };
    let mut at = 0;
    while let Some(label) = body.get(at).copied() {
        at += 1;
        for next in successors(&region.blocks[label.index()].ops) {
            if in_call(next) && !body.contains(&next) {
                body.push(next);
            }
        }
    }
    body
}

fn with_first_round(region: &Region, header: Label, body: &[Label]) -> Region {
    let mut larger = region.clone();
    let first = larger.blocks.len() as u32;
    let copies = body.iter().enumerate();
    let copies: HashMap<Label, Label> = copies
        .map(|(at, label)| (*label, Label(first + at as u32)))
        .collect();
    for label in body {
        let mut copy = region.blocks[label.index()].clone();
        copy.header &= *label != header;
        // Its second round is in the loop itself.
        redirect(copy.ops.last_mut(), |to| match to == header {
            true => to,
            false => copies.get(&to).copied().unwrap_or(to),
        });
        larger.blocks.push(copy);
    }
    for label in labels(region).filter(|label| !body.contains(label)) {
        redirect(larger.blocks[label.index()].ops.last_mut(), |to| {
            match to == header {
                true => copies[&header],
                false => to,
            }
        });
    }
    larger
}

fn redirect(control: Option<&mut GOp>, to: impl Fn(Label) -> Label) {
    match control {
        Some(GOp::Jump(label)) => *label = to(*label),
        Some(GOp::Branch {
            then, otherwise, ..
        }) => {
            *then = to(*then);
            *otherwise = to(*otherwise);
        }
        _ => {}
    }
}

fn labels(region: &Region) -> impl Iterator<Item = Label> + use<> {
    (0..region.blocks.len() as u32).map(Label)
}

/// The blocks of the loop with this header, the header first. None if it is none that is entered by its header alone,
/// as far as the region's main entry leads.
fn natural_loop(region: &Region, header: Label) -> Option<Vec<Label>> {
    let next = |label: Label| successors(&region.blocks[label.index()].ops);
    // What is reached without the header is not in the loop.
    let mut before = vec![false; region.blocks.len()];
    let mut pending = vec![region.entries.first()?.block];
    while let Some(label) = pending.pop() {
        if label != header && !std::mem::replace(before.get_mut(label.index())?, true) {
            pending.extend(next(label));
        }
    }
    let mut body = vec![header];
    let mut at = 0;
    while let Some(label) = body.get(at).copied() {
        at += 1;
        let preds = labels(region).filter(|from| next(*from).contains(&label));
        for from in preds {
            match before[from.index()] {
                true if label == header => {}
                true => return None,
                false if body.contains(&from) => {}
                false => body.push(from),
            }
        }
    }
    (body.len() > 1 || next(header).contains(&header)).then_some(body)
}
