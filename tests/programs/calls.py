"""Calls of every shape inside hot loops: positional, keyword, star, methods, builtins, recursion."""

import functools
import math
import operator


def add3(a, b, c=10):
    return a + b * c


def case_positional():
    total = 0
    for i in range(100):
        total += add3(i, 2, 3)
    return total


def case_keywords_and_defaults():
    total = 0
    for i in range(100):
        total += add3(i, b=2) + add3(b=1, a=i, c=0.5)
    return total


def case_stars():
    def gather(*args, **kwargs):
        return len(args) * 100 + sum(kwargs.values()) + sum(args)

    total = 0
    for i in range(80):
        pair = (i, i + 1)
        named = {"x": i, "y": 2}
        total += gather(*pair, **named) + gather(i, *pair, z=1, **named) + gather()
    return total


def case_keyword_only_and_positional_only():
    def f(a, /, b, *, c):
        return a * 100 + b * 10 + c

    total = 0
    for i in range(60):
        total += f(i, 2, c=3) + f(i, b=1, c=i)
    return total


def case_duplicate_keyword_late():
    def f(**named):
        return len(named)

    extra = {"b": 1}
    total = 0
    for i in range(60):
        if i == 55:
            extra = {"a": 1}
        total += f(a=i, **extra)


def case_recursion():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return [fib(n) for n in range(15)]


def case_mutual_recursion():
    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)

    hits = 0
    for i in range(80):
        hits += even(i)
    return hits


def case_recursion_with_loops():
    def count(depth):
        total = 0
        for i in range(4):
            total += i
            if depth:
                total += count(depth - 1)
        return total

    return count(5)


def case_builtins():
    total = 0
    for i in range(100):
        total += abs(i - 50) + min(i, 7) + max(i, 50, 3) + len(str(i)) + int(i / 3) + ord("a")
        total += sum((i, 1)) + divmod(i, 7)[1] + pow(i, 2, 11) + round(i / 4) + bool(i) + hash(i)
        total += isinstance(i, int) + isinstance(i, (str, float)) + callable(i)
    return total


def case_math():
    total = 0.0
    for i in range(1, 120):
        total += math.sqrt(i) + math.sin(i) * math.floor(i / 7) + math.pow(i, 0.5) + math.hypot(i, 2)
    return total


def case_math_domain_error():
    x = 60.0
    while True:
        y = math.sqrt(x)
        x -= 1.0


def case_operator_and_partial():
    inc = functools.partial(add3, 1, c=2)
    total = 0
    for i in range(80):
        total += inc(i) + operator.add(i, 1) + operator.itemgetter(1)((i, i * 2))
    return total


def case_lambda():
    total = 0
    for i in range(80):
        total += (lambda x, y=i: x * y)(i)
    return total


def case_callee_changes():
    functions = [lambda n: n, lambda n: n * 2, lambda n: n + 0.5, abs, float, str]
    kinds = []
    for i in range(120):
        kinds.append(functions[i // 20](i))
    return kinds


def case_decorated_and_cached():
    @functools.lru_cache(maxsize=None)
    def slow(n):
        return n * n if n < 10 else slow(n - 1) + n

    total = 0
    for i in range(100):
        total += slow(i % 40)
    return total, slow.cache_info().misses


def case_call_in_condition():
    calls = 0

    def check(i):
        nonlocal calls
        calls += 1
        return i < 90

    i = 0
    while check(i):
        i += 1
    return i, calls


def case_type_calls():
    made = []
    for i in range(60):
        made.append((int(i), float(i), bool(i), str(i), list((i,)), tuple([i]), dict(a=i), set([i])))
    return made


def case_bound_methods_kept():
    items = []
    push = items.append
    for i in range(100):
        push(i)
        if i % 30 == 29:
            items = []
            push = items.append
    return items


def case_argument_evaluation_order():
    order = []

    def note(x):
        order.append(x)
        return x

    for i in range(40):
        add3(note((i, 1)) and 1, c=note((i, 2)) and 2, b=note((i, 3)) and 3)
    return order


def case_return_many_types():
    def pick(i):
        if i % 4 == 0:
            return i
        if i % 4 == 1:
            return i * 0.5
        if i % 4 == 2:
            return None

    results = []
    for i in range(80):
        results.append(pick(i))
    return results
