"""Functions that return, or break, out of loops whose iterators are given up then."""


class Node:
    ended = []

    def __init__(self, number):
        self.number = number
        self.others = []
        self.pair = (self.number, self.number + 1)

    def first_above(self, least):
        for other in self.others:
            if other.number > least:
                return other
        return None

    def has(self, number):
        for other in self.others:
            if other.number == number:
                return True
        return False

    def in_pair(self, number):
        for one in self.pair:
            if one == number:
                return one * 2
        return -1

    def backwards(self, least):
        for other in reversed(self.others):
            if other.number < least:
                return other.number
        return -1

    def nested(self, number):
        for other in self.others:
            for third in other.others:
                if third.number == number:
                    return third.number
            if other.number > number:
                break
        return -1


def nodes():
    made = [Node(i) for i in range(12)]
    for i, node in enumerate(made):
        node.others = made[i + 1 : i + 6]
    return made


def case_lists_that_others_hold():
    made, results = nodes(), []
    for i in range(240):
        node = made[i % 12]
        found = node.first_above(i % 9)
        results.append((found and found.number, node.has(i % 7), node.in_pair(i % 13), node.backwards(i % 11)))
        results.append(node.nested(i % 10))
    return results


def fresh(n):
    for x in [n, n + 1, n + 2]:
        if x % 3 == 0:
            return x
    return -1


def fresh_objects(n):
    for node in [Node(n), Node(n + 1), Node(n + 2)]:
        if node.number % 3 == 0:
            return node
    return None


def of_ranges(n):
    for i in range(n):
        for j in range(i):
            if i * j == n:
                return i, j
    return None


def case_lists_that_nobody_else_holds():
    return [(fresh(i), fresh_objects(i).number, of_ranges(i % 40)) for i in range(120)]


class Told(Node):
    def __del__(self):
        Node.ended.append(self.number)


class Holder:
    def __init__(self):
        self.items = [Told(i) for i in range(4)]

    def lose(self, number):
        for item in self.items:
            if number % 30 == 29:
                self.items = [Told(number)]
            if item.number == number % 4:
                return item.number
        return -1


def case_a_list_whose_last_reference_is_the_iterator():
    Node.ended.clear()
    holder, results = Holder(), []
    for i in range(130):
        results.append((holder.lose(i), len(Node.ended)))
    return results, Node.ended


def two(items, least):
    for a in items:
        for b in items:
            if a + b > least:
                return a * 10 + b
    return 0


def case_two_iterators_over_one_list():
    shared, results = [1, 2, 3, 4], []
    for i in range(100):
        results.append(two(shared, i % 9))
        results.append(two([i, i + 1, 2], i % 50 + 5))
    return results
