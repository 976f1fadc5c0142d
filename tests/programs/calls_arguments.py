"""Python functions called with every shape of arguments, and the errors of calls that do not fit, at the first, a
middle and the last round."""

ROUNDS = 80
MOMENTS = (0, 40, ROUNDS - 1)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        entry = error.__traceback__.tb_next
        lines = []
        while entry:
            lines.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
            entry = entry.tb_next
        return type(error).__name__, str(error), lines


def plain(a, b):
    return a * 10 + b


def defaults(a, b=2, c=3.5):
    return a * 100 + b * 10 + c


def keyword_only(a, *, b, c=1):
    return a - b * c


def positional_only(a, b=7, /, c=1):
    return a + b - c


def gather(a, *rest):
    total = a
    for one in rest:
        total += one
    return total


def named(a=0, **others):
    return a + len(others)


def everything(a, b=1, /, c=2, *rest, d=3, **others):
    return a + b * 10 + c * 100 + len(rest) * 1000 + d * 10000 + len(others) * 100000


def passes_on(*args):
    return plain(*args)


def passes_all_on(*args, **names):
    return everything(*args, **names)


CALLS = [
    lambda i: plain(i, 2), lambda i: plain(b=i, a=2), lambda i: plain(i, b=0.5), lambda i: plain(*(i, 3)),
    lambda i: plain(*[i], **{"b": 1}),
    lambda i: defaults(i), lambda i: defaults(i, 5), lambda i: defaults(i, c=1), lambda i: defaults(c=i, a=1),
    lambda i: defaults(i, 1, 2),
    lambda i: keyword_only(i, b=2), lambda i: keyword_only(b=i, a=1, c=3), lambda i: positional_only(i),
    lambda i: positional_only(i, 2, c=5),
    lambda i: gather(i), lambda i: gather(i, 1, 2.5), lambda i: gather(*range(i % 5 + 1)), lambda i: named(),
    lambda i: named(x=1, y=2, a=i),
    lambda i: everything(i), lambda i: everything(i, 2, 3, 4, 5, d=6, e=7), lambda i: passes_on(i, 4),
    lambda i: passes_all_on(i, 2, 3, 4, d=1, z=9),
]


def case_shapes():
    told = []
    for call in CALLS:
        total = 0
        for i in range(ROUNDS):
            total += call(i)
        told.append(total)
    return told


def case_written_out():
    total = 0
    for i in range(ROUNDS):
        total += plain(i, 2) + plain(b=i, a=2) + defaults(i) + defaults(i, c=0.25) + keyword_only(i, b=2)
        total += positional_only(i, c=3) + gather(i, i, i) + named(x=i) + everything(i, d=1) + passes_on(1, i)
    return total


WRONG = [
    lambda: plain(), lambda: plain(1), lambda: plain(1, 2, 3), lambda: plain(1, a=2), lambda: plain(1, c=2),
    lambda: plain(1, b=2, c=3),
    lambda: defaults(), lambda: defaults(1, 2, 3, 4), lambda: defaults(b=1), lambda: keyword_only(1),
    lambda: keyword_only(1, 2),
    lambda: positional_only(a=1), lambda: positional_only(1, b=2), lambda: gather(), lambda: gather(a=1, *[2]),
    lambda: plain(*5),
    lambda: plain(**{"a": 1, "x": 2}), lambda: plain(1, **None), lambda: plain(**{1: 2}), lambda: passes_on(1),
    lambda: passes_all_on(),
    lambda: plain(1, None), lambda: plain(1, "x"),
]


def case_wrong_calls():
    def work(call, at):
        total = 0
        for i in range(ROUNDS):
            total += plain(i, 1) if i != at else call()
        return total

    return [outcome(work, call, at) for call in WRONG for at in MOMENTS]


def case_not_callable():
    def work(strange, at):
        function = plain
        total = 0
        for i in range(ROUNDS):
            if i == at:
                function = strange
            total += function(i, 1)
        return total

    return [outcome(work, strange, at) for strange in (5, None, "f", [plain], object) for at in MOMENTS]


def case_argument_types_change():
    told = []
    for strange in (2.5, 2**62, 2**64, True, "ab", None, [1], (2,), 1j):
        def work():
            seen = []
            for i in range(ROUNDS):
                seen.append(plain(i if i != 40 else strange, 3))
                seen.append(defaults(1, strange if i == 60 else i))
            return seen

        told.append(outcome(work))
    return told


def case_result_types_change():
    def pick(i):
        if i < 30:
            return i
        if i < 40:
            return i / 2
        if i < 50:
            return None
        if i < 60:
            return 2**62 * i
        return str(i)

    return [pick(i) for i in range(ROUNDS)]


def case_results_unused_and_none():
    log = []

    def note(i):
        if i % 10 == 0:
            log.append(i)

    def nothing():
        pass

    for i in range(ROUNDS):
        note(i)
        nothing()
    return log, nothing()


def case_mutable_default():
    def remember(x, kept=[]):
        kept.append(x)
        return len(kept)

    total = 0
    for i in range(ROUNDS):
        total += remember(i)
    return total, remember.__defaults__


def case_defaults_from_a_loop():
    functions = []
    for i in range(20):
        def scaled(x, factor=i, *, offset=i * 0.5):
            return x * factor + offset

        functions.append(scaled)
    total = 0.0
    for i in range(ROUNDS):
        total += functions[i % 20](i)
    return total


def case_closures_read():
    def make(step):
        scale = 3

        def add(x):
            return x + step * scale

        return add

    one, half = make(1), make(0.5)
    total = 0
    for i in range(ROUNDS):
        total = one(total) + half(i)
    return total


def case_closures_write():
    def make():
        count = 0
        seen = 0.0

        def tick(x):
            nonlocal count, seen
            count += 1
            seen += x
            return count

        return tick, lambda: (count, seen)

    tick, look = make()
    total = 0
    for i in range(ROUNDS):
        total += tick(i * 0.5)
        if i == 50:
            total += look()[0]
    return total, look()


def case_closure_variable_unbound():
    told = []
    for at in MOMENTS:
        def work():
            value = 1

            def read():
                return value

            total = 0
            for i in range(ROUNDS):
                if i == at:
                    del value
                total += read()

        told.append(outcome(work))
    return told


def case_closure_changed_by_the_loop():
    def work():
        factor = 1

        def scaled(x):
            return x * factor

        seen = []
        for i in range(ROUNDS):
            seen.append(scaled(i))
            if i % 20 == 19:
                factor = (2, 0.5, 2**62, "s")[i // 20]
        return seen

    return work()


def case_functions_as_arguments():
    def apply(f, x):
        return f(x)

    def twice(f, x):
        return f(f(x))

    total = 0
    for i in range(ROUNDS):
        total += apply(lambda x: x + 1, i) + twice(abs, -i) + apply(plain_of_one, i)
    return total


def plain_of_one(x):
    return plain(x, x)


def case_callee_changes_at_one_site():
    functions = [plain, defaults, gather, passes_on, lambda a, b: a - b, max, divmod, pow]
    seen = []
    for i in range(ROUNDS * 2):
        seen.append(functions[i // 20](i, 3))
    return seen


def case_recursive_data():
    def depth(tree):
        if tree is None:
            return 0
        left, right = tree
        return 1 + max(depth(left), depth(right))

    tree = None
    for i in range(12):
        tree = (tree, tree if i % 2 else None)
    return depth(tree)


def case_order_of_evaluation():
    log = []

    def note(x):
        log.append(x)
        return x

    for i in range(ROUNDS):
        defaults(note(i), c=note(-i), b=note(0.5))
        plain(*(note(1), note(2)))
    return log


def case_arguments_overwritten_inside():
    def collapse(n, total=0):
        while n:
            total += n % 10
            n //= 10
        return total

    return [collapse(i * 12345) for i in range(ROUNDS)], [collapse(i, -i) for i in range(ROUNDS)]


def case_many_arguments():
    def wide(a, b, c, d, e, f, g, h, i, j, k, l):
        return a + b * c - d + e * f - g + h * i - j + k * l

    total = 0
    for n in range(ROUNDS):
        total += wide(n, 1, 2, 3, 4.5, 5, 6, 7, 8, 9, n, n)
    return total


def case_generators_and_methods_called():
    class Box:
        def __init__(self, x):
            self.x = x

        def scaled(self, factor=2):
            return self.x * factor

        @staticmethod
        def fixed(a, b=1):
            return a + b

        @classmethod
        def make(cls, x):
            return cls(x)

    def counts(n):
        for k in range(n):
            yield k

    total = 0
    for i in range(ROUNDS):
        box = Box.make(i)
        total += box.scaled() + box.scaled(factor=0.5) + Box.fixed(i) + sum(counts(i % 7))
    return total
