"""Truth tests of every kind of value inside loops, and objects whose truth is code."""


class Switch:
    """Its truth is counted and can fail."""

    asked = 0

    def __init__(self, limit):
        self.limit = limit

    def __bool__(self):
        Switch.asked += 1
        if Switch.asked > self.limit:
            raise RuntimeError(f"asked {Switch.asked} times")
        return Switch.asked % 2 == 0


class Sized:
    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size


def case_numbers():
    count = 0
    for i in range(100):
        if i % 2:
            count += 1
        if (i - 50) * 0.5:
            count += 3
        if i > 200:
            count += 1000
        if 2**64 * (i % 3):
            count += 7
    return count


def case_containers():
    count = 0
    items = []
    text = ""
    for i in range(100):
        if items:
            count += 1
            if i % 3 == 0:
                items.pop()
        else:
            items.append(i)
        if not text:
            text = "x"
        elif i % 5 == 0:
            text = ""
        count += bool(text) + bool(items) + bool(()) + bool({1: 1})
    return count


def case_none_and_changing_type():
    count = 0
    value = 1
    for i in range(120):
        if value:
            count += 1
        value = (1, 0, 0.0, 2.5, None, "", "a", [], [0], True, False)[i % 11]
    return count


def case_user_bool():
    Switch.asked = 0
    switch = Switch(1000)
    count = 0
    for i in range(100):
        if switch:
            count += 1
        if not switch:
            count += 100
    return count, Switch.asked


def case_user_bool_raises():
    Switch.asked = 0
    switch = Switch(77)
    count = 0
    i = 0
    while i < 100:
        i += 1
        if switch:
            count += 1


def case_user_bool_in_while_condition():
    Switch.asked = 0
    switch = Switch(60)
    count = 0
    while switch or not switch:
        count += 1


def case_len_decides():
    count = 0
    one = Sized(0)
    for i in range(100):
        one.size = i % 3
        if one:
            count += 1
    return count


def case_negative_len():
    one = Sized(1)
    for i in range(100):
        if i == 90:
            one.size = -1
        if one:
            pass


def case_bool_returns_int():
    class Wrong:
        def __bool__(self):
            return 1

    wrong = 1
    for i in range(50):
        if i == 45:
            wrong = Wrong()
        if wrong:
            pass


def case_while_else_on_truth():
    remaining = 100
    steps = 0
    while remaining:
        remaining -= 1
        steps += 1
    else:
        steps += 1000
    return steps, remaining


def case_assert_in_loop():
    total = 0
    for i in range(100):
        assert i < 90, f"reached {i} with {total}"
        total += i
