"""Elements of lists and tuples read and written by index, and the ways this ends: at the first, a middle and the
last round."""

ROUNDS = 90
MOMENTS = (0, 1, 44, ROUNDS - 1)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Items(list):
    pass


class Counting(list):
    def __getitem__(self, index):
        self.reads = getattr(self, "reads", 0) + 1
        return super().__getitem__(index)

    def __setitem__(self, index, value):
        super().__setitem__(index, (value,))


def read(items, index, at, other):
    """Reads ``items[index]`` in each round; in round ``at`` with ``other`` in the index's place."""
    total = 0
    i = 0
    while i < ROUNDS:
        k = other if i == at else index
        total += items[k]
        i += 1
    return total


def store(items, index, value, at, other_index, other_value):
    """The same for stores."""
    i = 0
    while i < ROUNDS:
        if i == at:
            items[other_index] = other_value
        else:
            items[index] = value
        i += 1
    return items


def outcome(function, *arguments):
    """What it returns or raises, and from which line."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


INDEXES = [
    0, 3, 4, -1, -4, -5, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30, True, False, 1.0, None,
    Index(2), Index(-9), "1", (1,), slice(0, 1),
]


def case_reading_lists():
    return [outcome(read, [1, 2, 3, 4], 2, at, k) for at in MOMENTS for k in INDEXES]


def case_reading_tuples():
    return [outcome(read, (1, 2, 3, 4), 2, at, k) for at in MOMENTS for k in INDEXES]


def case_reading_floats():
    return [outcome(read, [1.5, -0.0, float("inf"), 4.25], 3, at, k) for at in MOMENTS for k in INDEXES]


def case_storing():
    return [
        outcome(store, [1, 2, 3, 4], 2, 7, at, k, 8) for at in MOMENTS for k in INDEXES
    ]


def case_storing_into_tuples():
    return [outcome(store, (1, 2), 0, 1, at, 0, 1) for at in MOMENTS]


def case_stored_types():
    values = [5, 2**62, 2**63, 10**40, 0.5, float("nan"), True, None, "text", (1, 2), [3], Index(1)]
    return [outcome(store, [1, 2, 3, 4], 2, v, at, 1, w) for at in MOMENTS for v, w in zip(values, values[1:])]


def case_empty_containers():
    return [outcome(read, kind, 0, at, -1) for kind in ([], ()) for at in MOMENTS]


def case_walking_off_the_end():
    told = []
    for size in (0, 1, 2, 50, ROUNDS - 1, ROUNDS, ROUNDS + 1):
        items = list(range(size))
        i = total = 0
        try:
            while i < ROUNDS:
                total += items[i]
                i += 1
        except IndexError as error:
            told.append(str(error))
        told.append((i, total))
    return told


def case_walking_backwards():
    told = []
    for size in (1, 50, ROUNDS - 1, ROUNDS):
        items = list(range(size))
        i, total = -1, 0
        try:
            while i >= -ROUNDS:
                total += items[i] * i
                i -= 1
        except IndexError as error:
            told.append(str(error))
        told.append((i, total))
    return told


def case_element_types_change():
    told = []
    for strange in (2**62, 2**64, 0.25, True, None, "s", Index(1), float("nan")):
        for at in MOMENTS:
            items = [i - 3 for i in range(ROUNDS)]
            items[at] = strange
            total = 0
            try:
                for i in range(ROUNDS):
                    total = total + items[i]
            except TypeError as error:
                told.append(str(error))
            told.append((i, total))
    return told


def case_container_type_changes():
    told = []
    for strange in ((1, 2, 3), Items([1, 2, 3]), Counting([1, 2, 3]), b"abc", "abc", {0: 1, 1: 2, 2: 3}, range(3), 7,
        None):
        for at in MOMENTS:
            items, seen = [1, 2, 3], []
            try:
                for i in range(ROUNDS):
                    if i == at:
                        items = strange
                    elif i == at + 3:
                        items = [4, 5, 6]
                    seen.append(items[i % 3])
            except TypeError as error:
                told.append(str(error))
            told.append(seen)
    return told


def case_subclass_with_own_methods():
    items = Counting([1, 2, 3])
    for i in range(ROUNDS):
        items[i % 3] = i
        kept = items[i % 3]
    return list(items), items.reads, kept


def case_list_shrinks_in_a_callee():
    told = []
    for at in MOMENTS:
        items = list(range(ROUNDS))

        def shrink(i):
            if i == at:
                del items[i:]
            return 1

        total = 0
        try:
            for i in range(ROUNDS):
                total += shrink(i)
                total += items[i]
        except IndexError as error:
            told.append(str(error))
        told.append((i, total, len(items)))
    return told


def case_list_cleared_and_refilled():
    items = [1.5] * 10
    total = 0.0
    for i in range(ROUNDS):
        if i % 20 == 13:
            items.clear()
            items.extend([i / 2] * 20)
        total += items[i % 10]
    return total


def case_items_moved_by_growing():
    items = [0]
    for i in range(400):
        items[i // 2] += i
        items.append(i)
        items[-1] -= items[i // 3]
    return items


def case_two_names_for_one_list():
    a = list(range(20))
    b = a
    total = 0
    for i in range(ROUNDS):
        a[i % 20] = i
        total += b[i % 20]
        b[(i + 1) % 20] = -total
        total += a[(i + 1) % 20]
    return a, total


def case_list_of_itself():
    items = [None, 1]
    items[0] = items
    total = 0
    for i in range(ROUNDS):
        total += items[0][0][1]
        items[0][1] = i
    return total, items[0] is items


def case_augmented_elements():
    items = [0, 0.5, 2**62, True, "x", [1]]
    for i in range(ROUNDS):
        items[0] += i
        items[1] *= 1.25
        items[2] += 2**57
        items[3] -= 1
        if i % 30 == 0:
            items[4] += "y"
            items[5] += [i]
    return items


def case_augmented_element_fails():
    told = []
    for at in MOMENTS:
        items = [1, 2, 3]
        try:
            for i in range(ROUNDS):
                items[i % 3 if i != at else 3] += i
        except IndexError as error:
            told.append((str(error), i, list(items)))
        try:
            for i in range(ROUNDS):
                items[1] += i if i != at else None
        except TypeError as error:
            told.append((str(error), i, list(items)))
    return told


def case_two_dimensions():
    rows = [[j * 0.5 for j in range(12)] for _ in range(8)]
    for i in range(1, 8):
        for j in range(1, 12):
            rows[i][j] = rows[i - 1][j] * 0.75 + rows[i][j - 1] - rows[i - 1][j - 1]
    return rows


def case_ragged_rows():
    rows = [[1] * (12 - i) for i in range(8)]
    told = []
    for j in range(12):
        total = 0
        try:
            for i in range(8):
                total += rows[i][j]
        except IndexError as error:
            told.append((i, str(error)))
        told.append(total)
    return told


def case_row_replaced_under_the_loop():
    rows = [[1, 2, 3], [4, 5, 6]]
    old = rows[0]
    total = 0
    for i in range(ROUNDS):
        if i == 50:
            rows[0] = (10, 20, 30)
        if i == 70:
            rows[1] = old
            old[1] = 0.5
        total += rows[i % 2][i % 3]
    return total


def case_locals_at_the_failure():
    items = [3, 1, 2]
    total = i = 0
    while True:
        value = items[i % 3 if i < 77 else i]
        total += value
        i += 1
