//! What each instruction of the machine means, in guarded bytecode.
//!
//! The region of a loop is the code between its header and its jump back, as far as it was seen to run;
//! everything else leaves. Registers below `slots` are the frame's slots, so the stack item at depth `d` is
//! register `d`; registers behind them are temporaries.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use fatjit_guards::PositionFacts;
use fatjit_ir::{Helper, HelperEffects, Reason, Slot, Type};
use fatjit_jit::gbc::{Cmp, Entry, FloatOp, GBlock, GOp, IntOp, Label, Point, Reg, Region, Seen};

use crate::machine::{Binary, Frame, Kind, Op, Program, SLOTS};

/// Second thing an embedder supplies: **what was seen to run**. Of each instruction, whether it ran, and of
/// which kinds its operands were.
#[derive(Clone, Debug)]
pub struct Profile(Vec<Observed>);

#[derive(Clone, Copy, Debug, Default)]
struct Observed {
    ran: bool,
    /// Kinds of the operands of a binary operation.
    kinds: Option<[Kind; 2]>,
    /// Not to be specialised.
    generic: bool,
}

impl Profile {
    pub fn new(program: &Program) -> Profile {
        Profile(vec![Observed::default(); program.code.len()])
    }

    /// Notes the instruction that is about to be executed.
    pub fn observe(&mut self, frame: &Frame) {
        let at = frame.position as usize;
        let observed = &mut self.0[at];
        observed.ran = true;
        let operands = (frame.peek(1), frame.peek(0));
        if let (Op::Binary(_), (Some(a), Some(b))) = (frame.program.code[at], operands) {
            let kinds = [a.kind(), b.kind()];
            observed.generic |= observed.kinds.is_some_and(|known| known != kinds);
            observed.kinds = Some(kinds);
        }
    }

    /// The instruction left native code because its result was not what was assumed.
    pub fn do_not_specialise(&mut self, position: u32) {
        self.0[position as usize].generic = true;
    }

    fn ran(&self, position: u32) -> bool {
        self.0[position as usize].ran
    }
}

/// Third: **facts about its code**, from which the core proves that each exit can be rebuilt.
impl PositionFacts for Program {
    fn is_instruction_start(&self, position: u32) -> bool {
        (position as usize) < self.code.len()
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        self.depths[position as usize]
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        self.locals
    }

    fn may_be_null(&self, _: u32, slot: Slot) -> bool {
        slot.0 < self.locals
    }
}

const CONDITION: Reg = Reg(SLOTS as u32);
const LEFT: Reg = Reg(SLOTS as u32 + 1);
const RIGHT: Reg = Reg(SLOTS as u32 + 2);
const REGISTERS: u32 = SLOTS as u32 + 3;

/// Fourth: **the translation**. The frame stands at the loop's header, and its slots hold what was `seen`.
pub fn translate(program: &Program, profile: &Profile, header: u32, seen: Vec<Seen>) -> Region {
    let jumps_back = |(at, op): (usize, &Op)| (*op == Op::Loop(header)).then_some(at as u32);
    let last = program.code.iter().enumerate().filter_map(jumps_back).max();
    let mut translator = Translator {
        program,
        profile,
        body: header..=last.unwrap_or(header),
        labels: BTreeMap::new(),
        region: Region {
            name: format!("{}@{header}", program.name),
            locals: program.locals,
            slots: SLOTS as u32,
            regs: REGISTERS,
            // The core knows the first three: its unboxed types.
            types: ["int", "float", "bool"].map(String::from).into(),
            ..Region::default()
        },
        at: Label(0),
        position: header,
    };
    let entry = translator.label(header);
    translator.region.entries.push(Entry {
        block: entry,
        point: translator.point(header),
        seen: Some(seen),
    });
    // Translating a block asks for labels of others, which are translated when their turn comes.
    let mut next = 0;
    while let Some((&start, &label)) = translator.labels.iter().find(|(_, l)| l.0 == next) {
        translator.block(start, label);
        next += 1;
    }
    translator.region
}

struct Translator<'a> {
    program: &'a Program,
    profile: &'a Profile,
    body: RangeInclusive<u32>,
    /// The block of each position that is jumped to.
    labels: BTreeMap<u32, Label>,
    region: Region,
    /// The block being filled.
    at: Label,
    /// The instruction being translated.
    position: u32,
}

impl Translator<'_> {
    fn op(&self, position: u32) -> Op {
        self.program.code[position as usize]
    }

    /// Where the interpreter can go on: at the start of any instruction.
    fn point(&self, position: u32) -> Point {
        Point {
            position,
            depth: self.program.depths[position as usize].unwrap_or(self.program.locals),
        }
    }

    fn label(&mut self, position: u32) -> Label {
        let new = Label(self.labels.len() as u32);
        let label = *self.labels.entry(position).or_insert(new);
        if label == new {
            self.region.blocks.push(GBlock::default());
        }
        label
    }

    fn push(&mut self, op: GOp) {
        self.region.blocks[self.at.index()].ops.push(op);
    }

    fn block(&mut self, start: u32, label: Label) {
        self.at = label;
        let is_header = |op: &Op| *op == Op::Loop(start);
        self.region.blocks[label.index()].header = self.program.code.iter().any(is_header);
        self.position = start;
        loop {
            self.push(GOp::At(self.point(self.position)));
            if !self.body.contains(&self.position) {
                return self.push(GOp::Leave(Reason::Finished));
            }
            if !self.profile.ran(self.position) {
                return self.push(GOp::Leave(Reason::NotSeen));
            }
            if self.position == start && self.region.blocks[label.index()].header {
                self.push(GOp::Poll);
            }
            let ended = self.instruction(self.op(self.position));
            if ended {
                return;
            }
            self.position += 1;
            let jumped_to = |op: &Op| op.target() == Some(self.position);
            if self.program.code.iter().any(jumped_to) {
                let next = self.label(self.position);
                return self.push(GOp::Jump(next));
            }
        }
    }

    /// Translates an instruction; whether it ended the block. Guards come first: until the first effect of
    /// an instruction the interpreter can execute it again.
    fn instruction(&mut self, op: Op) -> bool {
        let depth = self.point(self.position).depth;
        let (top, new) = (Reg(depth - 1), Reg(depth));
        match op {
            Op::Int(value) => self.push(GOp::Int {
                dst: new,
                value,
                object: None,
            }),
            Op::Float(value) => self.push(GOp::Float {
                dst: new,
                bits: value.to_bits(),
                object: None,
            }),
            Op::Load(local) => {
                let src = Reg(local);
                self.push(GOp::GuardBound { reg: src });
                self.push(GOp::Copy { dst: new, src });
            }
            Op::Store(local) => self.push(GOp::Store {
                local: Reg(local),
                src: top,
                behind: Some(self.point(self.position + 1)),
            }),
            Op::Binary(op) => self.binary(op, Reg(depth - 2), top),
            Op::Call(_) => {
                self.on_the_frame("call", true);
                // What was called may want native code to be left, now that it is done.
                self.push(GOp::After(self.point(self.position + 1)));
            }
            Op::Jump(to) | Op::Loop(to) => {
                let to = self.label(to);
                self.push(GOp::Jump(to));
                return true;
            }
            Op::JumpIfFalse(to) => {
                self.push(GOp::GuardBool { reg: top });
                self.push(GOp::Copy {
                    dst: CONDITION,
                    src: top,
                });
                self.push(GOp::Kill { reg: top });
                let (then, otherwise) = (self.label(self.position + 1), self.label(to));
                self.push(GOp::Branch {
                    cond: CONDITION,
                    then,
                    otherwise,
                });
                return true;
            }
            Op::Halt => {
                self.push(GOp::Leave(Reason::LeftToInterpreter));
                return true;
            }
        }
        false
    }

    fn binary(&mut self, op: Binary, a: Reg, b: Reg) {
        let observed = &self.profile.0[self.position as usize];
        let kinds = observed.kinds.filter(|_| !observed.generic);
        match (op, kinds) {
            (_, Some([Kind::Int, Kind::Int])) => {
                self.push(GOp::GuardInt { reg: a });
                self.push(GOp::GuardInt { reg: b });
                let bin = |op| GOp::IntBin { op, dst: a, a, b };
                let cmp = |cmp| GOp::IntCmp { cmp, dst: a, a, b };
                self.push(match op {
                    Binary::Add => bin(IntOp::Add),
                    Binary::Sub => bin(IntOp::Sub),
                    Binary::Mul => bin(IntOp::Mul),
                    Binary::Mod => bin(IntOp::Mod),
                    Binary::Less => cmp(Cmp::Lt),
                    Binary::Equal => cmp(Cmp::Eq),
                });
                self.push(GOp::Kill { reg: b });
            }
            (Binary::Mod, _) => self.on_the_frame("arithmetic", false),
            (
                _,
                Some(
                    [
                        left @ (Kind::Int | Kind::Float),
                        right @ (Kind::Int | Kind::Float),
                    ],
                ),
            ) => {
                self.as_float(a, left, LEFT);
                self.as_float(b, right, RIGHT);
                let (dst, x, y) = (a, LEFT, RIGHT);
                let bin = |op| GOp::FloatBin {
                    op,
                    dst,
                    a: x,
                    b: y,
                };
                let cmp = |cmp| GOp::FloatCmp {
                    cmp,
                    dst,
                    a: x,
                    b: y,
                };
                self.push(match op {
                    Binary::Sub => bin(FloatOp::Sub),
                    Binary::Mul => bin(FloatOp::Mul),
                    Binary::Less => cmp(Cmp::Lt),
                    Binary::Equal => cmp(Cmp::Eq),
                    Binary::Add | Binary::Mod => bin(FloatOp::Add),
                });
                self.push(GOp::Kill { reg: b });
            }
            _ => self.on_the_frame("arithmetic", false),
        }
    }

    fn as_float(&mut self, src: Reg, kind: Kind, dst: Reg) {
        if kind == Kind::Int {
            self.push(GOp::GuardInt { reg: src });
            let exact = false;
            self.push(GOp::FloatOf { dst, src, exact });
        } else {
            self.push(GOp::GuardFloat { reg: src });
            self.push(GOp::Copy { dst, src });
        }
    }

    /// Has a helper execute the instruction just as the interpreter would, on the frame's own memory.
    fn on_the_frame(&mut self, name: &str, runs_code: bool) {
        let helper = self.region.helper(Helper {
            name: name.to_owned(),
            params: vec![Type::Ptr, Type::I64, Type::I64],
            result: None,
            effects: HelperEffects {
                raises: true,
                runs_code,
                reads: true,
                writes: true,
                ..HelperEffects::default()
            },
            writes_only: Vec::new(),
        });
        let (pops, pushes) = self.op(self.position).effect();
        self.push(GOp::Host {
            helper,
            depth: self.point(self.position).depth,
            arg: self.position.into(),
            pops,
            pushes,
            outcome: None,
        });
    }
}
