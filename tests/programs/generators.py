"""Generators with hot loops, yields inside loops, and hot loops that drive generators."""


def count_to(n):
    i = 0
    while i < n:
        yield i
        i += 1


def case_plain():
    total = 0
    for i in count_to(150):
        total += i
    return total


def case_loop_between_yields():
    def triangles(n):
        for i in range(n):
            total = 0
            for j in range(i):
                total += j
            yield total

    return list(triangles(40))


def case_send():
    def averager():
        total = 0.0
        count = 0
        average = None
        while True:
            value = yield average
            if value is None:
                return total, count
            total += value
            count += 1
            average = total / count

    gen = averager()
    next(gen)
    averages = []
    for i in range(80):
        averages.append(gen.send(i * i))
    try:
        gen.send(None)
    except StopIteration as stop:
        return averages, stop.value


def case_throw():
    def resilient():
        errors = 0
        i = 0
        while True:
            try:
                yield i, errors
                i += 1
            except ValueError:
                errors += 1

    gen = resilient()
    next(gen)
    results = []
    for i in range(80):
        results.append(gen.throw(ValueError(i)) if i % 5 == 0 else next(gen))
    return results


def case_yield_from():
    def inner(n):
        total = 0
        for i in range(n):
            total += i
            yield i
        return total

    def outer():
        totals = 0
        for n in range(15):
            totals += yield from inner(n)
        yield totals

    return list(outer())


def case_raises_inside():
    def fragile():
        for i in range(100):
            yield 100 // (60 - i)

    total = 0
    for value in fragile():
        total += value


def case_left_half_way():
    gen = count_to(1000)
    total = 0
    for i in gen:
        total += i
        if i == 90:
            break
    return total, next(gen), gen


def case_closed_while_hot():
    log = []

    def noting():
        try:
            for i in range(1000):
                yield i
        except GeneratorExit:
            log.append("exit")
            raise

    gen = noting()
    for i in gen:
        if i == 70:
            gen.close()
    return i, log, gen


def case_stop_iteration_inside_becomes_runtime_error():
    def wrong():
        it = iter([1, 2, 3] * 20)
        while True:
            yield next(it)

    total = 0
    for value in wrong():
        total += value


def case_pipeline():
    def evens(source):
        for n in source:
            if n % 2 == 0:
                yield n

    def squares(source):
        for n in source:
            yield n * n

    total = 0
    for value in squares(evens(range(200))):
        total += value
    return total


def case_generator_expression():
    total = 0
    for k in range(20):
        total += sum(i * k for i in range(30) if i % 3)
    return total


def case_frames_of_generators():
    gen = count_to(100)
    lines = set()
    for i in gen:
        lines.add((gen.gi_frame.f_lineno, gen.gi_running, gen.gi_frame.f_locals["i"] == i))
    return sorted(lines), gen.gi_frame


def case_recursive_generator():
    def tree(depth):
        if depth:
            yield from tree(depth - 1)
            for i in range(depth * 10):
                depth += 0
            yield depth, i
            yield from tree(depth - 1)

    return list(tree(5))


def case_fibonacci_beyond_64_bits():
    def fibonacci():
        a, b = 0, 1
        while True:
            yield a
            a, b = b, a + b

    total = 0
    for n, value in enumerate(fibonacci()):
        total ^= value
        if n == 150:
            return total, value


def case_two_interleaved():
    a, b = count_to(100), count_to(200)
    trail = []
    for x in a:
        trail.append((x, next(b), next(b)))
    return trail, a, b


def case_loop_between_two_jumps_back():
    """In a generator the jumps are the only instructions without a handler."""
    def records(limit):
        longest = -1
        for start in range(1, limit):
            steps = (start * 7919) % 1009
            if steps > longest:
                longest = steps
                yield start, steps

    return list(records(3000))
