"""`__code__`, `__defaults__`, `__kwdefaults__`, cells and names of functions replaced while the functions are hot and
running: by a callee, a finaliser, a signal handler, another thread."""

import signal
import threading
import time

ROUNDS = 90
MOMENTS = (0, 1, 45, ROUNDS - 1)


def plain(x):
    return x + 1


def other(x):
    return x * 100


def longer(x):
    total = 0
    for k in range(3):
        total += x
    return total


def with_default(x, step=2, *, scale=1):
    return x * scale + step


ORIGINALS = plain.__code__, with_default.__code__, with_default.__defaults__, with_default.__kwdefaults__


def reset():
    plain.__code__, with_default.__code__, with_default.__defaults__, with_default.__kwdefaults__ = ORIGINALS
    with_default.__kwdefaults__ = {"scale": 1}


class Dying:
    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()


def case_code_by_the_loop():
    told = []
    for at in MOMENTS:
        for code in (other.__code__, longer.__code__, (lambda x: str(x)).__code__, (lambda x, y: x).__code__,
            (lambda: 5).__code__):
            reset()
            seen = []
            try:
                for i in range(ROUNDS):
                    if i == at:
                        plain.__code__ = code
                    if i == at + 4:
                        reset()
                    seen.append(plain(i))
            except TypeError as error:
                seen.append((i, str(error)))
            told.append(seen)
    reset()
    return told


def case_code_by_a_callee():
    told = []
    for at in MOMENTS:
        reset()

        def maybe(i):
            if i == at:
                plain.__code__ = other.__code__
            return i

        told.append([plain(maybe(i)) + plain(i) for i in range(ROUNDS)])
    reset()
    return told


def changing(x):
    before = x * 2
    if x == 50:
        changing.__code__ = other.__code__
    return before + 1


def descend(n):
    if n == 5:
        descend.__code__ = other.__code__
    return 0 if n == 0 else 1 + descend(n - 1)


def loop(n):
    total = 0
    for i in range(n):
        total += i
        if i == 50:
            loop.__code__ = other.__code__
    return total


RUNNING = changing.__code__, descend.__code__, loop.__code__


def case_code_of_the_running_function():
    changing.__code__ = RUNNING[0]
    return [changing(i) for i in range(ROUNDS)]


def case_code_of_a_running_recursion():
    told = []
    for n in (3, 4, 20, 30) * 5:
        descend.__code__ = RUNNING[1]
        told.append(descend(n))
        told.append(descend(n))
    return told


def case_code_of_the_function_with_the_loop():
    loop.__code__ = RUNNING[2]
    return loop(ROUNDS), loop(7)


def case_code_with_other_free_variables():
    told = []
    for at in MOMENTS:
        reset()
        try:
            for i in range(ROUNDS):
                if i == at:
                    plain.__code__ = (lambda x: at).__code__
                plain(i)
        except ValueError as error:
            told.append((i, str(error)))
    return told


def case_code_by_a_finaliser():
    told = []
    for at in MOMENTS:
        reset()
        items = [None] * ROUNDS
        items[at] = Dying(lambda: setattr(plain, "__code__", other.__code__))
        seen = []
        for i in range(ROUNDS):
            seen.append(plain(i))
            items[i] = 0
            seen.append(plain(i))
        told.append(seen)
    reset()
    return told


def spin(change):
    """Calls ``plain`` until it answers something else."""
    reset()
    change()
    end = time.monotonic() + 20
    rounds = 0
    while plain(1) == 2:
        rounds += 1
        if rounds % 4096 == 0 and time.monotonic() > end:
            return "never seen"
    result = plain(3)
    reset()
    return result


def case_code_by_a_signal_handler():
    previous = signal.signal(signal.SIGALRM, lambda *_: setattr(plain, "__code__", code))
    try:
        told = []
        for code in (other.__code__, longer.__code__):
            told.append(spin(lambda: signal.setitimer(signal.ITIMER_REAL, 0.02)))
    finally:
        signal.signal(signal.SIGALRM, previous)
    return told


def case_code_by_another_thread():
    def later():
        time.sleep(0.01)
        plain.__code__ = other.__code__

    thread = threading.Thread(target=later)
    result = spin(thread.start)
    thread.join()
    reset()
    return result


def case_defaults():
    told = []
    for at in MOMENTS:
        for values in ((5,), (0.5,), ("s",), None, (2**62,), (1, 2)):
            reset()
            seen = []
            try:
                for i in range(ROUNDS):
                    if i == at:
                        with_default.__defaults__ = values
                    if i == at + 4:
                        reset()
                    seen.append(with_default(i))
            except TypeError as error:
                seen.append((i, str(error)))
            told.append(seen)
    reset()
    return told


def case_keyword_defaults():
    told = []
    for at in MOMENTS:
        for values in ({"scale": 7}, {"scale": 0.5}, {}, None):
            reset()
            seen = []
            try:
                for i in range(ROUNDS):
                    if i == at:
                        with_default.__kwdefaults__ = values
                    if i == at + 4:
                        reset()
                    seen.append(with_default(i))
            except TypeError as error:
                seen.append((i, str(error)))
            told.append(seen)
    reset()
    return told


def case_keyword_defaults_changed_in_place():
    reset()
    seen = []
    for i in range(ROUNDS):
        if i == 40:
            with_default.__kwdefaults__["scale"] = 10
        if i == 60:
            with_default.__kwdefaults__.update(scale=0.25)
        seen.append(with_default(i))
        seen.append(with_default(i, scale=3))
    reset()
    return seen


def case_defaults_by_a_finaliser():
    reset()
    items = [None] * ROUNDS
    items[50] = Dying(lambda: setattr(with_default, "__defaults__", (1000,)))
    seen = []
    for i in range(ROUNDS):
        items[i] = i
        seen.append(with_default(i))
    reset()
    return seen


def case_defaults_by_a_signal_handler():
    reset()
    previous = signal.signal(signal.SIGALRM, lambda *_: setattr(with_default, "__defaults__", (1000,)))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        while with_default(1) == 3:
            pass
        result = with_default(1)
    finally:
        signal.signal(signal.SIGALRM, previous)
        reset()
    return result


def case_defaults_by_another_thread():
    reset()

    def later():
        time.sleep(0.01)
        with_default.__defaults__ = (1000,)

    thread = threading.Thread(target=later)
    thread.start()
    while with_default(1) == 3:
        pass
    thread.join()
    result = with_default(1)
    reset()
    return result


def case_mutable_default_changed():
    def total(x, items=[1, 2, 3]):
        return x + items[0]

    seen = []
    for i in range(ROUNDS):
        if i == 40:
            total.__defaults__[0][0] = 0.5
        if i == 60:
            total.__defaults__[0].clear()
            total.__defaults__[0].append("s" if i > 100 else 7)
        seen.append(total(i))
    return seen


def case_cells_replaced():
    def make(value):
        def read(x):
            return x + value

        return read

    read = make(1)
    seen = []
    for i in range(ROUNDS):
        if i == 40:
            read.__closure__[0].cell_contents = 0.5
        if i == 60:
            read.__closure__[0].cell_contents = 2**62
        if i == 80:
            del read.__closure__[0].cell_contents
        try:
            seen.append(read(i))
        except NameError as error:
            seen.append(str(error))
    return seen


def case_methods_replaced():
    class Box:
        def get(self, x):
            return x + 1

    box = Box()
    seen = []
    for i in range(ROUNDS):
        if i == 30:
            Box.get.__code__ = (lambda self, x: x * 2).__code__
        if i == 50:
            Box.get = lambda self, x: -x
        if i == 70:
            box.get = lambda x: "on the instance"
        seen.append(box.get(i))
    return seen


def case_many_times():
    codes = plain.__code__, other.__code__, longer.__code__, (lambda x: x - 0.5).__code__
    total = 0
    for i in range(2000):
        if i % 41 == 0:
            plain.__code__ = codes[i // 41 % 4]
        total += plain(i)
    reset()
    return total


def case_function_dies_while_it_runs():
    def make():
        def short_lived(n):
            holder.clear()
            total = 0
            for k in range(n):
                total += k
            return total

        return short_lived

    holder = []
    total = 0
    for i in range(ROUNDS):
        holder.append(make())
        total += holder[0](i)
    return total


def case_functions_made_anew():
    total = 0
    for i in range(ROUNDS):
        def fresh(x):
            return x + i

        total += fresh(i) + fresh(0.5)
    return total


def case_same_code_with_other_globals():
    import types

    text = "def scaled(x):\n    return x * factor\n"
    names = {"factor": 3}
    exec(text, names)
    one = names["scaled"]
    two = types.FunctionType(one.__code__, {"factor": 0.5})
    three = types.FunctionType(one.__code__, {"__builtins__": {"factor": "s"}})
    seen = []
    for i in range(ROUNDS):
        seen.append((one, two, three)[i // 30](i))
        seen.append(one(i))
    return seen


def case_renamed():
    def f(x):
        return 1 // x

    told = []
    for i in range(ROUNDS):
        if i == 40:
            f.__name__ = f.__qualname__ = "renamed"
        try:
            f(i % 9)
        except ZeroDivisionError as error:
            told.append(error.__traceback__.tb_next.tb_frame.f_code.co_name)
        try:
            f()
        except TypeError as error:
            told.append(str(error))
    return told[::7]
