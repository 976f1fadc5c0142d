"""Subscripts of lists, tuples, dicts and strings by ints that turn large, negative or foreign."""


def case_negative_index():
    items = list(range(50))
    total = 0
    for i in range(-50, 50):
        total += items[i]
    return total


def case_index_too_negative():
    items = list(range(50))
    total = 0
    for i in range(60):
        total += items[-i]


def case_huge_index():
    items = [1, 2, 3]
    index = 1
    for i in range(100):
        index = index * 2
        try:
            items[index]
        except IndexError as error:
            message = str(error)
    return message, index


def case_float_index():
    items = [1, 2, 3]
    index = 0
    for i in range(60):
        if i == 50:
            index = 1.0
        items[index]


def case_tuple_and_nested():
    table = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    total = 0
    for i in range(120):
        total += table[i % 3][-(i % 2)] * table[-1][i % 3]
    return total


def case_dict_with_number_keys():
    table = {0: "zero", 1: "one", 2.5: "half", True: "true"}
    seen = []
    for i in range(90):
        key = (0, 0.0, 1, 1.0, True, 2.5, False)[i % 7]
        seen.append(table[key])
    return seen


def case_missing_key_late():
    table = {i: i for i in range(64)}
    total = 0
    i = 0
    while True:
        total += table[i]
        i += 1


def case_unhashable_key_late():
    table = {}
    for i in range(60):
        key = i if i < 55 else [i]
        table[key] = i


def case_default_dict():
    import collections

    table = collections.defaultdict(list)
    for i in range(80):
        table[i % 7].append(i)
    counter = collections.Counter()
    for i in range(80):
        counter[i % 5] += 2
    return dict(table), dict(counter)


def case_prefix_sums():
    items = [(i * 31) % 17 for i in range(100)]
    sums = [0] * 101
    for i in range(100):
        sums[i + 1] = sums[i] + items[i]
    best = 0
    for i in range(0, 100, 5):
        for j in range(i, 100, 7):
            best = max(best, sums[j] - sums[i])
    return sums, best


def case_not_subscriptable_late():
    thing = [1]
    for i in range(60):
        if i == 57:
            thing = i
        thing[0]


def case_store_into_tuple_late():
    thing = [0]
    for i in range(60):
        if i == 57:
            thing = (0,)
        thing[0] = i


def case_delete_items():
    items = list(range(100))
    while len(items) > 30:
        del items[len(items) // 2]
    return items


def case_array_module():
    import array

    numbers = array.array("d", [0.0] * 50)
    for i in range(100):
        numbers[i % 50] += i * 0.5
    whole = array.array("b", [0] * 10)
    try:
        for i in range(200):
            whole[i % 10] = i
    except OverflowError as error:
        return list(numbers), list(whole), str(error)


def case_memoryview():
    data = bytearray(50)
    view = memoryview(data)
    for i in range(100):
        view[i % 50] = (view[(i * 7) % 50] + i) & 255
    return bytes(data)


def case_dynamic_programming():
    a, b = "kitten sitting on", "sitting kitten in"
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                table[i][j] = i + j
            elif a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1]
            else:
                table[i][j] = 1 + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[-1]
