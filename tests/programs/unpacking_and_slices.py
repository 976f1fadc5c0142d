"""Unpacking, starred targets, slices and swaps inside hot loops."""


def case_pairs():
    total = 0
    for a, b in [(i, i * 0.5) for i in range(100)]:
        total += a * b
    return total, a, b


def case_nested():
    total = 0
    for i in range(80):
        (a, b), [c, (d, e)] = (i, 1), [2, (i + 1, 3)]
        total += a * b + c * d - e
    return total


def case_starred():
    seen = []
    for i in range(60):
        first, *middle, last = range(i, i + 2 + i % 4)
        seen.append((first, middle, last))
    return seen


def case_starred_fails_late():
    for i in range(60, 0, -1):
        first, *rest, last = range(i)


def case_from_different_sources():
    total = 0
    sources = [(1, 2), [3, 4], "56", {7: 0, 8: 0}, iter((9, 10)), range(2), b"ab"]
    for i in range(70):
        source = sources[i % 7]
        if i % 7 == 4:
            source = iter((i, i))
        a, b = source
        total += int(a) * int(b)
    return total


def case_swaps():
    a, b, c = 0, 1, 2
    items = [5, 4, 3, 2, 1]
    for i in range(100):
        a, b = b, a + 1
        c, a = a, c
        items[i % 5], items[(i + 1) % 5] = items[(i + 1) % 5], items[i % 5]
    return a, b, c, items


def case_bubble_sort():
    items = [(i * 37) % 41 for i in range(30)]
    for i in range(len(items)):
        for j in range(len(items) - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return items


def case_list_slices():
    items = list(range(60))
    for i in range(50):
        items[i % 7 : i % 7 + 2] = [i]
        items[len(items) :] = [i, -i]
        if i % 6 == 5:
            del items[::9]
    return items


def case_slice_objects():
    items = list(range(50))
    total = 0
    for i in range(60):
        s = slice(i % 5, None, 1 + i % 3)
        total += sum(items[s]) + len(items[i:]) + len(items[:-i]) + sum(items[-3:i])
    return total


def case_dict_and_set_displays():
    made = []
    for i in range(50):
        made.append({"i": i, **{"j": i * 2}, i: None})
        made.append({i, *(1, 2)})
        made.append([*range(i % 4), i, *"ab"])
    return made


def case_string_unpacking_order():
    order = []

    class Target:
        def __setattr__(self, name, value):
            order.append((name, value))

    t = Target()
    for i in range(40):
        t.a, t.b = i, -i
        t.c = t.d = i * 2
    return order


def case_augmented_subscript_order():
    order = []

    def note(x):
        order.append(x)
        return x

    table = {}
    for i in range(40):
        table[note(i % 3)] = table.get(note(i % 3), 0) + note(1)
        table[note(0)] += note(2)
    return table, order


def case_multiple_assignment():
    total = 0
    for i in range(80):
        a = b = c = i
        b += 1
        total += a + b * c
    return total, a, b, c
