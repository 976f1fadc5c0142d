"""What names of reasons and instructions mean to who wrote the program, and what can be done.

Every reason that `_fatjit._reasons()` knows has its advice here, or `None` where there is nothing to do.
"""

ADVICE = {
    # Why something is not compiled.
    "not-worthwhile": "Have the loop compute with local variables: move calls, attributes and dicts out of it, "
    "or the arithmetic into a loop or function of its own. Where there is none, nothing is to gain.",
    "needs-frame": "Generators and coroutines are not compiled as a whole. Loops in them are, all the same.",
    "cannot-watch": None,
    "always-leaves": "The loop does too few rounds at a time, or leaves in each: see where it is left. A loop "
    "around it, in the same function, is compiled with it.",
    "region-too-large": "Split the loop, or the function.",
    "no-loop": None,
    "code-memory-full": "FATJIT_CODE_KIB sets how much memory machine code may take.",
    "excluded": None,
    "not-asked-for": None,
    "later": None,
    "too-small": None,
    "short-runs": "The loop does few rounds at a time. A loop around it, in the same function, is compiled with it.",
    "too-many-versions": None,
    "codegen-failed": "This is a defect of fatjit: please report it, with what FATJIT_DEBUG_DUMP=1 prints.",
    "check-failed": "This is a defect of fatjit: please report it, with what FATJIT_DEBUG_DUMP=1 prints.",
    # Why it is not entered this time.
    "not-in-callback": None,
    "other-tool": None,
    "eval-frame-hook": None,
    "deep-stack": None,
    "frame-held": None,
    "names-elsewhere": None,
    # Why native code is left.
    "finished": None,
    "suspended": None,
    "poll": None,
    "not-seen": None,
    "spurious": None,
    "type-changed": "Keep to one type for each variable here: begin a sum of floats with 0.0, say.",
    "entry-mismatch": "Have the variables begin with the type that they have later: a sum of floats with 0.0, say.",
    "overflow": "Ints past 64 bits are the interpreter's: keep them small, with % or &, where that is what is meant.",
    "too-wide": "Ints past 64 bits are the interpreter's: keep them small, with % or &, where that is what is meant.",
    "out-of-range": None,
    "last-reference": None,
    "release": None,
    "zero-division": "An exception in a hot loop is slow: test for it before.",
    "negative-shift": "An exception in a hot loop is slow: test for it before.",
    "unbound": "An exception in a hot loop is slow: test for it before.",
    "raised": "An exception in a hot loop is slow: test for it before.",
    "left-to-interpreter": "Move what is rarely wanted, such as raising and handling exceptions, out of the hot path.",
    "assumption-fell": "Something changes while the loop runs that it takes for granted: hand it over as an argument.",
    "names-changed": "Variables of a module are changed by what the loop calls: put the loop into a function.",
    "disturbed": "What is called here looks at frames, or switches a tracer on.",
    "hard-global": None,
    "guest-elsewhere": "Native code goes on with a generator that nobody else holds, and that was not asked for items before.",
    "callee-left": "The function that is called here is left: see what is told of it.",
    "too-deep": None,
    "no-memory": None,
}

# What the interpreter's own routines do, by the instruction, as the end of a sentence; and what can be done.
_ATTRIBUTE = "Attributes: read them into local variables before the loop, and write them back behind it."
_CALL = (
    "Calls: have the loop call only Python functions that compute with their arguments, and built-in functions and "
    "methods on numbers and texts."
)
_ITEM = (
    "Items: lists, tuples and arrays with an int as index are read and written natively, dicts with ints and texts as "
    "keys, and so is what classes of the program do in Python."
)
_GLOBAL = "Globals that change: hand them over as arguments, or read them into local variables before the loop."
_GENERATOR = "Generators and coroutines are left at each value: have a loop do the work itself, or fill a list."
_SHARED = "Variables shared with a function within: copy them into others of their own before the loop."

SLOW = {
    "CALL": ("calls what is not native code", _CALL),
    "CALL_KW": ("calls what is not native code", _CALL),
    "CALL_FUNCTION_EX": ("calls with * or **", _CALL),
    "CALL_INTRINSIC_1": ("calls what is not native code", None),
    "LOAD_ATTR": ("reads an attribute", _ATTRIBUTE),
    "STORE_ATTR": ("sets an attribute", _ATTRIBUTE),
    "DELETE_ATTR": ("deletes an attribute", _ATTRIBUTE),
    "LOAD_SUPER_ATTR": ("reads an attribute of super()", _ATTRIBUTE),
    "LOAD_GLOBAL": ("looks a global up", _GLOBAL),
    "LOAD_NAME": ("looks a global up", _GLOBAL),
    "STORE_GLOBAL": ("stores a global", _GLOBAL),
    "STORE_NAME": ("stores a global", _GLOBAL),
    "LOAD_DEREF": ("reads a variable shared with another function", _SHARED),
    "STORE_DEREF": ("stores a variable shared with another function", _SHARED),
    "MAKE_CELL": ("shares a variable with a function within", _SHARED),
    "MAKE_FUNCTION": ("makes a function", None),
    "BINARY_SUBSCR": ("reads an item", _ITEM),
    "STORE_SUBSCR": ("sets an item", _ITEM),
    "DELETE_SUBSCR": ("deletes an item", _ITEM),
    "BINARY_SLICE": ("reads a slice", None),
    "STORE_SLICE": ("sets a slice", None),
    "CONTAINS_OP": ("looks for something in a container", None),
    "FOR_ITER": ("asks an iterator for its next item", None),
    "GET_ITER": ("asks for an iterator", None),
    "UNPACK_SEQUENCE": ("unpacks", None),
    "UNPACK_EX": ("unpacks", None),
    "BINARY_OP": ("works on what is not numbers of one type", None),
    "COMPARE_OP": ("compares what is not numbers of one type", None),
    "FORMAT_VALUE": ("formats text", None),
    "FORMAT_SIMPLE": ("formats text", None),
    "FORMAT_WITH_SPEC": ("formats text", None),
    "BUILD_STRING": ("puts text together", None),
    "YIELD_VALUE": ("hands a value over, in a generator or coroutine", _GENERATOR),
    "RETURN_GENERATOR": ("makes a generator or coroutine", _GENERATOR),
    "SEND": ("waits for a generator or coroutine", _GENERATOR),
    "RAISE_VARARGS": ("raises an exception", None),
    "RERAISE": ("raises an exception again", None),
    "PUSH_EXC_INFO": ("handles an exception", None),
    "CHECK_EXC_MATCH": ("handles an exception", None),
    "POP_EXCEPT": ("handles an exception", None),
    "BEFORE_WITH": ("enters a with block", None),
    "WITH_EXCEPT_START": ("leaves a with block", None),
    "IMPORT_NAME": ("imports", None),
}


def slow(opcode):
    """What an instruction does, as the end of a sentence, and what can be done about it, or None."""
    if opcode in SLOW:
        return SLOW[opcode]
    if opcode.startswith(("BUILD_", "LIST_", "SET_", "DICT_", "MAP_")):
        return "makes or fills a container", None
    return "is done by the interpreter's own routine", None
