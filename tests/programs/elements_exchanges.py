"""Items of a list that change places."""

import sys


class Noisy:
    lines = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Noisy.lines.append(self.name)


class Backwards(list):
    def __getitem__(self, index):
        return super().__getitem__(-1 - index)


def reverse(items):
    i, j = 0, len(items) - 1
    while i < j:
        items[i], items[j] = items[j], items[i]
        i += 1
        j -= 1
    return items


def shuffle(items, state):
    for i in range(len(items) - 1, 0, -1):
        state = (state * 1103515245 + 12345) % 2147483648
        j = state % (i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def case_ints():
    return reverse(list(range(200)))


def case_everything():
    kinds = [1, 2.5, "a", None, True, [1], (2, ), 2**70, {3}, {4: 5}]
    things = [kinds[i % 10] for i in range(150)]
    shuffled = shuffle(things[:], 1)
    return shuffled, sorted(map(id, things)) == sorted(map(id, shuffled))


def case_an_item_with_itself():
    items = [[i] for i in range(10)]
    for k in range(200):
        i = k % 10
        items[i], items[i] = items[i], items[i]
    return items


def case_floats_that_are_changed_in_place():
    items = [i + 0.5 for i in range(10)]
    for k in range(200):
        i, j = k % 10, k * 7 % 10
        items[i] += 1.0
        items[i], items[j] = items[j], items[i]
    return items


def case_negative_indices():
    items = list(range(20))
    for k in range(200):
        i, j = k % 20, -1 - k % 7
        items[i], items[j] = items[j], items[i]
    return items


def case_negative_indices_late():
    items = list(range(20))
    for k in range(200):
        i, j = k % 20, k % 7 if k < 120 else -k % 7 - 7
        items[i], items[j] = items[j], items[i]
    return items


def case_an_index_out_of_range():
    items, caught = list(range(20)), 0
    for k in range(200):
        i, j = k % 20, k % 25
        try:
            items[i], items[j] = items[j], items[i]
        except IndexError:
            caught += 1
    return items, caught


def case_an_index_out_of_range_ends_it():
    items = list(range(20))
    for k in range(200):
        i, j = k % 20, k if k > 150 else 0
        items[i], items[j] = items[j], items[i]
    return items


def case_other_containers_late():
    containers, done = [list(range(10)), dict(enumerate("abcdefghij")), bytearray(b"0123456789"), Backwards(range(10))], 0
    for k in range(240):
        items = containers[0 if k < 120 else k % 4]
        i, j = k % 10, k * 3 % 10
        items[i], items[j] = items[j], items[i]
        done += 1
    return containers, done


def case_a_tuple_late():
    items, pair = [1, 2, 3], (4, 5, 6)
    for k in range(150):
        if k == 120:
            items = pair
        i, j = k % 3, k % 2
        items[i], items[j] = items[j], items[i]


def case_indices_of_other_types():
    items, done = list(range(10)), 0
    for k in range(200):
        i, j = k % 10, True if k > 150 else 3
        items[i], items[j] = items[j], items[i]
        done += items[j]
    return items, done


def case_nothing_is_finalized():
    Noisy.lines.clear()
    items = [Noisy(i) for i in range(10)]
    for k in range(150):
        i, j = k % 10, k * 3 % 10
        items[i], items[j] = items[j], items[i]
    before = len(Noisy.lines)
    names = [item.name for item in items]
    del items[:]
    return before, names, Noisy.lines[:]


def case_a_list_in_itself():
    items = [0, 1, 2]
    items[1] = items
    for k in range(150):
        i, j = k % 3, k * 2 % 3
        items[i], items[j] = items[j], items[i]
    return [item is items for item in items]


def case_three_change_places():
    items = list(range(12))
    for k in range(150):
        i, j, l = k % 12, k * 5 % 12, k * 7 % 12
        items[i], items[j], items[l] = items[l], items[i], items[j]
        items[i], items[j] = items[j], items[l]
    return items


def case_other_lists():
    a, b = list(range(10)), list(range(10, 20))
    for k in range(150):
        i, j = k % 10, k * 3 % 10
        a[i], b[j] = b[j], a[i]
        a[i], a[j] = b[j], a[i]
    return a, b


def case_while_items_are_looked_at():
    items, seen = [[i] for i in range(10)], []
    for k in range(150):
        i, j = k % 10, k * 3 % 10
        first = items[i]
        items[i], items[j] = items[j], items[i]
        seen.append(first[0] + items[j][0])
    return seen, [sys.getrefcount(item) for item in items] == [sys.getrefcount(items[0])] * 10


def case_permutations():
    found = []

    def permute(items, k):
        if k == len(items):
            found.append(tuple(items))
            return
        for i in range(k, len(items)):
            items[k], items[i] = items[i], items[k]
            permute(items, k + 1)
            items[k], items[i] = items[i], items[k]

    permute(list("abcd"), 0)
    permute([1, 2, 3, 4, 5], 0)
    return found
