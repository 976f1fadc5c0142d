//! Lowering: frames that objects hold, whose code is done in the region.

mod toy_regions;

use fatjit_ir::{Op, Reason, Slot, SlotValue, verify};
use fatjit_jit::gbc::{Cmp, GOp, Guest, IntOp, Label, NESTED, Nested, Reg, Region, Seen};
use fatjit_jit::lower::{LowerError, lower};
use toy_regions::*;

/// The guest's local, its stack slot, and a temporary behind them.
const COUNT: Reg = Reg(5);
const TOP: Reg = Reg(6);
const ONE: Reg = Reg(7);
const COND: Reg = Reg(8);

/// Points: in the guest, with its stack empty or not; in the region's own code while the guest waits.
const IN_GUEST: u32 = NESTED;
const BESIDE: u32 = NESTED + 1;

/// A loop over a guest that counts, which the stack slot `A` holds; `end` is what is done with the guest behind it.
fn counting(end: Vec<GOp>) -> Region {
    let int = |dst, value| GOp::Int {
        dst,
        value,
        object: None,
    };
    let begin = vec![
        at(10, 4),
        GOp::Begin {
            guest: 0,
            depth: 1,
            unbound: vec![],
        },
        at(IN_GUEST, 6),
        GOp::GuardInt { reg: COUNT },
        GOp::Jump(Label(1)),
    ];
    let guest = vec![
        at(IN_GUEST, 6),
        GOp::Poll,
        copy(TOP, COUNT),
        at(IN_GUEST, 7),
        GOp::GuardInt { reg: TOP },
        int(ONE, 1),
        GOp::IntBin {
            op: IntOp::Add,
            dst: TOP,
            a: TOP,
            b: ONE,
        },
        GOp::Store {
            local: COUNT,
            src: TOP,
            behind: Some(point(IN_GUEST, 6)),
        },
        copy(B, COUNT),
        GOp::Park { guest: 0 },
        GOp::Jump(Label(2)),
    ];
    let own = vec![
        at(BESIDE, 5),
        copy(ONE, S),
        GOp::GuardInt { reg: B },
        GOp::GuardInt { reg: S },
        GOp::IntBin {
            op: IntOp::Add,
            dst: B,
            a: B,
            b: ONE,
        },
        GOp::Store {
            local: S,
            src: B,
            behind: Some(point(BESIDE, 4)),
        },
        at(BESIDE, 4),
        int(ONE, 1000),
        copy(COND, S),
        GOp::IntCmp {
            cmp: Cmp::Lt,
            dst: COND,
            a: COND,
            b: ONE,
        },
        GOp::Branch {
            cond: COND,
            then: Label(1),
            otherwise: Label(3),
        },
    ];
    let blocks = vec![
        block(false, begin),
        block(true, guest),
        block(false, own),
        block(false, end),
    ];
    let mut region = region(blocks, [Seen::Int, Seen::Any, Seen::Any]);
    region.entries[0].point = point(10, 4);
    region.guests = vec![Guest {
        first: COUNT.0,
        locals: 1,
        slots: 2,
        holder: A,
    }];
    region.nested = vec![
        Nested {
            depth: 4,
            running: Some(0),
        },
        Nested {
            depth: 5,
            running: None,
        },
    ];
    region.regs = 9;
    region
}

fn finished(position: u32, depth: u32) -> Vec<GOp> {
    vec![at(position, depth), GOp::Leave(Reason::Finished)]
}

/// What the exit for a reason lists, and its depth.
fn listed(region: &Region, reason: Reason) -> (Vec<(Slot, SlotValue)>, u32) {
    let unit = lower(region).unwrap_or_else(|error| panic!("{error}\n{region}"));
    verify(&unit).unwrap();
    let frame = unit
        .exits
        .iter()
        .find(|exit| exit.reason == reason)
        .map(|exit| &exit.frames[0]);
    let frame = frame.unwrap_or_else(|| panic!("{unit}"));
    (frame.slots.clone(), frame.depth)
}

#[test]
fn a_guest_goes_round_in_registers() {
    let region = counting(finished(BESIDE, 4));
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn exits_list_guests_beside_what_the_own_frame_has_in_use() {
    let region = counting(finished(BESIDE, 4));
    // In the guest the own frame stands where it asked for an item; the guest's operands are in use.
    let (slots, depth) = listed(&region, Reason::Overflow);
    let slots: Vec<u32> = slots.iter().map(|(slot, _)| slot.0).collect();
    assert_eq!((slots, depth), (vec![0, COUNT.0, TOP.0], 4));
    // Where the guest waits, its stack is its memory's.
    let (slots, depth) = listed(&region, Reason::Finished);
    let slots: Vec<u32> = slots.iter().map(|(slot, _)| slot.0).collect();
    assert_eq!((slots, depth), (vec![0, COUNT.0], 4));
}

#[test]
fn what_a_guest_lets_go_of_runs_no_code() {
    let mut region = counting(finished(BESIDE, 4));
    let object = fatjit_ir::ObjectId(0);
    // What the local held is not known.
    region.blocks[0].ops.truncate(2);
    let store = GOp::Store {
        local: COUNT,
        src: TOP,
        behind: Some(point(IN_GUEST, 6)),
    };
    let stored = [
        at(IN_GUEST, 6),
        GOp::Object { dst: TOP, object },
        store,
        GOp::Jump(Label(1)),
    ];
    region.blocks[0].ops.extend(stored);
    let unit = lower(&region).unwrap();
    let release = unit
        .exits
        .iter()
        .find(|exit| exit.reason == Reason::Release);
    assert_eq!(release.unwrap().frames[0].position, IN_GUEST, "{unit}");
    let runs = |op: Op| {
        unit.layout
            .iter()
            .flat_map(|b| &unit.block(*b).insts)
            .any(|i| unit.inst(*i).op == op)
    };
    assert!(!runs(Op::DecRef), "{unit}");
}

#[test]
fn a_guest_that_is_at_its_end_is_listed_no_more() {
    let end = [vec![at(BESIDE, 4), GOp::End { guest: 0 }], finished(20, 4)].concat();
    let (slots, _) = listed(&counting(end), Reason::Finished);
    assert!(slots.iter().all(|(slot, _)| slot.0 < COUNT.0), "{slots:?}");
}

#[test]
fn a_guest_that_is_let_go_has_all_in_its_memory() {
    let end = [
        vec![at(BESIDE, 4), GOp::LetGo { guest: 0 }],
        finished(20, 4),
    ]
    .concat();
    let region = counting(end);
    let (slots, _) = listed(&region, Reason::Finished);
    assert!(slots.iter().all(|(slot, _)| slot.0 < COUNT.0), "{slots:?}");
    let unit = lower(&region).unwrap();
    let insts = unit
        .layout
        .iter()
        .flat_map(|block| &unit.block(*block).insts);
    let stored = insts.filter(|inst| {
        let data = unit.inst(**inst);
        data.op == Op::SlotSwap && data.imm == fatjit_ir::Imm::Slot(Slot(COUNT.0))
    });
    assert_eq!(stored.count(), 1, "{unit}");
}

#[test]
fn a_guest_is_not_at_its_end_with_something_on_its_stack() {
    let mut region = counting(finished(BESIDE, 4));
    let ops = &mut region.blocks[1].ops;
    let parks = ops
        .iter()
        .position(|op| matches!(op, GOp::Park { .. }))
        .unwrap();
    ops.insert(parks, copy(TOP, COUNT));
    ops[parks + 1] = GOp::End { guest: 0 };
    assert!(matches!(
        lower(&region),
        Err(LowerError::Unexpected { op: "end", .. })
    ));
}

#[test]
fn nothing_that_needs_a_frame_is_done_in_a_guest() {
    let mut region = counting(finished(BESIDE, 4));
    let host = GOp::Host {
        helper: fatjit_ir::HelperId(0),
        depth: 4,
        arg: 0,
        pops: 0,
        pushes: 1,
        outcome: None,
    };
    region.blocks[1].ops.insert(2, host);
    assert!(matches!(lower(&region), Err(LowerError::NeedsFrame { .. })));
}
