"""The helpers that native code calls for single bytecodes, against the interpreter itself.

For each function here the interpreter runs the real bytecode; then every instruction with a helper is run
by that helper on the same operands. Operands come from executing the function's straight-line code on a
stack of our own, where the helpers do all the work. Results, exceptions and reference counts must agree.
"""

import dis
import gc
import re
import sys
import types
import unittest

from fatjit import _fatjit

V313 = sys.version_info >= (3, 13)
NULL = ...


class Machine:
    """Executes straight-line code: loads, stores and returns itself, everything else by the helpers."""

    def __init__(self, function):
        self.function = function

    def helper(self, name, arg, frame_locals, stack):
        """Runs a helper on the stack, which it replaces."""
        return list(_fatjit._run_op(name, arg, self.function, tuple(frame_locals), tuple(stack)))

    def run(self, *arguments):
        code = self.function.__code__
        slots = [*arguments] + [NULL] * (len(code.co_varnames) - len(arguments))
        slots += [NULL] * len(code.co_cellvars)
        for cell in self.function.__closure__ or ():
            slots.append(cell)
        # A cell of an argument shares its place.
        places = list(code.co_varnames)
        places += [name for name in code.co_cellvars if name not in places]
        places += code.co_freevars
        slots = slots[: len(places) - len(code.co_freevars)] + list(self.function.__closure__ or ())
        stack, keywords = [], 0
        for instruction in dis.get_instructions(code):
            name, arg = instruction.opname, instruction.arg or 0
            match name:
                case "RESUME" | "NOP" | "COPY_FREE_VARS" | "CACHE" | "EXTENDED_ARG":
                    pass
                case "LOAD_FAST" | "LOAD_FAST_CHECK" | "LOAD_CLOSURE":
                    stack.append(slots[arg])
                case "LOAD_FAST_LOAD_FAST":
                    stack += [slots[arg >> 4], slots[arg & 15]]
                case "STORE_FAST":
                    slots[arg] = stack.pop()
                case "STORE_FAST_STORE_FAST":
                    slots[arg >> 4] = stack.pop()
                    slots[arg & 15] = stack.pop()
                case "STORE_FAST_LOAD_FAST":
                    slots[arg >> 4] = stack.pop()
                    stack.append(slots[arg & 15])
                case "LOAD_CONST":
                    stack.append(code.co_consts[arg])
                case "RETURN_CONST":
                    return code.co_consts[arg]
                case "RETURN_VALUE":
                    return stack.pop()
                case "PUSH_NULL":
                    stack.append(NULL)
                case "POP_TOP":
                    stack.pop()
                case "COPY":
                    stack.append(stack[-arg])
                case "SWAP":
                    stack[-1], stack[-arg] = stack[-arg], stack[-1]
                case "KW_NAMES":
                    keywords = (arg + 1) << 32
                case "MAKE_CELL":
                    # The helper replaces a local, which the test's copy of the locals would not show.
                    initial = slots[arg]
                    slots[arg] = types.CellType() if initial is NULL else types.CellType(initial)
                case _:
                    if name == "CALL":
                        arg, keywords = arg | keywords, 0
                    stack = self.helper(name, arg, slots, stack)
        raise AssertionError("the code has no end")


class Thing:
    """An object with all kinds of behaviour."""

    kind = "thing"

    def __init__(self):
        self.value = 5
        self.log = []

    def method(self, *args, **kwargs):
        return (self.kind, args, sorted(kwargs.items()))

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, *error):
        self.log.append("exit")

    def __getitem__(self, key):
        return ("item", key)

    def __setitem__(self, key, value):
        self.log.append((key, value))

    def __delitem__(self, key):
        self.log.append(key)

    def __matmul__(self, other):
        return ("@", other)

    def __bool__(self):
        raise ZeroDivisionError("no truth")


def function_with_defaults(a, b=2, *rest, c=3, **others):
    return a, b, rest, c, others


GLOBAL = 77


def sample_arithmetic(a, b):
    return (a + b, a - b, a * b, a / b, a // b, a % b, a**b, a << b, a >> b, a & b, a | b, a ^ b, -a, ~a, not a, +a)


def sample_inplace(a, b):
    a += b
    a -= 1
    a *= b
    a //= 3
    a %= 1000
    a <<= 2
    a >>= 1
    a &= 0xFFFF
    a |= 5
    a ^= 9
    a **= 2
    a /= b
    return a


def sample_matmul(a, b):
    return a @ b


def sample_compare(a, b):
    return (a < b, a <= b, a == b, a != b, a > b, a >= b, a is b, a is not b, b in [a, b], a not in [b])


def sample_subscripts(a, b):
    a[b] = b
    a["k"] = 1
    del a["k"]
    return a[b]


def sample_slices(a, b):
    a[1:b] = [7, 8]
    return a[:b], a[b:], a[::b], a[1:2]


def sample_builds(a, b):
    return ([a, b], (a, b), {a, b}, {a: b, b: a}, {"x": a, "y": b, "z": 1}, f"{a}{b!r:>5}{a!s}{b!a}{a:{b}}", [*a, b], {*a}, {**{}, "q": b})


def sample_attributes(a, b):
    a.value = b
    found = a.value
    del a.value
    return found, a.kind, a.method(1, b), a.method(b, k=2), a.method


def sample_calls(a, b):
    return (
        a(1),
        a(1, b, c=4),
        a(*[1, 2, 3], **{"d": b}),
        a(b, *(), c=1),
        len("abc"),
        max(a(1)[1], 2),
        dict(x=1, y=b),
    )


def sample_globals(a, b):
    global GLOBAL
    GLOBAL = GLOBAL + b
    return GLOBAL, len, a


def sample_unpack(a, b):
    x, y = a
    first, *middle, last = b
    (p, q), *r = (a, 1, 2)
    return x, y, first, middle, last, p, q, r


def sample_functions(a, b):
    def inner(x=a, *, y: int = b):
        return x, y, b

    return inner(), inner.__annotations__, inner.__defaults__, inner.__kwdefaults__, (lambda: a)()


def sample_class(a, b):
    class Inner(a):
        """Made here."""

        x = 1

    return Inner.__name__, Inner.__mro__[1] is a, Inner.x


def sample_import(a, b):
    import os.path
    import string

    return os.path.join, string.digits


def sample_iterators(a, b):
    return iter(a).__class__, len(b)


class Derived(Thing):
    kind = "derived"


def sample_super(a, b):
    return super(Derived, a).method(b), super(Derived, a).kind, super(Derived, a).missing


def undefined_global(a, b):
    return this_name_does_not_exist


def call_with_bad_keywords(a, b):
    return a(**b)


def call_with_duplicates(a, b):
    return a(**{"c": 1}, **{"c": b})


def call_with_bad_star(a, b):
    return a(*b)


def star_list(a, b):
    return [*b]


def update_dict(a, b):
    return {**b}


def outcome(action):
    """What calling did, comparable: a value, or an exception with what belongs to it."""
    try:
        return ("returned", repr(action()))
    except BaseException as error:
        extra = getattr(error, "name", None) if isinstance(error, (NameError, AttributeError)) else None
        return ("raised", type(error), str(error), extra, repr(error.__context__))


class Operands:
    """Each attribute makes fresh operands, so that both sides start alike."""

    CASES = {
        sample_arithmetic: [(7, 3), (2**70, 5), (2.5, 2), (0, 0), ("x", 3), (7, -1), (None, 1)],
        sample_inplace: [(7, 3), (2**80, 11), ([1], [2]), (1, 0)],
        sample_matmul: [(Thing, 3), (1, 2)],
        sample_compare: [(1, 2), (2.0, 2), ("a", "b"), (1, "a"), ([], []), (float("nan"), 1)],
        sample_subscripts: [(dict, 3), (Thing, 1), (list, 0), (int, 0), (dict, list)],
        sample_slices: [(lambda: [1, 2, 3, 4], 2), (lambda: "text", 1), (int, 1), (lambda: [1, 2], None), (lambda: [1], 0)],
        sample_builds: [((1, 2), 3), ("ab", 9), (5, 1), ([[]], 1)],
        sample_attributes: [(Thing, 4), (Derived, 1), (int, 1), (object, 1)],
        sample_calls: [(lambda: function_with_defaults, 3), (lambda: sorted, 3), (int, 1)],
        sample_globals: [(1, 2), (1, "x")],
        sample_unpack: [((1, 2), "abc"), ([1], "ab"), ((1, 2, 3), "ab"), (5, 5), ("ab", "a"), ("ab", [])],
        sample_functions: [(1, 2)],
        sample_class: [(lambda: Thing, 1), (lambda: 5, 1)],
        sample_import: [(1, 2)],
        sample_iterators: [([], ""), (5, ""), ((), 5)],
        sample_super: [(Derived, 1), (int, 1)],
        undefined_global: [(1, 2)],
        call_with_bad_keywords: [(lambda: function_with_defaults, 5), (lambda: function_with_defaults, {"a": 1, 3: 4})],
        call_with_duplicates: [(lambda: function_with_defaults, 5)],
        call_with_bad_star: [(lambda: function_with_defaults, 5), (lambda: function_with_defaults, [1])],
        star_list: [(1, 5), (1, "ab")],
        update_dict: [(1, 5), (1, {"a": 1})],
    }

    @staticmethod
    def fresh(case):
        return [value() if callable(value) else value for value in case]


class HelpersAgreeWithTheInterpreter(unittest.TestCase):
    def test_samples(self):
        for function, cases in Operands.CASES.items():
            for number, case in enumerate(cases):
                with self.subTest(function=function.__name__, case=number):
                    global GLOBAL
                    GLOBAL = 77
                    expected = outcome(lambda: function(*Operands.fresh(case)))
                    GLOBAL = 77
                    found = outcome(lambda: Machine(function).run(*Operands.fresh(case)))
                    self.assertEqual(without_addresses(found), without_addresses(expected))

    def test_closures(self):
        def make(cell):
            def read():
                nonlocal cell
                cell = cell + 1
                return cell

            def delete():
                nonlocal cell
                del cell
                return cell

            return read, delete

        read, delete = make(5)
        self.assertEqual(Machine(read).run(), 6)
        self.assertEqual(read(), 7)
        expected = outcome(make(5)[1])
        self.assertEqual(outcome(lambda: Machine(delete).run()), expected)

    def test_context_manager(self):
        thing = Thing()
        exit_method, entered = _fatjit._run_op("BEFORE_WITH", 0, sample_class, (), (thing,))
        self.assertIs(entered, thing)
        self.assertEqual(exit_method, thing.__exit__)
        for wrong in (5, type("Half", (), {"__enter__": lambda self: self})()):

            def plain():
                with wrong:
                    pass

            expected = outcome(plain)
            self.assertEqual(outcome(lambda: _fatjit._run_op("BEFORE_WITH", 0, plain, (), (wrong,))), expected)

    def test_for_iter(self):
        iterator = iter("a")
        stack = _fatjit._run_op("FOR_ITER", 0, plain_function, (), (iterator,))
        self.assertEqual(stack, (iterator, "a"))
        self.assertEqual(_fatjit._run_op("FOR_ITER", 0, plain_function, (), (iterator,)), (iterator, NULL))

        def failing():
            yield 1 / 0

        with self.assertRaises(ZeroDivisionError):
            _fatjit._run_op("FOR_ITER", 0, plain_function, (), (failing(),))

    def test_truth(self):
        for value in (0, 1, "", "x", [], None, True):
            self.assertEqual(_fatjit._run_op("TO_BOOL", 0, plain_function, (), (value,)), (bool(value),))
        with self.assertRaisesRegex(ZeroDivisionError, "no truth"):
            _fatjit._run_op("TO_BOOL", 0, plain_function, (), (Thing(),))

    def test_text_grows_in_place(self):
        text = "ab" * 100
        result = _fatjit._run_op("BINARY_OP_INPLACE_ADD_UNICODE", 0, plain_function, (text,), (text, "c"))
        self.assertEqual(result, (text + "c",))
        # Something else than the local, or no text: an ordinary `+=`.
        self.assertEqual(
            _fatjit._run_op("BINARY_OP_INPLACE_ADD_UNICODE", 0, plain_function, ("x",), ([1], [2])), ([1, 2],)
        )

    def test_matching(self):
        class Point:
            __match_args__ = ("x", "y")

            def __init__(self, x, y):
                self.x, self.y = x, y

        class Strange:
            __match_args__ = ["x"]

        def run(name, arg, *stack):
            return outcome(lambda: _fatjit._run_op(name, arg, plain_function, (), stack)[-1])

        point = Point(1, 2)
        self.assertEqual(run("MATCH_CLASS", 2, point, Point, ()), ("returned", "(1, 2)"))
        self.assertEqual(run("MATCH_CLASS", 1, point, Point, ("y",)), ("returned", "(1, 2)"))
        self.assertEqual(run("MATCH_CLASS", 0, point, Point, ("z",)), ("returned", "None"))
        self.assertEqual(run("MATCH_CLASS", 1, 5, int, ()), ("returned", "(5,)"))
        self.assertEqual(run("MATCH_CLASS", 1, 5, str, ()), ("returned", "None"))
        self.assertEqual(run("MATCH_KEYS", 0, {"a": 1, "b": 2}, ("a", "b")), ("returned", "(1, 2)"))
        self.assertEqual(run("MATCH_KEYS", 0, {"a": 1}, ("a", "b")), ("returned", "None"))
        self.assertEqual(run("MATCH_KEYS", 0, {}, ()), ("returned", "()"))
        self.assertEqual(run("MATCH_MAPPING", 0, {}), ("returned", "True"))
        self.assertEqual(run("MATCH_SEQUENCE", 0, "text"), ("returned", "False"))

        def too_many():
            match point:
                case Point(1, 2, 3):
                    pass

        def twice():
            match point:
                case Point(1, x=1):
                    pass

        def not_a_class():
            match point:
                case function_with_defaults():
                    pass

        def not_a_tuple():
            match Strange():
                case Strange(1):
                    pass

        self.assertEqual(run("MATCH_CLASS", 3, point, Point, ()), outcome(too_many))
        self.assertEqual(run("MATCH_CLASS", 1, point, Point, ("x",)), outcome(twice))
        self.assertEqual(run("MATCH_CLASS", 0, point, function_with_defaults, ()), outcome(not_a_class))
        self.assertEqual(run("MATCH_CLASS", 1, Strange(), Strange, ()), outcome(not_a_tuple))

    def test_except_clause(self):
        error = ValueError()
        self.assertEqual(
            _fatjit._run_op("CHECK_EXC_MATCH", 0, plain_function, (), (error, (KeyError, ValueError))), (error, True)
        )

        def wrong():
            try:
                raise error
            except 5:
                pass

        with self.assertRaisesRegex(TypeError, "catching classes that do not inherit from BaseException"):
            _fatjit._run_op("CHECK_EXC_MATCH", 0, wrong, (), (error, 5))

    def test_no_helper(self):
        for name in ("YIELD_VALUE", "RETURN_VALUE", "NO_SUCH_BYTECODE"):
            with self.assertRaises(TypeError):
                _fatjit._run_op(name, 0, plain_function, (), (1, 2, 3))
        with self.assertRaises(TypeError):
            _fatjit._run_op("BINARY_OP", 0, plain_function, (), (1,))


class NothingLeaks(unittest.TestCase):
    def test_memory_is_flat(self):
        def everything():
            for function, cases in Operands.CASES.items():
                for case in cases:
                    outcome(lambda: Machine(function).run(*Operands.fresh(case)))

        for _ in range(3):
            everything()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(20):
            everything()
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - before, 100)


class LayoutIsAsExpected(unittest.TestCase):
    def test_check(self):
        self.assertIsNone(_fatjit._check_layout())


def plain_function():
    return None


def without_addresses(done):
    return tuple(re.sub(r"0x[0-9a-f]+", "0x", item) if isinstance(item, str) else item for item in done)


if __name__ == "__main__":
    unittest.main()
