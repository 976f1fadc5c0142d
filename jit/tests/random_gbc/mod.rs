//! Random regions of guarded bytecode: a loop with a diamond in it, whose instructions are drawn from bytes.
//!
//! A builder follows the height of the value stack and takes the next best instruction where one does not
//! fit, so every sequence of bytes gives a region that lowering must accept. What each instruction may be has a
//! file of its own.

mod instructions;

use fatjit_guards::PositionFacts;
use fatjit_ir::{
    Helper, HelperEffects, HelperId, MemoryKind, ObjectId, Reason, ShapeId, Slot, Type, TypeId,
};
use fatjit_jit::gbc::{
    Cmp, Entry, Field, FieldId, GBlock, GOp, Home, IntOp, Kind, Label, Point, Reg, Region, Seen,
    Shape,
};

use crate::machine::OBJECT_BITS;

/// Locals that instructions use; one more counts rounds.
pub const FREE: u32 = 3;
/// Locals.
pub const LOCALS: u32 = FREE + 1;
/// Height of the value stack.
pub const STACK: u32 = 4;
/// Slots of the frame.
pub const SLOTS: u32 = LOCALS + STACK;

/// Names: variables behind the slots.
pub const NAMES: u32 = 1;

const COUNTER: Reg = Reg(FREE);
const NAME: Reg = Reg(SLOTS);
const T0: Reg = Reg(SLOTS + NAMES);
const T1: Reg = Reg(SLOTS + NAMES + 1);
const T2: Reg = Reg(SLOTS + NAMES + 2);
const T3: Reg = Reg(SLOTS + NAMES + 3);
const PAIR: ShapeId = ShapeId(0);
const UNIT_PAIR: ObjectId = ObjectId(2);
/// Not an object but the array's address.
pub const ARRAY_OBJECT: ObjectId = ObjectId(3);
/// Elements of the array: an int, a float and a pair, as long as nobody stores other things.
pub const ARRAY: usize = 3;
const ITEM: FieldId = FieldId(0);

/// One instruction: which, and two choices in it.
pub type Draw = (u8, u8, u8);

/// What a value probably is, so that guards are worth their while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    Null,
    Int,
    Float,
    Bool,
    Pair,
}

/// Instructions of a region.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In front of the loop, where that is not what is entered.
    pub ahead: Option<Vec<Draw>>,
    pub before: Vec<Draw>,
    pub arms: [Vec<Draw>; 2],
    pub after: Vec<Draw>,
    /// Stack items that come round with the loop.
    pub carried: u32,
    /// Where the arms part, in rounds left.
    pub parting: i64,
    /// What the entry is told of the free locals and the carried items.
    pub seen: Vec<Seen>,
    /// What those probably hold.
    pub guesses: Vec<Guess>,
    /// The same two of the name.
    pub name: (Seen, Guess),
}

/// A region, and the depth before each of its instructions.
pub struct Random {
    pub region: Region,
    depths: Vec<u32>,
}

impl PositionFacts for Random {
    fn is_instruction_start(&self, position: u32) -> bool {
        (position as usize) < self.depths.len()
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        self.depths.get(position as usize).copied()
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        LOCALS
    }

    fn may_be_null(&self, _: u32, _: Slot) -> bool {
        true
    }
}

fn field(name: &'static str, offset: i64, kind: Kind, memory: &'static str) -> Field {
    Field {
        name,
        offset,
        kind,
        memory,
        changed_by: MemoryKind::Plain,
        lasting: false,
        of_new: None,
    }
}

struct Builder {
    random: Random,
    /// Whether the array is used.
    arrays: bool,
    at: Label,
    /// The stack items. What may be null is said to be.
    stack: Vec<Guess>,
    variables: Vec<Guess>,
}

fn helper(name: &str, params: &[Type], result: Option<Type>, effects: HelperEffects) -> Helper {
    Helper {
        name: name.to_owned(),
        params: params.to_vec(),
        result,
        effects,
        writes_only: Vec::new(),
    }
}

/// Builds a region.
pub fn build(plan: &Plan) -> Random {
    let reads = HelperEffects {
        reads: true,
        ..HelperEffects::default()
    };
    let quiet = HelperEffects {
        raises: true,
        writes: true,
        ..reads
    };
    let loud = HelperEffects {
        runs_code: true,
        ..quiet
    };
    let on_frame = [Type::Ptr, Type::I64, Type::I64];
    let make = HelperEffects {
        raises: true,
        ..HelperEffects::default()
    };
    let mut region = Region {
        name: "random".to_owned(),
        locals: LOCALS,
        slots: SLOTS,
        names: NAMES,
        regs: SLOTS + NAMES + 4,
        blocks: vec![GBlock::default(); 5 + usize::from(plan.ahead.is_some())],
        helpers: vec![
            helper("quiet", &on_frame, None, quiet),
            helper("loud", &on_frame, None, loud),
            helper("first", &[Type::Ref], Some(Type::I64), reads),
            helper("second", &[Type::Ref], Some(Type::I64), reads),
            helper("make", &[Type::I64; 2], Some(Type::Own), make),
        ],
        objects: ["int", "float", "pair", "array"].map(String::from).into(),
        // To have references of their own or not must make no difference.
        lent: match plan.parting % 2 {
            0 => Vec::new(),
            _ => vec![ObjectId(2)],
        },
        types: ["int", "float", "bool", "pair"].map(String::from).into(),
        shapes: vec![Shape {
            name: "pair".to_owned(),
            fields: vec![Type::I64; 2],
            ty: TypeId(3),
            home: Home::Made {
                read: vec![HelperId(2), HelperId(3)],
                make: HelperId(4),
            },
        }],
        fields: vec![
            field("item", 0, Kind::Ref, "array"),
            field("float value", OBJECT_BITS, Kind::F64, "floats"),
        ],
        float_value: Some(FieldId(1)),
        ..Region::default()
    };
    region.blocks[0].header = true;
    let mut seen = plan.seen[..FREE as usize].to_vec();
    seen.push(Seen::Int);
    seen.extend(&plan.seen[FREE as usize..][..plan.carried as usize]);
    seen.resize(SLOTS as usize, Seen::Any);
    seen.push(plan.name.0);
    let ahead = Label(5);
    region.entries.push(Entry {
        block: if plan.ahead.is_some() {
            ahead
        } else {
            Label(0)
        },
        point: Point {
            position: 0,
            depth: LOCALS + plan.carried,
        },
        seen: Some(seen),
    });
    let mut b = Builder {
        random: Random {
            region,
            depths: Vec::new(),
        },
        arrays: plan.parting % 3 != 0,
        at: Label(0),
        stack: plan.guesses[FREE as usize..][..plan.carried as usize].to_vec(),
        variables: plan.guesses[..FREE as usize]
            .iter()
            .copied()
            .chain([plan.name.1])
            .collect(),
    };
    if let Some(draws) = &plan.ahead {
        b.at = ahead;
        b.instructions(draws);
        b.reach(plan.carried as usize);
        b.begin();
        b.push(GOp::Jump(Label(0)));
        b.at = Label(0);
    }
    b.begin();
    b.push(GOp::Poll);
    b.instructions(&plan.before);
    b.without_nulls();
    b.branch_on_counter(Cmp::Lt, plan.parting, Label(1), Label(2));
    let (stack, variables) = (b.stack.clone(), b.variables.clone());
    for (arm, draws) in plan.arms.iter().enumerate() {
        b.at = Label(1 + arm as u32);
        b.stack = stack.clone();
        b.variables = variables.clone();
        b.instructions(draws);
        b.reach(plan.carried as usize);
        b.begin();
        b.push(GOp::Jump(Label(3)));
    }
    b.at = Label(3);
    b.instructions(&plan.after);
    b.reach(plan.carried as usize);
    b.count_down();
    b.branch_on_counter(Cmp::Gt, 0, Label(0), Label(4));
    b.at = Label(4);
    b.begin();
    b.push(GOp::Leave(Reason::Finished));
    b.random
}

/// Variables that instructions use: free locals, then names.
const VARIABLES: usize = (FREE + NAMES) as usize;

fn variable_at(index: usize) -> Reg {
    match index.checked_sub(FREE as usize) {
        None => Reg(index as u32),
        Some(name) => Reg(NAME.0 + name as u32),
    }
}

impl Builder {
    fn push(&mut self, op: GOp) {
        self.random.region.blocks[self.at.index()].ops.push(op);
    }

    fn depth(&self) -> u32 {
        LOCALS + self.stack.len() as u32
    }

    /// The next instruction begins.
    fn begin(&mut self) {
        let point = Point {
            position: self.random.depths.len() as u32,
            depth: self.depth(),
        };
        self.random.depths.push(point.depth);
        self.push(GOp::At(point));
    }

    /// Behind the current instruction, which changes the height by this much.
    fn behind(&self, change: i32) -> Point {
        Point {
            position: self.random.depths.len() as u32,
            depth: self.depth().wrapping_add_signed(change),
        }
    }

    fn top(&self) -> Reg {
        Reg(self.depth() - 1)
    }

    fn second(&self) -> Reg {
        Reg(self.depth() - 2)
    }

    fn new_item(&self) -> Reg {
        Reg(self.depth())
    }

    /// Whether the topmost items are there, and not null.
    fn has(&self, items: usize) -> bool {
        let top = self.stack.iter().rev().take(items);
        self.stack.len() >= items && top.into_iter().all(|guess| *guess != Guess::Null)
    }

    fn has_room(&self) -> bool {
        self.stack.len() < STACK as usize
    }

    fn drop_top(&mut self) {
        self.begin();
        let behind = self.behind(-1);
        let reg = self.top();
        self.push(GOp::Drop { reg, behind });
        self.stack.pop();
    }

    fn without_nulls(&mut self) {
        while self.stack.contains(&Guess::Null) {
            self.drop_top();
        }
    }

    /// Brings the stack to a height, without nulls.
    fn reach(&mut self, height: usize) {
        self.without_nulls();
        while self.stack.len() > height {
            self.drop_top();
        }
        while self.stack.len() < height {
            self.constant(3, 0);
        }
    }

    fn counter(&mut self) {
        self.push(GOp::GuardBound { reg: COUNTER });
        self.push(GOp::GuardInt { reg: COUNTER });
        self.push(GOp::Copy {
            dst: T0,
            src: COUNTER,
        });
    }

    fn int(&mut self, dst: Reg, value: i64) {
        let object = None;
        self.push(GOp::Int { dst, value, object });
    }

    fn branch_on_counter(&mut self, cmp: Cmp, with: i64, then: Label, otherwise: Label) {
        self.begin();
        self.counter();
        self.int(T1, with);
        self.push(GOp::IntCmp {
            cmp,
            dst: T0,
            a: T0,
            b: T1,
        });
        self.push(GOp::Branch {
            cond: T0,
            then,
            otherwise,
        });
    }

    fn count_down(&mut self) {
        self.begin();
        self.counter();
        self.int(T1, 1);
        self.push(GOp::IntBin {
            op: IntOp::Sub,
            dst: T0,
            a: T0,
            b: T1,
        });
        let behind = Some(self.behind(0));
        self.push(GOp::Store {
            local: COUNTER,
            src: T0,
            behind,
        });
    }
}
