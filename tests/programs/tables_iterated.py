"""Iteration over dicts, their views, and sets: while they change, while others hold the iterator, and when it ends."""

import sys

LOG = []


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__, str(error)


def sums(d):
    total = 0
    for key in d:
        total += key
    for value in d.values():
        total += value
    for key, value in d.items():
        total += key * value
    for item in d.items():
        total += item[0] - item[1]
    return total


def case_dicts_of_numbers():
    results = []
    for n in (0, 1, 2, 7, 50, 200):
        results.append(sums({i: i * 2 for i in range(n)}))
        results.append(sums({i / 2: float(i) for i in range(n)}))
    return results


def texts(d):
    found = []
    for key, value in d.items():
        found.append(key + value)
    for key in d.keys():
        found.append(key)
    return found


def case_dicts_of_texts():
    d = {chr(65 + i): str(i) for i in range(30)}
    del d["C"], d["A"], d["Z"]
    d["A"] = "again"
    return [texts(d) for _ in range(3)], texts({}), texts({"x": "y"})


def case_sets():
    results = []
    for values in (set(range(40)), frozenset(range(0, 90, 3)), set(), {5}, set("abcdef")):
        for _ in range(3):
            seen = []
            for value in values:
                seen.append(value)
            results.append(sorted(seen))
    shrunk = set(range(60))
    for i in range(0, 60, 7):
        shrunk.discard(i)
    total = 0
    for value in shrunk:
        total += value
    return results, total


def growing(d, at):
    n = 0
    for key in d:
        if n == at:
            d["new"] = 1
        n += 1
    return n


def replacing(d, at):
    seen = []
    for key, value in d.items():
        seen.append((key, value))
        if len(seen) == at:
            del d[key]
            d["other"] = value
        if len(seen) > 200:
            break
    return seen


def changing_values(d):
    for key in d:
        d[key] = d[key] + 1
    return d


def growing_set(s, at):
    n = 0
    for value in s:
        if n == at:
            s.add(-1)
        n += 1
    return n


def case_changed_meanwhile():
    results = []
    for at in (0, 1, 5, 29, 30):
        results.append(attempt(growing, {i: i for i in range(30)}, at))
        results.append(attempt(replacing, {i: i for i in range(30)}, at))
        results.append(attempt(growing_set, set(range(30)), at))
    for _ in range(3):
        results.append(changing_values({i: i for i in range(20)}))
    return results


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def removing(n):
    d = {i: Dies(i) for i in range(n)}
    for key, value in d.items():
        LOG.append(("at", key))
        d[key] = None
        value = None
        LOG.append("behind")
    return len(d)


def last_reference(n):
    for i in range(n):
        for key, value in {i: Dies(("dict", i))}.items():
            LOG.append(key)
        LOG.append("end")
        for value in {Dies(("set", i))}:
            LOG.append(value.name)
        value = None
        LOG.append("end of set")


def forgotten(n):
    d = {i: Dies(("forgotten", i)) for i in range(n)}
    for key in d:
        LOG.append(key)
        if key == n - 1:
            d = None
    LOG.append("over")


def case_finalizers():
    del LOG[:]
    results = [removing(30), last_reference(25), forgotten(3), forgotten(30)]
    return results, list(LOG)


def kept_tuples(d):
    kept = []
    for item in d.items():
        kept.append(item)
    return kept


def shared(d):
    iterator = iter(d.items())
    seen = []
    for key, value in iterator:
        seen.append((key, value))
        if key % 5 == 0:
            seen.append(next(iterator, None))
    seen.append(next(iterator, "exhausted"))
    for item in iterator:
        seen.append("never")
    keys = iter(d)
    for key in keys:
        if key == 7:
            break
    for key in keys:
        seen.append(key)
    return seen


def case_iterators_held():
    d = {i: -i for i in range(40)}
    return [kept_tuples(d) for _ in range(2)], [shared(d) for _ in range(3)]


class Instance:
    def __init__(self):
        self.a = 1
        self.b = 2.5
        self.c = "c"


def of_instances(n):
    results = []
    for i in range(n):
        one = Instance()
        one.d = i
        for name, value in vars(one).items():
            results.append((name, value))
        for name in one.__dict__:
            results.append(name)
    return results


def case_dicts_of_instances():
    return of_instances(3), of_instances(40)


def left_early(d, how):
    for key, value in d.items():
        if value == 13:
            if how == "return":
                return key
            if how == "raise":
                raise LookupError(key)
            break
    else:
        return "else"
    return "break"


def case_left_early():
    d = {str(i): i for i in range(30)}
    results = []
    for _ in range(3):
        for how in ("break", "return", "raise"):
            results.append(attempt(left_early, d, how))
        results.append(attempt(left_early, {"a": 1}, "break"))
    return results


def nested(d):
    total = 0
    for a in d:
        for b, c in d.items():
            for e in d.values():
                total += a * b + c - e
    return total


def case_nested():
    return nested({i: i + 1 for i in range(12)}), nested({})


def case_globals():
    names = []
    module = dict(globals())
    for _ in range(30):
        count = 0
        for name, value in module.items():
            if callable(value):
                count += 1
        names.append(count)
    return len(set(names))


def frames(d):
    lines = []
    for key, value in d.items():
        frame = sys._getframe()
        lines.append((frame.f_lineno - frame.f_code.co_firstlineno, dict(frame.f_locals, frame=None, lines=None)))
    return lines


def case_frames():
    return frames({i: str(i) for i in range(25)})
