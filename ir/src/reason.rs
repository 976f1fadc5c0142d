//! Why native code was left, and why something was not compiled: one list for errors, counters, logs and
//! explanations. Hosts add their own as [`Reason::Host`], whose texts they register.

use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $text:literal $words:literal;)*) => {
        /// A reason for leaving native code or for not compiling.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
            /// A reason of the host, by the number under which the host registered its text.
            Host(u16),
        }

        impl Reason {
            /// Every reason of the core, in the order of their declaration.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable name: in the text form, in counters and in logs.
            pub fn name(self) -> &'static str {
                match self {
                    $(Reason::$name => $text,)*
                    Reason::Host(_) => "host",
                }
            }

            /// One clause in plain words, for people.
            pub fn words(self) -> &'static str {
                match self {
                    $(Reason::$name => $words,)*
                    Reason::Host(_) => "a reason of the host",
                }
            }
        }
    };
}

reasons! {
    /// Something else wanted to run: a signal, another thread, the collector. Never counted against code.
    Poll "poll" "a signal, another thread or the collector had to be served";
    /// An int result did not fit 64 bits.
    Overflow "overflow" "an int grew past 64 bits";
    /// An int object does not fit 64 bits.
    TooWide "too-wide" "an int is wider than 64 bits";
    /// A value was not of the type that was seen before.
    TypeChanged "type-changed" "a value had another type than before";
    /// A path that had not run when the region was recorded.
    NotSeen "not-seen" "a path was taken that had not run before";
    /// The loop or region ended the ordinary way.
    Finished "finished" "the loop ended";
    /// The frame was suspended, to be resumed: a generator yielded.
    Suspended "suspended" "a value was yielded";
    /// Division or modulo by zero; the interpreter raises the exception.
    ZeroDivision "zero-division" "division by zero";
    /// A shift by a negative count; the interpreter raises the exception.
    NegativeShift "negative-shift" "a shift by a negative count";
    /// An operation left the range in which unboxed arithmetic equals the host's.
    OutOfRange "out-of-range" "an operation left the range of exact machine arithmetic";
    /// An object would have been freed where native code expected somebody else to refer to it.
    LastReference "last-reference" "the last reference to an object was given up";
    /// A local was read that holds nothing; the interpreter raises the exception.
    Unbound "unbound" "an unbound local was read";
    /// A called routine raised.
    Raised "raised" "an exception was raised";
    /// Code that ran meanwhile took the frame or switched on a tracer.
    Disturbed "disturbed" "other code took the frame or switched on a tracer";
    /// Code that ran meanwhile changed something that native code was compiled to rely on.
    AssumptionFell "assumption-fell" "other code changed something that was assumed to stay, such as a global";
    /// No memory for an object.
    NoMemory "no-memory" "no memory for an object";
    /// An instruction that is always left to the interpreter.
    LeftToInterpreter "left-to-interpreter" "an instruction is left to the interpreter";
    /// Calls of compiled functions would be nested deeper than the host allows.
    TooDeep "too-deep" "calls were nested too deeply for native code";
    /// A compiled function that was called here was left itself.
    CalleeLeft "callee-left" "a function that was called left native code";
    /// An object would be released that may run code, in a function without a frame.
    Release "release" "the release of an object may run code";
    /// A guard made to fail on purpose, to test exits.
    Spurious "spurious" "a guard was made to fail for a test";
    /// A value at the entry had another representation than the entry was compiled for.
    EntryMismatch "entry-mismatch" "values at the loop's entry had other types than before";
    /// Not compiled: no code memory left under the limit.
    CodeMemoryFull "code-memory-full" "the limit of code memory is reached";
    /// Not compiled: more code than a region may hold.
    RegionTooLarge "region-too-large" "the loop is larger than a region may be";
    /// Not compiled: each round would leave native code.
    AlwaysLeaves "always-leaves" "every round of the loop would leave native code";
    /// Not compiled again: too many versions already.
    TooManyVersions "too-many-versions" "the loop was compiled too often already";
    /// Not compiled: the code generator refused, which is a defect of ours.
    CodegenFailed "codegen-failed" "the code generator failed";
    /// Not compiled: a function needs what its native code cannot give it.
    NeedsFrame "needs-frame" "it is of a kind that native code does not do as a whole";
    /// Not compiled: a checker found the unit broken, which is a defect of ours.
    CheckFailed "check-failed" "an internal check failed";
}

impl Reason {
    /// The reason with this stable name; `host:N` for a host's.
    pub fn from_name(name: &str) -> Option<Reason> {
        if let Some(number) = name.strip_prefix("host:") {
            return number.parse().ok().map(Reason::Host);
        }
        Reason::ALL.iter().copied().find(|r| r.name() == name)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Host(n) => write!(f, "host:{n}"),
            other => f.write_str(other.name()),
        }
    }
}
