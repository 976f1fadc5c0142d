//! The names of the base opcodes of all known versions.
//!
//! Invariant: an [`Op`] names an opcode by its CPython name alone; whether it exists in a version,
//! by which byte, and what it does to the stack is said by that version's table and nowhere else.
//! An opcode whose meaning changed between versions keeps one name here, as it does in CPython.

use std::fmt;

macro_rules! ops {
    ($($variant:ident => $name:literal,)*) => {
        /// A base opcode (not specialised, not instrumented) of at least one known version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Op {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Op {
            /// Every opcode, in order of name.
            pub const ALL: &'static [Op] = &[$(Op::$variant,)*];

            /// CPython's name of the opcode.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Op::$variant => $name,)*
                }
            }
        }
    };
}

ops! {
    BeforeAsyncWith => "BEFORE_ASYNC_WITH",
    BeforeWith => "BEFORE_WITH",
    BinaryOp => "BINARY_OP",
    BinarySlice => "BINARY_SLICE",
    BinarySubscr => "BINARY_SUBSCR",
    BuildConstKeyMap => "BUILD_CONST_KEY_MAP",
    BuildList => "BUILD_LIST",
    BuildMap => "BUILD_MAP",
    BuildSet => "BUILD_SET",
    BuildSlice => "BUILD_SLICE",
    BuildString => "BUILD_STRING",
    BuildTuple => "BUILD_TUPLE",
    Cache => "CACHE",
    Call => "CALL",
    CallFunctionEx => "CALL_FUNCTION_EX",
    CallIntrinsic1 => "CALL_INTRINSIC_1",
    CallIntrinsic2 => "CALL_INTRINSIC_2",
    CallKw => "CALL_KW",
    CheckEgMatch => "CHECK_EG_MATCH",
    CheckExcMatch => "CHECK_EXC_MATCH",
    CleanupThrow => "CLEANUP_THROW",
    CompareOp => "COMPARE_OP",
    ContainsOp => "CONTAINS_OP",
    ConvertValue => "CONVERT_VALUE",
    Copy => "COPY",
    CopyFreeVars => "COPY_FREE_VARS",
    DeleteAttr => "DELETE_ATTR",
    DeleteDeref => "DELETE_DEREF",
    DeleteFast => "DELETE_FAST",
    DeleteGlobal => "DELETE_GLOBAL",
    DeleteName => "DELETE_NAME",
    DeleteSubscr => "DELETE_SUBSCR",
    DictMerge => "DICT_MERGE",
    DictUpdate => "DICT_UPDATE",
    EndAsyncFor => "END_ASYNC_FOR",
    EndFor => "END_FOR",
    EndSend => "END_SEND",
    EnterExecutor => "ENTER_EXECUTOR",
    ExitInitCheck => "EXIT_INIT_CHECK",
    ExtendedArg => "EXTENDED_ARG",
    FormatSimple => "FORMAT_SIMPLE",
    FormatValue => "FORMAT_VALUE",
    FormatWithSpec => "FORMAT_WITH_SPEC",
    ForIter => "FOR_ITER",
    GetAiter => "GET_AITER",
    GetAnext => "GET_ANEXT",
    GetAwaitable => "GET_AWAITABLE",
    GetIter => "GET_ITER",
    GetLen => "GET_LEN",
    GetYieldFromIter => "GET_YIELD_FROM_ITER",
    ImportFrom => "IMPORT_FROM",
    ImportName => "IMPORT_NAME",
    InterpreterExit => "INTERPRETER_EXIT",
    IsOp => "IS_OP",
    JumpBackward => "JUMP_BACKWARD",
    JumpBackwardNoInterrupt => "JUMP_BACKWARD_NO_INTERRUPT",
    JumpForward => "JUMP_FORWARD",
    KwNames => "KW_NAMES",
    ListAppend => "LIST_APPEND",
    ListExtend => "LIST_EXTEND",
    LoadAssertionError => "LOAD_ASSERTION_ERROR",
    LoadAttr => "LOAD_ATTR",
    LoadBuildClass => "LOAD_BUILD_CLASS",
    LoadClosure => "LOAD_CLOSURE",
    LoadConst => "LOAD_CONST",
    LoadDeref => "LOAD_DEREF",
    LoadFast => "LOAD_FAST",
    LoadFastAndClear => "LOAD_FAST_AND_CLEAR",
    LoadFastCheck => "LOAD_FAST_CHECK",
    LoadFastLoadFast => "LOAD_FAST_LOAD_FAST",
    LoadFromDictOrDeref => "LOAD_FROM_DICT_OR_DEREF",
    LoadFromDictOrGlobals => "LOAD_FROM_DICT_OR_GLOBALS",
    LoadGlobal => "LOAD_GLOBAL",
    LoadLocals => "LOAD_LOCALS",
    LoadName => "LOAD_NAME",
    LoadSuperAttr => "LOAD_SUPER_ATTR",
    MakeCell => "MAKE_CELL",
    MakeFunction => "MAKE_FUNCTION",
    MapAdd => "MAP_ADD",
    MatchClass => "MATCH_CLASS",
    MatchKeys => "MATCH_KEYS",
    MatchMapping => "MATCH_MAPPING",
    MatchSequence => "MATCH_SEQUENCE",
    Nop => "NOP",
    PopExcept => "POP_EXCEPT",
    PopJumpIfFalse => "POP_JUMP_IF_FALSE",
    PopJumpIfNone => "POP_JUMP_IF_NONE",
    PopJumpIfNotNone => "POP_JUMP_IF_NOT_NONE",
    PopJumpIfTrue => "POP_JUMP_IF_TRUE",
    PopTop => "POP_TOP",
    PushExcInfo => "PUSH_EXC_INFO",
    PushNull => "PUSH_NULL",
    RaiseVarargs => "RAISE_VARARGS",
    Reraise => "RERAISE",
    Reserved => "RESERVED",
    Resume => "RESUME",
    ReturnConst => "RETURN_CONST",
    ReturnGenerator => "RETURN_GENERATOR",
    ReturnValue => "RETURN_VALUE",
    Send => "SEND",
    SetupAnnotations => "SETUP_ANNOTATIONS",
    SetAdd => "SET_ADD",
    SetFunctionAttribute => "SET_FUNCTION_ATTRIBUTE",
    SetUpdate => "SET_UPDATE",
    StoreAttr => "STORE_ATTR",
    StoreDeref => "STORE_DEREF",
    StoreFast => "STORE_FAST",
    StoreFastLoadFast => "STORE_FAST_LOAD_FAST",
    StoreFastStoreFast => "STORE_FAST_STORE_FAST",
    StoreGlobal => "STORE_GLOBAL",
    StoreName => "STORE_NAME",
    StoreSlice => "STORE_SLICE",
    StoreSubscr => "STORE_SUBSCR",
    Swap => "SWAP",
    ToBool => "TO_BOOL",
    UnaryInvert => "UNARY_INVERT",
    UnaryNegative => "UNARY_NEGATIVE",
    UnaryNot => "UNARY_NOT",
    UnpackEx => "UNPACK_EX",
    UnpackSequence => "UNPACK_SEQUENCE",
    WithExceptStart => "WITH_EXCEPT_START",
    YieldValue => "YIELD_VALUE",
}

impl Op {
    /// The opcode of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL
            .binary_search_by(|op| op.name().cmp(name))
            .ok()
            .map(|index| Op::ALL[index])
    }

    /// Whether de-optimised code may hold it as an instruction of its own.
    #[must_use]
    pub fn is_in_code_objects(self) -> bool {
        !matches!(self, Op::Cache | Op::Reserved | Op::EnterExecutor)
    }

    /// Whether control never goes on to the next instruction.
    #[must_use]
    pub fn is_terminator(self) -> bool {
        matches!(
            self,
            Op::ReturnValue
                | Op::ReturnConst
                | Op::RaiseVarargs
                | Op::Reraise
                | Op::JumpForward
                | Op::JumpBackward
                | Op::JumpBackwardNoInterrupt
                | Op::InterpreterExit
        )
    }

    /// Whether the argument is the distance to a jump target, and in which direction.
    #[must_use]
    pub fn jump(self) -> Option<JumpDirection> {
        match self {
            Op::JumpBackward | Op::JumpBackwardNoInterrupt => Some(JumpDirection::Backward),
            Op::JumpForward
            | Op::PopJumpIfFalse
            | Op::PopJumpIfTrue
            | Op::PopJumpIfNone
            | Op::PopJumpIfNotNone
            | Op::ForIter
            | Op::Send => Some(JumpDirection::Forward),
            _ => None,
        }
    }

    /// Whether the instruction jumps in some cases and goes on to the next one in others.
    #[must_use]
    pub fn is_conditional_jump(self) -> bool {
        self.jump().is_some() && !self.is_terminator()
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which way a jump's argument counts, from behind the jump and its inline caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JumpDirection {
    /// Towards higher offsets.
    Forward,
    /// Towards lower offsets.
    Backward,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(Op::ALL.is_sorted_by(|a, b| a.name() < b.name()));
        for &op in Op::ALL {
            assert_eq!(Op::from_name(op.name()), Some(op));
        }
        assert_eq!(Op::from_name("JUMP_SIDEWAYS"), None);
    }
}
