"""`for … in range(…)` with every kind of bounds and steps."""


def case_steps():
    results = []
    for step in (1, 2, 3, 7, -1, -2, -7, 100):
        total = 0
        count = 0
        for i in range(-50, 150, step):
            total += i
            count += 1
        for i in range(150, -50, step):
            total -= i
            count += 1
        results.append((step, total, count))
    return results


def case_empty():
    hits = 0
    for n in range(60):
        for i in range(0):
            hits += 1
        for i in range(5, 5):
            hits += 1
        for i in range(5, 4):
            hits += 1
        for i in range(4, 5, -1):
            hits += 1
    return hits


def case_empty_leaves_variable_unbound():
    for n in range(60):
        pass
    for i in range(0):
        pass
    return i


def case_variable_after_loop():
    for i in range(100):
        pass
    after = i
    for i in range(100, 0, -3):
        pass
    last = i
    for i in range(0):
        pass
    return after, last, i


def case_variable_assigned_inside():
    seen = []
    for i in range(60):
        seen.append(i)
        i = i * 1000
        seen.append(i)
    return seen[-4:], i


def case_bounds_beyond_64_bits():
    total = 0
    for i in range(2**64, 2**64 + 60):
        total += i
    for i in range(-(2**64), -(2**64) - 60, -1):
        total += i
    return total, i


def case_bounds_around_the_edge():
    seen = []
    for i in range(2**63 - 50, 2**63 - 1):
        seen.append(i + 1)
    for i in range(2**63 - 60, 2**63 + 10):
        seen.append(i)
    for i in range(-(2**63) + 50, -(2**63), -1):
        seen.append(i - 1)
    return seen


def case_step_would_overflow():
    seen = []
    for round in range(40):
        for i in range(2**63 - 10, 2**63 - 1, 7):
            seen.append(i)
        for i in range(-(2**63) + 10, -(2**63), -7):
            seen.append(i)
        for i in range(0, 2**63 - 1, 2**62 + 1):
            seen.append(i)
    return len(seen), sum(seen), seen[-5:]


def case_bool_bounds():
    total = 0
    for n in range(50):
        for i in range(True):
            total += 1
            kind = i
        for i in range(False, n > 10):
            total += 10
        for i in range(0, 4, True):
            total += 100
    return total, kind


def case_index_bounds():
    class Three:
        def __index__(self):
            return 3

    total = 0
    for n in range(60):
        for i in range(Three()):
            total += i
        for i in range(Three(), 30, Three()):
            total += i
    return total


def case_zero_step():
    total = 0
    for i in range(100):
        for j in range(0, 10, 90 - i):
            total += j


def case_float_bound():
    total = 0
    limit = 3
    for i in range(100):
        if i == 80:
            limit = 3.0
        for j in range(limit):
            total += j


def case_changing_bound_is_read_once():
    n = 100
    count = 0
    for i in range(n):
        n -= 1
        count += 1
    return n, count, i


def case_range_object_passed_around():
    def consume(numbers):
        total = 0
        for i in numbers:
            total += i
        return total

    numbers = range(3, 90, 4)
    return [consume(numbers), consume(numbers), consume(numbers[::-1]), consume(range(0))], numbers


def case_shared_iterator():
    numbers = iter(range(200))
    pairs = []
    for i in numbers:
        if i % 7 == 3:
            pairs.append((i, next(numbers, "none")))
    return pairs, next(numbers, "end")


def case_shared_iterator_two_loops():
    numbers = iter(range(200))
    first = 0
    for i in numbers:
        first += i
        if i == 100:
            break
    second = []
    for i in numbers:
        second.append(i)
    return first, second[:3], len(second)


def case_iterator_left_after_break():
    numbers = iter(range(10, 300, 3))
    for i in numbers:
        if i > 200:
            break
    return i, numbers, list(numbers)[:3]


def case_iterator_exhausted_stays_exhausted():
    numbers = iter(range(60))
    total = 0
    for i in numbers:
        total += i
    for i in numbers:
        total += 10000
    return total, numbers


def case_next_inside_raises_stop_iteration():
    numbers = iter(range(61))
    total = 0
    for i in numbers:
        total += next(numbers)


def case_range_called_by_another_name():
    total = 0
    count = range
    for i in count(100):
        total += i
    return total


def case_range_shadowed():
    def range(n):
        return [n, n, n]

    total = 0
    for n in (1, 2, 3) * 20:
        for i in range(n):
            total += i
    return total


def case_reversed_range():
    trail = 0
    for i in reversed(range(100)):
        trail = (trail * 3 + i) % 1000003
    return trail, i


def case_len_of_range_in_loop():
    total = 0
    for i in range(80):
        r = range(i, 100, 3)
        total += len(r)
        if i in r:
            total += r[0] + r[-1] + r.start + r.step
    return total
