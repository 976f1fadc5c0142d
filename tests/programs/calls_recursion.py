"""Recursive functions: numbers of every size, several functions, lists, results of changing types, errors deep
inside."""

MOMENTS = (0, 1, 7, 13)


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def fib_of(n, one, two):
    return one if n == 0 else two if n == 1 else fib_of(n - 1, one, two) + fib_of(n - 2, one, two)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def power(base, exponent):
    if exponent == 0:
        return 1
    half = power(base, exponent // 2)
    return half * half * base if exponent % 2 else half * half


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def hanoi(n, source, target, spare, log):
    if n:
        hanoi(n - 1, source, spare, target, log)
        log.append((source, target))
        hanoi(n - 1, spare, target, source, log)


def quicksort(items, low, high):
    if low >= high:
        return
    pivot = items[(low + high) // 2]
    i, j = low, high
    while i <= j:
        while items[i] < pivot:
            i += 1
        while items[j] > pivot:
            j -= 1
        if i <= j:
            items[i], items[j] = items[j], items[i]
            i += 1
            j -= 1
    quicksort(items, low, j)
    quicksort(items, i, high)


def merge_sort(items):
    if len(items) < 2:
        return items[:]
    middle = len(items) // 2
    left, right = merge_sort(items[:middle]), merge_sort(items[middle:])
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            merged.append(right[j])
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:]


def queens(n, row, columns, diagonals, others):
    if row == n:
        return 1
    count = 0
    for column in range(n):
        if columns[column] or diagonals[row + column] or others[row - column + n]:
            continue
        columns[column] = diagonals[row + column] = others[row - column + n] = True
        count += queens(n, row + 1, columns, diagonals, others)
        columns[column] = diagonals[row + column] = others[row - column + n] = False
    return count


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        entry = error.__traceback__.tb_next
        lines = []
        while entry:
            lines.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
            entry = entry.tb_next
        return type(error).__name__, str(error), lines


def case_fib():
    return [fib(n) for n in range(18)], fib(True), fib(-3), fib(7.0), fib(2.5)


def case_fib_of_other_numbers():
    return [
        fib_of(11, one, two)
        for one, two in ((0, 1), (0.5, 1), (2**60, 2**60), (2**70, 1), ("a", "b"), ([1], [2]), (True, False), (1j, 2),
            (-(2**63), 2**63 - 1))
    ]


def case_argument_of_other_types():
    return [outcome(fib, n) for n in (None, "3", [2], 2j, 1.5, 12)] + [fib(12)]


def case_ackermann():
    return [ackermann(2, n) for n in range(12)], ackermann(3, 3)


def case_power():
    return [power(b, e) for b in (2, 3, -7, 0.5, True, 10) for e in (0, 1, 2, 13, 31, 62, 63, 64, 100)]


def case_mutual():
    return [is_even(n) for n in range(80)], is_odd(99)


def case_hanoi():
    log = []
    hanoi(7, "a", "b", "c", log)
    return log


def numbers(count, state):
    found = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        found.append(state)
    return found


def case_quicksort():
    told = []
    for make in (
        lambda n: n, lambda n: n % 7, lambda n: n / 1000, lambda n: n << 40, lambda n: str(n),
        lambda n: n if n % 3 else n * 0.5,
        lambda n: (n % 10, n), lambda n: 1,
    ):
        items = [make(n) for n in numbers(150, 1)]
        quicksort(items, 0, len(items) - 1)
        told.append(items)
    return told


def case_quicksort_of_what_has_no_order():
    told = []
    for at in (0, 60, 119):
        for strange in (None, "x", 2j):
            items = numbers(120, 3)
            items[at] = strange
            told.append((outcome(quicksort, items, 0, 119)[:2], items.index(strange)))
    return told


def case_quicksort_of_what_shrinks():
    class Shrinking(int):
        def __lt__(self, other):
            del items[100:]
            return int.__lt__(self, other)

    items = numbers(150, 5)
    items[20] = Shrinking(items[20])
    first = outcome(quicksort, items, 0, 149)
    return first[:2], len(items)


def case_quicksort_with_wrong_bounds():
    return [outcome(quicksort, numbers(60, 2), low, high) for low, high in ((0, 60), (-5, 59), (0.0, 59), (None, 3))]


def case_merge_sort():
    return merge_sort(numbers(130, 9)), merge_sort([n * 0.25 for n in numbers(60, 8)])


def case_queens():
    return [queens(n, 0, [False] * n, [False] * (2 * n), [False] * (2 * n + 1)) for n in range(1, 7)]


def case_error_at_the_bottom():
    def descend(n, items):
        if n == 0:
            return items[5]
        return descend(n - 1, items) + n

    return [outcome(descend, n, [1, 2, 3, 4, 5]) for n in MOMENTS], descend(20, [1] * 6)


def case_error_caught_on_the_way():
    def descend(n, bad):
        try:
            if n == bad:
                raise KeyError(n)
            return descend(n - 1, bad) + 1 if n else 0
        except KeyError as error:
            if n % 5 == 0:
                return -n
            raise LookupError(n) from error

    return [outcome(descend, n, bad) for n in (6, 11, 14) for bad in (0, 3, 5, 99)]


def case_finally_on_the_way():
    def descend(n, log):
        try:
            if n == 0:
                return 1 // n
            return descend(n - 1, log)
        finally:
            log.append(n)

    log = []
    return outcome(descend, 60, log), log


def case_locals_of_each_level():
    def descend(n):
        here = n * 2
        text = str(n)
        below = descend(n - 1) if n else 0
        return below + here + len(text)

    return [descend(n) for n in range(40)]


def case_bigger_than_a_machine_word():
    def factorial(n):
        return 1 if n == 0 else n * factorial(n - 1)

    def sum_to(n, total):
        return total if n == 0 else sum_to(n - 1, total + 2**61)

    return [factorial(n) for n in range(40)], [sum_to(n, -(2**62)) for n in range(40)]


def case_memo_in_a_list():
    def ways(n, memo):
        if n < 0:
            return 0
        if n == 0:
            return 1
        if memo[n] < 0:
            memo[n] = ways(n - 1, memo) + ways(n - 2, memo) + ways(n - 5, memo)
        return memo[n]

    return [ways(n, [-1] * (n + 1)) for n in range(0, 90, 7)]


def case_keyword_and_default_recursion():
    def count(n, *, step=1, total=0):
        return total if n <= 0 else count(n - step, step=step, total=total + n)

    return [count(n) for n in range(0, 60, 5)] + [count(50, step=0.5), count(40, step=3)]


def case_method_recursion():
    class Tree:
        def __init__(self, depth):
            self.children = [Tree(depth - 1) for _ in range(2)] if depth else []
            self.weight = depth * 0.5

        def total(self):
            result = self.weight
            for child in self.children:
                result += child.total()
            return result

    return Tree(6).total()


def case_closure_recursion():
    def make(limit):
        calls = 0

        def visit(n):
            nonlocal calls
            calls += 1
            if n < limit:
                visit(n * 2)
                visit(n * 2 + 1)
            return calls

        return visit

    return [make(limit)(1) for limit in (1, 5, 50, 200)]


def case_rebound_in_the_middle():
    global tricky
    calls = []

    def tricky(n):
        global tricky
        calls.append(n)
        if n == 5:
            tricky = lambda m: m * 1000
        return 0 if n == 0 else 1 + tricky(n - 1)

    results = [tricky(n) for n in (3, 4, 9, 2)]
    return results, calls
