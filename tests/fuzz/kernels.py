"""Random programs of numeric kernels: functions that call each other, recursion, elements of lists, tuples, byte
strings and strings, slices, iteration, builtins, loops of module-level code, and rebinding of what they use.

Other than in generate.py, most of it stays with the types it began with, so that native code gets far; a strange
value, a shorter list or another function comes in late. The same seed is the same program, which always ends:
loops count, recursion gets smaller arguments, and what multiplies is cut.

Variables tell by their name what they hold: ``i`` ints, ``f`` floats, ``n`` counters, ``xs`` a list of ints, ``fs`` a
list of floats, ``rows`` a list of lists of ints, ``data`` a bytearray, ``text`` a string, ``pair`` a tuple.
"""

import random

PRELUDE = '''\
import array
import math
import sys

G0, G1, GS = 3, 0.5, [1, 2, 3, 4]


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


class Number(int):
    def __mul__(self, other):
        return 5


def cut(n):
    return n if -(2**40) < n < 2**40 else int(n) % 1000003 if n == n and abs(n) < 1e300 else 7


def look():
    frame = sys._getframe(1)
    found = frame.f_locals
    print(frame.f_lineno, *(f"{k}={found[k]!r}" for k in sorted(found) if k[0] in "ifnx"))
    return 1


def lines(error):
    told, entry = [], error.__traceback__
    while entry:
        told.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    return told[1:]


def tried(function, *arguments):
    """What a call returns or raises, and what is left in its arguments."""
    try:
        result = function(*arguments)
    except (ArithmeticError, LookupError, TypeError, ValueError, NameError, AttributeError) as error:
        result = type(error).__name__, str(error), lines(error), error.__context__ and lines(error.__context__)
    return result, arguments


'''

STRANGE = [
    "0.5", "2**62", "2**70", "True", "None", "'s'", "Number(3)", "-0.0", "float('nan')", "[1]", "Noisy('strange')",
]
CONTAINERS = {
    "xs": ["[3, 1, 2, 5, 4]", "list(range(12))", "[7] * 9", "[]", "[2**62, -2**63, 0]",
        "[k * k % 11 for k in range(30)]"],
    "fs": ["[0.5, -1.5, 2.25]", "[k / 4 for k in range(14)]", "[0.0] * 8", "[1e308, 5e-324, -0.0]", "[]"],
    "rows": ["[[1, 2, 3], [4, 5, 6]]", "[[j * k for j in range(5)] for k in range(5)]", "[[0] * 4] * 3",
        "[[1], [2, 3]]"],
    "data": ["bytearray(b'hello world')", "bytearray(16)", "bytearray(range(250, 256))"],
    "text": ["'abcabc'", "'h\\xe9llo'", "'a\\u1234b'", "'x'"],
    "pair": ["(1, 2)", "(0.5, 3)", "(4, 'y')"],
    "arr": ["array.array('d', [0.5, 1.5, 2.5])", "array.array('d', range(9))"],
}


class Scope:
    """Where statements go: a function's body or module-level code, with the names that are bound there."""

    def __init__(self, rng, functions, indent, names):
        self.rng, self.functions, self.indent = rng, functions, indent
        self.lines = []
        self.names = set(names)
        self.counters = []
        self.work = 1  # rounds of all loops around, multiplied
        self.fresh = 0
        self.trying = 0
        self.in_function = bool(indent)

    # ---- choosing

    def pick(self, *options):
        return self.rng.choice(options)

    def chance(self, p):
        return self.rng.random() < p

    def put(self, text):
        self.lines.append("    " * self.indent + text)

    def unsafe(self):
        return self.chance(0.3 if self.trying else 0.03)

    def container(self, *wanted):
        return self.pick(*[name for name in wanted or CONTAINERS if name in self.names] or ["GS"])

    def int_name(self):
        return self.pick("i0", "i1", "i2", *self.counters * 2)

    def float_name(self):
        return self.pick("f0", "f1")

    # ---- expressions

    def index(self, container):
        if self.unsafe():
            return self.pick(self.int_name(), "-3", "5", "f0", str(self.rng.randint(-9, 40)))
        if self.counters and self.chance(0.5):
            return f"{self.pick(*self.counters)} % (len({container}) or 1)"
        return self.pick("0", "-1", f"{self.int_name()} % (len({container}) or 1)",
            f"({self.int_expr(2)}) % (len({container}) or 1)")

    def element(self, *wanted):
        name = self.container(*wanted)
        if name == "rows":
            row = f"rows[{self.index('rows')}]"
            return f"{row}[{self.pick('0', '-1', self.index(row))}]"
        return f"{name}[{self.index(name)}]"

    def letter(self):
        return self.element("text") if "text" in self.names else f"'hello'[{self.int_name()} % 5]"

    def call(self, depth):
        name, parameters = self.rng.choice(self.functions)
        values = [self.int_expr(depth + 1) if p[0] == "i" else self.float_expr(depth + 1) for p in parameters]
        if name.startswith("r"):
            values[0] = str(self.rng.randint(0, 6)) if self.chance(0.7) else f"({values[0]}) % 6"
        form = self.rng.randrange(8)
        if form == 0 and len(parameters) > 1:
            return f"{name}({values[0]}, {', '.join(f'{p}={v}' for p, v in zip(parameters[1:], values[1:]))})"
        if form == 1:
            return f"{name}(*({', '.join(values)},))"
        if form == 2 and len(parameters) > 1:
            return f"{name}({', '.join(values[:-1])})"
        return f"{name}({', '.join(values)})"

    def int_expr(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.pick(self.int_name(), self.int_name(), str(self.rng.randint(-9, 30)), "G0")
        inner = lambda: self.int_expr(depth + 1)
        which = self.rng.randrange(16)
        if which < 5:
            return f"({inner()} {self.pick('+', '-', '+', '-', '&', '|', '^')} {inner()})"
        if which == 5:
            return f"cut({inner()} * {inner()})"
        if which == 6:
            right = self.pick("2", "3", "7", "8", "10", "-3", f"({inner()} or 1)", inner() if self.unsafe() else "5")
            return f"({inner()} {self.pick('//', '%')} {right})"
        if which == 7:
            return f"({inner()} {self.pick('>>', '<<')} {self.pick('1', '3', f'({inner()} & 7)')})"
        if which < 10:
            return self.element("xs", "xs", "rows", "data")
        if which == 10:
            return f"len({self.container()})"
        if which == 11 and self.functions and self.work < 400:
            return f"cut({self.call(depth)})"
        if which == 12:
            return self.pick(
                f"abs({inner()})", f"max({inner()}, {inner()})", f"min({inner()}, {inner()}, 9)",
                f"int({self.float_expr(depth + 1)} > 1)",
                f"int(cut({self.float_expr(depth + 1)}))", f"ord({self.letter()})", f"round({inner()})",
                f"divmod({inner()}, 7)[1]",
                f"pow({inner()} & 7, 3)", f"sum({self.container('xs', 'data')})", f"bool({inner()})",
                f"isinstance({inner()}, int)",
                f"math.floor(cut({self.float_expr(depth + 1)}))",
                f"({inner()} in {self.pick('(1, 2, 3)', 'range(9)', self.container('xs'))})",
            )
        if which == 13:
            return f"({inner()} if {self.condition(depth + 1)} else {inner()})"
        return self.pick(f"-{self.int_name()}", f"~{self.int_name()}", f"({inner()} + 1)")

    def float_expr(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.pick(self.float_name(), self.float_name(), "0.25", "-1.5", "2.0", "G1")
        inner = lambda: self.float_expr(depth + 1)
        which = self.rng.randrange(12)
        if which < 5:
            return f"({inner()} {self.pick('+', '-', '*')} {self.pick(inner(), self.int_name())})"
        if which == 5:
            return f"({inner()} / {self.pick('2', '3.0', f'({inner()} or 1.0)')})"
        if which < 8:
            return self.element("fs", "fs", "arr")
        if which == 8 and self.functions and self.work < 400:
            return f"cut({self.call(depth)}) * 0.5"
        if which == 9:
            return self.pick(
                f"abs({inner()})", f"max({inner()}, {inner()})", f"min(0.5, {inner()})", f"math.sqrt(abs({inner()}))",
                f"math.sin({inner()})",
                f"float({self.int_expr(depth + 1)})", f"round({inner()}, 2)", f"sum({self.container('fs')})",
                f"math.hypot({inner()}, 1.0)",
                f"math.fabs({inner()})", f"({inner()} % 3.0)", f"(abs({inner()}) ** 0.5)",
            )
        return f"({inner()} if {self.condition(depth + 1)} else {inner()})"

    def condition(self, depth=1):
        comparison = self.pick("<", "<=", "==", "!=", ">", ">=")
        which = self.rng.randrange(8)
        if which < 4:
            return f"{self.int_expr(depth + 1)} {comparison} {self.int_expr(depth + 1)}"
        if which < 6:
            return f"{self.float_expr(depth + 1)} {comparison} {self.float_expr(depth + 1)}"
        if which == 6:
            return f"{self.letter()} {self.pick('==', '<', 'in')} {self.pick(repr('a'), repr('abc'))}"
        return f"{self.int_name()} % {self.rng.randint(2, 5)} == {self.rng.randint(0, 2)}"

    # ---- statements

    def statement(self, depth=0):
        makers = [
            (6, self.assign), (4, self.assign_float), (7, self.store), (3, self.swap), (2, self.resize),
            (3, self.slice), (2, self.unpack),
            (1, self.show), (1, self.disturb), (1, self.comprehend),
        ]
        if depth < 3:
            makers += [(3, self.branch)]
            if self.work < 120:
                makers += [(6, self.loop)]
            if depth < 2:
                makers += [(1, self.attempt)]
        if self.counters:
            makers += [(1, self.leave)]
        weights, makers = zip(*makers)
        maker = self.rng.choices(makers, weights)[0]
        maker(depth) if maker in (self.branch, self.loop, self.attempt) else maker()

    def block(self, depth, most=4):
        self.indent += 1
        for _ in range(self.rng.randint(1, most)):
            self.statement(depth + 1)
        self.indent -= 1

    def assign(self):
        name = self.pick("i0", "i1", "i2")
        if self.chance(0.4):
            self.put(f"{name} {self.pick('+', '-', '^', '|')}= {self.int_expr(1)}")
        else:
            self.put(f"{name} = {self.int_expr()}")
        if self.chance(0.2):
            self.put(f"{name} = cut({name})")

    def assign_float(self):
        name = self.float_name()
        self.put(f"{name} = {self.float_expr()}" if self.chance(0.6) else f"{name} += {self.float_expr(1)}")
        if self.chance(0.4):
            self.put(f"{name} = {name} if -1e6 < {name} < 1e6 else 0.125")

    def store(self):
        name = self.container("xs", "fs", "rows", "data", "arr")
        if name == "rows":
            row = f"rows[{self.index('rows')}]"
            target, value = f"{row}[{self.pick('0', '-1', self.index(row))}]", self.int_expr(1)
        else:
            target = f"{name}[{self.index(name)}]"
            value = self.float_expr(1) if name in ("fs", "arr") else self.int_expr(1)
        if name == "data":
            value = value if self.unsafe() else f"({value}) & 255"
        if name != "data" and self.chance(0.4):
            self.put(f"{target} {self.pick('+', '-', '*' if name in ('fs', 'arr') else '+')}= {value}")
        elif name in ("xs", "fs") and self.chance(0.05):
            self.put(f"if {self.condition()}:")
            self.put(f"    {target} = {self.rng.choice(STRANGE)}")
        else:
            self.put(f"{target} = {value}")

    def swap(self):
        form = self.rng.randrange(4)
        if form == 0:
            self.put("i0, i1 = i1, i0" if self.chance(0.5) else "i0, i1, i2 = i2, i0 + i1, i1")
        elif form == 1:
            self.put("f0, f1 = f1, f0")
        else:
            name = self.container("xs", "fs", "rows")
            a, b = self.index(name), self.index(name)
            self.put(f"{name}[{a}], {name}[{b}] = {name}[{b}], {name}[{a}]")

    def resize(self):
        name = self.container("xs", "fs", "rows", "data")
        values = {"fs": self.float_expr(1), "rows": "[i0, 1, 2]", "data": f"({self.int_expr(1)}) & 255"}
        value = values.get(name, self.int_expr(1))
        self.put(self.pick(
            f"{name}.append({value})", f"if len({name}) > 2: {name}.pop()", f"if {name}: {name}.pop(0)",
            f"{name}.insert({self.int_name()} % 5, {value})", f"del {name}[20:]", f"{name}.reverse()",
        ))
        self.put(f"del {name}[40:]")

    def slice(self):
        name = self.container("xs", "fs", "xs", "data")
        bound = lambda: self.pick("", "1", "3", "-1", f"{self.int_name()} % 7", self.int_name(), "2")
        part = f"{name}[{bound()}:{bound()}]"
        self.put(self.pick(
            f"{part} = {name}[{bound()}:{bound()}]", f"{name} = {part} + {name}[:1]", f"i2 = len({part})",
            f"{part} = {name}[{bound()}::-1]",
            f"{name} = {name}[:]", f"{name}[::2] = {name}[::2]", f"i1 = sum({name}[-3:]) if {name!r} != 'fs' else 1",
        ))
        self.put(f"del {name}[40:]")

    def unpack(self):
        self.put(self.pick(
            "i0, i1 = 3, i0", "pair = (i0, f0)", "i0, f0 = (i1, f1)", "i1, *xs = [i0, i1, i2, 4]",
            "(i0, i1), f1 = [i1, i2], f0",
            "pair = pair[1], pair[0]",
            f"first, second = {self.pick('pair', 'xs[:2]', 'text[:2]') if self.trying else 'pair'}",
            "i0, i1 = divmod(i0, 7)",
        ))

    def show(self):
        lists = "print(xs[:5], fs[:3])" if {"xs", "fs"} <= self.names else "print(i1)"
        self.put(self.pick("print(i0, f0)", "look()", lists))

    def disturb(self):
        """Rebinds, rarely, something that other code relies on."""
        self.put(f"if {self.int_name()} % {self.rng.randint(7, 40)} == 3:")
        others = [name for name, _ in self.functions] or ["cut"]
        one, other = self.rng.choice(others), self.rng.choice(others)
        self.put("    " + self.pick(
            "globals()['G0'] = i0 & 15", "globals()['G1'] = f0 if f0 == f0 else 0.75",
            "globals()['GS'] = [i0 & 7, 2, 3]",
            "GS.append(i1 & 15)", "del GS[4:]", "globals().update(G0=2.5)",
            "globals().update(G0=4, abs=lambda x: x + 1)",
            "globals().pop('abs', None)", f"globals()['{one}'] = {other}", f"{one}.__code__ = {other}.__code__",
            f"{one}.__defaults__ = {one}.__defaults__ and (2,) * len({one}.__defaults__)",
            "globals().update(len=lambda x: 3)",
            "globals().pop('len', None)", "xs = [Noisy(1), 2]" if "xs" in self.names and self.trying else "i0 = 1",
        ))

    def comprehend(self):
        if not {"xs", "fs"} <= self.names:
            return self.assign()
        self.put(self.pick(
            "xs = [k + i0 for k in xs[:20]]", "fs = [x * 0.5 for x in fs[:20] if x > -9.0]",
            "xs = [i for i, x in enumerate(xs[:20])] + [3]",
            "i1 = sum([a * b for a, b in zip(xs, xs[1:]) if abs(a) < 99 and abs(b) < 99])",
            "rows = [[j for j in range(3)] for k in range(3)]",
            "fs = [fs[k] for k in range(len(fs[:20]))] + [f0]", "xs = [cut(G0 + k) for k in reversed(xs[:20])]",
        ))

    def branch(self, depth):
        self.put(f"if {self.condition()}:")
        self.block(depth, 3)
        if self.chance(0.4):
            self.put("else:")
            self.block(depth, 2)

    def loop(self, depth):
        self.fresh += 1
        n = f"n{self.fresh}"
        trips = self.rng.choice([4, 9, 30, 60]) if self.work == 1 else self.rng.choice([2, 3, 6])
        form = self.rng.randrange(10)
        name = self.container("xs", "fs", "text", "data", "arr", "pair")
        start = self.pick("0", "0", "1", "-2", "2**62")
        if form < 2:
            self.put(f"{n} = 0")
            self.put(f"while {n} < {trips}{f' and {self.condition()}' if self.chance(0.2) else ''}:")
            self.put(f"    {n} += 1")
        elif form < 5:
            spread = self.pick(f"{trips}", f"{start}, {start} + {trips}", f"{trips}, 0, -1", f"len({name})")
            self.put(f"for {n} in range({spread}):")
        elif form == 5:
            self.put(f"for {n}, x{self.fresh} in enumerate({name}[:{trips}]):")
        elif form == 6:
            self.put(f"for {n}, x{self.fresh} in zip(range({trips}), {name}):")
        elif form == 7:
            self.put(f"for {n} in {self.pick('xs', 'reversed(xs)', 'data', 'range(6)', '(1, 2, 3, 5, 8)')}:")
            self.put("    if len(xs) > 60 or len(data) > 60: break")
        else:
            self.put(f"for {n} in range({trips}):")
        self.counters.append(n)
        self.work *= trips
        self.block(depth, 4)
        self.work //= trips
        self.counters.pop()
        if self.chance(0.1):
            self.put("else:")
            self.block(depth, 1)

    def leave(self):
        self.put(f"if {self.condition()}:")
        self.put(f"    {self.pick('break', 'continue')}")

    def attempt(self, depth):
        self.put("try:")
        self.trying += 1
        self.block(depth, 4)
        self.trying -= 1
        self.put("except (ArithmeticError, LookupError, TypeError, ValueError) as error:")
        self.put("    print(type(error).__name__, error, lines(error))")
        if self.chance(0.3):
            self.put("finally:")
            self.put("    i2 = 1")


def bounded(rng, functions):
    """A leaf function of a few numbers, or one that calls the earlier ones."""
    name = f"h{len(functions)}"
    parameters = rng.choice([["i0", "i1"], ["i0", "f0"], ["f0"], ["i0"]])
    default = {"i": ["2", "5"], "f": ["0.5"]}
    plain = len(parameters) - rng.randint(0, len(parameters) - 1)
    shown = [*parameters[:plain], *(f"{p}={rng.choice(default[p[0]])}" for p in parameters[plain:])]
    scope = Scope(rng, functions[-2:], 1, ())
    scope.work = 150
    scope.put(f"def {name}({', '.join(shown)}):")
    scope.lines[-1] = scope.lines[-1].strip()
    for variable, value in (("i0", "4"), ("i1", "1"), ("i2", "2"), ("f0", "0.5"), ("f1", "1.5")):
        if variable not in parameters:
            scope.put(f"{variable} = {value}")
    for _ in range(rng.randint(0, 3)):
        if rng.random() < 0.4:
            scope.put(f"if {scope.condition()}:")
            scope.put(f"    return {scope.int_expr(1)}")
        else:
            rng.choice([scope.assign, scope.assign_float])()
    scope.put(f"return {scope.int_expr() if rng.random() < 0.7 else scope.float_expr()}")
    return scope.lines, (name, parameters)


def recursive(rng, functions):
    """A function that calls itself with a smaller first argument."""
    name = f"r{len(functions)}"
    scope = Scope(rng, [one for one in functions[-1:] if one[0].startswith("h")], 1, ())
    scope.work = 150
    scope.lines.append(f"def {name}(i0, i1=1):")
    scope.put("i2, f0, f1 = 3, 0.5, 1.5")
    scope.put(f"if i0 {rng.choice(['<', '<='])} {rng.choice('012')}{rng.choice(['', ' or i0 > 30'])}:")
    scope.put(f"    return {scope.int_expr(1)}")
    if rng.random() < 0.5:
        scope.put("if i0 > 12:")
        scope.put("    return i0")
        again = rng.choice([f"{name}(i0 - 1) + {name}(i0 - 2)", f"{name}(i0 - 1, i1 + 1) - {name}(i0 - 2, i1=i0)"])
    else:
        again = rng.choice([f"{name}(i0 - 1, {scope.int_expr(2)})", f"{name}(i0 // 2, i0 + i1) + {name}(i0 // 2)",
            f"i0 + {name}(i0 - 1)"])
    if rng.random() < 0.3:
        scope.put(f"i2 = {scope.int_expr()}")
    scope.put(f"return cut({again})" if rng.random() < 0.5 else f"return {again}")
    return scope.lines, (name, ["i0", "i1"])


def kernel(rng, functions, name):
    """A function over containers; its parameters are all of them."""
    scope = Scope(rng, functions, 1, CONTAINERS)
    scope.lines.append(f"def {name}({', '.join(CONTAINERS)}, i0=1, f0=0.5):")
    scope.put("i1, i2, f1 = 2, 7, 1.25")
    if rng.random() < 0.3:
        scope.put("global G0, G1")
    scope.loop(0)
    for _ in range(rng.randint(1, 5)):
        scope.statement()
    results = ["i0, i1, i2, f0, f1", "i0, f0, xs, fs", "i1, rows, data, text, pair", "locals()"]
    scope.put(f"return {rng.choice(results)}")
    return scope.lines


def module_level(rng, functions):
    """Module-level code, as text."""
    scope = Scope(rng, functions, 0, ("xs", "fs", "data"))
    scope.put("i0, i1, i2, f0, f1, pair, text = 1, 2, 7, 0.5, 1.25, (1, 2), 'abc'")
    xs, fs = rng.choice(CONTAINERS["xs"][:3]), rng.choice(CONTAINERS["fs"][:3])
    scope.put(f"xs, fs, data = {xs}, {fs}, bytearray(b'abc')")
    scope.loop(0)
    for _ in range(rng.randint(1, 3)):
        scope.statement()
    return "\n".join(scope.lines) + "\n"


def program(seed):
    """The text of a program."""
    rng = random.Random(f"kernels {seed}")
    lines = PRELUDE.splitlines()
    functions = []
    for _ in range(rng.randint(1, 4)):
        made, described = rng.choice([bounded, bounded, recursive])(rng, functions)
        functions.append(described)
        lines += [*made, "", ""]
    cases = []
    for number in range(rng.randint(1, 3)):
        name = f"kernel{number}"
        lines += [*kernel(rng, functions, name), "", ""]
        for _ in range(rng.randint(1, 3)):
            arguments = [rng.choice(values) for values in CONTAINERS.values()]
            arguments += [rng.choice(["1", "5", "2**62", "True"]), rng.choice(["0.5", "-2.0", "3"])]
            cases.append(f"tried({name}, {', '.join(arguments)})")
    for name, parameters in functions:
        calls = ", ".join(f"tried({name}, {k}{', 2' * (len(parameters) - 1)})" for k in (0, 3, 7, 11))
        cases.append(f"[({calls}) for _ in range(20)]")
    if rng.random() < 0.7:
        lines += [f"MODULE = compile({module_level(rng, functions)!r}, __name__ + '_module', 'exec')", "", ""]
        lines += ["def module():", "    names = dict(globals())", "    exec(MODULE, names)"]
        lines += ["    return [names[k] for k in ('i0', 'i1', 'i2', 'f0', 'f1', 'xs', 'fs', 'data')]", "", ""]
        cases.append("[tried(module) for _ in range(3)]")
    for number, call in enumerate(cases):
        lines += [f"def case_{number}():", f"    return {call}", "", ""]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(program(int(sys.argv[1])))
