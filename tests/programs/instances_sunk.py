"""Instances that come and go within a loop or function, and what makes them be objects after all."""

import gc
import sys
import weakref


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        if isinstance(other, Vec):
            return Vec(self.x - other.x, self.y - other.y)
        return Vec(self.x - other, self.y - other)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def ratio(self):
        return self.x / self.y

    def grow(self, by):
        self.x += by
        return self

    def bigger(self, other):
        if self.x > other.x:
            return self
        return other


def told(v):
    return type(v).__name__, list(vars(v).items()), [type(value).__name__ for value in vars(v).values()]


def case_a_chain_of_temporaries():
    a, b, total = Vec(1.0, 2.0), Vec(0.5, 0.25), 0.0
    for i in range(120):
        c = (a + b * 0.5) * 2.0 - b
        total += c.dot(b)
    return total, told(a), told(b), told(c)


def case_one_that_goes_round():
    p, v = Vec(0.0, 0.0), Vec(1.0, 0.5)
    for i in range(120):
        p = p + v * 0.25
    return told(p), told(v)


def case_of_ints_that_outgrow():
    p, step = Vec(1, 2), Vec(3, 5)
    for i in range(150):
        p = p + step
        if i > 70:
            p = p * 3
    return told(p)


def case_floats_in_the_end():
    p, step = Vec(1, 2), Vec(3, 5)
    for i in range(120):
        p = p + (step if i < 90 else Vec(0.5, i))
    return told(p)


def case_numbers_subtracted():
    p = Vec(0.5, 1)
    for i in range(120):
        p = p - i if i % 3 else p - Vec(i, 0.5)
    return told(p)


def case_it_is_kept_now_and_then():
    kept, q = [], None
    for i in range(120):
        p = Vec(i, 0.5)
        other = p
        p.x += 1
        if i % 40 == 37:
            kept.append(p)
            kept.append(other)
            other.y = i
        q = other
    return [told(v) for v in kept], [kept[k] is kept[k + 1] for k in range(0, len(kept), 2)], q is p, told(q)


def case_two_names_change_places():
    a, b = Vec(0, 0.0), Vec(1, 1.0)
    for i in range(121):
        a, b = b, a + b
        if i % 2:
            a, b = b, a
        if b.x > 1000:
            b = Vec(0, 1.0)
    return told(a), told(b), a is b


def case_one_of_two():
    best = Vec(-1, 0.0)
    for i in range(120):
        v = Vec((i * 37) % 101, i * 0.5)
        best = best.bigger(v)
    return told(best)


def case_itself_is_given_back():
    total = 0
    for i in range(120):
        v = Vec(i, 2)
        total += v.grow(3).grow(4).x
        total += v.grow(1) is v
    return total, told(v)


def case_division_by_zero():
    results = []
    for i in range(120):
        v = Vec(i, (i % 50) - 30)
        try:
            results.append(v.ratio())
        except ZeroDivisionError as error:
            trace = error.__traceback__
            inner = trace.tb_next.tb_frame
            lines = trace.tb_lineno - inner.f_code.co_firstlineno, trace.tb_next.tb_lineno - inner.f_code.co_firstlineno
            results.append((lines, inner.f_locals["self"] is v, told(v)))
    return results


def case_division_by_zero_not_caught():
    for i in range(120):
        v = Vec(i, 77 - i)
        w = v + v
        w.ratio()


class Three:
    def __init__(self, a, b, c):
        self.a = a
        self.b = 10 // b
        self.c = c


def case_left_within_init():
    results = []
    for i in range(120):
        try:
            t = Three(i, 1 if i % 60 != 55 else 0, 0.5)
            results.append(t.b + t.c)
        except ZeroDivisionError as error:
            made = error.__traceback__.tb_next.tb_frame.f_locals["self"]
            results.append(told(made))
    return results, told(t)


def case_attributes_of_other_kinds():
    results = []
    for i in range(130):
        v = Vec(i, None)
        w = Vec(i % 2 == 0, "text" if i > 100 else 2)
        u = Vec(v, w)
        if w.x:
            v.y = True
        if i % 30 == 29:
            results.append((v.y, w.x, w.y, u.x is v, u.y is w))
            v.x = 1 << 80
            results.append((v.x, v.y))
    return results, told(v), told(w)


def case_attributes_come_and_go():
    results = []
    for i in range(120):
        v = Vec(i, 1.5)
        if i % 40 == 33:
            v.z = i
            del v.x
            results.append(sorted(vars(v).items()))
            try:
                v.x
            except AttributeError as error:
                results.append(str(error))
        elif i % 40 == 34:
            v.__dict__["x"] = "dict"
            results.append(v.x)
        results.append(v.y)
    return results


class Bare:
    def __init__(self, a):
        if a % 50 != 49:
            self.a = a


def case_an_attribute_that_is_missing():
    results = []
    for i in range(120):
        b = Bare(i)
        try:
            results.append(b.a)
        except AttributeError as error:
            results.append((str(error), vars(b)))
    return results


class Nothing:
    pass


class Marked:
    def __init__(self):
        pass


def case_without_attributes():
    last, same = None, 0
    for i in range(120):
        m = Marked()
        same += m is last
        last = m
        if i == 77:
            last.n = 5
    return same, vars(last), type(m) is Marked


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, dx):
        return Point(self.x + dx, self.y)


def case_slots():
    p, kept = Point(0, 0.5), []
    for i in range(120):
        p = p.moved(i).moved(0.5 if i > 100 else 1)
        if i == 66:
            kept.append(p)
    return p.x, p.y, kept[0].x, kept[0] is p, hasattr(p, "__dict__")


class Ends:
    ended = 0

    def __init__(self, x):
        self.x = x

    def __del__(self):
        Ends.ended += 1

    def twice(self):
        return Ends(self.x * 2)


def case_finalizers_run():
    seen, total = [], 0
    for i in range(120):
        total += Ends(i).twice().x
        seen.append(Ends.ended)
    return total, seen


class Late:
    def __init__(self, x):
        self.x = x

    def twice(self):
        return Late(self.x * 2)


def case_a_finalizer_comes_later():
    seen, total, ended = [], 0, []
    for i in range(160):
        late = Late(i)
        total += late.twice().x
        if i == 100:
            Late.__del__ = lambda self: ended.append(self.x)
        seen.append(len(ended))
    del Late.__del__, late
    return total, seen, ended


class Changed:
    def __init__(self, x):
        self.x = x

    def plus(self, other):
        return Changed(self.x + other.x)


def case_a_class_changes_under_way():
    results = []
    for i in range(160):
        c = Changed(i)
        if i == 90:
            Changed.plus = lambda self, other: Changed(self.x - other.x)
        if i == 110:
            Changed.__init__ = lambda self, x: setattr(self, "x", x * 10)
        if i == 130:
            Changed.x = property(lambda self: 7, lambda self, x: None)
        results.append(c.plus(c).x)
    return results


class Sub(Vec):
    def dot(self, other):
        return -1


def case_another_class_comes():
    results = []
    for i in range(140):
        v = Vec(i, 1.0) if i < 100 or i % 2 else Sub(i, 2.0)
        w = v + v
        if i == 120:
            w.__class__ = Sub
        results.append((w.dot(v), type(w).__name__))
    return results


def case_weak_references_and_identity():
    results = []
    for i in range(120):
        v = Vec(i, 1)
        w = v
        if i % 40 == 21:
            ref = weakref.ref(v)
            results.append((ref() is v, ref() is w, v == w, v != w, hash(v) == hash(w), id(v) == id(w)))
            del v, w
            results.append(ref())
        elif v is not w or v == Vec(i, 1) or v is None:
            results.append("no")
    return results


def looks():
    return {name: told(value) if isinstance(value, Vec) else value for name, value in sys._getframe(1).f_locals.items()}


def changes(by):
    frame = sys._getframe(1)
    frame.f_locals["p"].x += by
    return by


def case_frames_are_looked_at():
    results, p = [], Vec(0, 0.5)
    for i in range(120):
        p = p + Vec(1, 0.5)
        q = p
        if i % 40 == 35:
            results.append(sorted(key for key in looks() if key != "results"))
            results.append(looks()["p"])
            changes(1000)
            results.append((p.x, q.x, p is q))
    return results, told(p)


class Noisy:
    """Its end looks at what the frame below holds, and changes it."""

    def __init__(self, log):
        self.log = log

    def __del__(self):
        frame = sys._getframe(1)
        p = frame.f_locals.get("p")
        if isinstance(p, Vec):
            p.y += 100
            self.log.append(told(p))


def case_finalizers_change_what_is_there():
    log, p, results = [], Vec(0, 0.5), []
    for i in range(120):
        noisy = Noisy(log) if i % 40 == 31 else None
        p = p + Vec(1, 0.25)
        q = p
        noisy = None
        results.append((p.x, q.y, p is q))
    return log, results


class Says:
    """Its end tells what the frame below holds."""

    def __init__(self, log, number):
        self.log = log
        self.number = number

    def __del__(self):
        frame = sys._getframe(1)
        p = frame.f_locals.get("p")
        self.log.append((self.number, frame.f_lineno - frame.f_code.co_firstlineno, isinstance(p, Vec) and told(p)))


def case_what_ends_beside_them():
    log, refs, results = [], [], []
    p, held = Vec(0, 0.5), Vec(0, 1)
    for i in range(200):
        p = p + Vec(1, 0.25)
        if i % 40 == 20:
            held = Vec(Says(log, i), 1)
        elif i % 40 == 25:
            held.extra = Says(log, i)
        elif i % 40 == 30:
            refs.append(weakref.ref(held, lambda ref: log.append(("gone", sys._getframe(1).f_locals["p"].x))))
        elif i % 40 == 35:
            held.__dict__["more"] = Says(log, i)
        held = p - Vec(i, 1) if i % 3 else Vec(held.y, held.x) if type(held.x) is int else Vec(i, 2)
        results.append((p.x, held.y))
    return results, log, len(refs)


def step(p, k):
    q = p * k
    r = q - p
    return r.dot(q) + k


def case_in_functions():
    p, total = Vec(1, 0.5), 0
    for i in range(140):
        total += step(p, i)
        if i == 100:
            p = Vec(1.5, 2)
        if i == 120:
            p = Vec("a", 0)
            try:
                step(p, 2)
            except TypeError as error:
                names = []
                trace = error.__traceback__
                while trace:
                    names.append(trace.tb_frame.f_code.co_name)
                    trace = trace.tb_next
                return total, names, str(error)
    return total


def case_nan():
    nan, found = float("nan"), 0
    for i in range(120):
        v = Vec(nan if i % 2 else 1.0, 2.0)
        found += v.x == v.x
    return found


def pairs(n):
    for i in range(n):
        v = Vec(i, 0.5)
        yield (v + v).x
        if i == n - 3:
            yield v


def case_in_generators():
    results = []
    for x in pairs(120):
        results.append(x if isinstance(x, (int, float)) else told(x))
    return results, sum((Vec(i, 1) + Vec(1, i)).x for i in range(120)), [Vec(i, i).dot(Vec(1, 2)) for i in range(120)]


def case_in_cells():
    results = []
    for i in range(120):
        v = Vec(i, 1)
        get = lambda: v
        v = v + v
        results.append(get().x)
    return results, get() is v


def case_nested_loops():
    total = Vec(0, 0.0)
    for i in range(12):
        row = Vec(0, 1.0)
        for j in range(14):
            row = row + Vec(i, j)
        total = total + row
        if i == 9:
            held = row
    return told(total), told(row), told(held)


def case_the_collector_finds_them():
    total = 0
    for i in range(120):
        v = Vec(i, 1)
        if i % 50 == 40:
            v.y = v
            total += len([o for o in gc.get_referrers(v) if o is v or o is vars(v)])
            gc.collect()
        total += v.x
    return total


def case_an_exception_holds_one():
    results = []
    for i in range(120):
        v = Vec(i, 2)
        try:
            if i % 40 == 39:
                raise ValueError(v)
        except ValueError as error:
            results.append((error.args[0] is v, told(error.args[0])))
    return results


module_total = Vec(0, 0.0)
for module_i in range(120):
    module_total = module_total + Vec(module_i, 0.5) * 2
    if module_i == 100:
        module_kept = module_total


def case_at_module_level():
    return told(module_total), told(module_kept), module_kept is module_total
