"""Instances that keep their attributes in dicts, and what happens to these under way."""


class Square:
    kind = "square"

    def __init__(self, number):
        self.a = self.b = self.c = number

    def fill(self, others):
        self.number = self.c
        self.color = 0
        self.reference = self
        self.edges = 1.5
        self.used = False
        self.others = others
        self.last = None

    def find(self):
        reference = self.reference
        if reference.number != self.number:
            reference = reference.find()
            self.reference = reference
        return reference


def squares(count):
    made = [Square(i) for i in range(count)]
    for i, square in enumerate(made):
        square.fill(made[i + 1 : i + 3])
    return made


def case_loads_and_stores():
    made, total = squares(60), 0
    for i in range(1, 60):
        made[i].reference = made[i - 1]
    for _ in range(3):
        for square in made:
            for other in square.others:
                square.color += other.number
                other.edges = other.edges * 0.5 + square.color
                square.used = not other.used
                total += square.edges + len(square.kind)
            square.last = square.find()
    return total, [(s.color, s.edges, s.used, s.last.number) for s in made]


def case_a_class_gets_a_property_of_the_name():
    made, results = squares(90), []

    class Later(Square):
        pass

    for square in made[45:]:
        square.__class__ = Later
    for i, square in enumerate(made):
        if i == 70:
            Later.color = property(lambda self: "property", lambda self, value: results.append(value))
        square.color = i
        results.append(square.color)
    return results


def case_attributes_that_go_away():
    made, results = squares(90), []
    for i, square in enumerate(made):
        if i in (50, 70, 71):
            del square.edges
        try:
            results.append(square.edges)
        except AttributeError as error:
            results.append(str(error))
        square.edges = i
        results.append((square.edges, list(square.__dict__)))
    return results


def case_a_method_that_an_instance_hides():
    made, results = squares(90), []
    for i, square in enumerate(made):
        if i == 60:
            square.find = lambda: "hidden"
        if i == 70:
            square.__dict__["fi" + str("nd")] = lambda: "hidden, too"
        if i == 80:
            square.kind = "its own"
        results.append((square.find() if i in (60, 70) else square.find().number, square.kind))
    return results


def case_dicts_that_are_replaced():
    made, results = squares(90), []
    for i, square in enumerate(made):
        if i == 40:
            square.__dict__ = {"edges": "first", "number": 3, "color": 4}
        if i == 50:
            square.__dict__ = {1: 2, "color": 7, "edges": "not only texts"}
        if i == 60:
            square.__dict__.clear()
            square.color = square.edges = "after"
        square.color = (square.color, i)
        results.append((square.color, square.edges))
    return results


class Told:
    ended = []

    def __init__(self, number):
        self.number = number

    def __del__(self):
        Told.ended.append(self.number)


def case_what_is_stored_over_ends_then():
    Told.ended.clear()
    made, seen = squares(80), []
    for i, square in enumerate(made):
        square.last = Told(i)
    for i, square in enumerate(made):
        square.last = i
        seen.append(len(Told.ended))
    return seen, Told.ended


class Items(list):
    def __init__(self, *items):
        super().__init__(items)
        self.total = 0
        self.scale = 0.5

    def add(self, value):
        self.total += value
        return self.total * self.scale


class Failure(Exception):
    def __init__(self, number):
        self.number = number


def case_classes_made_of_others():
    items, failure, results = Items(1, 2, 3), Failure(7), []
    for i in range(100):
        results.append(items.add(i))
        items.scale += 0.25
        failure.number += items.total
    return results, items, failure.number


def case_some_with_dicts_and_some_without():
    class Small:
        def __init__(self, number):
            self.number = number

    made, total = [*squares(40), *[Small(i) for i in range(40)]], 0
    for i in range(160):
        one = made[i * 7 % 80]
        total += one.number
        one.number = total % 50
    return total


def case_the_dict_of_a_module():
    class Holder:
        pass

    holder, results = Holder(), []
    holder.__dict__ = globals()
    for i in range(100):
        holder.counter = i
        results.append((holder.counter, counter))
    return results


counter = 0


class Watched:
    pass


watched = Watched()
watched.__dict__ = globals()
for step in range(120):
    counter = step
    watched.counter += 1
    seen_last = (watched.counter, counter, watched.step)


def case_the_dict_of_a_module_whose_variables_are_in_registers():
    return seen_last, watched.counter == counter
