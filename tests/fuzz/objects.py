"""Random programs of everyday objects: texts, dicts, sets, tuples, classes with methods, properties and operators,
generators, closures, calls in every form, exceptions through nested handlers, and classes that change under way.

A program is grown from the templates of object_grammar.py. Those that may raise are chosen inside `try` statements
and, in a wild function, anywhere. The same seed is the same program, which always ends: loops count, and what grows
is cut.

Variables tell by their name what they hold: ``i`` ints, ``n`` counters, ``s`` texts, ``d`` a dict of ints by texts,
``e`` a dict of lists by ints, ``z`` a set of ints, ``t`` a tuple of an int and a text, ``xs`` a list of ints, ``p``
objects of the program's classes, ``g`` a generator.
"""

import random
import re
import warnings

from object_grammar import COMPOUND, DISTURBING, FINALLY, GRAMMAR, IN_GENERATORS, IN_LOOPS, SIMPLE

PRELUDE = '''\
import collections
import contextlib
import functools
import itertools
import sys

NUMBER, WORD, TABLE = 3, "word", {"a": 1, "b": 2}
CALLS = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


def cut(n):
    return n if isinstance(n, int) and -(2**66) < n < 2**66 else hash(n) % 1000003


def short(s):
    return s[-24:]


def trim(*held):
    for one in held:
        if len(one) > 24:
            one.clear()


def tell(error):
    entries, entry = [], error.__traceback__
    while entry:
        entries.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    context = error.__context__
    print("caught", type(error).__name__, error, entries, context and (type(context).__name__, str(context)))


def look(*names):
    frame = sys._getframe(1)
    found = frame.f_locals
    print(frame.f_code.co_name, frame.f_lineno, *(f"{k}={found[k]!r}" for k in sorted(found) if k[0] in "inst"))


def where():
    return sys._getframe(1).f_lineno + len(sys._getframe(1).f_code.co_name)


def mixed(a, b=2, /, c=3, *rest, d=4, **more):
    return cut(a + b * c - d + len(rest) + sum(more.values()))


def named(a=1, *, b=2, c=3):
    return a - b + c


def spread(*rest, **more):
    return len(rest) + 3 * len(more)


def plus(function):
    @functools.wraps(function)
    def wrapper(*args, **names):
        return function(*args, **names) + 1
    return wrapper


@plus
def wrapped(n, k=1):
    return n - k


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def numbers(n, step=1):
    try:
        while n > 0:
            got = yield n
            n -= got or step
    finally:
        CALLS.append(n)
        del CALLS[9:]


def through(source):
    last = yield from source
    return last


def thrice(value):
    for _ in range(3):
        try:
            yield value
        except ValueError as error:
            yield str(error)


@contextlib.contextmanager
def guarded(name, *swallowed):
    print("enter", name)
    try:
        yield name
    except swallowed as error:
        tell(error)
    finally:
        print("leave", name)


class Manager:
    def __init__(self, n, swallows=False):
        self.n, self.swallows = n, swallows

    def __enter__(self):
        return self.n

    def __exit__(self, kind, error, traceback):
        CALLS.append(kind and (kind.__name__, traceback.tb_lineno))
        del CALLS[9:]
        return self.swallows


'''

HOLE = re.compile(r"<(\w+)>")
MOST_DEPTH = 2


class Body:
    """The statements of one function."""

    def __init__(self, rng, callables, generators, kind, wild):
        self.rng, self.kind, self.wild = rng, kind, wild
        self.callables, self.generators = callables, generators
        self.lines = []
        self.indent = 1
        self.loops = []  # trips of the loops around, innermost last
        self.counters = []
        self.trying = 0
        self.made = 0
        self.budget = rng.randint(5, 18)
        self.bumps = False

    def put(self, text):
        self.lines += ["    " * self.indent + line for line in text.split("\n")]

    def trips(self):
        product = 1
        for trips in self.loops:
            product *= trips
        return product

    # ---- filling templates

    def choose(self, templates):
        """A template that may stand here, without its mark."""
        while True:
            template = self.rng.choice(templates)
            if template[0] != "?":
                return template
            if self.rng.random() < (0.6 if self.trying else 0.12 if self.wild else 0.004):
                return template[1:]

    def fill(self, template, depth):
        return HOLE.sub(lambda hole: self.hole(hole[1], depth), template)

    def hole(self, name, depth):
        special = getattr(self, f"hole_{name}", None)
        if special:
            return special(depth)
        if name == "i" and self.counters and self.rng.random() < 0.4:
            return self.rng.choice(self.counters)
        templates = GRAMMAR[name]
        if name.isupper():
            # Deep inside only what comes first: variables and constants.
            templates = templates[:4] if depth > MOST_DEPTH else templates
            depth += 1
        return self.fill(self.choose(templates), depth)

    def hole_block(self, _depth):
        return "<block>"  # for compose()

    def hole_risky(self, _depth):
        return "<risky>"

    def hole_trips(self, _depth):
        return str(self.loops[-1])

    def hole_word_out(self, _depth):
        words = [f"return {self.rng.choice(['i0', 's0', '(i1, s1)', 'None'])}"]
        if self.loops:
            words += ["break", "continue"]
        return self.rng.choice(words)

    def hole_bump(self, depth):
        if not self.bumps:
            return self.hole("i", depth)
        return self.fill(self.rng.choice(["bump()", "bump(<i>)", "bump(by=<k>)"]), depth)

    def hole_call(self, depth):
        if not self.callables or self.trips() > 60:
            return self.hole("i", depth)
        name, form = self.rng.choice(self.callables)
        arguments = {
            "two": ["<I>, <S>", "<I>, b=<S>", "b=<S>, a=<I>", "*(<I>, <S>)", "<I>, **{'b': <S>}", "*t0"],
            "defaults": ["<I>", "<I>, <S>", "a=<I>", "<I>, c=<I>", "<I>, <S>, <I>"],
            "star": ["<I>, <S>", "<I>, <S>, <I>, <I>", "<I>, <S>, *xs[:3]", "<I>, <S>, k=<I>", "<I>, <S>, **d0"],
        }[form]
        return f"cut({name}({self.fill(self.rng.choice(arguments), depth + 1)}))"

    def hole_own_generator(self, depth):
        if not self.generators or self.trips() > 60:
            return self.fill("numbers(<i> & 7)", depth)
        return f"{self.rng.choice(self.generators)}({self.fill('<I>, <S>', depth + 1)})"

    # ---- statements

    def statement(self):
        self.budget -= 1
        kinds = [(20, SIMPLE), (1, DISTURBING)]
        if self.indent < 6:
            kinds += [(7, COMPOUND), (1, FINALLY)]
            if len(self.loops) < 3 and self.trips() < 120:
                kinds.append((4, None))
        if self.loops:
            kinds.append((2, IN_LOOPS))
        if self.kind == "generator":
            kinds.append((4, IN_GENERATORS))
        weights, tables = zip(*kinds)
        table = self.rng.choices(tables, weights)[0]
        if table is None:
            self.loop()
            return
        template = self.choose(table)
        if self.kind == "generator":
            # A generator's values are taken by others: what it returns is nobody's.
            template = template.replace("<word_out>", "return")
        text = self.fill(template, 0)
        if table is DISTURBING:
            text = self.fill("if <i> % 13 == 5:", 0) + "\n    " + text.replace("\n", "\n    ")
        self.compose(text)

    def compose(self, text):
        """Puts a template that was filled, its blocks grown where they stand."""
        outer = self.indent
        for line in text.split("\n"):
            self.indent = outer + (len(line) - len(line.lstrip(" "))) // 4
            if line.strip(" ") in ("<block>", "<risky>"):
                self.block(line.endswith("<risky>"))
            else:
                self.put(line.strip(" "))
        self.indent = outer

    def block(self, risky):
        self.trying += risky
        for _ in range(self.rng.randint(1, 3)):
            self.statement()
        if risky and self.rng.random() < 0.4:
            self.compose(self.fill(self.rng.choice(["if <B>: raise <raised>", "i0 = d0[<S>]", "i1 = xs[<i>]",
                "i0 = <i> // (<i> & 1)", "<p>.nowhere()"]), 0))
        self.trying -= risky

    def loop(self):
        trips = self.rng.choice([4, 12, 30, 60]) if not self.loops else self.rng.choice([2, 3, 6])
        self.made += 1
        counter = f"n{self.made}"
        self.loops.append(trips)
        form = self.rng.randrange(8)
        if form < 2:
            self.put(f"{counter} = 0")
            self.put(f"while {counter} < {trips}{self.fill(' and (<B>)', 0) if form else ''}:")
            self.put(f"    {counter} += 1")
        elif form == 2:
            self.put(self.fill(f"for {counter}, v{self.made} in enumerate(<iterated>):", 0))
        elif form == 3:
            items = self.rng.choice(["[*<D>.items()]", "dict(<D>).items()"])
            self.put(self.fill(f"for v{self.made}, {counter} in {items}:", 0))
        elif form == 4:
            self.put(self.fill(f"for {counter}, v{self.made} in zip(range({trips}), <iterated>):", 0))
        else:
            self.put(self.fill(f"for {counter} in <iterated>:", 0))
        self.indent += 1
        if form == 3 or form == 2 or form > 4:
            # A list that grows under its own loop must not go on for ever.
            self.put("trim(xs, d0, z0, e0)")
        self.counters.append(counter)
        for _ in range(self.rng.randint(1, 4)):
            self.statement()
        self.counters.pop()
        self.indent -= 1
        self.loops.pop()
        if self.rng.random() < 0.15:
            self.compose("else:\n    <block>")

    def function(self, head, parameters):
        """The whole function, from its first line; its parameters are an int and a text, and perhaps more."""
        self.indent = 0
        self.put(head)
        self.indent = 1
        self.put("global NUMBER")
        names = {"i0": "a", "i1": "1", "i2": "7", "s0": "b", "s1": "'other'", "d0": "{'a': 1, 'b': 2}",
            "e0": "{1: [1], 2: [2, 3]}", "z0": "{1, 2, 3}", "t0": "(3, 'three')", "xs": "[3, 1, 2, 5, 4]",
            "p0": "Thing(1)", "p1": "Other(2, 3)", "g0": "numbers(9)"}
        for name, value in names.items():
            self.put(f"{name} = {value}")
        if "rest" in parameters:
            self.put("i1 = len(rest) + len(more)")
        if self.rng.random() < 0.3:
            self.bumps = True
            self.put("def bump(n=1, *, by=2):")
            self.put("    nonlocal " + self.rng.choice(["i1", "i2", "i0, s0"]))
            self.put(self.rng.choice(["    i0 = cut(i0 + n * by) if isinstance(n, int) else 1", "    i1 = i2 = n"])
                if "i0" in self.lines[-1] else f"    {self.lines[-1].split()[-1]} = cut(n + by)")
            self.put("    return n - by")
        if self.rng.random() < 0.85:
            self.loop()
        while self.budget > 0:
            self.statement()
        if self.kind == "generator":
            self.put("yield i0")
        self.put(self.rng.choice(["return i0", "return cut(i1)", "return i2 if i2 else i0"]) if self.kind == "leaf"
            else self.rng.choice(["return locals()", "return i0, i1, i2, s0, s1, t0", "return d0, e0, z0, xs, p0, p1"]))
        return self.lines


def classes(rng):
    """Thing, Other (a kind of Thing) and Slotted; what they have and how they do it differs."""
    scale = rng.choice(["2", "3", "0.5", "'x'" if rng.random() < 0.05 else "1"])
    norm = rng.choice(["self.x * self.x + self.y", "abs(self.x) + self.scale", "self.twice - self.y",
        "sum(v for v in (self.x, self.y))", "self.x if self.x > self.y else self.plain(self.y)"])
    lines = ["class Thing:", f"    scale, label = {scale}, 'thing'", ""]
    lines += [rng.choice(["    def __init__(self, x, y=1):", "    def __init__(self, x, y=1, *, z=0):"])]
    lines += rng.choice([["        self.x, self.y = x, y"], ["        self.x = x", "        self.y = y"],
        ["        self.y = y", "        self.x = x", "        if y == 3:", "            self.extra = x"]])
    lines += ["", "    def norm(self):", f"        return cut({norm})"]
    lines += ["", "    @property", "    def twice(self):", "        return self.x + self.x"]
    lines += ["", "    @property", "    def half(self):", "        return self.x // 2",
        "", "    @half.setter", "    def half(self, n):", "        self.x = n * 2"]
    lines += ["", "    def move(self, dx, dy=0, *, by=1):",
        "        self.x = cut(self.x + dx * by)", "        self.y = cut(self.y + dy)", "        return self"]
    lines += ["", "    def mixed(self, *args, **names):", "        return len(args) + len(names) + self.y"]
    lines += ["", "    @staticmethod", "    def plain(n):", "        return n - 1"]
    lines += ["", "    @classmethod", "    def made(cls, n):", "        return cls(n, n & 3)"]
    lines += ["", "    def __repr__(self):", "        return f'{type(self).__name__}({self.x!r}, {self.y!r})'"]
    lines += ["", "    def __add__(self, other):", "        return Thing(cut(self.x + other.x), self.y)"]
    lines += ["", "    def __getitem__(self, k):", "        return (self.x, self.y)[k & 1]"]
    lines += ["", "    def __setitem__(self, k, n):", "        self.x, self.y = (n, self.y) if k & 1 else (self.x, n)"]
    lines += ["", "    def __len__(self):", f"        return {rng.choice(['3', 'abs(cut(self.y)) % 7', '1'])}"]
    lines += ["", "    def __call__(self, n=0):", "        return cut(self.x - n)"]
    lines += ["", "    def __contains__(self, n):", "        return n == self.x"]
    lines += ["", "    def __lt__(self, other):", "        return self.x < other.x"]
    if rng.random() < 0.6:
        lines += ["", "    def __eq__(self, other):", "        return isinstance(other, Thing) and self.x == other.x"]
        lines += ["", "    def __hash__(self):", "        return hash(self.y)"]
    if rng.random() < 0.2:
        lines += ["", "    def __bool__(self):", "        return self.x != 2"]
    if rng.random() < 0.2:
        lines += ["", "    def __getattribute__(self, name):", "        return object.__getattribute__(self, name)"]
    if rng.random() < 0.2:
        lines += ["", "    def __setattr__(self, name, value):", "        object.__setattr__(self, name, value)"]
    if rng.random() < 0.2:
        lines += ["", "    def __iadd__(self, other):", "        self.y = cut(self.y + 1)", "        return self"]
    lines += ["", "", "class Other(Thing):"]
    lines += rng.choice([["    pass"], ["    label = 'other'"], ["    def norm(self):",
    "        return super().norm() + 1"],
        ["    def __init__(self, x, y=2):", "        super().__init__(x, y)", "        self.more = x"],
        ["    def __getattr__(self, name):", "        if name == 'extra':", "            return 12",
            "        raise AttributeError(name)"]])
    lines += ["", "", "class Slotted(Thing):", f"    __slots__ = ({rng.choice(['', chr(39) + 'w' + chr(39) + ','])})"]
    lines += ["", "", "def super_norm(thing):", "    return Thing.norm(thing)"]
    lines += ["", "", "def operate(function):", "    return cut(function())"]
    return lines


HEADS = {
    "two": "a, b",
    "defaults": "a, b='text', c=3",
    "star": "a, b, *rest, **more",
}


def compiles(lines):
    """Whether the lines of a function are Python: templates within each other may not be, as `:=` in some places."""
    if lines is None:
        return False
    try:
        with warnings.catch_warnings(action="ignore"):
            compile("\n".join(lines), "made", "exec")
    except SyntaxError:
        return False
    return True


def program(seed):
    """The text of a program."""
    rng = random.Random(f"objects {seed}")
    lines = [*PRELUDE.splitlines(), *classes(rng), "", ""]
    callables, generators, cases = [], [], []
    for number in range(rng.randint(2, 4)):
        kind = rng.choice(["leaf", "plain", "plain", "generator"])
        form = "two" if kind == "generator" else rng.choice(list(HEADS))
        name = f"{kind}{number}"
        head = f"def {name}({HEADS[form]}):"
        made = None
        while not compiles(made):
            body = Body(rng, list(callables), list(generators), kind, rng.random() < 0.25)
            made = body.function(head, HEADS[form])
        lines += [*made, "", ""]
        calls = [f"{name}({rng.choice(['0', '1', '5', '-3', '2**62'])}, {rng.choice(GRAMMAR['word'])})"
            for _ in range(rng.randint(1, 3))]
        if kind == "generator":
            generators.append(name)
            calls = [f"list(itertools.islice({call}, 200))" for call in calls]
        elif kind == "leaf":
            callables.append((name, form))
        cases += calls
    for number, call in enumerate(cases):
        lines += [f"def case_{number}():", f"    return {call}", "", ""]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(program(int(sys.argv[1])))
