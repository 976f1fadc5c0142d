//! Units of functions: arguments, results, calls of each other and of themselves, and how they are left.

mod native;

use std::cell::RefCell;

use fatjit_guards::{ExitTable, Source};
use fatjit_ir::{ExitId, Unit, parse, verify};
use fatjit_jit::activation::{Activation, FunctionRecord, Record};
use fatjit_jit::code::Code;
use fatjit_jit::codegen::{
    self, CodegenEnv, CodegenError, LEAVE_FUNCTION, Options, RESUME_FUNCTION, STATUS_RETURNED,
};
use native::{Machine, WORDS};

/// What the host knows of a function's code.
struct Known {
    unit: Unit,
    exits: ExitTable,
    record: FunctionRecord,
}

thread_local! {
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
    /// What the host was told, in order.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The status that the routines below give a function that was left.
const LEFT: u64 = 1;

fn tell(line: String) {
    TOLD.with_borrow_mut(|told| told.push(line));
}

/// The frames of a record at an exit, as text.
fn frames(record: Record, exit: ExitId) -> String {
    KNOWN.with_borrow(|known| {
        let Some(known) = known.get(record.unit()) else {
            return "entered from outside".to_owned();
        };
        let view = known.exits.get(exit).unwrap();
        let word = |n| record.spilled(known.record, n);
        let frames = view.frames().map(|frame| {
            let slots = frame.slots().map(|(slot, source)| match source {
                Source::Int(n) => format!("{slot} = {}", word(n) as i64),
                Source::Float(n) => format!("{slot} = {:?}", f64::from_bits(word(n))),
                Source::Bool(n) => format!("{slot} = {}", word(n) != 0),
                other => format!("{slot} = {other:?}"),
            });
            let slots: Vec<String> = slots.collect();
            format!("at {} [{}]", frame.position, slots.join(", "))
        });
        let frames: Vec<String> = frames.collect();
        format!(
            "{} {}: {}",
            known.unit.name,
            view.reason,
            frames.join(" / ")
        )
    })
}

unsafe extern "C" fn leave(activation: *const u8, exit: u32) -> u64 {
    // SAFETY: native code gave the address.
    let record = unsafe { Record::at(activation) };
    let mut outer = record;
    while let Some(caller) = outer.caller() {
        outer = caller;
        tell(format!("around: {}", frames(outer, outer.site())));
    }
    tell(frames(record, ExitId(exit)));
    LEFT
}

unsafe extern "C" fn resume(activation: *const u8, status: u64) -> u64 {
    // SAFETY: native code gave the address.
    let record = unsafe { Record::at(activation) };
    tell(format!("behind: {}", frames(record, record.site())));
    status + 1
}

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.helpers = vec![
        (LEAVE_FUNCTION, leave as *const () as usize),
        (RESUME_FUNCTION, resume as *const () as usize),
    ];
    KNOWN.take();
    TOLD.take();
    machine
}

/// Compiles a function whose unit's objects are itself and these.
fn compile(machine: &mut Machine, text: &str, objects: &[usize]) -> Code {
    let unit = parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(verify(&unit), Ok(()), "{text}");
    assert_eq!(unit.to_string(), text);
    let number = KNOWN.with_borrow(Vec::len);
    machine.objects = vec![number];
    machine.objects.extend(objects);
    let code = try_compile(machine, &unit).unwrap();
    let known = Known {
        exits: ExitTable::encode(&unit),
        record: code.function_record().unwrap(),
        unit,
    };
    KNOWN.with_borrow_mut(|all| all.push(known));
    code
}

fn try_compile(machine: &Machine, unit: &Unit) -> Result<Code, CodegenError> {
    codegen::compile(
        unit,
        &CodegenEnv {
            symbol: "unit",
            isa: &machine.isa,
            memory: &machine.memory,
            helpers: &|name| {
                let found = machine.helpers.iter().find(|(known, _)| *known == name);
                found.map(|(_, address)| *address)
            },
            objects: &machine.objects,
            options: machine.options,
        },
    )
}

fn call(code: &Code, nesting: i64, arguments: &[u64]) -> (u64, u64) {
    let mut memory = [7u64; 2];
    let base = memory.as_mut_ptr();
    let mut activation = Activation::<WORDS>::new(base.cast(), [base as usize, 0]);
    activation.unit = usize::MAX;
    activation.nesting = nesting;
    // SAFETY: the tests give what their units take, and keep everything alive.
    unsafe { code.call(&raw mut activation, arguments) }.unwrap()
}

const FIB: &str = "unit \"fib\" slots 4
function (i64) -> i64
object #0 \"fib\"
identity #0
native n0 \"fib\"(i64) -> i64 itself
entry b0
b0:
    v0 = arg.i64 0
    v1 = iconst 2
    v2 = ilt v0, v1
    br v2, b1, b2
b1:
    ret.i64 v0
b2:
    v3 = iconst 1
    v4 = isub.ovf v0, v3 -> x0
    v5 = may_nest 1
    guard v5 -> x1
    v6 = call.native n0(v4) -> x2
    v7 = isub.ovf v0, v1 -> x3
    v8 = call.native n0(v7) -> x4
    v9 = iadd.ovf v6, v8 -> x5
    ret.i64 v9
x0: overflow at 10 depth 1 [s0 = int v0]
x1: too-deep at 15 depth 2 [s0 = int v0, s1 = int v4]
x2: finished called at 15 depth 1 [s0 = int v0]
x3: overflow at 20 depth 2 [s0 = int v0, s1 = int v6]
x4: finished called at 25 depth 2 [s0 = int v0, s1 = int v6]
x5: overflow at 30 depth 3 [s0 = int v0, s1 = int v6, s2 = int v8]
";

#[test]
fn a_function_calls_itself() {
    let mut machine = machine();
    let code = compile(&mut machine, FIB, &[]);
    assert_eq!(call(&code, 1_000, &[20]), (STATUS_RETURNED, 6765));
    assert_eq!(call(&code, 0, &[1]), (STATUS_RETURNED, 1));
    assert!(TOLD.take().is_empty());
}

#[test]
fn at_the_limit_of_nesting_all_frames_are_told_from_the_innermost_on() {
    let mut machine = machine();
    let code = compile(&mut machine, FIB, &[]);
    // The innermost is left, and each of those around it goes on behind its call.
    assert_eq!(call(&code, 2, &[9]), (LEFT + 2, 0));
    let told = TOLD.take();
    assert_eq!(
        told,
        [
            "around: fib finished: at 15 [s0 = 8]",
            "around: fib finished: at 15 [s0 = 9]",
            "around: entered from outside",
            "fib too-deep: at 15 [s0 = 7, s1 = 6]",
            "behind: fib finished: at 15 [s0 = 8]",
            "behind: fib finished: at 15 [s0 = 9]",
        ]
    );
}

#[test]
fn a_call_tells_what_came_of_the_ones_before() {
    let mut machine = machine();
    let code = compile(&mut machine, FIB, &[]);
    // fib(92) is the last one that fits; the sum of fib(93) does not. With a limit that only the second call
    // of the outermost reaches, the first one's result is told.
    let told = |nesting, n| {
        call(&code, nesting, &[n]);
        TOLD.take()
    };
    assert!(told(3, 4).is_empty());
    assert_eq!(told(2, 4)[0], "around: fib finished: at 15 [s0 = 3]");
}

const MIXED: &str = "unit \"mixed\" slots 0
function (f64, bool, i64) -> f64
object #0 \"mixed\"
identity #0
entry b0
b0:
    v0 = arg.f64 0
    v1 = arg.bool 1
    v2 = arg.i64 2
    v3 = itof v2
    v4 = fadd v0, v3
    v5 = fneg v4
    v6 = select.f64 v1, v4, v5
    ret.f64 v6
";

#[test]
fn arguments_of_all_types_go_through_the_gate_and_between_functions() {
    let mut machine = machine();
    let mixed = compile(&mut machine, MIXED, &[]);
    let float = |x: f64| x.to_bits();
    assert_eq!(call(&mixed, 0, &[float(0.5), 1, 3]), (0, float(3.5)));
    assert_eq!(
        call(&mixed, 0, &[float(0.5), 0, -3i64 as u64]),
        (0, float(2.5))
    );
    let text = "unit \"caller\" slots 1
function (f64, i64) -> bool
object #0 \"caller\"
object #1 \"mixed\"
identity #0
native n0 \"mixed\"(f64, bool, i64) -> f64 at #1
entry b0
b0:
    v0 = arg.f64 0
    v1 = arg.i64 1
    v2 = bconst true
    v3 = call.native n0(v0, v2, v1) -> x0
    v4 = flt v0, v3
    ret.bool v4
x0: finished called at 4 depth 1 [s0 = float v0]
";
    let entry = mixed.address();
    let caller = compile(&mut machine, text, &[(&raw const entry) as usize]);
    assert_eq!(call(&caller, 1, &[float(0.5), 3]), (0, 1));
    assert_eq!(call(&caller, 1, &[float(0.5), -3i64 as u64]), (0, 0));
}

#[test]
fn a_loop_calls_a_function_and_is_left_with_it() {
    let mut machine = machine();
    let fib = compile(&mut machine, FIB, &[]);
    let text = "unit \"loop\" slots 2
object #0 \"fib\"
native n0 \"fib\"(i64) -> i64 at #0
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = call.native n0(v1) -> x0
    leave -> x1
x0: finished called at 7 depth 1 [s0 = int v1]
x1: finished at 9 depth 2 [s1 = int v2]
";
    let unit = parse(text).unwrap();
    let entry = fib.address();
    machine.objects = vec![(&raw const entry) as usize];
    let code = try_compile(&machine, &unit).unwrap();
    let run = |nesting, n| {
        let mut memory = [n, 0];
        let base = memory.as_mut_ptr();
        let mut activation = Activation::<WORDS>::new(base.cast(), [base as usize, 0]);
        activation.unit = usize::MAX;
        activation.nesting = nesting;
        // SAFETY: the unit reads its context word only, and the function is alive.
        let exit = unsafe { code.enter(&raw mut activation, 0, |_, _| None) };
        // SAFETY: both exits store one value.
        (
            unit.exits[exit.index()].position(),
            unsafe { activation.spilled(0) },
            activation.status,
        )
    };
    assert_eq!(run(50, 10), (9, 55, 0));
    assert_eq!(run(1, 10), (7, 10, LEFT));
    assert_eq!(TOLD.take().len(), 2);
}

trait Position {
    fn position(&self) -> u32;
}

impl Position for fatjit_ir::Exit {
    fn position(&self) -> u32 {
        self.frames[0].position
    }
}

#[test]
fn a_function_reads_the_context_of_the_outermost_activation() {
    let mut machine = machine();
    let text = "unit \"context\" slots 0
function () -> i64
object #0 \"context\"
identity #0
native n0 \"context\"() -> i64 itself
entry b0
b0:
    v0 = may_nest 1
    br v0, b1, b2
b1:
    v1 = call.native n0() -> x0
    ret.i64 v1
b2:
    v2 = context 0
    v3 = load.i64 v2, 8
    ret.i64 v3
x0: finished called at 0 depth 0 []
";
    let code = compile(&mut machine, text, &[]);
    assert_eq!(call(&code, 3, &[]), (STATUS_RETURNED, 7));
}

#[test]
fn a_guard_of_a_function_fails_on_purpose_when_the_outermost_countdown_ends() {
    let mut machine = machine();
    machine.options = Options {
        spurious_exits: true,
        ..machine.options
    };
    let code = compile(&mut machine, FIB, &[]);
    let mut activation = Activation::<WORDS>::new(std::ptr::null_mut(), [0; WORDS]);
    activation.unit = usize::MAX;
    activation.nesting = 100;
    activation.spurious_countdown = 10;
    // SAFETY: the unit touches no memory of its host.
    let (status, _) = unsafe { code.call(&raw mut activation, &[12]) }.unwrap();
    assert_ne!(status, STATUS_RETURNED);
    assert_eq!(activation.spurious_countdown, 0);
    assert!(!TOLD.take().is_empty());
}

#[test]
fn slots_begin_empty_and_are_the_activation_s_own() {
    let mut machine = machine();
    let text = "unit \"slots\" slots 3
function () -> i64
object #0 \"slots\"
identity #0
entry b0
b0:
    v0 = frame_base
    v1 = load.i64 v0, 16
    v2 = iconst 5
    store.i64 v0, 0, v2
    v3 = load.i64 v0, 0
    v4 = iadd v1, v3
    ret.i64 v4
";
    let text = text.replace("store.i64 v0, 0, v2", "store.i64 v0, v2, 0");
    let code = compile(&mut machine, &text, &[]);
    assert_eq!(code.function_record().unwrap().slots, 3);
    assert_eq!(call(&code, 0, &[]), (STATUS_RETURNED, 5));
    assert_eq!(call(&code, 0, &[]), (STATUS_RETURNED, 5));
}
