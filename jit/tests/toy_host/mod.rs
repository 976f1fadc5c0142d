//! A tiny host with objects in real memory: what generated units need (see `fatjit_ir::generate`), as
//! layout expansions and C routines. It keeps the same books as the reference interpreter's world, so that
//! runs of both can be compared.

mod layout;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use fatjit_guards::{ExitTable, Source};
use fatjit_ir::generate::{SLOTS, frame};
use fatjit_ir::interp::{Left, Payload, RebuiltFrame, Shown};
use fatjit_ir::{Slot, Type, Unit, arith, rewrite, verify};
use fatjit_jit::activation::Activation;
use fatjit_jit::code::Code;
use fatjit_jit::codegen::{self, CodegenEnv, Isa, Options};
use fatjit_targets::{CodeMemory, Target};

/// What an object is.
const INT: i64 = 1;
const FLOAT: i64 = 2;
const BOOL: i64 = 3;
const OTHER: i64 = 4;

/// An object. Generated code reads and writes it at the offsets of [`layout`].
#[repr(C)]
struct Object {
    count: Cell<i64>,
    tag: i64,
    bits: u64,
}

/// A reference: null, or an object of the host's list.
type Reference = *const Object;

/// What a host decides, and what it saw. Scripts are as those of the reference interpreter's world.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// What `poll` answers, one after another; no, when they are used up.
    pub polls: VecDeque<bool>,
    /// How many ints and floats can be boxed before there is no memory.
    pub allocations: Option<usize>,
}

#[derive(Default)]
struct State {
    objects: RefCell<Vec<Reference>>,
    names: RefCell<Vec<(String, String)>>,
    log: RefCell<Vec<String>>,
    script: RefCell<Script>,
}

thread_local! {
    /// The host of this thread: its routines are given nothing else to find it by.
    static STATE: State = State::default();
}

/// What can be seen of a run from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it ended.
    pub left: Left,
    /// Where the frame was last told to be.
    pub position: u32,
    /// What helpers noted.
    pub log: Vec<String>,
}

/// The host's code generation, made once.
pub struct Toy {
    isa: Isa,
    memory: CodeMemory,
    options: Options,
}

/// A compiled unit.
pub struct Compiled {
    code: Code,
    exits: ExitTable,
    shapes: Vec<String>,
}

impl Toy {
    pub fn new() -> Toy {
        Toy::on(&Target::host().unwrap())
    }

    /// For a target that this machine can run.
    pub fn on(target: &Target) -> Toy {
        Toy {
            isa: Isa::new(target).unwrap(),
            memory: CodeMemory::default(),
            options: Options {
                context_words: 1,
                ..Options::default()
            },
        }
    }

    /// The same, with guards that may fail on purpose.
    pub fn with_spurious_exits() -> Toy {
        let mut toy = Toy::new();
        toy.options.spurious_exits = true;
        toy
    }

    /// The same, with guards that may fail on purpose and all calls through bridges.
    pub fn with_bridges() -> Toy {
        let mut toy = Toy::with_spurious_exits();
        toy.options.bridge_all = true;
        toy
    }

    /// Expands and compiles a unit.
    pub fn compile(&self, unit: &Unit) -> Compiled {
        let expanded = rewrite(unit, &mut layout::Layouts::new(unit));
        if let Err(errors) = verify(&expanded) {
            panic!("{}\n{unit}\n{expanded}", errors[0]);
        }
        let env = CodegenEnv {
            symbol: "unit",
            isa: &self.isa,
            memory: &self.memory,
            helpers: &routine,
            objects: &[],
            options: self.options,
        };
        let code = codegen::compile(&expanded, &env);
        Compiled {
            code: code.unwrap_or_else(|e| panic!("{e}\n{expanded}")),
            exits: ExitTable::encode(&expanded),
            shapes: expanded.shapes,
        }
    }
}

impl Compiled {
    /// Runs from an entry on a fresh frame.
    pub fn run(&self, entry: u32, script: Script) -> Seen {
        STATE.with(|state| {
            *state.script.borrow_mut() = script;
            state.log.borrow_mut().clear();
        });
        let slots: [Cell<Reference>; SLOTS as usize] = Default::default();
        for (slot, payload) in slots.iter().zip(frame()) {
            slot.set(payload.map_or(std::ptr::null(), |p| of_payload(&p)));
        }
        let position = Cell::new(0u64);
        let frame_base = slots.as_ptr().cast_mut().cast::<u8>();
        let number = |slot: Slot, ty| {
            let wanted = match ty {
                Type::F64 => FLOAT,
                Type::Bool => BOOL,
                _ => INT,
            };
            let object = look(slots[slot.index()].get());
            object.filter(|o| o.tag == wanted).map(|o| o.bits)
        };
        let mut activation = Activation::new(frame_base, [position.as_ptr() as usize]);
        // SAFETY: the frame has as many slots as generated units use, each null or an object of ours; the
        // context word is where the expansions store positions.
        let id = unsafe { self.code.enter(&raw mut activation, entry, number) };
        let exit = self.exits.get(id).unwrap();
        // SAFETY: the words asked for are those of the exit just taken.
        let word = |word: u32| unsafe { activation.spilled(word) };
        let new: Vec<Vec<_>> = exit
            .frames()
            .map(|frame| {
                let slots = frame.slots();
                slots
                    .map(|(slot, source)| (slot.index(), self.rebuild(source, &word)))
                    .collect()
            })
            .collect();
        assert_eq!(new.len(), 1, "generated units have one frame");
        for &(slot, reference) in &new[0] {
            release(slots[slot].replace(reference));
        }
        let frames = exit.frames().map(|frame| RebuiltFrame {
            function: None,
            position: frame.position,
            slots: slots.iter().map(|slot| shown(slot.get())).collect(),
        });
        let left = Left {
            reason: exit.reason,
            resume: exit.resume,
            frames: frames.collect(),
        };
        audit(&slots);
        Seen {
            left,
            position: position.get() as u32,
            log: STATE.with(|state| state.log.take()),
        }
    }

    fn rebuild(&self, source: Source<'_>, word: &dyn Fn(u32) -> u64) -> Reference {
        match source {
            Source::Int(at) => new_object(INT, word(at)),
            Source::Float(at) => new_object(FLOAT, word(at)),
            Source::Bool(at) => new_object(BOOL, word(at)),
            Source::Own(at) => word(at) as Reference,
            Source::Borrowed(at) => {
                let reference = word(at) as Reference;
                if let Some(object) = look(reference) {
                    object.count.set(object.count.get() + 1);
                }
                reference
            }
            Source::Object(object) => panic!("generated units have no {object}"),
            Source::Null => std::ptr::null(),
            Source::Virtual(shape, fields) => {
                let fields = fields.map(|(at, ty)| field(word(at), ty).to_string());
                let name = format!("({})", fields.collect::<Vec<_>>().join(", "));
                new_named(&self.shapes[shape.index()], &name)
            }
            Source::Sunk(_) | Source::Same { .. } => panic!("generated units make no instances"),
        }
    }
}

fn field(bits: u64, ty: Type) -> Shown {
    match ty {
        Type::I64 => Shown::Int(bits as i64),
        Type::F64 => Shown::Float(bits),
        Type::Bool => Shown::Bool(bits != 0),
        Type::Ref | Type::Own => shown(bits as Reference),
        Type::Ptr => Shown::Address(bits as i64),
    }
}

fn new_object(tag: i64, bits: u64) -> Reference {
    let object = Box::into_raw(Box::new(Object {
        count: Cell::new(1),
        tag,
        bits,
    }));
    STATE.with(|state| state.objects.borrow_mut().push(object));
    object
}

fn new_named(ty: &str, name: &str) -> Reference {
    let number = STATE.with(|state| {
        let mut names = state.names.borrow_mut();
        names.push((ty.to_owned(), name.to_owned()));
        names.len() as u64 - 1
    });
    new_object(OTHER, number)
}

fn of_payload(payload: &Payload) -> Reference {
    match payload {
        Payload::Int(n) => new_object(INT, *n as u64),
        Payload::Float(x) => new_object(FLOAT, x.to_bits()),
        Payload::Bool(b) => new_object(BOOL, u64::from(*b)),
        Payload::Wide(_) | Payload::Other(..) => panic!("generated frames hold numbers"),
    }
}

/// An object, if the reference is not null. Every object lives until the end of the run, so that using
/// one after it was freed is seen.
fn look<'a>(reference: Reference) -> Option<&'a Object> {
    if reference.is_null() {
        return None;
    }
    let known = STATE.with(|state| state.objects.borrow().contains(&reference));
    assert!(known, "{reference:?} is no object");
    // SAFETY: it is one of the host's objects, which `audit` frees after the last look.
    let object = unsafe { &*reference };
    assert!(object.count.get() > 0, "used after it was freed");
    Some(object)
}

fn release(reference: Reference) {
    if let Some(object) = look(reference) {
        object.count.set(object.count.get() - 1);
    }
}

fn shown(reference: Reference) -> Shown {
    let Some(object) = look(reference) else {
        return Shown::Null;
    };
    match object.tag {
        INT => Shown::Int(object.bits as i64),
        FLOAT => Shown::Float(object.bits),
        BOOL => Shown::Bool(object.bits != 0),
        _ => {
            let (ty, name) = STATE.with(|state| state.names.borrow()[object.bits as usize].clone());
            Shown::Object(ty, name)
        }
    }
}

/// Every object has as many references as it counts; then frees them all.
fn audit(slots: &[Cell<Reference>]) {
    let objects = STATE.with(|state| state.objects.take());
    for object in objects {
        let found = slots.iter().filter(|slot| slot.get() == object).count();
        // SAFETY: made by `Box::into_raw` in `new_object`, and in the list once.
        let object = unsafe { Box::from_raw(object.cast_mut()) };
        assert_eq!(object.count.get(), found as i64, "tag {}", object.tag);
    }
    STATE.with(|state| state.names.borrow_mut().clear());
}

fn routine(name: &str) -> Option<usize> {
    Some(match name {
        "mix" => mix as *const () as usize,
        "note" => note as *const () as usize,
        "make" => make as *const () as usize,
        "give" => give as *const () as usize,
        "scribble" => scribble as *const () as usize,
        "toy_int" => toy_int as *const () as usize,
        "toy_float" => toy_float as *const () as usize,
        "toy_bool" => toy_bool as *const () as usize,
        "toy_free" => toy_free as *const () as usize,
        "toy_poll" => toy_poll as *const () as usize,
        _ => return None,
    })
}

fn log(line: String) {
    STATE.with(|state| state.log.borrow_mut().push(line));
}

extern "C" fn mix(a: i64, b: i64) -> i64 {
    a.wrapping_mul(31) ^ b
}

extern "C" fn note(a: i64) {
    log(a.to_string());
}

extern "C" fn make(a: i64) -> Reference {
    if arith::int_mod(a, 5) == Some(4) {
        log("make raises".to_owned());
        return std::ptr::null();
    }
    new_object(INT, a.wrapping_add(1) as u64)
}

extern "C" fn give(reference: Reference) -> i32 {
    release(reference);
    i32::from(reference.is_null())
}

extern "C" fn scribble(frame: *const Cell<Reference>, a: i64) {
    let slot = arith::int_mod(a, SLOTS.into()).unwrap_or(0);
    // SAFETY: generated code passes the frame's base, and the slot is one of the frame's.
    let slot = unsafe { &*frame.add(slot as usize) };
    release(slot.replace(new_object(INT, a as u64)));
}

/// A new object of a tag, or null when there is no memory.
fn boxed(tag: i64, bits: u64) -> Reference {
    let granted = STATE.with(|state| match &mut state.script.borrow_mut().allocations {
        Some(0) => false,
        left => {
            *left = left.map(|n| n - 1);
            true
        }
    });
    if granted {
        new_object(tag, bits)
    } else {
        std::ptr::null()
    }
}

extern "C" fn toy_int(value: i64) -> Reference {
    boxed(INT, value as u64)
}

extern "C" fn toy_float(value: f64) -> Reference {
    boxed(FLOAT, value.to_bits())
}

extern "C" fn toy_bool(truth: bool) -> Reference {
    new_object(BOOL, u64::from(truth))
}

/// Told when a count came down to zero.
extern "C" fn toy_free(reference: Reference) {
    // SAFETY: generated code passes an object whose count it has just taken down; it lives until `audit`.
    assert_eq!(unsafe { &*reference }.count.get(), 0);
}

extern "C" fn toy_poll() -> bool {
    STATE.with(|state| state.script.borrow_mut().polls.pop_front()) == Some(true)
}
