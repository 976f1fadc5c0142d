"""Loops whose bound is a list's size, and sums that one way of a branch adds to: run in blocks, without the branch."""

LENGTHS = [0, 1, 2, 1023, 1024, 1025, 2049]
OTHERS = ["", "x", 2.5, 0, None, 1 << 70]


def count(flags):
    found = 0
    for flag in flags:
        if flag:
            found += 1
    return found, flag


def case_flags_of_a_list():
    found = []
    for length in LENGTHS[1:] * 2:
        flags = [i * i % 7 < 3 for i in range(length)]
        found.append(count(flags))
        found.append(count(flags[::-1]))
    return found


def case_flags_that_are_none():
    found = []
    for at in (0, 1, 1023, 1024, 2047):
        for other in OTHERS:
            flags = [i % 3 == 0 for i in range(2048)]
            flags[at] = other
            found.append(count(flags))
    return found


def case_sums_under_conditions():
    def sums(items, bound, step):
        up, down, kept = 0, 0, 0
        i = 0
        while i < len(items):
            if items[i] > bound:
                up += step
            if items[i] & 1:
                kept = i
            else:
                down -= step
            i += 1
        return up, down, kept, i

    found = []
    for length in LENGTHS * 2:
        items = [i * 37 % 101 for i in range(length)]
        for step in (1, 3, -5, 1 << 38, 1 << 45, 1 << 62):
            found.append(sums(items, 50, step))
    return found


def case_sums_that_overflow():
    def add(total, flags):
        for flag in flags:
            if flag:
                total += 1
        return total

    flags = [i % 5 != 2 for i in range(3000)]
    starts = (0, (1 << 50) - 700, 1 << 52, (1 << 63) - 900, (1 << 63) - 2400, -(1 << 63) - 5, 1 << 70)
    return [add(start, flags) for start in starts * 3]


def case_elements_under_conditions():
    def add(items, weights):
        total = 0
        for k in range(len(items)):
            if items[k] > 10:
                total += weights[k]
        return total

    found = []
    items = [k * 17 % 23 for k in range(2100)]
    for at in (None, 0, 1, 1023, 1024, 2099):
        for other in (7, 1 << 62, 2.5, "x"):
            weights = list(range(2100))
            if at is not None:
                weights[at] = other
            try:
                found.append(add(items, weights))
            except TypeError as error:
                found.append(str(error))
    return found


def case_lists_that_change_under_way():
    def walk(items, at, change):
        total = i = 0
        while i < len(items):
            if items[i]:
                total += 1
            if i == at:
                change(items)
            i += 1
        return total, i

    def iterate(items, at, change):
        total = i = 0
        for item in items:
            if item:
                total += 1
            if i == at:
                change(items)
            i += 1
        return total, i

    def shrink(items):
        del items[1500:]

    def grow(items):
        items.extend([True, False, 3])

    found = []
    for at in (0, 5, 1022, 1023, 1024, 1499, 1500, 1999):
        for change in (shrink, grow, list.clear):
            for way in (walk, iterate):
                found.append(way([i % 3 == 0 for i in range(2000)], at, change))
    return found


class Loud:
    def __init__(self, name, log):
        self.name = name
        self.log = log

    def __del__(self):
        self.log.append(self.name)


def case_lists_that_die_with_a_function():
    def keep(item, at, size):
        items = [0.5] * size
        items[at] = item
        total = 0
        for i in range(size):
            if i & 1:
                total += 1
        return total

    log = []
    for rounds in range(120):
        log.append(keep("text", 0, 30))
    for at in (0, 1, 29):
        log.append(keep(Loud(at, log), at, 30))
        log.append(keep([1, Loud((at, 1), log), None], at, 30))
        log.append(keep((2.5, [True, b"b"]), at, 30))
    return log


def case_iterators_with_other_steps():
    def nest(rows, ranges):
        total = 0
        for row in range(rows):
            for at in ranges[row % len(ranges)]:
                total += at * row
            for at in range(row % 7):
                total -= at
        return total, at

    found = []
    for ranges in ([range(40)], [range(0, 90, 2), range(40)], [range(50, 0, -1)], [range(3, 2000, 7), range(30, 33)]):
        found.append(nest(60, ranges))
        found.append(nest(61, ranges))
    return found


def case_what_is_left_of_an_iterator():
    def table(items, rows, stop):
        total = 0
        for row in range(rows):
            numbers = iter(range(row, row + 1100))
            for k in range(1050):
                total += items[k] * row
                if total == stop:
                    return total, row, k, list(numbers)[-1]
        return total, row, k

    def pairs(items, rows, wanted):
        found = []
        for row in range(rows):
            inner = iter(range(40))
            for k in inner:
                if items[k] == wanted:
                    wanted = items[k + 1]
                    found.append((k, next(inner, None)))
        return found, list(inner)

    items = [k * 31 % 53 for k in range(1100)]
    found = [table(items, 4, stop) for stop in (-1, 31, 100, 2 * sum(items[:1024]))]
    for at in (0, 1, 1023, 1024, 1049):
        for other in (0.5, 1 << 62, 1 << 70):
            changed = items[:at] + [other] + items[at + 1 :]
            found.append(table(changed, 4, -1))
    found.append([pairs(items, 30, wanted) for wanted in (0, 31, 7)])
    return found
