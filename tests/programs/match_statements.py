"""`match` inside hot loops: literals, captures, classes, mappings, sequences, guards."""


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


def case_literals():
    counts = [0, 0, 0, 0]
    for i in range(150):
        match i % 10:
            case 0:
                counts[0] += 1
            case 1 | 2 | 3:
                counts[1] += 1
            case n if n > 7:
                counts[2] += n
            case _:
                counts[3] += 1
    return counts


def case_sequences():
    seen = []
    values = [(), (1,), (1, 2), [3, 4], (1, 2, 3), "ab", 5, (0, (1, 2))]
    for i in range(120):
        match values[i % len(values)]:
            case []:
                seen.append("empty")
            case [one]:
                seen.append(one)
            case [0, [a, b]]:
                seen.append((b, a))
            case [a, b]:
                seen.append(a + b)
            case [first, *rest]:
                seen.append((first, rest))
            case other:
                seen.append(other)
    return seen


def case_classes():
    total = 0
    for i in range(120):
        thing = (Point(i, 0), Point(0, i), Point(i, i), i, i * 0.5, "s", True)[i % 7]
        match thing:
            case Point(x, 0):
                total += x
            case Point(0, y):
                total -= y
            case Point(x=x, y=y) if x == y:
                total += 1000
            case bool():
                total += 7
            case int(n):
                total += n
            case float() as f:
                total += f
            case str():
                total += 1
    return total


def case_mappings():
    total = 0
    for i in range(100):
        match {"kind": i % 3, "n": i}:
            case {"kind": 0, "n": n}:
                total += n
            case {"kind": 1, **rest}:
                total += len(rest)
            case {"missing": _}:
                total += 10000
            case _:
                total -= 1
    return total


def case_captures_stay_bound():
    for i in range(100):
        match i:
            case 90 as found:
                pass
            case x:
                pass
    return found, x


def case_no_match_leaves_names_alone():
    last = None
    for i in range(100):
        match (i, i % 2):
            case (last, 1) if i < 50:
                pass
    return last


def case_guard_raises():
    total = 0
    for i in range(100):
        match i:
            case n if 10 // (n - 80) > 3:
                total += n
            case _:
                total += 1
