"""Dicts that get new keys: by items and by comprehensions; of keys that run code, of values that are released."""


class Key:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        LOG.append("hash")
        return hash(self.name)

    def __eq__(self, other):
        LOG.append("eq")
        return isinstance(other, Key) and self.name == other.name or self.name == other


class Value:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


LOG = []


def by_ints(n):
    d = {}
    for i in range(n):
        d[i] = i * 2
        d[i % 7] = i
        d[-i] = None
    return d


def by_texts(words):
    counts = {}
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
        counts[word + "!"] = word
    return counts


def by_tuples(n):
    d = {}
    for i in range(n):
        d[i, "a"] = i
        d[(i % 3, (i, None))] = [i]
    return d


def into(d, keys):
    for at, key in enumerate(keys):
        d[key] = at
    return d


def case_new_keys():
    words = "the quick brown fox jumps over the lazy dog the end".split() * 8
    results = [by_ints(n) for n in (3, 60)]
    results += [by_texts(words), by_texts([]), by_tuples(50)]
    results.append(into({}, [1, 2.0, 1.0, True, "1", None, b"1", (1,), 2**70, -0.0, 0, False] * 5))
    results.append(into({}, list(range(30)) + ["x"] * 3 + [2**64, 1.5] + list(range(40))))
    return results


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__, str(error)


def case_keys_that_run_code():
    del LOG[:]
    results = []
    d = into({Key("b"): 0}, ["a", "b", "c"] * 15)
    results.append([(key if isinstance(key, str) else "K", value) for key, value in d.items()])
    d = into({}, ["a"] * 20 + [Key("a")] * 2 + ["b", "a"] * 10)
    results.append(len(d))
    results.append(attempt(into, {}, ["a"] * 30 + [[]]))
    return results, LOG.count("eq") > 0


def overwritten(n):
    d = {}
    for i in range(n):
        d[i % 3] = Value(i)
        LOG.append("stored")
        d["x"] = Value(-i)
        LOG.append("and")
    return len(d)


def kept(n):
    d, values = {}, [Value(("kept", i)) for i in range(5)]
    for i in range(n):
        d[i % 4] = values[i % 5]
    return sorted((key, value.name) for key, value in d.items())


def case_values_that_are_released():
    del LOG[:]
    results = [overwritten(4), overwritten(40), kept(50)]
    return results, list(LOG)


def comprehended(n):
    return [
        {i: i * i for i in range(n)},
        {str(i): i for i in range(n)},
        {i % 5: [i] for i in range(n)},
        {(i, i): None for i in range(n)},
        {i % 4: Value(i) for i in range(n)} and len(LOG),
        {key: value for value, key in enumerate("abcabc" * n)},
    ]


def case_comprehensions():
    del LOG[:]
    return comprehended(3), comprehended(60), LOG


class Instance:
    pass


def of_instances(n):
    results = []
    for i in range(n):
        one = Instance()
        one.a = i
        own = vars(one)
        own["a"] = -i
        own["b"] = i
        one.c = 1
        own["c"] = 2
        results.append((one.a, one.b, one.c, dict(own)))
    return results


def case_dicts_of_instances():
    return of_instances(3), of_instances(40)


def of_globals(n):
    names = globals()
    total = 0
    for i in range(n):
        names["made_here"] = i
        total += made_here
        if i == n - 3:
            names["by_ints"] = len
        total += by_ints("ab") if i > n - 3 else 0
    return total


def case_globals():
    before = by_ints
    try:
        return of_globals(10), of_globals(70)
    finally:
        globals()["by_ints"] = before


def grown_while_iterated(n):
    d = {i: i for i in range(n)}
    for key in d:
        d[key] = key + 1
        if key == n // 2:
            d["new"] = key
    return d


def case_grown_while_iterated():
    return attempt(grown_while_iterated, 6), attempt(grown_while_iterated, 60)
