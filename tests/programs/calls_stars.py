"""Functions that collect arguments, by `*args` and `**kwargs`, and calls that hand over what was collected."""

import sys
import traceback


def add(first, *rest):
    total = first
    for value in rest:
        total += value
    return total


def named(a, b=2, *, c=3, **others):
    return a + b + c + len(others), others


def both(*args, **kwargs):
    return args, kwargs


def run(n):
    total = 0
    results = []
    for i in range(n):
        total += add(i) + add(i, 1) + add(i, 1, 2.5, i) + add(*(i, 2), 3)
        results.append(named(i))
        results.append(named(i, 1, c=5, d=i, e="e"))
        results.append(named(b=i, a=1, z=2, y=i))
        results.append(both())
        results.append(both(i, "two"))
        results.append(both(x=i))
        results.append(both(i, None, x=1, y=i))
    return total, results


def case_what_is_collected():
    return [run(n) for n in (10, 80, 150)]


def failing(call, *args, **names):
    try:
        return call(*args, **names)
    except TypeError as error:
        return str(error)


def first_by_position(a, /, b, *rest, **names):
    return a, b, rest, names


def case_calls_that_fail():
    results = []
    for i in range(60):
        for attempt in (
            lambda: add(),
            lambda: add(1, b=i),
            lambda: named(),
            lambda: named(1, 2, 3),
            lambda: named(1, a=i),
            lambda: named(1, 2, b=i),
            lambda: first_by_position(i),
            lambda: first_by_position(a=1, b=i),
            lambda: first_by_position(1, 2, b=i),
            lambda: first_by_position(1, a=3, b=i),
            lambda: first_by_position(1, i, 3, 4, a=5, c=6),
        ):
            results.append(failing(attempt))
        results.append(failing(named, i, 1, 2))
        results.append(failing(add))
        results.append(failing(both, *range(i % 9), **{"key": i}))
    return results


def case_names_that_are_made():
    """Texts that equal the names of parameters, but are others."""
    results = []
    for i in range(80):
        name = "".join(["c"]) if i % 3 else "".join(["o", "ther"])
        results.append(named(i, **{name: 10}))
        results.append(failing(named, i, **{"".join(["a"]): 10}))
        names = {i: 1} if i % 20 == 0 else {"x" * (i % 4 + 1): 1}
        results.append(failing(lambda: both(**names)))
    return results


def many(*args, **kwargs):
    return len(args) * 100 + len(kwargs)


def case_more_than_there_are_routines_for():
    results = []
    for i in range(80):
        results.append(many(1, 2, 3, 4, 5, 6, i))
        results.append(many(1, 2, 3, 4, 5, i))
        results.append(many(a=1, b=2, c=3, d=i))
        results.append(many(a=1, b=2, c=3, d=4, e=i))
        results.append(many(*range(i % 12), **{f"n{k}": k for k in range(i % 7)}))
    return results


def keeps(*args, **kwargs):
    kwargs["own"] = len(args)
    args += ("more",)
    return args, kwargs


def case_what_is_collected_is_new():
    results, names, items = [], {"k": 1}, (1, 2)
    seen = []
    for i in range(80):
        collected, kept = keeps(*items, **names)
        kept["k"] = i
        seen.append(kept)
        results.append((collected, names == {"k": 1}, kept is not names))
        same, none = both(*items), both()
        results.append((same[0] == items, type(none[0]), none[1] == {}))
    return results, len({id(one) for one in seen})


def same_as_given(given):
    def inner(*args, **kwargs):
        return args is given[0], args == given[0], kwargs is given[1]

    return inner


def case_what_is_handed_on_is_new():
    given = [None, None]
    inner = same_as_given(given)

    def outer(*args, **kwargs):
        given[:] = args, kwargs
        return inner(*args, **kwargs)

    class Handing(Base):
        def outer(self, *args, **kwargs):
            given[:] = args, kwargs
            return self.inner(*args, **kwargs)

        def inner(self, *args, **kwargs):
            return args is given[0], args == given[0], kwargs is given[1], type(self).__name__

        def only_names(self, *args, **kwargs):
            return self.names(*args, **kwargs)

        def names(self, **kwargs):
            return kwargs

    one = Handing(1)
    results = []
    for i in range(100):
        results.append((outer(), outer(i), outer(i, 2), outer(*range(i % 4))))
        results.append((one.outer(), one.outer(i), one.outer(i, 2), one.outer(*range(i % 4))))
        results.append((one.only_names(), failing(one.only_names, *[1] * (i % 30 == 29))))
    return results


def lets_all_go(self, *args):
    del self
    Ending.ended.append("self")
    del args
    Ending.ended.append("args")


class LetsGo:
    lets_go = lets_all_go

    def __init__(self, name):
        self.name = name

    def hands_on(self, *args, **kwargs):
        method = self.lets_go
        del self
        return method(*args, **kwargs)

    def __del__(self):
        Ending.ended.append(self.name)


def case_when_what_is_handed_on_ends():
    Ending.ended.clear()
    for i in range(80):
        LetsGo(i).hands_on(Ending(i), Ending(i, 1))
        Ending.ended.append("behind")
    return Ending.ended


class Ending:
    ended = []

    def __init__(self, *numbers, **names):
        self.numbers = numbers
        self.names = names

    def __del__(self):
        Ending.ended.append(self.numbers)


def lets_go(*args, **kwargs):
    del args
    Ending.ended.append("args")
    kwargs.clear()
    Ending.ended.append("kwargs")
    return 1


def case_when_arguments_end():
    Ending.ended.clear()
    total = 0
    for i in range(80):
        total += lets_go(Ending(i), Ending(i, 1), key=Ending("key", i))
        Ending.ended.append("behind")
    return total, Ending.ended


class Base:
    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs

    def scaled(self, *by, offset=0):
        total = offset
        for factor in by:
            total += self.args[0] * factor
        return total

    @staticmethod
    def count(*args):
        return len(args)

    @classmethod
    def made(cls, *args, **kwargs):
        return cls(*args, **kwargs)


class Derived(Base):
    def __init__(self, first, *args, **kwargs):
        super().__init__(first, *args, **kwargs)
        self.first = first

    def scaled(self, *args, **kwargs):
        return super().scaled(*args, **kwargs) + 1


def case_methods_and_classes():
    results = []
    for i in range(100):
        base, derived = Base(i, 2, x=i), Derived(i, i + 1, y=2)
        results.append((base.args, base.kwargs, derived.args, derived.kwargs, derived.first))
        results.append((base.scaled(), base.scaled(1, 2), base.scaled(2, offset=i)))
        results.append((derived.scaled(1, offset=2), Base.count(), base.count(i, 2)))
        results.append(Derived.made(1, i, z=3).kwargs)
        results.append(failing(Derived))
    return results


def forwarding(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@forwarding
def area(width, height=2):
    return width * height


@forwarding
@forwarding
def shown(*args, sep=" "):
    return sep.join(map(str, args))


def case_decorators():
    results = []
    for i in range(120):
        results.append((area(i), area(i, 3), area(i, height=4), area(height=i, width=2)))
        results.append((shown(), shown(i), shown(i, 2, sep="-")))
        results.append(failing(area, 1, 2, 3))
        results.append(failing(area, deep=i))
    return results


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        Ending.ended.append(self.name)

    def __repr__(self):
        return f"<{self.name}>"


@forwarding
def described(what, other=None, times=1):
    """Runs code, so it has a frame, in which it lets go of what it is given."""
    text = f"{what!r} {other!r}" * times
    what = other = None
    Ending.ended.append(text)
    return text


def case_objects_are_forwarded():
    Ending.ended.clear()
    results = []
    for i in range(100):
        kept = Noisy("kept")
        results.append(described(kept))
        results.append(described(Noisy(i), kept))
        results.append(failing(described, Noisy(i), [i], 2 if i < 60 else 2.0 if i == 70 else True))
    return results[:400:7], failing(described, *results[:4]), Ending.ended


class Shape:
    def __init__(self, name, sides=3, *, unit=None):
        self.name = name
        self.sides = sides
        self.notes = [unit]

    def told(self, *args, **kwargs):
        return self.tell(*args, **kwargs)

    def told_more(self, first, *args):
        return self.tell(first, *args)

    def tell(self, what, other=None, times=1):
        text = f"{self.name} {what!r} {other!r}" * times
        Ending.ended.append(text)
        # What is let go of stays until the call is over: it was bound to a method.
        self = what = None
        Ending.ended.append("let go")
        return text


class Square(Shape):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = args

    def tell(self, *args):
        bound = super().tell
        return bound(*args) + "!"


def case_bound_methods_are_forwarded():
    Ending.ended.clear()
    results = []
    for i in range(100):
        one = (Shape if i % 2 or i < 40 else Square)(Noisy(i), 4)
        results.append(one.told(i))
        results.append(failing(one.told, Noisy(-i), [i], 2 if i < 60 else 2.0 if i == 70 else True))
        results.append(one.told_more("first", i))
        results.append(failing(one.told_more, *range(i % 5)))
        results.append(one.notes)
        if i == 80:
            Shape.tell = lambda self, *args: f"other {args}"
    Shape.tell = TELL
    return results, Ending.ended


TELL = Shape.tell


def case_bound_methods():
    """Made and compared, kept and called later."""
    results, kept = [], []
    for i in range(100):
        one = Square(i)
        bound = one.tell
        kept.append(bound)
        results.append((bound == one.tell, bound is one.tell, bound.__self__ is one, bound.__func__ is Square.tell))
        results.append(sorted([2, 1], key=one.told))
        if i % 30 == 7:
            results.append([each(i) for each in kept])
            kept.clear()
    return results


def case_what_is_forwarded_changes():
    results = []
    function = forwarding(lambda a, b=1: a - b)
    items, names = [(1,), (2, 3), [4, 5], range(2), "xy", iter((7, 8)), (2**70, 1)], [{}, {"b": 4}]
    for i in range(160):
        results.append(failing(function, *items[i % 7 if i > 60 else 1]))
        results.append(failing(function, 5, **names[i > 90 and i % 2]))
    return results


def case_the_function_changes():
    def one(*args, **kwargs):
        return "one", args, kwargs

    def two(first, *others):
        return "two", first, others

    def three(a=0, b=0):
        return "three", a, b

    results = []
    function = both
    before = function.__code__
    for i in range(120):
        if i in (40, 60, 80):
            function.__code__ = (one, two, three)[(i - 40) // 20].__code__
        if i == 100:
            function.__code__ = before
        results.append(failing(both, i, 2))
        results.append(failing(both, i))
    function.__code__ = before
    return results


def fails_at(limit, *args, **kwargs):
    if args[0] == limit:
        raise ValueError(args, sorted(kwargs))
    return args[0]


def case_exceptions():
    results = []
    for i in range(90):
        try:
            results.append(fails_at(70, i, 1, key=2))
        except ValueError as error:
            frames = traceback.extract_tb(error.__traceback__)
            results.append((error.args, [(frame.name, frame.lineno) for frame in frames]))
        try:
            results.append(fails_at(70))
        except IndexError as error:
            results.append(str(error))
    return results


class Divisor:
    def __init__(self, by):
        self.by = by

    def divides(self, number, factor=1):
        return number * factor // self.by

    def forwards(self, *args, **kwargs):
        return self.divides(*args, **kwargs)


@forwarding
def divides(number, by=1):
    return number // by


def case_exceptions_behind_what_is_forwarded():
    results = []
    for i in range(90):
        for attempt in (lambda: divides(i, i % 30), lambda: Divisor(i % 30).forwards(i, 2), lambda: divides(None, i)):
            try:
                results.append(attempt())
            except (ZeroDivisionError, TypeError) as error:
                frames = traceback.extract_tb(error.__traceback__)
                results.append((str(error), [(frame.name, frame.lineno, frame.colno) for frame in frames]))
    return results


def looks(*args, **kwargs):
    frame = sys._getframe()
    return sorted(frame.f_locals), frame.f_back.f_code.co_name, args, kwargs


def case_frames():
    return [looks(i, key=i) for i in range(60)]


def falls(n, *seen, **names):
    if n <= 0:
        return len(seen), names
    return falls(n - 1, n, *seen, **names)


def deeper(n, *args):
    # 3.13 itself does not hold such calls to the recursion limit.
    return len(args) if n == 400 else deeper(n + 1, n, 2) + 1


def case_recursion():
    results = [falls(i % 9, 1, key=i) for i in range(100)]
    results.append(deeper(0))
    return results


def made(base):
    def inner(*args, scale=base, **kwargs):
        return [base, scale, *args, *kwargs]

    return inner


def case_functions_that_are_made():
    results = []
    for i in range(100):
        function = made(i % 5)
        results.append(function() + function(1, 2) + function(1, scale=i, other=3))
    return results


def case_callbacks():
    def key(*args):
        return -args[0]

    def pair(*args, **kwargs):
        return sum(args) + len(kwargs)

    results = []
    for i in range(60):
        results.append((sorted([i, 2, 3], key=key), list(map(pair, [i, 2], (3, 4)))))
    return results


def numbers(a, b, *rest):
    return a * b + len(rest)


def case_numbers_of_other_kinds():
    results = []
    for i in range(120):
        results.append(numbers(i, 2, "x") if i < 60 else numbers(i + 0.5, 2, "x"))
        results.append(numbers(2**62, i, 1) if i % 50 == 49 else numbers(1, i, 1, 2))
    return results


def many_parameters(a, b, c, d, e, f, g, h, *rest, i=1, j=2, k=3, **names):
    return a + b + c + d + e + f + g + h + i + j + k + len(rest) + len(names)


def case_many_parameters():
    results = []
    for i in range(60):
        results.append(many_parameters(1, 2, 3, 4, 5, 6, 7, i))
        results.append(many_parameters(1, 2, 3, 4, 5, 6, 7, i, 9, 10, j=i, z=1, k=i))
    return results
