"""Values stored in dicts under keys that are there, and what changes around that."""

import gc


def case_keys_of_all_kinds():
    table = {0: 1, 1: 2.5, -1: 3, 2**40: 4, 2**70: 5, "a": 6, True: 7, 2.0: 8, (1, "b"): 9, None: 10}
    results = []
    for i in range(120):
        for key in (0, 1, -1, 2**40, 2**70, 2, "a", 1.0, (1, "b"), None):
            table[key] = table[key] + i
        results.append(sum(table.values()))
    return results, list(table)


def fill(table, keys, value):
    for key in keys:
        table[key] = value
    return len(table)


def case_keys_that_are_new():
    results = []
    for i in range(100):
        table = {key: 0 for key in range(i % 5)}
        results.append((fill(table, range(5), i), table))
        results.append((fill(table, ["x", "y"][: i % 3], i), table))
    return results


class Noted:
    notes = []

    def __init__(self, number, table=None):
        self.number, self.table = number, table

    def __del__(self):
        Noted.notes.append((self.number, None if self.table is None else sorted(self.table.items(), key=str)[:1]))


def replace(table, n):
    for i in range(n):
        table["noted"] = Noted(i, table if i % 10 == 9 else None)
        if i % 25 == 24:
            table[i] = i


def case_values_whose_release_runs_code():
    Noted.notes.clear()
    table = {"noted": None}
    replace(table, 110)
    table.clear()
    gc.collect()
    return Noted.notes


class Greedy:
    def __init__(self, table):
        self.table = table

    def __del__(self):
        self.table["a"] = "again"
        self.table.pop("b", None)
        for i in range(40):
            self.table[i] = i


def case_a_release_that_changes_the_dict():
    results = []
    for n in range(60):
        table = {"a": 1, "b": 2}
        for i in range(30):
            table["a"] = i
            if i == n % 30:
                table["a"] = Greedy(table)
        results.append((len(table), table["a"], table.get("b")))
    return results


class Equal:
    def __init__(self, key):
        self.key = key

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        Equal.asked += 1
        return self.key == (other.key if isinstance(other, Equal) else other)


def case_keys_that_are_compared_by_code():
    results = []
    for n in range(40):
        Equal.asked = 0
        table = {Equal("x"): 0, "y": 1}
        for i in range(40):
            table["x"] = i
            table["y"] = i
        results.append((len(table), list(table.values()), Equal.asked > 0))
    return results


class Counting(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


def case_classes_made_of_dict():
    results = []
    for i in range(100):
        table = Counting(a=1) if i % 4 == 3 else {"a": 1}
        for j in range(5):
            table["a"] = j
        results.append(table["a"])
    return results


def case_floats_that_dicts_share():
    results = []
    for i in range(90):
        value = i / 7
        table = {"own": i * 0.5, "shared": value}
        for j in range(6):
            table["own"] = table["own"] * 1.5
            table["shared"] = table["shared"] + 1.0
            kept = table["own"]
            table["own"] = kept + 1.0
            results.append(kept)
        results.append((value, table["own"], table["shared"]))
    return results


def case_dicts_of_instances_and_modules():
    class Plain:
        def __init__(self):
            self.a = 1
            self.b = 2

    results = []
    for i in range(80):
        plain = Plain()
        names = vars(plain)
        for j in range(6):
            names["a"] = i + j
            names["b"] = plain.a
        results.append((plain.a, plain.b, names))
    return results


LEVEL = 0


def level():
    return LEVEL


def case_globals_through_their_dict():
    results = []
    for i in range(120):
        globals()["LEVEL"] = i
        results.append(level())
    return results


def case_while_it_is_iterated_over():
    results = []
    for n in range(60):
        table = {key: key for key in range(8)}
        try:
            for key in table:
                table[key] = key * 2
                if key == n % 9:
                    table[100 + key] = 0
        except RuntimeError as error:
            results.append(str(error))
        results.append(sorted(table.items()))
    return results
