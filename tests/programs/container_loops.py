"""Loops over lists, tuples, dicts, strings, sets, enumerate, zip and the like, and around them."""

import itertools


def case_list():
    total = 0
    items = [i * 3 for i in range(200)]
    for item in items:
        total += item
    return total, item


def case_list_grows_while_looping():
    items = [1]
    for item in items:
        if len(items) < 100:
            items.append(item + 1)
    return items[-1], len(items)


def case_list_shrinks_while_looping():
    items = list(range(150))
    total = 0
    for item in items:
        total += item
        if item % 3 == 0:
            items.pop()
    return total, len(items)


def case_list_with_changing_types():
    items = [1] * 60 + [0.5] * 20 + [True, 2**70]
    total = 0
    for item in items:
        total += item
    return total


def case_list_item_store():
    items = [0] * 100
    for i in range(100):
        items[i] = i * i
        items[-i - 1] += 1
    return items


def case_list_store_out_of_range():
    items = [0] * 90
    for i in range(100):
        items[i] = i


def case_tuple():
    total = 0
    for n in (5, 6, 7) * 30:
        total = total * 2 % 1009 + n
    return total


def case_string():
    digits = 0
    for letter in "a1b22c333é漢" * 20:
        if letter.isdigit():
            digits += int(letter)
    return digits, letter


def case_bytes_and_bytearray():
    checksum = 0
    for byte in bytes(range(200)):
        checksum = (checksum << 1 ^ byte) & 0xFFFF
    data = bytearray(100)
    for i in range(100):
        data[i] = (i * 7) & 255
    for byte in data:
        checksum += byte
    return checksum, data


def case_bytearray_value_out_of_range():
    data = bytearray(200)
    for i in range(150, 300):
        data[i - 150] = i


def case_dict_views():
    table = {str(i): i for i in range(80)}
    keys = values = 0
    for key in table:
        keys += len(key)
    for value in table.values():
        values += value
    for key, value in table.items():
        keys += int(key) == value
    return keys, values


def case_dict_changes_size():
    table = {i: i for i in range(80)}
    total = 0
    for key in table:
        total += key
        if key == 70:
            table["new"] = 1


def case_dict_counting():
    counts = {}
    for i in range(200):
        key = i * i % 13
        counts[key] = counts.get(key, 0) + 1
    return counts


def case_set():
    seen = set()
    again = 0
    for i in range(150):
        value = i * 7 % 40
        if value in seen:
            again += 1
        seen.add(value)
    total = 0
    for value in seen:
        total += value
    return again, total


def case_enumerate():
    total = 0
    for i, letter in enumerate("abcdefghij" * 10, start=5):
        total += i * ord(letter)
    return total, i


def case_zip():
    total = 0
    for a, b, c in zip(range(100), [0.5] * 90, itertools.count(3)):
        total += a * b + c
    return total, a


def case_zip_strict_fails():
    total = 0
    for a, b in zip(range(60), range(59), strict=True):
        total += a * b


def case_reversed_and_sorted():
    trail = 0
    for a in reversed([3, 1, 4, 1, 5, 9, 2, 6] * 10):
        trail = (trail * 10 + a) % 100003
    for b in sorted([3, 1, 2] * 20, reverse=True):
        trail = (trail * 10 + b) % 100003
    return trail


def case_map_and_filter():
    total = 0
    for value in map(lambda x: x * x, filter(lambda x: x % 3, range(100))):
        total += value
    return total


def case_itertools():
    total = 0
    for a, b in itertools.product(range(12), repeat=2):
        total += a * b
    for run, group in itertools.groupby(range(100), key=lambda x: x // 9):
        for member in group:
            total += run * member
    return total


def case_own_iterator():
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    total = 0
    for value in Countdown(100):
        total += value
    return total, value


def case_old_sequence_protocol():
    class Squares:
        def __getitem__(self, i):
            if i >= 80:
                raise IndexError
            return i * i

    total = 0
    for value in Squares():
        total += value
    return total


def case_iter_with_sentinel():
    items = list(range(100, 0, -1))
    total = 0
    for value in iter(items.pop, 90):
        total += value
    return total, items[-1]


def case_iterator_type_changes_between_runs():
    total = 0
    for source in (range(30), [1, 2] * 15, (0.5,) * 30, {1: 2}, "12", range(2**65, 2**65 + 3)):
        for value in source:
            total += int(value)
    return total


def case_not_iterable_late():
    total = 0
    source = [1]
    for i in range(60):
        if i == 50:
            source = 5
        for value in source:
            total += value


def case_two_dimensional():
    grid = [[x * y for x in range(10)] for y in range(10)]
    total = 0
    for y in range(1, 9):
        for x in range(1, 9):
            total += grid[y - 1][x] + grid[y + 1][x] - grid[y][x - 1] * grid[y][x + 1]
            grid[y][x] = total & 7
    return total, grid


def case_list_methods():
    items = []
    for i in range(100):
        items.append(i)
        if i % 10 == 5:
            items.insert(0, -i)
        if i % 10 == 7:
            items.remove(i - 1)
        if i % 25 == 24:
            items.reverse()
    return items, items.index(50), items.count(7)


def case_negative_and_bool_indexes():
    items = [10, 20, 30]
    total = 0
    for i in range(90):
        total += items[-1 - i % 3] + items[i % 2 == 0]
    return total
