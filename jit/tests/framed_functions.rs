//! Functions that have a frame of the host: what they do in the beginning and the end, how they are called and left, and
//! what their regions are lowered to.

mod framed_regions;
mod native;

use std::cell::{Cell, RefCell};

use fatjit_ir::{FrameOf, Native, NativeId, ObjectId, Reason, Signature, Type, parse, verify};
use fatjit_jit::activation::{Activation, Record};
use fatjit_jit::code::Code;
use fatjit_jit::codegen::{
    BEGIN_FRAME, CodegenEnv, LEAVE_FUNCTION, Options, RELEASE, STATUS_RETURNED, compile,
};
use fatjit_jit::gbc::{GOp, Point, Reg, Region};
use fatjit_jit::lower::{LowerError, lower};
use framed_regions::{at, calling, lowered, region};
use native::{Machine, WORDS};

thread_local! {
    /// The frame that is made next: its slots, and whether there is memory for it.
    static SLOTS: RefCell<[u64; 4]> = const { RefCell::new([0; 4]) };
    static MEMORY: Cell<bool> = const { Cell::new(true) };
    /// What comes of a frame that runs to its end without native code.
    static OUTCOME: Cell<u64> = const { Cell::new(0) };
    /// What the host was told, in order.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

const RAISED: u64 = 1;

fn tell(line: String) {
    TOLD.with_borrow_mut(|told| told.push(line));
}

/// What the word of the host holds that the frames' routines are given.
const STACK: usize = 33;

unsafe extern "C" fn begin(words: *const usize, function: usize) -> *mut u64 {
    // SAFETY: native code gives the address of an activation's words.
    assert_eq!(unsafe { *words.add(1) }, STACK);
    tell(format!("frame of {function}"));
    match MEMORY.get() {
        true => SLOTS.with_borrow_mut(|slots| {
            *slots = [0; 4];
            slots.as_mut_ptr()
        }),
        false => std::ptr::null_mut(),
    }
}

unsafe extern "C" fn end(slots: *const u64, word: usize) {
    assert_eq!(word, STACK);
    // SAFETY: native code gives the address of a frame that was made above.
    tell(format!("ends with {}", unsafe { *slots }));
}

unsafe extern "C" fn release(object: u64) {
    tell(format!("releases {object}"));
}

unsafe extern "C" fn leave(activation: *const u8, exit: u32) -> u64 {
    // SAFETY: native code gave the address.
    let record = unsafe { Record::at(activation) };
    let outermost = record
        .caller()
        .is_some_and(|caller| caller.caller().is_none());
    tell(format!("exit {exit}, called from outside: {outermost}"));
    OUTCOME.get()
}

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.helpers = vec![
        (BEGIN_FRAME, begin as *const () as usize),
        (RELEASE, release as *const () as usize),
        (LEAVE_FUNCTION, leave as *const () as usize),
        ("end", end as *const () as usize),
    ];
    TOLD.take();
    MEMORY.set(true);
    machine
}

/// Gives back its first argument, unless the second is negative.
const GIVES: &str = "unit \"gives\" slots 2
function (own, i64) -> own
object #0 \"gives\"
object #1 \"function\"
identity #0
frame of #1
helper @end(ptr, ptr) runs-code reads writes
entry b0
b0:
    v0 = arg.i64 1
    v1 = iconst 0
    v2 = ige v0, v1
    guard v2 -> x0
    v3 = frame_base
    v4 = load.ptr v3, 0
    v5 = ptr_to_own v4
    v6 = context 1
    call @end(v3, v6)
    ret.own v5
x0: overflow at 10 depth 2 [s1 = int v0]
";

/// Calls it with the same arguments, of which it takes the first one over.
const CALLS: &str = "unit \"calls\" slots 2
function (own, i64) -> own
object #0 \"calls\"
object #1 \"function\"
object #2 \"entry\"
identity #0
frame of #1
helper @end(ptr, ptr) runs-code reads writes
native n0 \"gives\"(own, i64) -> own at #2
entry b0
b0:
    v0 = arg.i64 1
    v1 = frame_base
    v2 = load.ptr v1, 0
    v3 = ptr_to_own v2
    v4 = call.framed n0(v3, v0) -> x0
    v5 = context 1
    call @end(v1, v5)
    ret.own v4
x0: raised raise at 10 depth 1 []
";

fn compiled(machine: &Machine, text: &str, objects: &[usize]) -> Code {
    let unit = parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(verify(&unit), Ok(()), "{text}");
    assert_eq!(unit.to_string(), text);
    let env = CodegenEnv {
        symbol: "unit",
        isa: &machine.isa,
        memory: &machine.memory,
        helpers: &|name| {
            let found = machine.helpers.iter().find(|(known, _)| *known == name);
            found.map(|(_, address)| *address)
        },
        objects,
        options: Options {
            context_words: WORDS as u32,
            ..Options::default()
        },
    };
    compile(&unit, &env).unwrap()
}

fn call(code: &Code, arguments: &[u64]) -> (u64, u64) {
    let mut activation = Activation::<WORDS>::new(std::ptr::null_mut(), [0, STACK]);
    activation.unit = usize::MAX;
    activation.nesting = 100;
    // SAFETY: the tests give what their units take, and keep everything alive.
    unsafe { code.call(&raw mut activation, arguments) }.unwrap()
}

#[test]
fn what_a_function_takes_over_is_in_its_frame() {
    let machine = machine();
    let code = compiled(&machine, GIVES, &[5, 77]);
    assert_eq!(call(&code, &[4096, 3]), (STATUS_RETURNED, 4096));
    assert_eq!(TOLD.take(), ["frame of 77", "ends with 4096"]);
}

#[test]
fn without_memory_for_a_frame_what_was_taken_over_is_released() {
    let machine = machine();
    let code = compiled(&machine, GIVES, &[5, 77]);
    MEMORY.set(false);
    assert_eq!(call(&code, &[4096, 3]).0, RAISED);
    assert_eq!(TOLD.take(), ["frame of 77", "releases 4096"]);
}

#[test]
fn what_a_frame_comes_to_that_was_left_is_the_result() {
    let machine = machine();
    let code = compiled(&machine, GIVES, &[5, 77]);
    OUTCOME.set(8192);
    let negative = -1i64 as u64;
    assert_eq!(call(&code, &[4096, negative]), (STATUS_RETURNED, 8192));
    OUTCOME.set(RAISED);
    assert_eq!(call(&code, &[4096, negative]).0, RAISED);
    let left = "exit 0, called from outside: true";
    let told = TOLD.take();
    assert_eq!(told, ["frame of 77", left, "frame of 77", left]);
}

#[test]
fn a_caller_goes_on_behind_a_call_that_was_left_and_leaves_when_it_raised() {
    let machine = machine();
    let callee = compiled(&machine, GIVES, &[5, 77]);
    let entry = callee.address();
    let caller = compiled(&machine, CALLS, &[6, 88, (&raw const entry) as usize]);
    assert_eq!(call(&caller, &[4096, 3]), (STATUS_RETURNED, 4096));
    TOLD.take();
    OUTCOME.set(8192);
    let negative = -1i64 as u64;
    assert_eq!(call(&caller, &[4096, negative]), (STATUS_RETURNED, 8192));
    assert_eq!(
        TOLD.take()[2..],
        ["exit 0, called from outside: false", "ends with 4096"]
    );
    OUTCOME.set(RAISED);
    assert_eq!(call(&caller, &[4096, negative]).0, RAISED);
    assert_eq!(
        TOLD.take()[2..],
        [
            "exit 0, called from outside: false",
            "exit 0, called from outside: true"
        ]
    );
}

#[test]
fn a_frame_is_that_of_a_function_that_gives_an_object() {
    let faults = |text: &str| verify(&parse(text).unwrap()).unwrap_err()[0].to_string();
    let mut unit = parse(GIVES).unwrap();
    unit.frame_of = Some(FrameOf::Object(ObjectId(7)));
    assert!(verify(&unit).unwrap_err()[0].to_string().contains("#7"));
    let argument = GIVES.replace("frame of #1", "frame of argument");
    assert!(faults(&argument).contains("a frame is that of a function"));
    let without = GIVES.replace("frame of #1\n", "");
    assert!(faults(&without).contains("own"), "{}", faults(&without));
    let called = CALLS.replace(
        "call.framed n0(v3, v0) -> x0",
        "call.native n0(v3, v0) -> x1",
    ) + "x1: callee-left called at 10 depth 1 []\n";
    assert!(faults(&called).contains("own"), "{}", faults(&called));
}

/// `return f(x)`, where the frame is at another position while `f` runs.
fn calls_itself() -> Region {
    let argument = Reg(4);
    calling(
        vec![GOp::Copy {
            dst: argument,
            src: Reg(0),
        }],
        5,
        vec![GOp::CallFramed {
            native: NativeId(0),
            args: vec![argument],
            under: 2,
            shown: 5,
            instance: None,
            operator: false,
            packed: Vec::new(),
        }],
    )
}

#[test]
fn an_argument_becomes_the_own_of_what_is_called() {
    let lines = lowered(&calls_itself());
    let wanted = [
        "v0 = slot.load s0",
        "v1 = may_nest 1",
        "guard v1 -> x0",
        "v2 = incref v0",
        "slot.put v2, s4",
        "position 4",
        "position 5",
        "v3 = slot.take s4",
        "v4 = call.framed n0(v3) -> x1",
        "slot.put v4, s2",
        "v5 = disturbed",
        "guard.not v5 -> x2",
        "v6 = slot.take s2",
        "v7 = frame_base",
        "v8 = context 1",
        "call @end(v7, v8)",
        "ret.own v6",
    ];
    let code: Vec<&String> = lines
        .iter()
        .filter(|l| !l.starts_with(['b', 'x', 'j']))
        .collect();
    assert_eq!(code, wanted);
    let exits: Vec<&String> = lines.iter().filter(|line| line.starts_with('x')).collect();
    // Before the call all is as it was; when it raised its operands are gone; behind it the result is there.
    let wanted = [
        "x0: too-deep at 4 depth 5 [s2 = object #1, s3 = null, s4 = borrowed v0]",
        "x1: raised raise at 4 depth 2 []",
        "x2: disturbed at 7 depth 3 []",
    ];
    assert_eq!(exits, wanted);
}

#[test]
fn a_function_without_a_frame_calls_none_that_has_one() {
    let mut region = calls_itself();
    region.frame = None;
    if let Some(function) = &mut region.function {
        function.params = vec![Type::Ref];
    }
    let refused = lower(&region).unwrap_err();
    assert!(
        matches!(refused, LowerError::NeedsFrame { position: 4 }),
        "{refused}"
    );
}

#[test]
fn what_was_loaded_last_is_returned_out_of_its_local() {
    let lines = lowered(&region(vec![
        at(1, 2),
        GOp::Copy {
            dst: Reg(2),
            src: Reg(0),
        },
        at(2, 3),
        GOp::Return { reg: Reg(2) },
    ]));
    assert!(
        lines.iter().any(|l| l.ends_with("slot.take s0")),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|l| l.contains("incref")), "{lines:?}");
}

#[test]
fn a_number_is_returned_as_an_object() {
    let lines = lowered(&region(vec![
        at(1, 2),
        GOp::Int {
            dst: Reg(2),
            value: 7,
            object: None,
        },
        at(2, 3),
        GOp::Return { reg: Reg(2) },
    ]));
    assert!(lines.iter().any(|l| l.contains("box.i64")), "{lines:?}");
    assert!(
        lines.iter().any(|l| l.starts_with("x0: no-memory raise")),
        "{lines:?}"
    );
    assert_eq!(Reason::NoMemory.name(), "no-memory");
}

/// A function without a frame that takes two objects and gives one.
fn with_native(mut region: Region) -> Region {
    region.objects.push("entry".into());
    region.natives.push(Native {
        name: "g:1".into(),
        signature: Signature {
            params: vec![Type::Ref; 2],
            result: Type::Own,
        },
        entry: Some(ObjectId(3)),
        only_reads: false,
    });
    region
}

/// What a host helper gave is in this slot.
fn made(dst: u32) -> GOp {
    GOp::Adopt { reg: Reg(dst) }
}

#[test]
fn what_the_stack_owns_is_kept_while_a_function_without_a_frame_runs() {
    let lines = lowered(&with_native(region(vec![
        at(4, 5),
        GOp::Object {
            dst: Reg(2),
            object: ObjectId(1),
        },
        made(3),
        GOp::Copy {
            dst: Reg(4),
            src: Reg(0),
        },
        GOp::CallNative {
            native: NativeId(1),
            args: vec![Reg(3), Reg(4)],
            site: Point {
                position: 4,
                depth: 2,
            },
            instance: None,
            operator: false,
        },
        GOp::AfterOwed(Point {
            position: 7,
            depth: 3,
        }),
        at(7, 3),
        GOp::Return { reg: Reg(2) },
    ])));
    let text = lines.join("\n");
    // While it runs its frame has the argument, above the place of the result; then that is released.
    assert!(
        text.contains("callee-left called at 4 depth 5 [s2 = null, s4 = null]"),
        "{text}"
    );
    let result = text.find("slot.put").unwrap();
    let released = text.find("is_last_ref").unwrap();
    assert!(result < released, "{text}");
    assert!(text.contains("disturbed at 7 depth 3 []"), "{text}");
}

#[test]
fn operands_stay_until_the_function_of_the_operator_has_returned() {
    let lines = lowered(&with_native(region(vec![
        at(4, 4),
        made(2),
        made(3),
        GOp::CallNative {
            native: NativeId(1),
            args: vec![Reg(2), Reg(3)],
            site: Point {
                position: 4,
                depth: 2,
            },
            instance: None,
            operator: true,
        },
        GOp::AfterOwed(Point {
            position: 6,
            depth: 3,
        }),
        at(6, 3),
        GOp::Return { reg: Reg(2) },
    ])));
    let text = lines.join("\n");
    assert!(
        text.contains("callee-left called at 4 depth 4 []"),
        "{text}"
    );
    let call = text.find("call.native").unwrap();
    let releases: Vec<usize> = text
        .match_indices("is_last_ref")
        .map(|(at, _)| at)
        .collect();
    let result = text.find("slot.put").unwrap();
    assert_eq!(releases.len(), 2, "{text}");
    assert!(call < releases[0] && releases[1] < result, "{text}");
}

#[test]
fn without_a_frame_no_operand_is_the_stacks_own() {
    let mut region = with_native(region(vec![
        at(4, 4),
        made(2),
        made(3),
        GOp::CallNative {
            native: NativeId(1),
            args: vec![Reg(2), Reg(3)],
            site: Point {
                position: 4,
                depth: 2,
            },
            instance: None,
            operator: true,
        },
        at(6, 3),
        GOp::Return { reg: Reg(2) },
    ]));
    region.frame = None;
    if let Some(function) = &mut region.function {
        function.params = vec![Type::Ref];
    }
    let refused = lower(&region).unwrap_err();
    assert!(
        matches!(refused, LowerError::NotNative { position: 4 }),
        "{refused}"
    );
}
