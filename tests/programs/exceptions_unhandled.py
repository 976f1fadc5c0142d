"""Exceptions that leave a hot loop and its function: type, message, lines, locals, context."""


def case_zero_division():
    total = 0
    for i in range(100):
        total += 1000 // (90 - i)


def case_zero_division_on_several_lines():
    total = 0
    for i in range(100):
        total = (
            total
            + i
            % (
                95 - i
            )
        )


def case_true_division_by_zero():
    i = 70
    while True:
        x = 1 / i
        i -= 1


def case_float_division_by_zero():
    x = 70.0
    while True:
        y = 3.0 / x
        x -= 1.0


def case_modulo_by_zero():
    i = 70
    while True:
        y = i % i
        i -= 1


def case_negative_shift():
    for i in range(100):
        value = 1 << (80 - i)


def case_negative_right_shift():
    i = 80
    value = 2**60
    while True:
        value >> i
        i -= 1


def case_zero_to_negative_power():
    i = 50
    while True:
        y = i**-1
        i -= 1


def case_index_error():
    items = list(range(77))
    total = 0
    for i in range(100):
        total += items[i]


def case_key_error():
    table = {i: i for i in range(77)}
    total = 0
    for i in range(100):
        total += table[i]


def case_attribute_error():
    values = [1, 2] * 40 + [None]
    for i in range(81):
        values[i].bit_length()


def case_name_error():
    for i in range(60):
        if i == 55:
            undefined_name


def case_unbound_local():
    for i in range(60):
        if i < 50:
            x = i
        elif i == 50:
            del x
        else:
            y = x + 1


def case_unbound_before_assignment():
    total = 0
    for i in range(100):
        if i == 80:
            total += late
        if i == 90:
            late = 5


def case_explicit_raise():
    for i in range(100):
        if i == 93:
            raise LookupError("found", i)


def case_raise_from():
    for i in range(100):
        if i == 93:
            raise RuntimeError("outer") from KeyError(i)


def case_in_a_called_function():
    def inner(n):
        m = n * 2
        return 10 // (60 - n)

    def middle(n):
        k = n + 1
        return inner(k)

    total = 0
    for i in range(100):
        total += middle(i)


def case_in_an_inner_hot_loop():
    def inner(n):
        total = 0
        for j in range(50):
            total += 100 // (n - j)
        return total

    result = 0
    for i in range(200, 0, -1):
        result += inner(i)


def case_unpacking():
    pairs = [(i, i + 1) for i in range(60)] + [(1, 2, 3)]
    total = 0
    for i in range(61):
        a, b = pairs[i]
        total += a * b


def case_unpacking_int():
    values = [(1, 2)] * 50 + [5]
    for i in range(51):
        a, b = values[i]


def case_call_with_wrong_arguments():
    def f(a, b):
        return a + b

    for i in range(60):
        if i < 55:
            f(i, 1)
        else:
            f(i)


def case_calling_an_int():
    def one():
        return 1

    f = one
    for i in range(60):
        if i == 57:
            f = 3
        f()


def case_stop_iteration():
    it = iter([1, 2, 3] * 20)
    total = 0
    while True:
        total += next(it)


def case_system_exit():
    for i in range(100):
        if i == 70:
            raise SystemExit(i)


def case_exception_group():
    for i in range(100):
        if i == 70:
            raise ExceptionGroup("several", [ValueError(i), TypeError("t")])


def case_own_exception_with_state():
    class Halt(Exception):
        def __init__(self, i, total):
            super().__init__(f"halt at {i}")
            self.total = total

    total = 0.5
    for i in range(100):
        total *= 1.5
        if i == 60:
            error = Halt(i, total)
            error.add_note("a note")
            raise error


def case_assertion():
    x = 1.0
    while True:
        x *= 1.25
        assert x < 1e5, ("too large", x)


def case_raise_a_non_exception():
    for i in range(60):
        if i == 59:
            raise i


def case_big_value_in_locals():
    value = 1
    half = 0.5
    flag = True
    for i in range(200):
        value *= 7
        half = -half
        flag = not flag
        if i == 120:
            value // (i - 120)


def case_multiplication_of_sequences():
    n = 1
    for i in range(100):
        text = "ab" * n
        if i == 80:
            n = 2**62


def case_second_loop_fails():
    total = 0
    for i in range(100):
        total += i
    for j in range(100):
        total -= 5 // (j - 64)


def case_every_call_raises():
    """So often that the loop's code is given up while an exception is on its way."""
    def check(i):
        if i % 2:
            raise ValueError(i)
        return i

    def work(k):
        total = 0
        for i in range(3):
            total += check(i + k) + i * 2
        return total

    seen = 0
    for k in range(1500):
        try:
            work(k)
        except ValueError as error:
            seen += error.args[0]
    work(seen)


def case_recursion_with_wrong_arguments():
    def countdown(n, step):
        if n < 0:
            return countdown(n)
        return countdown(n - step, step)

    return countdown(70, 1)
