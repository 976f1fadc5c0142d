"""Parameters that are given by name only, their defaults, and changes of these under way."""


def mix(a, b=3, *, c=5, d=0.5):
    return a * b + c - d


def required(a, *, scale, shift=0):
    return a * scale + shift


def only(*, value):
    return value + 1


def run(n):
    total = 0
    for i in range(n):
        total += mix(i % 10) + mix(i, c=i & 7) + mix(i, 2, d=1, c=2) + mix(b=i, a=1, d=i)
        total += required(i, scale=2) + required(i, shift=i, scale=3) + only(value=i)
    return total


def case_names_and_defaults():
    return [run(n) for n in (10, 80, 200)]


def failing(call, *args, **names):
    try:
        return call(*args, **names)
    except TypeError as error:
        return str(error)


def case_calls_that_fail():
    results = []
    for i in range(60):
        results.append(failing(mix, 1, 2, 3))
        results.append(failing(mix))
        results.append(failing(required, i))
        results.append(failing(required, i, 2))
        results.append(failing(only, i))
        results.append(failing(only))
        results.append(failing(mix, i, e=1))
        results.append(failing(mix, i, a=1))
        try:
            results.append(required(i, 2))
        except TypeError as error:
            results.append(str(error))
        try:
            results.append(only(i))
        except TypeError as error:
            results.append(str(error))
    return results


def changing(a, *, step=1, unit=None):
    return a + step, unit


def calls(n, change):
    results = []
    for i in range(n):
        results.append(changing(i))
        results.append(changing(i, unit=i))
        change(i)
    return results


def case_defaults_that_change():
    before = dict(changing.__kwdefaults__)

    def change(i):
        if i == 40:
            changing.__kwdefaults__["step"] = 2.5
        if i == 60:
            changing.__kwdefaults__ = {"step": 10, "unit": "m"}
        if i == 80:
            changing.__kwdefaults__["unit"] = ["list"]
        if i == 100:
            changing.__kwdefaults__.update(step=2**70)
        if i == 120:
            changing.__kwdefaults__.clear()
            changing.__kwdefaults__["step"] = 0
            changing.__kwdefaults__["unit"] = 7

    results = calls(140, change)
    changing.__kwdefaults__ = before
    return results


def case_a_default_that_goes_away():
    before = dict(changing.__kwdefaults__)
    results = []

    def change(i):
        if i == 50:
            del changing.__kwdefaults__["unit"]

    for _ in range(2):
        try:
            results.append(calls(80, change))
        except TypeError as error:
            results.append(str(error))
    changing.__kwdefaults__ = None
    results.append(failing(changing, 1))
    changing.__kwdefaults__ = before
    results.append(changing(1))
    return results


class Ending:
    ended = []

    def __init__(self, number):
        self.number = number

    def __del__(self):
        Ending.ended.append(self.number)


def holding(i, *, held=None):
    return held.number if held else i


def case_a_default_that_ends_when_it_is_replaced():
    Ending.ended.clear()
    holding.__kwdefaults__["held"] = Ending(0)
    results = []
    for i in range(120):
        results.append(holding(i))
        if i % 40 == 39:
            holding.__kwdefaults__["held"] = Ending(i)
    holding.__kwdefaults__["held"] = None
    return results, Ending.ended


class Scaled:
    def __init__(self, value, *, factor=2):
        self.value = value * factor

    def moved(self, by, *, times=1):
        return self.value + by * times

    def __add__(self, other, *, extra=1):
        return self.value + extra


def case_methods_and_classes():
    results = []
    for i in range(120):
        one = Scaled(i) if i % 2 else Scaled(i, factor=3)
        results.append((one.moved(1), one.moved(by=2, times=i), one + 1))
        results.append(failing(one.moved, 1, 2))
    return results


def made(base):
    def inner(a, *, b=base, c=1):
        return base + a * b - c

    return inner


def case_functions_that_are_made():
    results = []
    for i in range(100):
        function = made(i % 5)
        results.append(function(2) + function(3, b=1) + function(a=1, c=i))
    return results


def falls(n, *, step=1, seen=()):
    return (n, seen) if n <= 0 else falls(n - step, step=step, seen=(*seen, n))


def case_recursion():
    return [falls(i % 9, step=1 + i % 3) for i in range(100)]


def many(a, /, b, *, c, d=4, **rest):
    return a, b, c, d, sorted(rest)


def case_beside_other_kinds():
    return [many(i, b=1, c=2, e=3) for i in range(60)]
