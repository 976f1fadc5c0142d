"""Keys looked up in dicts and sets, in loops and functions: keys of every kind, tables that change, keys that compare in
code of their own, and keys that are not there."""

ROUNDS = 60
MOMENTS = (0, 30, ROUNDS - 1)
LOG = []


class Own:
    """Equal to what it is told, and says so."""

    def __init__(self, value, same=True):
        self.value, self.same = value, same

    def __hash__(self):
        LOG.append(("hash", self.value))
        return hash(self.value)

    def __eq__(self, other):
        LOG.append(("eq", self.value))
        return self.same


class Failing(Own):
    def __eq__(self, other):
        raise LookupError("compared")


class Text(str):
    pass


class Table(dict):
    def __missing__(self, key):
        return ("missing", key)

    def __contains__(self, key):
        return "own"

    def get(self, key, default=0):
        return ("own get", key, default)


def outcome(function, *arguments):
    LOG.clear()
    try:
        result = function(*arguments)
    except Exception as error:
        result = type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno
    return result, list(LOG)


def asking(call):
    """A function with a loop in which ``call`` of the key k in the table d is written out; in round ``at`` with others."""
    names = {"ROUNDS": ROUNDS}
    text = f"""
def work(usual, strange, at):
    kept = []
    total = 0
    for i in range(ROUNDS):
        d, k = strange if i == at else usual
        total += i
        kept.append({call})
    return kept[at], kept[0], kept[-1], total
"""
    exec(compile(text, f"<{call}>", "exec"), names)
    return names["work"]


KEYS = [
    0, 1, -1, -2, 5, 2**53 + 1, -(2**61) + 1, 2**61 - 1, 2**61, 2**63 - 1, -(2**63), 2**63, 2**70, True, False, 1.0, -1.0,
    2.5, float("nan"), "a", "", "key", "\u20ac", Text("a"), b"a", (), (1, 2), (1, "a", (2, 3)), ((((1,),),),), None, [1],
    frozenset([1]), 3 + 0j, 1 + 0j, Own(5), Own(5, False), Failing(5), Own("a"), Own((1, 2)),
]


def tables(kind):
    hashable = [key for key in KEYS if not isinstance(key, list)]
    plain = [key for key in hashable if not isinstance(key, Own)]
    made = []
    for keys in ([], [1, "a", (1, 2)], plain, [Own(5), Own("a"), Own((1, 2))], [Failing(5), 7], ["a", "key", ""],
                 list(range(-3, 400)), [1.0, -1.0, float(2**53 + 2)]):
        made.append(kind(keys))
    return made


def fresh(keys):
    table = {}
    for n, key in enumerate(keys):
        table.setdefault(key, n)
    return table


CALLS = ["k in d", "k not in d"]


def case_in_dicts():
    found = []
    for call in CALLS:
        work = asking(call)
        for usual_key in (1, "a", (1, 2)):
            for table in tables(fresh):
                for key in KEYS:
                    found.append(outcome(work, (table, usual_key), (table, key), 30))
    return found


def case_in_sets():
    found = []
    for kind in (set, frozenset):
        work = asking("k in d")
        for usual_key in (1, "a", (1, 2)):
            for table in tables(kind):
                for key in KEYS:
                    found.append(outcome(work, (table, usual_key), (table, key), 30))
    return found


def case_items():
    found = []
    work = asking("d[k]")
    for usual_key in (1, "a"):
        usual = {1: "one", "a": 1.5}
        for table in tables(fresh):
            for key in KEYS:
                found.append(outcome(work, (usual, usual_key), (table, key), 30))
    return found


def case_get():
    found = []
    for call in ("d.get(k)", "d.get(k, 5)", "d.get(k, 2.5)", "d.get(k, None)", "d.get(k, 'no')", "d.get(k, [])"):
        work = asking(call)
        for usual in (({1: "one"}, 1), ({1: 1}, 2), ({"a": 2.5}, "a"), ({"a": []}, "b")):
            for table in tables(fresh):
                for key in (1, "a", 7, "none", [1], Own(5)):
                    found.append(outcome(work, usual, (table, key), 30))
    return found


def case_moments_and_other_tables():
    found = []
    others = [
        Table({1: 2}), {}, {1}, frozenset([1]), [1], (1,), "1", {2: 3}, None, 5, dict.fromkeys("a"), vars(Own(1)), {1: 1}.keys(),
    ]
    for call in ("k in d", "d[k]", "d.get(k)", "d.get(k, 0)"):
        work = asking(call)
        for other in others:
            for at in MOMENTS:
                found.append(outcome(work, ({1: "usual"}, 1), (other, 1), at))
        work = asking(call)
        for other in others:
            for at in MOMENTS:
                found.append(outcome(work, ({"1": "usual"}, "1"), (other, "1"), at))
    return found


def count(words):
    counts = {}
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


def case_counting():
    return [count("the quick brown fox the lazy dog the fox".split() * n) for n in range(12)] + [
        count([n * n % 17 for n in range(300)]), count([(n % 3, n % 5) for n in range(200)])
    ]


def case_counting_equal_texts_that_are_not_one_object():
    words = "the quick brown fox jumps over the lazy dog and the cat".split()
    return [count([word[:1] + word[1:] for word in words * n]) for n in (1, 20, 60)]


def case_counting_with_get():
    counts = {}
    for n in range(300):
        key = n * 7 % 31
        counts[key] = counts.get(key, 0) + 1
    other = {}
    for n in range(100):
        other["ab"[n % 2]] = other.get("ab"[n % 2], 0.0) + n * 0.5
    return counts, other


def walk(grid, start):
    seen = set()
    x, y = start
    steps = 0
    while (x, y) not in seen:
        seen.add((x, y))
        x, y = (x + grid[y % 5]) % 11, (y + 1) % 7
        steps += 1
    return steps, (x, y) in seen, sorted(seen)[:3]


def case_tuples_in_sets():
    return [walk([1, 2, 3, 4, 5], (n, 0)) for n in range(40)]


def total_of(table, keys):
    total = 0
    for key in keys:
        total += table[key]
    return total


def case_numbers_in_dicts():
    table = {n: n * 3 for n in range(100)}
    floats = {str(n): n * 0.5 for n in range(50)}
    results = [total_of(table, list(range(n))) for n in range(60)]
    results += [outcome(total_of, table, [1, 2, n]) for n in (99, 100, -1)]
    results.append(total_of(floats, ["1", "7", "49"] * 20))
    table[50] = 2**70
    results.append(total_of(table, list(range(100))))
    table[51] = 1.5
    results.append(total_of(table, list(range(100))))
    table[52] = "text"
    results.append(outcome(total_of, table, list(range(100))))
    return results


def fibonacci(n, memo):
    if n in memo:
        return memo[n]
    if n < 2:
        return n
    memo[n] = fibonacci(n - 1, memo) + fibonacci(n - 2, memo)
    return memo[n]


def case_memo():
    return [fibonacci(n, {}) for n in range(60)]


def depth(graph, node, limit):
    if limit == 0 or node not in graph:
        return 0
    return 1 + depth(graph, graph[node], limit - 1)


def case_functions():
    graph = {n: (n * 7 + 3) % 50 for n in range(45)}
    names = {"a": "b", "b": "c", "c": "a"}
    return [depth(graph, n % 50, 30) for n in range(100)], [depth(names, "abcd"[n % 4], n) for n in range(60)]


class Dying:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        LOG.append(self.number)


def case_values_that_die():
    LOG.clear()
    table = {n: Dying(n) for n in range(80)}
    kept = []
    for n in range(80):
        value = table[n]
        LOG.append(("got", value.number))
        if n % 3 == 0:
            table[n] = n
        if n % 3 == 1:
            del table[n]
        if n % 7 == 0:
            kept.append(value)
        value = None
    LOG.append("end")
    return list(LOG), len(kept)


def case_the_table_is_the_last_one():
    results = []
    for n in range(80):
        results.append({1: [n], 2: n}[1])
        results.append({1: [n], 2: n}.get(2))
        results.append((n % 5) in {1, 2, n})
    return results


def case_tables_that_change_under_a_loop():
    table, seen = {n: n for n in range(20)}, []
    for n in range(200):
        key = n % 40
        if key in table:
            seen.append(table[key])
            if n % 5 == 0:
                del table[key]
        elif n % 3 == 0:
            table[key] = "text" if n > 150 else n
        if n == 100:
            table[Own(33)] = "own"
    return seen, len(table)


def case_instances_and_modules():
    import math

    thing = Own(3)
    results = []
    for name in ["value", "same", "none", "pi"] * 20:
        results.append((name in vars(thing), name in vars(math), vars(thing).get(name, 7)))
    return results
