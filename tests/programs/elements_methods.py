"""Methods of lists called in loops: append, pop, insert and their kin, bound methods kept, subclasses, errors."""

ROUNDS = 80
MOMENTS = (0, 40, ROUNDS - 1)


class Items(list):
    pass


class Own(list):
    def append(self, item):
        super().append(("own", item))

    def pop(self, *index):
        return "popped", len(self)

    def __len__(self):
        return 1000


class Index:
    def __index__(self):
        return 1


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def case_append():
    items = []
    for i in range(ROUNDS):
        items.append(i)
        items.append(i * 0.5)
        if i % 9 == 0:
            items.append(None)
            items.append(items)
    return len(items), items[:20]


def case_append_result_and_kinds():
    told = []
    for kind in (list, Items, Own, bytearray):
        target = kind()
        for i in range(ROUNDS):
            result = target.append(i)
        told.append((kind.__name__, list.__len__(target) if isinstance(target, list) else len(target), result))
    return told


def case_target_changes():
    told = []
    for strange in (Own([1]), Items([1]), bytearray(b"x"), (1,), None, {1}):
        def work():
            target = [1]
            for i in range(ROUNDS):
                if i == 40:
                    target = strange
                if i == 60:
                    target = [2]
                target.append(i)
            return len(target)

        told.append(outcome(work))
    return told


def pops(size, at, index):
    items = list(range(size))
    total = 0
    for i in range(ROUNDS):
        if i == at:
            total += items.pop(index) * 1000
        else:
            total += items.pop()
    return total, items


def case_pop():
    indexes = [0, -1, 1, 5, -5, 2**63, -(2**63), True, Index(), 1.0, None, "0"]
    return [outcome(pops, size, at, k) for size in (ROUNDS, 100) for at in MOMENTS for k in indexes]


def case_pop_from_an_empty_list():
    return [outcome(pops, size, 40, 0) for size in (0, 1, 40, ROUNDS - 1)]


def case_pop_from_the_front():
    items = [i * 0.5 for i in range(ROUNDS)]
    seen = []
    while items:
        seen.append(items.pop(0))
        if len(seen) % 7 == 0:
            seen.append(items.pop(-1) if items else None)
    return seen


def case_rotation():
    items = list(range(9))
    insert, pop = items.insert, items.pop
    for r in range(ROUNDS):
        insert(r % 9, pop(0))
        insert(-1, pop(r % 8))
        insert(100, pop())
    return items


def inserts(at, index, value):
    items = [0]
    for i in range(ROUNDS):
        if i == at:
            items.insert(index, value)
        else:
            items.insert(i // 2, i)
    return items


def case_insert():
    indexes = [0, 1, -1, 99, -99, 2**62, 2**64, True, Index(), 1.5, None]
    return [outcome(inserts, at, k, "new") for at in MOMENTS for k in indexes]


def case_bound_methods_kept():
    a, b = [], []
    push = a.append
    for i in range(ROUNDS):
        push(i)
        if i % 20 == 19:
            push = b.append if push.__self__ is a else a.append
    return a, b


def case_class_method_called():
    items = []
    for i in range(ROUNDS):
        list.append(items, i)
        if i % 10 == 5:
            list.pop(items, 0)
    return items


def case_wrong_number_of_arguments():
    told = []
    for at in MOMENTS:
        for name, usual, strange in (("append", (1,), ()), ("append", (1,), (1, 2)), ("pop", (), (1, 2)),
            ("insert", (0, 1), (0,))):
            items = [0] * 100

            def work():
                for i in range(ROUNDS):
                    getattr(items, name)(*(usual if i != at else strange))

            told.append((outcome(work), len(items)))
    return told


def case_others():
    items = []
    seen = []
    for i in range(ROUNDS):
        items.extend((i, i % 7))
        items.extend(items[:1])
        if i % 5 == 0:
            items.reverse()
            items.sort()
        if i % 6 == 0:
            items.remove(i % 7)
            items.append(i % 7)
        seen.append((items.index(i % 7), items.count(i % 7), len(items)))
        if len(items) > 60:
            items.clear()
    return seen, items


def case_remove_and_index_fail():
    told = []
    for at in MOMENTS:
        for method in ("remove", "index"):
            def work():
                items = list(range(ROUNDS))
                for i in range(ROUNDS):
                    getattr(items, method)(i if i != at else -1)

            told.append(outcome(work))
    return told


def case_stack_machine():
    program = [("push", 3), ("push", 4), ("add", 0), ("dup", 0), ("mul", 0), ("push", 11), ("sub", 0), ("drop", 0)]
    stack, results = [], []
    for _ in range(15):
        for op, value in program:
            if op == "push":
                stack.append(value)
            elif op == "dup":
                stack.append(stack[-1])
            elif op == "drop":
                results.append(stack.pop())
            else:
                b = stack.pop()
                a = stack.pop()
                stack.append(a + b if op == "add" else a * b if op == "mul" else a - b)
    return results, stack


def case_queue_of_tuples():
    grid = [[0 if (x * y) % 5 != 1 else 1 for x in range(12)] for y in range(12)]
    distance = [[-1] * 12 for _ in range(12)]
    distance[0][0] = 0
    queue = [(0, 0)]
    while queue:
        x, y = queue.pop(0)
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            u, v = x + dx, y + dy
            if 0 <= u < 12 and 0 <= v < 12 and not grid[v][u] and distance[v][u] < 0:
                distance[v][u] = distance[y][x] + 1
                queue.append((u, v))
    return distance


def case_heap():
    heap, out = [], []
    for n in range(60):
        heap.append((n * 37) % 61)
        i = len(heap) - 1
        while i > 0 and heap[(i - 1) // 2] > heap[i]:
            heap[(i - 1) // 2], heap[i] = heap[i], heap[(i - 1) // 2]
            i = (i - 1) // 2
    while heap:
        heap[0], heap[-1] = heap[-1], heap[0]
        out.append(heap.pop())
        i = 0
        while True:
            child = 2 * i + 1
            if child >= len(heap):
                break
            if child + 1 < len(heap) and heap[child + 1] < heap[child]:
                child += 1
            if heap[i] <= heap[child]:
                break
            heap[i], heap[child] = heap[child], heap[i]
            i = child
    return out


def case_multiplied_and_added_lists():
    told = []
    for n in (0, 1, 3, -2, True):
        items = [1, 0.5]
        for i in range(ROUNDS):
            items = [0] * n + items[:3] + [i] * n
        told.append(items)
    for bad in (1.5, None, [2]):
        def work():
            items = []
            for i in range(ROUNDS):
                items = [0] * (2 if i != 40 else bad)

        told.append(outcome(work))
    return told
