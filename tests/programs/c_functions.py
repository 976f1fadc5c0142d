"""Functions and methods written in C that run no code on numbers, texts and containers: with what they do, and with what
makes them raise, or run code after all."""

import math
from abc import ABC


class Text(str):
    def __hash__(self):
        return 7

    def __eq__(self, other):
        LOG.append("eq")
        return str.__eq__(self, other)

    def lower(self):
        return "overridden"


LOG = []


def methods_of_texts(texts, n):
    results = []
    for i in range(n):
        s = texts[i % len(texts)]
        results.append((s.strip(), s.lstrip("a "), s.rstrip(None), s.lower(), s.upper(), s.title()))
        results.append((s.split(), s.split(","), s.split(None, 1), s.rsplit(",", 1), s.splitlines()))
        results.append((s.partition(","), s.rpartition(","), s.replace("a", "bb"), s.replace("a", "", 1)))
        results.append((s.find("b"), s.rfind("b"), s.find("b", 1), s.find("b", 1, 3), s.count("a")))
        results.append((s.startswith("a"), s.startswith(("x", "a")), s.endswith("b"), s.endswith("c", 1, 2)))
        results.append((s.isdigit(), s.isalpha(), s.isspace(), s.isidentifier(), s.isascii(), s.isupper()))
        results.append((s.zfill(8), s.ljust(8, "."), s.rjust(8), s.center(9, "*"), s.expandtabs(), s.encode()))
        results.append((s.removeprefix("a"), s.removesuffix("b"), s.swapcase(), s.casefold(), s.capitalize()))
        results.append((s.join(["x", s, "y"]), s.join(("p", "q")), s.join("uvw"), ",".join([]), str.lower(s)))
    return results


def case_methods_of_texts():
    texts = ["", "a", "  ab, cd ", "aAbB\n12,34\tb", "\xe4\xdf,a b", "\u20ac a,b\u20ac", "123", " \t "]
    return [methods_of_texts(texts, n) for n in (3, 40, 90)]


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__, str(error)


def index(s, part):
    total = 0
    for i in range(40):
        total += s.index(part)
    return total


def joined(parts):
    result = None
    for i in range(40):
        result = ",".join(parts)
    return result


def stripped(s, what):
    result = None
    for i in range(40):
        result = s.strip(what)
    return result


def case_texts_that_raise():
    results = []
    for k in range(3):
        results.append(attempt(index, "abc", "c"))
        results.append(attempt(index, "abc", "x"))
        results.append(attempt(index, "abc", 5))
        results.append(attempt(index, "abc", None))
        results.append(attempt(joined, ["a", "b"]))
        results.append(attempt(joined, ["a", 1]))
        results.append(attempt(joined, ("a", None)))
        results.append(attempt(joined, ["a", Text("b")]))
        results.append(attempt(joined, iter(["a", "b"])))
        results.append(attempt(stripped, " a ", None))
        results.append(attempt(stripped, " a ", 1))
        results.append(attempt(stripped, Text(" a "), " "))
    return results


def caught_here(s):
    found = []
    for i in range(60):
        try:
            found.append(s.index("b"))
            found.append(s.index("c" if i % 3 else "zz"))
        except ValueError as error:
            found.append(str(error))
    return found


def case_texts_that_raise_and_are_caught():
    return caught_here("abcb"), caught_here("bc")


def lowered(words):
    result = []
    for word in words:
        result.append(word.lower())
    return result


def case_subclass_of_text():
    plain = ["A", "b"] * 30
    return lowered(plain), lowered(plain + [Text("A")] + plain), lowered([Text("X")] * 20)


def written(values):
    texts = []
    for value in values:
        texts.append(str(value))
        texts.append(repr(value))
        texts.append(f"{value}")
        texts.append(f"<{value!r}:{value!s}>")
    return texts


class Written:
    def __str__(self):
        LOG.append("str")
        return "S"

    def __repr__(self):
        return "R"

    def __format__(self, spec):
        return "F" + spec


def case_texts_of_values():
    ints = [0, 1, -1, 9, 10, 99, 100, -100, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63), 2**63, 10**30, -(10**30)]
    floats = [0.0, -0.0, 1.5, 1e300, -1e-300, float("inf"), float("nan"), 1e16, 123456789.125]
    others = [None, True, False, "", "it's", "\u20ac", b"x", Text("t"), Written(), (1, "a"), [2]]
    results = [written(ints * 3), written(floats * 4), written(["a", "b\n"] * 20), written([None, True] * 20)]
    results.append(written((ints + floats + others[:-5]) * 3))
    results.append(written(ints * 2 + others))
    return results, LOG.count("str")


def aligned(values, spec):
    lines = []
    for value in values:
        lines.append(f"{value:{spec}}|{value:>12}|{value!r:^9}|{value!s:.3}")
        lines.append(f"{value:{spec}}")
    return lines


def rounded(values):
    return [f"{value:.2f} {value:e} {value:+.1%} {value:010.3g} {value:,}" for value in values]


def case_formats():
    floats = [0.5, -1.25, 1e22, float("inf"), float("-nan"), -0.0]
    results = [rounded(floats * 8), attempt(rounded, floats * 5 + [1]), attempt(rounded, floats * 5 + ["x"])]
    results.append(aligned(floats * 6, ".1f"))
    results.append(aligned(["a", "bcd", "\u20ac"] * 12, "*^7"))
    results.append(aligned(floats * 6, ""))
    results.append(aligned(["a"] * 30, ""))
    for spec in ("d", "s", "q", "5.2d", ".3s", "=+5", "\u20ac<9", "9" * 30):
        results.append(attempt(aligned, floats * 6, spec))
        results.append(attempt(aligned, ["ab", "c"] * 15, spec))
        results.append(attempt(aligned, ["ab"] * 30 + [Text("t"), 2.5, 7, None], spec))
    return results


def numbers_of(texts):
    numbers = []
    for text in texts:
        numbers.append(int(text))
        numbers.append(float(text))
    return numbers


def floats_of(texts):
    numbers = []
    for text in texts:
        numbers.append(float(text))
    return [repr(number) for number in numbers]


def case_numbers_of_texts():
    results = [attempt(numbers_of, ["1", "-5", " 77 ", "1" * 18] * 10)]
    results.append([attempt(floats_of, ["1.5"] * 30 + [text] * 3) for text in
                    ("1", ".5", "5.", "1e5", "1E-5", "1e", "1e+", "-2.5e3", "+7", " 1.5", "1_0.5", "inf", "nan", "", "-", "1.5x",
                     "1.5\0", "\u0661", "1" * 600, "\xe41")])
    results.append(attempt(numbers_of, ["1"] * 30 + ["x"]))
    results.append(attempt(numbers_of, ["1"] * 30 + ["1.5"]))
    results.append(attempt(numbers_of, ["1"] * 30 + ["9" * 250]))
    results.append(attempt(numbers_of, ["1"] * 30 + ["9" * 3000]))
    results.append(attempt(numbers_of, ["1"] * 30 + [Text("4")]))
    results.append(attempt(numbers_of, ["1"] * 30 + [2.5, True, b"12"]))
    return results


class Meta(type):
    def __instancecheck__(cls, instance):
        LOG.append("instancecheck")
        return instance == 5


class Asked(metaclass=Meta):
    pass


class Abstract(ABC):
    pass


class Base:
    pass


class Derived(Base):
    pass


class Liar:
    @property
    def __class__(self):
        LOG.append("class")
        return Base


class Searching:
    def __getattribute__(self, name):
        LOG.append(name)
        return object.__getattribute__(self, name)


Abstract.register(Derived)


def told(values, classes):
    result = []
    for value in values:
        result.append(isinstance(value, classes))
    return result


def case_instances():
    values = [1, "a", None, 2.5, True, [1], Derived(), Base(), b"x", (1,)]
    results = []
    for classes in (str, int, (str, bytes), (int, float, type(None)), Base, (Base, str), object, list, Abstract, Asked):
        results.append(told(values * 6, classes))
    results.append(told([3, "x"] * 20, int | str))
    results.append(told(values * 3 + [Liar(), Searching(), 5], (str, Base)))
    results.append(told([1, "a"] * 20 + [Liar()] * 3, Base))
    results.append(attempt(told, values * 3, (str, 5)))
    results.append(attempt(told, values * 3, 5))
    return results, [name for name in LOG if name != "str"]


def instances_while_bases_change():
    class Other:
        pass

    class Changing(Other):
        pass

    result = []
    values = [Changing(), 1, "a"]
    for i in range(60):
        if i == 30:
            Changing.__bases__ = (Derived,)
        for value in values:
            result.append(isinstance(value, Base))
    return result


def case_instances_while_bases_change():
    return instances_while_bases_change()


def of_dicts(d, keys):
    results = []
    for i in range(50):
        for key in keys:
            results.append(d.pop(key, None))
            results.append(d.setdefault(key, i))
            results.append(d.setdefault(key))
        results.append((list(d.keys()), list(d.values()), list(d.items())))
    return results


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append("del " + self.name)


def popped(n):
    d = {}
    for i in range(n):
        d["a"] = Dies(str(i))
        d.pop("a")
        LOG.append(i)
        d.setdefault("b", Dies("default"))
        LOG.append("between")
        d.pop("c", Dies("unused"))
    return d.pop("b").name


def missing(d, n):
    total = 0
    for i in range(n):
        total += d.pop("a" if i == 0 else "b" if i < 2 else "zz")
    return total


def case_methods_of_dicts():
    del LOG[:]
    results = [of_dicts({"a": 1, "b": 2}, ["a", "b"]), of_dicts({}, ["x"]), of_dicts({1: 2, "a": 3}, ["a", "q"])]
    results.append(of_dicts({Text("a"): 1, "b": 2}, ["a", "b"]))
    results.append(popped(30))
    results.append(attempt(missing, {"a": 1, "b": 2}, 30))
    return results, list(LOG)


def case_globals_as_dict():
    names = globals()
    results = []
    for i in range(40):
        names.setdefault("made", i)
        results.append(made)
        results.append(names.pop("made"))
    return results, "made" in names


def changed_lists(n):
    l = [3, 1]
    results = []
    for i in range(n):
        l.extend((i, None))
        l.extend(["x"])
        l.extend("yz")
        l.reverse()
        results.append(l.copy())
        results.append((list(l), tuple(l), list("ab"), tuple({1: 2}), list({i}), list(frozenset([i])), list(), tuple()))
        if len(l) > 20:
            l.clear()
    return results


def case_methods_of_lists():
    return changed_lists(5), changed_lists(60)


def small_ones(values):
    results = []
    for a in values:
        results.append((callable(a), type(a), type(a) is int, type(a).__name__, bool(a)))
    return results


def case_small_ones():
    values = [1, 2.5, None, "a", "", (), (1,), [], [0], {}, {1: 2}, set(), Base, Base(), len, True, b"", 10**30]
    return small_ones([1] * 40), small_ones(values * 3), small_ones([Base()] * 30)[0][0]


def on_numbers(a, b):
    results = []
    for i in range(50):
        results.append((hash(a), abs(a), bin(i), hex(i), oct(i), min(a, b), max(a, b, i), chr(65 + i), ord("x")))
        results.append((math.isclose(a, b), math.fmod(a, b), math.ldexp(a, 3), math.degrees(a), math.isnan(b)))
        results.append((range(i), slice(i, None), range(1, i, 2), object is object))
    return results


def case_on_numbers():
    results = [on_numbers(2.5, 4), on_numbers(-3, 1.5), on_numbers(True, 7)]
    results.append(attempt(on_numbers, "a", 1))
    results.append(attempt(on_numbers, 1, 0))
    results.append(attempt(on_numbers, 2**70, 3))
    return results


class Truth:
    def __init__(self, truth):
        self.truth = truth

    def __bool__(self):
        LOG.append("bool")
        return self.truth


class Sized:
    def __len__(self):
        return len(LOG) % 2


class Bare:
    pass


def count_true(values):
    true = 0
    for value in values:
        if value:
            true += 1
        if not value:
            true += 1000
        while not value:
            true += 1_000_000
            break
        true += 1 if value and value else 0
    return true


def case_truth_values():
    plain = [0, 1, "", "a", None, [], [1], {}, {1: 2}, (), set(), frozenset([1]), 0.0, b"", Bare(), len, Bare]
    results = [count_true(plain * 4), count_true(["a", ""] * 30), count_true([None, Bare()] * 30)]
    results.append(count_true([[1], []] * 30))
    results.append(count_true([Bare()] * 30 + [Truth(False), Truth(True), Sized(), Sized()] * 5))
    results.append(count_true([Truth(True)] * 20))
    results.append(attempt(count_true, [Bare()] * 30 + [Truth("no")]))
    return results


def case_truth_while_class_changes():
    class Changing:
        pass

    result = []
    value = Changing()
    for i in range(60):
        if i == 40:
            Changing.__bool__ = lambda self: False
        result.append(1 if value else 0)
    return result


class Temporary:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def case_truth_of_what_dies():
    del LOG[:]
    for i in range(40):
        if Temporary(i):
            LOG.append("then")
        if not [Temporary(-i)]:
            LOG.append("never")
        isinstance(Temporary("t"), Base)
        LOG.append("behind")
    return list(LOG)
