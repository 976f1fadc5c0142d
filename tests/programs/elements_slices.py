"""Slices of lists and other sequences: bounds of every kind, copies, assignment, deletion."""

ROUNDS = 70
MOMENTS = (0, 35, ROUNDS - 1)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Items(list):
    pass


class Odd(list):
    def __getitem__(self, index):
        return ("got", index)

    def __setitem__(self, index, value):
        self.append((index, list(value)))


BOUNDS = [None, 0, 1, 3, 5, 6, 9, -1, -3, -5, -6, 2**62, 2**63, -(2**63), -(2**64), True, Index(2)]


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def sliced(items, low, high, at, other_low, other_high):
    seen = []
    for i in range(ROUNDS):
        if i == at:
            seen = items[other_low:other_high]
        else:
            part = items[low:high]
    return seen, part


def assigned(items, at, low, high, values):
    for i in range(ROUNDS):
        if i == at:
            items[low:high] = values
        else:
            items[1:2] = [i]
    return items


def case_bounds():
    return [
        outcome(sliced, [1, 2.5, "x", None, 5], 1, 3, 35, low, high) for low in BOUNDS for high in BOUNDS
    ]


def case_moments_and_wrong_bounds():
    return [
        outcome(sliced, items, 0, 2, at, low, high)
        for items in ([1, 2, 3], (1, 2, 3), "abc", b"abc", bytearray(b"abc"))
        for at in MOMENTS
        for low, high in ((1, None), (None, None), (2, 1), (1.0, 2), ("a", None), (0, 2**70), (Index(1), 3))
    ]


def case_results_are_new_lists():
    items = [[1], [2], [3], [4]]
    same = []
    for i in range(ROUNDS):
        part = items[i % 3 : i % 3 + 2]
        part[0] = i
        copy = items[:]
        copy.append(i)
        same.append((copy is items, copy[1] is items[1], len(items)))
    return items, same


def case_tuples_give_themselves():
    items = (1, 2, 3)
    same = 0
    for i in range(ROUNDS):
        same += items[:] is items
        same += items[0:9] is items
    return same


def case_subclasses():
    told = []
    for kind in (Items, Odd):
        items = [1, 2, 3, 4]
        for i in range(ROUNDS):
            if i == 40:
                items = kind(items)
            part = items[1:3]
            items[0:2] = [i, i + 1]
        told.append((part, list.__len__(items), list(list.__iter__(items))))
    return told


def case_assignment():
    values = [[], [7], [7, 8], [7, 8, 9], (1, 2), "ab", range(3), {5: 6}, iter([4, 4]), 5, None, Items([3])]
    return [
        outcome(assigned, [0, 1, 2, 3, 4], at, low, high, value)
        for at in MOMENTS
        for low, high in ((0, 0), (1, 3), (3, 1), (None, None), (-2, None), (4, 99), (2**70, None))
        for value in values
    ]


def case_slice_to_slice():
    items = list(range(10))
    for i in range(ROUNDS):
        k = i % 9
        items[: k + 1] = items[k::-1]
        items[2:5] = items[4:7]
        items[3:] = items[3:]
        items[:4] = items[-4:]
    return items


def case_reversed_prefixes():
    told = []
    for k in range(12):
        items = list(range(10))
        for _ in range(7):
            items[: k + 1] = items[k::-1]
        told.append(items)
    return told


def case_of_different_length():
    items = list(range(12))
    other = ["a", "b", "c"]
    for i in range(ROUNDS):
        items[i % 5 : i % 5 + 2] = other[i % 3 :]
        other[1:2] = items[:3]
        if len(items) > 40:
            items[10:] = []
        if len(other) > 20:
            del other[3:]
    return items, other


def case_a_list_into_itself():
    items = [1, 2, 3]
    for i in range(ROUNDS):
        items[1:1] = items
        items[6:] = []
        items[:] = items
        items[2:4] = items[::-1][:2]
    return items


def case_steps():
    items = list(range(20))
    seen = []
    for i in range(ROUNDS):
        step = (1, 2, 3, -1, -2, -7)[i % 6]
        seen.append(items[::step])
        seen.append(items[15:2:step])
        items[::2] = items[1::2]
        if i % 10 == 3:
            items[::3] = [i] * 7
    return seen, items


def case_step_errors():
    told = []
    for at in MOMENTS:
        for step, values in ((0, [1]), (2, [1]), (1.5, []), (None, [1])):
            items = list(range(6))
            try:
                for i in range(ROUNDS):
                    items[:: 2 if i != at else step] = [1, 2, 3] if i != at else values
            except (ValueError, TypeError) as error:
                told.append((i, type(error).__name__, str(error)))
            told.append(items)
    return told


def case_deletion():
    items = list(range(100))
    for i in range(ROUNDS):
        del items[i % 7 : i % 7 + 1]
        if i % 9 == 0:
            del items[-1:]
        if i % 20 == 0:
            del items[2**65 :]
    return items


def case_augmented():
    items = [1, 2, 3]
    for i in range(ROUNDS):
        items[:1] += [i]
        items[-1:] *= 2
        if len(items) > 30:
            del items[5:]
    return items


def case_strings():
    text = "héllo wörld \u1234"
    seen = []
    for i in range(ROUNDS):
        seen.append(text[i % 14 :])
        seen.append(text[: -(i % 5)])
        seen.append(text[i % 3 : i % 11 : 2])
    return seen


def case_bytes():
    data = bytearray(range(30))
    seen = []
    for i in range(ROUNDS):
        seen.append(bytes(data[i % 8 : i % 8 + 3]))
        data[i % 9 : i % 9 + 2] = b"ab"
        data[5:6] = data[3:5]
        if len(data) > 40:
            del data[20:]
    return seen, bytes(data)


def case_bytes_assignment_errors():
    told = []
    for at in MOMENTS:
        for value in ("ab", [1, 300], [1, 2], 3, None):
            data = bytearray(8)
            try:
                for i in range(ROUNDS):
                    data[1:3] = b"xy" if i != at else value
            except (ValueError, TypeError) as error:
                told.append((i, type(error).__name__, str(error)))
            told.append(bytes(data))
    return told


def case_index_changes_the_list():
    items = list(range(30))

    class Shrinking:
        def __index__(self):
            del items[10:]
            return 20

    seen = []
    for i in range(ROUNDS):
        if i == 40:
            seen.append(items[5 : Shrinking()])
        if i == 50:
            items[2 : Shrinking()] = ["x"]
        part = items[1:4]
    return seen, part, items


def case_iterable_changes_the_list():
    items = list(range(30))

    def values():
        for k in range(3):
            items.append(k)
            yield k

    for i in range(ROUNDS):
        if i % 20 == 19:
            items[5:9] = values()
        else:
            items[5:9] = items[6:10]
    return items


def case_prefix_sums_and_rotations():
    items = [((i * 29) % 31) / 4 for i in range(25)]
    for i in range(ROUNDS):
        k = i % 25
        items = items[k:] + items[:k]
        items[0] = sum(items[:5])
        items[-1] = items[0] - items[12]
        if items[0] > 1e6:
            items[:] = [x * 1e-6 for x in items]
    return items
