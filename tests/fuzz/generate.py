"""Random programs from a seed: the same seed is the same program.

A program is a module of small functions and of cases ``case_*`` that call them with numbers, strings and
lists. It prints, raises, returns; it always ends, because every loop counts, and its numbers stay within a
few hundred digits, because whatever multiplies is cut back. Nothing in it depends on addresses or times.

Variables tell by their name what they hold: ``i`` ints and bools, ``f`` numbers, ``s`` strings, ``l`` lists,
``d`` dicts, ``o`` objects that say when they die. In a wild function that is only so at first, and what raises
may stand anywhere; the others come to their end more often.
"""

import random

PRELUDE = '''\
import sys

G0, G1 = 0, 1.5


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


class Suspicious:
    def __init__(self, name, swallows):
        self.name, self.swallows = name, swallows

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, traceback):
        print("exit", self.name, kind and kind.__name__, traceback and traceback.tb_lineno)
        return self.swallows


class Number(int):
    def __add__(self, other):
        return Number(int.__add__(self, 1))


def peek(n=0):
    frame = sys._getframe().f_back
    found = frame.f_locals
    print(frame.f_lineno, *(f"{k}={found[k]!r}" for k in sorted(found) if k[0] in "if"))
    return n


def line():
    return sys._getframe().f_back.f_lineno


def boom(n):
    if n % 5 == 3:
        raise KeyError(n)
    return n


def some(n):
    for k in range(n):
        yield k * 3 - 2


def same(*args, **names):
    return args[0] if args else names


def cut(n):
    return n if not isinstance(n, (int, float)) or -(2**70) < n < 2**70 else n % 1000003

'''

INTS = [
    "0", "1", "2", "3", "5", "7", "10", "-1", "-2", "-7", "100", "255", "256", "257", "-5", "-6",
    "2**15", "2**30", "2**30 - 1", "-2**30", "2**31", "2**31 - 1", "-2**31", "2**32", "2**60",
    "2**62", "2**62 - 1", "-2**62", "2**63", "2**63 - 1", "-2**63", "-2**63 - 1", "2**64", "3**50",
    "-(10**30)", "True", "False",
]
FLOATS = [
    "0.0", "-0.0", "1.0", "0.5", "-1.5", "3.25", "1e10", "1e300", "-1e308", "5e-324", "1e16",
    "float('inf')", "float('-inf')", "float('nan')", "2.0**53", "9.3e18", "-9.3e18",
]
STRINGS = ["''", "'a'", "'abc'", "'\\u1234x'", "'12'", "'x' * 5"]
ARGUMENTS = [
    ("1", "2"), ("0", "0"), ("3", "2.5"), ("2**62", "-1"), ("True", "False"), ("2**63 - 1", "1"),
    ("-2**63", "-1"), ("10**25", "3"), ("-5", "13"), ("2**31", "2**31"), ("17", "1e308"), ("Number(4)", "7"),
    ("6", "float('nan')"),
]
WILD_ARGUMENTS = [
    ("-0.0", "1"), ("float('nan')", "0.0"), ("7", "Number(4)"), ("None", "1"), ("'q'", "5"), ("1.5", "1e308"),
]


class Function:
    """One function being made."""

    def __init__(self, rng, callables, kind, wild):
        self.rng, self.callables, self.kind, self.wild = rng, callables, kind, wild
        self.lines = []
        self.indent = 1
        self.loops = []  # trips of the loops around, innermost last
        self.names = 0
        self.budget = rng.randint(6, 26)
        self.depth = 0
        self.cells = []
        self.counters = []  # variables of the loops around that hold ints
        self.trying = 0  # try statements around

    # ---- choosing

    def pick(self, *options):
        return self.rng.choice(options)

    def chance(self, p):
        return self.rng.random() < p

    def put(self, text):
        self.lines.append("    " * self.indent + text)

    def fresh(self, letter):
        self.names += 1
        return f"{letter}_{self.names}"

    def int_name(self):
        return self.pick("i0", "i1", "i2", "i3", "a", *self.cells, *self.counters)

    def float_name(self):
        return self.pick("f0", "f1", "b")

    def may_raise(self):
        return self.wild or self.trying

    def divisor(self, text, instead):
        return text if self.may_raise() and self.chance(0.5) else f"({text} or {instead})"

    # ---- expressions

    def small(self, text):
        """An expression whose value may be kept: what multiplies is cut."""
        return f"cut({text})" if any(op in text for op in ("*", "<<", "f", "b")) else text

    def int_expr(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.pick(self.int_name(), self.int_name(), self.rng.choice(INTS), str(self.rng.randint(-9, 9)))
        inner = lambda: self.int_expr(depth + 1)
        which = self.rng.randrange(20)
        if which < 9:
            op = self.pick("+", "-", "+", "-", "&", "|", "^", "*", "//", "%")
            right = inner() if op not in ("//", "%") else self.divisor(inner(), self.rng.randint(1, 9))
            return f"({inner()} {op} {right})"
        if which == 9:
            return f"({inner()} >> ({inner()} & {self.pick(3, 63, 66)}))"
        if which == 10:
            return f"(({inner()}) << ({inner()} & {self.pick(3, 31, 65)}))"
        if which == 11:
            return self.pick("-", "~", "+", "not ") .join(["(", inner() + ")"])
        if which == 12:
            return f"({inner()} if {self.condition(depth + 1)} else {inner()})"
        if which == 13:
            return f"({inner()} {self.pick('and', 'or')} {inner()})"
        if which == 14:
            return self.pick(
                f"len({self.list_name()})", f"l0[{inner()} % 3]", f"int({self.float_expr(depth + 1)} > 2)",
                f"abs({inner()})", f"min({inner()}, {inner()})", f"same({inner()})", "line()",
                f"d0.get({inner()}, 4)",
                f"sum([k for k in range({self.rng.randint(0, 6)}) if k % 2 != {inner()}])", f"hash({inner()})",
                f"same(*({inner()}, 2), k=3)", f"(lambda k: k + {self.rng.randint(0, 9)})({inner()})",
            )
        if which == 15:
            return f"({self.condition(depth + 1)})"
        if which == 16 and self.may_raise():
            return f"boom({inner()})"
        if which == 17:
            return f"({inner()}) ** {self.pick(0, 1, 2, 3)}"
        if which == 18 and self.callables and self.trips() < 50 and self.chance(0.5):
            call = f"{self.rng.choice(self.callables)}({inner()}, {inner()})"
            return call if self.wild else f"len({call})"
        return f"({inner()} + 1)"

    def list_name(self):
        return self.pick("l0", "l1")

    def float_expr(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.pick(self.float_name(), self.float_name(), self.rng.choice(FLOATS), self.int_name())
        inner = lambda: self.float_expr(depth + 1)
        which = self.rng.randrange(10)
        if which < 6:
            op = self.pick("+", "-", "*", "/", "+", "-", "//", "%")
            return f"({inner()} {op} {inner() if op in '+-*' else self.divisor(inner(), 1.5)})"
        if which == 6:
            return f"(-{inner()})"
        if which == 7:
            return f"({inner()} if {self.condition(depth + 1)} else {inner()})"
        if which == 8:
            return f"({self.int_expr(depth + 1)} {self.pick('+', '-', '*')} {inner()})"
        return self.pick(f"abs({inner()})", f"float({self.int_name()})", f"({inner()} or 1.0)",
            f"round({inner()}, 1)")

    def item(self):
        return self.small(self.any_expr() if self.wild else self.int_expr(1))

    def any_expr(self):
        return self.pick(
            self.int_expr, self.int_expr, self.int_expr, self.float_expr, self.float_expr,
            lambda: self.rng.choice(STRINGS), lambda: "None", lambda: f"({self.int_name()}, {self.float_name()})",
            lambda: f"[{self.int_name()}]", lambda: f"f'{{{self.int_name()}!r}}{{{self.float_name()}!r:.6}}'",
        )()

    def condition(self, depth=0):
        which = self.rng.randrange(14)
        a = self.int_expr(depth + 1) if self.chance(0.7) else self.float_expr(depth + 1)
        b = self.int_expr(depth + 1) if self.chance(0.7) else self.float_expr(depth + 1)
        op = lambda: self.pick("<", "<=", "==", "!=", ">", ">=")
        if which < 7:
            return f"{a} {op()} {b}"
        if which == 7:
            return f"{a} {op()} {b} {op()} {self.int_name()}"
        if which == 8:
            return f"{self.pick(self.int_name(), 'o0', 'b')} {self.pick('is', 'is not')} None"
        if which == 9:
            return f"({a} {op()} {b} {self.pick('and', 'or')} {self.int_name()} {op()} {self.rng.randint(-5, 20)})"
        if which == 10:
            return f"not {self.int_name()}"
        if which == 11:
            return f"{self.int_name()} {self.pick('in', 'not in')} {self.pick('l0', 'd0', '(1, 2, 3)', 'l1')}"
        if which == 12 and not self.cells:
            return f"({self.pick('i0', 'i1', 'f0')} := {self.small(a)}) {op()} {b}"
        return f"{self.int_name()} % {self.pick(2, 3, 4, 7)} == {self.pick(0, 1)}"

    # ---- statements

    def trim(self, name):
        """Keeps what was multiplied small."""
        how = self.rng.randrange(4)
        if how == 0:
            self.put(f"{name} = cut({name})")
        elif how == 1 and self.wild:
            self.put(f"if not -{self.pick('2**62', '2**70', '10**40')} < {name} < {self.pick('2**63', '2**90')}:")
            self.put(f"    {name} = {self.rng.randint(-3, 9)}")
        elif how == 2:
            self.put(f"{name} %= {self.pick('1000003', '2**31', '2**61 - 1', '97', '2**66')}")
        else:
            other = self.rng.choice(FLOATS[:8] if self.wild or name[0] in "fb" else INTS)
            self.put(f"{name} = {name} if -10**30 < {name} < 10**30 else {other}")

    def statement(self):
        self.budget -= 1
        weighted = [
            (14, self.assign), (6, self.augmented), (3, self.shuffle), (4, self.float_assign), (5, self.branch),
            (4, self.show), (3, self.containers), (2, self.strings), (2, self.objects), (2, self.delete),
            (2, self.change_type), (2, self.call_peek), (1, self.comprehension), (1, self.global_use), (1, self.check),
        ]
        if self.depth < 4:
            weighted += [(3, self.attempt), (2, self.with_block)]
            if len(self.loops) < 3 and self.trips() < 150:
                weighted += [(9, self.loop)]
        if self.loops:
            weighted += [(3, self.leave_loop)]
        if self.kind in ("generator", "coroutine"):
            weighted += [(4, self.suspend)]
        if self.depth and self.chance(0.2):
            weighted += [(1, self.give_back)]
        weighted += [(1, self.fail)]
        weights, makers = zip(*weighted)
        self.rng.choices(makers, weights)[0]()

    def trips(self):
        product = 1
        for trips in self.loops:
            product *= trips
        return product

    def block(self, most=4):
        self.indent += 1
        self.depth += 1
        for _ in range(self.rng.randint(1, most)):
            self.statement()
            if self.budget <= 0:
                break
        self.depth -= 1
        self.indent -= 1

    def assign(self):
        name = self.pick("i0", "i1", "i2", "i3", "a", *self.cells)
        expr = self.int_expr()
        self.put(f"{name} = {expr}")
        if any(op in expr for op in ("*", "<<", "f")):
            self.trim(name)

    def float_assign(self):
        name = self.float_name()
        expr = self.float_expr()
        self.put(f"{name} = {expr}")
        if "*" in expr or self.chance(0.3):
            self.trim(name)

    def augmented(self):
        name = self.pick("i0", "i1", "i2", "i3", "a", "f0", "f1", "b", *self.cells)
        op = self.pick("+", "-", "+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>")
        if name[0] in "fb" and not self.wild:
            op = self.pick("+", "-", "*", "/")
        value = self.int_expr(1)
        if op in ("//", "%", "/"):
            value = self.divisor(value, 3)
        self.put(f"{name} {op}= {value if op not in ('<<', '>>') else f'({value}) & {self.pick(3, 40)}'}")
        self.trim(name)

    def shuffle(self):
        names = ["i0", "i1", "f0", "i2", "b"] if self.wild else ["i0", "i1", "i2", "i3", "a"]
        if not self.wild and self.chance(0.2):
            names = ["f0", "f1", "b", "f0"]
        self.rng.shuffle(names)
        count = self.rng.randint(2, 4)
        left, right = names[:count], names[:count]
        self.rng.shuffle(right)
        form = self.rng.randrange(4)
        if form == 0:
            self.put(f"{' = '.join(left[:2])} = {self.small(self.int_expr(1))}")
        elif form == 1:
            self.put(f"{left[0]}, *l1 = {', '.join(right)}")
        elif form == 2:
            third = self.int_name() if self.wild else "i1"
            self.put(f"({left[0]}, {left[1]}), i3 = [{right[0]}, {right[1]}], {third}")
        else:
            self.put(f"{', '.join(left)} = {', '.join(right)}")

    def branch(self):
        self.put(f"if {self.condition()}:")
        self.block(2)
        if self.chance(0.3):
            self.put(f"elif {self.condition()}:")
            self.block(2)
        if self.chance(0.5):
            self.put("else:")
            self.block(2)

    def loop(self):
        trips = self.rng.choice([3, 5, 12, 25, 40]) if not self.loops else self.rng.choice([1, 2, 4, 9, 14])
        form = self.rng.randrange(12)
        self.loops.append(trips)
        counted = 0
        if form < 4:
            counter = self.fresh("n")
            self.put(f"{counter} = 0")
            self.counters.append(counter)
            counted = 1
            extra = f" and {self.condition()}" if self.chance(0.3) else ""
            self.put(f"while {counter} < {trips}{extra}:")
            self.put(f"    {counter} += 1")
        elif form < 8:
            var = self.pick("i0", "i1", self.fresh("i"), self.fresh("i"))
            self.counters.append(var)
            counted = 1
            start = self.pick("0", "0", "1", "-3", "2**62", "2**63 - 20", "-2**63", "2**30 - 3", "2**63",
                "2**70")
            step = self.rng.choice([1, 1, 1, 2, 3, -1, -4])
            spread = f"range({start}, {start} + {step * trips}, {step})"
            if self.chance(0.2):
                spread = f"range(same({start}), {start} + {step * trips}, {step})"
            if self.chance(0.4):
                spread = f"range({trips})"
            elif self.chance(0.1):
                spread = f"range({self.int_name()} & 15, {trips}, 1)"
            self.put(f"for {var} in {spread}:")
        else:
            var = self.pick("i0", "f0", "i2", self.fresh("k")) if self.wild else self.fresh("k")
            source = self.pick(
                f"l0[:{trips}]", f"[{self.item()}, {self.item()}, {self.int_name()}, 4, 5, 6, 7, 8]",
                f"(1, 2, 3, {self.float_name()}, 5, 6)", f"some({trips})", "'hello world'", "list(d0)",
                f"[j * 2 for j in range({trips})]", f"(j - 1 for j in range({trips}))",
                f"reversed(range({trips}))",
            )
            if self.chance(0.2):
                source, var = f"enumerate({source})", f"i3, {var}"
            elif self.chance(0.1):
                source, var = "list(d0.items())", f"i3, {var}"
            self.put(f"for {var} in {source}:")
        self.block(5)
        self.loops.pop()
        if counted:
            self.counters.pop()
        if self.chance(0.2):
            self.put("else:")
            self.block(1)

    def leave_loop(self):
        word = self.pick("break", "continue", "continue")
        self.put(f"if {self.condition()}:")
        if self.chance(0.3):
            self.put(f"    i{self.rng.randint(0, 3)} = {self.small(self.int_expr(1))}")
        self.put(f"    {word}")

    def raising(self):
        return self.pick(
            "1 // 0", "[][5]", "int('x')", f"boom({self.int_name()})", f"{self.int_name()} // (i0 - i0)",
            "{}['k']",
            f"{self.int_name()} % (i1 & 1)", f"1.0 / ({self.float_name()} - {self.float_name()})",
            f"l0[{self.int_name()}]",
            f"{self.int_name()} + 'x'", f"nowhere", f"(2).x", f"{self.int_name()} << -1", "gone", "len(5)",
            f"range(1, 2, i0 - i0)", "next(iter(()))", f"int({self.float_name()})",
        )

    def fail(self):
        if not self.may_raise() and self.chance(0.95):
            self.put("i0 += 1")
        elif self.chance(0.4):
            self.put(f"if {self.condition()}:")
            self.put("    " + self.pick(f"raise ValueError({self.int_name()})", "raise KeyError",
                f"raise TypeError('t') from ValueError({self.int_name()})"))
        else:
            self.put(f"{self.pick('i0', 'f0')} = {self.raising()}")

    def attempt(self):
        self.put("try:")
        self.trying += 1
        self.block(3)
        if self.chance(0.7):
            self.indent += 1
            if self.chance(0.5):
                self.put(f"{self.pick('i1', 'i2', 'f1')} = {self.raising()}")
            elif self.chance(0.4):
                self.put(f"if {self.condition()}:")
                self.put(f"    raise KeyError({self.int_name()})")
            self.indent -= 1
        self.trying -= 1
        handled = not self.may_raise() or self.chance(0.8)
        if handled:
            form = self.rng.randrange(4)
            if form == 0:
                self.put("except (ArithmeticError, LookupError) as error:")
                self.put(f"    print('caught', type(error).__name__, error.__traceback__.tb_lineno)")
            elif form == 1:
                self.put("except ZeroDivisionError:")
                self.put(f"    i2 = {self.rng.randint(0, 9)}")
                self.put("except Exception as error:")
            else:
                self.put("except Exception as error:")
                self.put(f"    print('caught', repr(error), error.__traceback__.tb_lineno)")
            self.block(2)
            if self.may_raise() and self.chance(0.1):
                self.put("    raise")
            if self.chance(0.3):
                self.put("else:")
                self.block(1)
        if not handled or self.chance(0.3):
            self.put("finally:")
            self.block(2)

    def with_block(self):
        bound = f" as {self.pick('i3', 's0')}" if self.wild and self.chance(0.5) else ""
        swallows = self.chance(0.6)
        self.put(f"with Suspicious({self.pick(self.int_name(), repr('w'))}, {swallows}){bound}:")
        self.trying += swallows
        self.block(3)
        self.trying -= swallows

    def show(self):
        self.put(self.pick(f"print({self.int_name()}, {self.float_name()})", f"print({self.any_expr()})",
            "print(line())"))

    def call_peek(self):
        self.put(self.pick("peek()", f"i3 = peek({self.int_name()})",
            f"i1 = peek({self.small(self.int_expr(1))}) + 1"))

    def containers(self):
        self.put(self.pick(
            f"l0.append({self.item()})", f"l0[{self.int_name()} % 3] = {self.item()}",
            f"d0[{self.int_expr(1)}] = {self.item()}",
            f"l1 = [{self.item()}, {self.int_name()}]", f"l0 = l0[-9:] + [{self.int_name()}]",
            f"l1 += [{self.int_name()}]",
            f"d0 = {{{self.int_expr(1)}: {self.int_name()}, **d0}}", "l0[1:2] = [3, 4]",
            f"i2 = l0[{self.int_name()} % 3]",
            f"d0.pop({self.int_name()}, None)",
            f"i0 = d0[{self.int_name()}] if {self.int_name()} in d0 else 2", "del l0[3:]",
            f"l0[0] += {self.int_expr(1)}",
        ))
        if "l0[0] +=" in self.lines[-1]:
            self.put("l0[0] = cut(l0[0])")

    def strings(self):
        self.put(self.pick(
            f"s0 += {self.rng.choice(STRINGS)}", f"s0 = f'{{{self.int_name()}}}-{{{self.float_name()}!r:.5}}'",
            f"s0 = '%s' % ({self.int_name()},)",
            "s0 = s0[1:]", f"i3 = len(s0) + ({self.int_name()} & 3)", "s0 = s0 * 2 if len(s0) < 20 else 'z'",
            f"i2 = s0 < {self.rng.choice(STRINGS)}",
        ))

    def objects(self):
        self.put(self.pick(
            f"o0 = Noisy({self.int_name()})", "o0 = None", f"o0 = [Noisy(1), {self.int_name()}]",
            f"i0 = Noisy({self.int_name()})", "o1 = o0",
            f"Noisy({self.int_name()})", "o0, o1 = o1, o0", f"i2 = Noisy('two').name", "o1 = same(o0)",
            f"f0 = Noisy(2.5)", f"i3 = Number({self.int_name()} & 63)",
            f"o0 = (Noisy('in tuple'), o1) if {self.condition()} else {self.int_name()}",
        ))
        line = self.lines[-1].strip()
        if not self.wild and line[0] in "if" and "Number" not in line:
            self.lines[-1] = self.lines[-1].replace(line[:2], "o1", 1)

    def delete(self):
        name = self.pick("i0", "i1", "f0", "s0", "o0") if self.wild else self.pick("o0", "s0", "o1")
        self.put(f"{name} = {self.small(self.any_expr()) if name != 's0' else repr('s')}")
        self.put(f"del {name}")
        if not self.wild or self.chance(0.8):
            self.put(f"{name} = {self.rng.choice(INTS) if name != 's0' else repr('t')}")

    def change_type(self):
        self.put(f"if {self.condition()}:")
        if self.wild:
            self.put(f"    {self.pick('i0', 'i1', 'f0', 'f1')} = {self.small(self.any_expr())}")
        else:
            self.put(f"    {self.pick('f0', 'f1', 'b')} = {self.small(self.int_expr(1))}")
        if self.chance(0.7):
            self.put("else:")
            self.put(f"    {self.pick('i0', 'i1')} = {self.int_name()} & 1023")
            self.put(f"    f0 = {self.pick('0.25', 'f1', '2')}")

    def comprehension(self):
        self.put(self.pick(
            f"l1 = [j + {self.int_name()} for j in range({self.rng.randint(0, 12)}) if j != {self.int_name()}]",
            f"d0 = {{j: j * j for j in range({self.rng.randint(0, 9)})}}",
            f"i3 = sum(j % 3 for j in range({self.rng.randint(0, 12)}))",
            f"l1 = [(x, y) for x in range(3) for y in range(x)]",
            f"l1 = sorted({{j % 4 for j in range(9)}})",
            f"i0 = [i0 := j for j in range(5)][-1]" if not self.cells else "i0 = 4",
        ))

    def global_use(self):
        self.put(self.pick("G0 += 1", f"G1 = {self.float_name()}", f"i2 = G0", "f1 = G1",
            f"G0 = cut(G0 + {self.int_name()})"))

    def check(self):
        condition = self.condition()
        self.put(f"assert {condition if self.may_raise() else f'({condition}) is not None'}, {self.int_name()}")

    def give_back(self):
        self.put(f"if {self.condition()}:")
        self.put(f"    return {self.int_name()},")

    def suspend(self):
        if self.kind == "coroutine":
            self.put(self.pick("await pause(i0)", f"i3 = await pause({self.int_expr(1)}) or 5"))
        else:
            self.put(self.pick(f"yield {self.any_expr()}", f"i3 = (yield {self.int_name()}) or 2",
                f"yield {self.int_name()}, {self.float_name()}", "yield from some(3)"))

    # ---- the whole

    def make(self, name):
        head = "async def" if self.kind == "coroutine" else "def"
        if self.kind == "closure":
            self.cells = ["c0", "c1"]
        self.lines.append(f"{head} {name}(a, b):")
        self.put("global G0, G1")
        self.put("i0, i1, i2, i3 = 0, 1, a, 2**31 - 1" if self.chance(0.5) else "i0, i1, i2, i3 = a, 7, -3, 2**31")
        self.put(f"f0, f1 = {self.rng.choice(FLOATS)}, {self.pick('1.5', 'b', 'a')}")
        self.put("s0, l0, l1, d0, o0, o1 = 'st', [1, 2, 3], [4], {1: 2}, None, None")
        if self.kind == "closure":
            self.put(f"c0, c1 = {self.rng.choice(INTS)}, a")
            self.put("def inner(n=1):")
            self.put("    nonlocal c0")
            least = "raise IndexError(c0)" if self.wild else "c0 = cut(c0 + n)"
            some = "c0 += 1 if c0 is not None else 0"
            inner = self.pick("c0 = cut(c0 + n)", "c0 = c1", some, least)
            self.put(f"    {inner}")
            self.put("    return c0")
            call = "inner(x)" if self.wild else "[inner(x)] * 3"
            self.callables = [*self.callables, f"(lambda x, y: {call})"]
        if self.chance(0.8):
            self.loop()
        while self.budget > 0:
            self.statement()
        if self.kind == "coroutine":
            self.put("await pause(0)")
        elif self.kind == "generator":
            self.put("yield i0")
        self.put("return locals()" if self.chance(0.4) else "return i0, i1, i2, i3, f0, f1, s0, l0, l1, d0")
        return self.lines


DRIVERS = '''\

class pause:
    def __init__(self, n):
        self.n = n

    def __await__(self):
        got = yield self.n
        return got


def drain(generator, most=150):
    taken = []
    try:
        for number in range(most):
            taken.append(generator.send(None if number % 3 or not number else number))
    except RuntimeError as error:
        taken.append(repr(error))
    except StopIteration as stop:
        taken.append(("end", stop.value))
    return taken


def alternate(one, other):
    return [drain(each, 7) for _ in range(6) for each in (one, other)]

'''


def program(seed):
    """The text of a program."""
    rng = random.Random(seed)
    lines = (PRELUDE + DRIVERS).splitlines()
    callables = []
    cases = []
    for number in range(rng.randint(1, 3)):
        kind = rng.choice(["plain", "plain", "plain", "closure", "generator", "coroutine"])
        name = f"do{number}"
        wild = rng.random() < 0.25
        lines += [*Function(rng, list(callables), kind, wild).make(name), "", ""]
        if kind in ("plain", "closure"):
            callables.append(name)
        for _ in range(rng.randint(1, 3)):
            a, b = rng.choice(ARGUMENTS + WILD_ARGUMENTS if wild else ARGUMENTS)
            call = f"{name}({a}, {b})"
            if kind in ("generator", "coroutine"):
                call = f"drain({call})" if rng.random() < 0.6 else f"alternate({call}, {name}({b}, {a}))"
            cases.append(call)
    for number, call in enumerate(cases):
        lines += [f"def case_{number}():", f"    return {call}", "", ""]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(program(int(sys.argv[1])))
