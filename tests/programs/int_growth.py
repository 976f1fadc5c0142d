"""Ints that leave 64 bits inside a loop, stay outside for a while, and come back."""


def case_add_until_big():
    total = 1
    steps = 0
    while steps < 150:
        total = total + total
        steps += 1
    return total, steps


def case_there_and_back():
    value = 3
    trail = []
    for i in range(300):
        if i < 100:
            value = value * 3
        elif i < 199:
            value = value // 3
        else:
            value = value + i
        if i % 10 == 0:
            trail.append(value)
    return value, trail


def case_oscillating_at_the_edge():
    value = 2**63 - 50
    crossed = 0
    for i in range(400):
        if i % 100 < 50:
            value += 1
        else:
            value -= 1
        if value > 2**63 - 1:
            crossed += 1
    return value, crossed


def case_negative_edge():
    value = -(2**63) + 40
    for i in range(80):
        value -= 1
    low = value
    for i in range(80):
        value += 1
    return low, value


def case_multiply_overflow_once():
    total = 0
    for i in range(200):
        factor = 10**12 if i != 150 else 10**15
        total = factor * 9000
    return total


def case_factorial():
    product = 1
    n = 1
    while n < 120:
        product *= n
        n += 1
    return product


def case_fibonacci():
    a, b = 0, 1
    for _ in range(250):
        a, b = b, a + b
    return a, b


def case_hash_that_wraps():
    state = 14695981039346656037
    for i in range(300):
        state ^= i & 255
        state = (state * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return state


def case_lcg_signed():
    x = 12345
    low = 0
    for i in range(500):
        x = (x * 1103515245 + 12345) % 2147483648
        low ^= x
    return x, low


def case_shift_out_and_in():
    value = 1
    sizes = []
    for i in range(200):
        value = value << 1 if i < 100 else value >> 1
        if i % 20 == 0:
            sizes.append(value)
    return value, sizes


def case_negate_minimum():
    value = -(2**63) + 100
    results = []
    for i in range(101):
        results.append(-value)
        value -= 1
    return results[-3:], value


def case_floor_divide_minimum():
    value = -(2**63) + 60
    last = None
    for i in range(61):
        last = value // -1
        value -= 1
    return last, value


def case_sum_of_big_literals():
    total = 0
    for i in range(100):
        total += 4611686018427387904
        total -= 4611686018427387903
    return total


def case_abs_difference():
    a = 2**63 - 1
    b = -(2**63)
    total = 0
    for i in range(60):
        total += (a - b) >> 60
        a -= 1
        b += 1
    return total, a, b


def case_compare_big():
    value = 2**63 - 30
    flags = []
    for i in range(60):
        flags.append((value < 2**63, value == 2**63, value >= 2**63, value != 2**63 + 5))
        value += 1
    return flags
