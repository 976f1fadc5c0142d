"""What is only loaded and stored stays the same object: NaN, big ints, floats, strings; and no number changes
under somebody who holds it."""

NAN = float("nan")
BIG = 10**30
WIDE = 2**62 + 1


def case_nan_stays_in_its_list():
    items = [NAN, 1.0, 2.0]
    hits = 0
    for i in range(90):
        items[(i + 1) % 3], items[i % 3] = items[i % 3], items[(i + 1) % 3]
        hits += NAN in items
    return hits, [item is NAN for item in items]


def case_copied_by_index():
    source = [NAN, BIG, WIDE, 0.1, "s", None, (1,), True, 300, -6]
    target = [None] * 10
    for _ in range(9):
        for i in range(10):
            target[i] = source[i]
    return [a is b for a, b in zip(source, target)]


def case_copied_through_a_local():
    source = [NAN, 0.1, WIDE, BIG] * 20
    target = []
    for i in range(80):
        x = source[i]
        y = x
        target.append(y)
    return all([a is b for a, b in zip(source, target)])


def case_copied_and_used():
    source = [i * 0.5 for i in range(80)]
    target = [0.0] * 80
    total = 0.0
    for i in range(80):
        x = source[i]
        total += x * 2.0
        target[79 - i] = x
    return total, all([a is b for a, b in zip(source, reversed(target))])


def case_compared_and_kept():
    values = [((i * 37) % 101) / 7 for i in range(100)]
    best = values[0]
    for i in range(100):
        x = values[i]
        if x > best:
            best = x
    return best


def case_max_and_min_give_one_of_them():
    a = [float(i % 7) for i in range(80)]
    b = [float(i % 5) for i in range(80)]
    larger = [0.0] * 80
    smaller = [0.0] * 80
    for i in range(80):
        larger[i] = max(a[i], b[i])
        smaller[i] = min(a[i], b[i])
    same = [
        (larger[i] is a[i], larger[i] is b[i], smaller[i] is a[i], smaller[i] is b[i]) for i in range(80)
    ]
    return larger, smaller, same


def case_float_held_while_its_place_is_overwritten():
    items = [0.25 + i for i in range(10)]
    seen = []
    for i in range(90):
        k = i % 10
        old = items[k]
        items[k] = old * 1.5
        seen.append((old, items[k]))
        items[k] = items[k] - 1.0
    return items, seen


def case_one_float_in_many_places():
    items = [0.5] * 20
    for i in range(90):
        items[i % 20] = items[i % 20] * 1.25 + i
    return items


def case_copy_keeps_the_old_floats():
    items = [i + 0.5 for i in range(10)]
    copies = []
    for i in range(60):
        if i % 10 == 0:
            copies.append(items[:])
        items[i % 10] = items[i % 10] * 2.0
    return copies, items


def case_floats_in_other_containers():
    items = [1.5, 2.5]
    pair = (items[0], items[1])
    table = {"a": items[0]}
    for i in range(80):
        items[i % 2] = items[i % 2] + 0.125
    return items, pair, table


def case_loaded_twice():
    items = [1.5, 2.5, 3.5]
    seen = []
    for i in range(80):
        x = items[0]
        y = items[0]
        items[0] = x + 1.0
        items[1] = y
        seen.append((x, y, items[0], items[1], x is y, items[1] is x))
    return seen


def case_swap_with_itself():
    items = [NAN, 1.5]
    for i in range(80):
        k = i % 2
        items[k], items[k] = items[k], items[k]
    return items, items[0] is NAN


def case_float_from_an_iterator_overwritten():
    items = [i + 0.25 for i in range(70)]
    seen = []
    for i, x in enumerate(items):
        items[i] = x + 1.0
        items[i] = items[i] + 1.0
        seen.append(x)
    return items, seen


def case_float_as_default_and_constant():
    def shifted(values, step=0.5):
        for i in range(len(values)):
            values[i] = step
            values[i] = values[i] + 1.0
        return step

    items = [0.0] * 60
    return [shifted(items) for _ in range(3)], items


def case_float_in_a_cell():
    held = 1.5

    def peek():
        return held

    items = [held] * 3
    for i in range(80):
        items[i % 3] = items[i % 3] + 1.0
    return items, peek()


def case_int_objects_kept():
    items = [WIDE + i for i in range(40)] + [10**20 + i for i in range(40)]
    moved = [None] * 80
    for i in range(80):
        moved[(i * 7) % 80] = items[i]
    return all([moved[(i * 7) % 80] is items[i] for i in range(80)])


def case_small_ints_are_the_known_ones():
    items = [0] * 300
    for i in range(300):
        items[i] = i - 20
    known = [-5, 0, 1, 100, 255, 256]
    return [items[n + 20] is int(str(n)) for n in known]


def case_bools_stay_bools():
    items = [True, False, 1, 0, 1.0, 0.0]
    moved = []
    for i in range(90):
        x = items[i % 6]
        moved.append(x)
        if x == 1:
            items[i % 6], items[(i + 1) % 6] = items[(i + 1) % 6], x
    return moved, items


def case_strings_of_one_letter():
    text = "aébü\u1234"
    seen = []
    for i in range(80):
        seen.append(text[i % 5])
    return seen, seen[0] is seen[5], seen[1] is seen[6]


def case_exits_between_load_and_store():
    items = [i + 0.5 for i in range(30)]
    first = list(items)
    total = 0
    for i in range(90):
        k = i % 30
        x = items[k]
        total += 2**62 if i % 29 == 28 else k
        items[k] = x
    return total, all([a is b for a, b in zip(first, items)])
