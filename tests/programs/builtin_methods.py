"""Methods of built-in types, and of classes made of them, that hot code calls."""

import traceback


class Stack(list):
    pass


class Loud(list):
    said = []

    def append(self, item):
        Loud.said.append(item)
        super().append(item)


class Names(dict):
    def get(self, key, default=None):
        return (key, super().get(key, default))


class Slotted(set):
    __slots__ = ("add_count",)


def case_methods_of_exact_types():
    results = []
    for i in range(60):
        text = f"a{i},b{i % 3}"
        kept = {1, 2, i}
        kept.add(i + 1)
        kept.discard(2)
        table = {"one": i}
        table.setdefault("two", i * 2)
        table.update(three=i)
        numbers = [3, i, 2]
        numbers.extend((5, i))
        numbers.sort()
        numbers.reverse()
        results.append((
            text.split(","), text.upper(), text.find("b"), text.startswith("a1"), text.replace("a", "c", 1),
            sorted(kept), kept.union({9}) >= kept, frozenset(kept).issuperset({1}),
            list(table.items()), table.pop("one"), list(table.keys()), sum(table.values()),
            numbers, numbers.count(i), numbers.index(5), (1, i, i).count(i), (i, 2).index(2),
            b"x%d" % i + b"y".join([b"1", b"2"]), bytearray(b"abc").find(b"c"),
        ))
    return results


def pushed(stack, n):
    for i in range(n):
        stack.append(i)
        if i % 3 == 2:
            stack.pop()
        if i % 5 == 4:
            stack.insert(0, -i)
    return len(stack), list(stack)


def case_classes_made_of_list():
    results = [pushed(Stack(), n) for n in (5, 60)]
    results += [pushed([], n) for n in (5, 60)]
    Loud.said.clear()
    results += [pushed(Loud(), n) for n in (5, 60)]
    mixed = [Stack(), [], Loud(), Stack(), []]
    for n in range(40):
        for one in mixed:
            pushed(one, n % 4)
    return results, [len(one) for one in mixed], len(Loud.said)


def looked_up(table, n):
    found = []
    for i in range(n):
        found.append(table.get(i))
        found.append(table.get(i, "none"))
    return found


def case_classes_made_of_dict():
    plain = {i: i * i for i in range(0, 40, 2)}
    return [looked_up(table, n) for table in (plain, Names(plain), plain) for n in (3, 40)]


def case_an_instance_hides_a_method():
    results = []
    stack = Stack()
    for i in range(80):
        if i == 50:
            stack.append = lambda item: results.append(("hidden", item))
        if i == 60:
            del stack.append
        stack.append(i)
    return results, list(stack)


def case_a_class_gets_a_method():
    class Late(list):
        pass

    results = []
    late = Late()
    for i in range(80):
        if i == 50:
            Late.append = lambda self, item: results.append((len(self), item))
        if i == 65:
            del Late.append
        late.append(i)
    return results, list(late)


def case_a_class_changes_its_bases():
    class First(list):
        pass

    class Second(list):
        def append(self, item):
            super().append(-item)

    class Either(First):
        pass

    either = Either()
    for i in range(60):
        if i == 40:
            Either.__bases__ = (Second,)
        either.append(i)
    return list(either)


def case_errors():
    def removes(kept, items):
        done = 0
        for item in items:
            kept.remove(item)
            done += 1
        return done

    results = []
    for n in range(30):
        try:
            results.append(removes(set(range(20)), range(n)))
        except KeyError as error:
            entry = traceback.extract_tb(error.__traceback__)[-1]
            results.append((error.args, entry.name, entry.line))
        try:
            results.append(removes(Stack(range(20)), range(n)))
        except ValueError as error:
            results.append(str(error))
    return results


def case_wrong_calls():
    def wrong(n):
        told = []
        for i in range(n):
            kept = [i]
            try:
                kept.append() if i % 2 else kept.append(1, 2)
            except TypeError as error:
                told.append(str(error))
            try:
                "text".split(1)
            except TypeError as error:
                told.append(str(error))
        return told

    return wrong(40)


def case_keywords():
    results = []
    for i in range(50):
        numbers = [i, -i, 7, -3]
        numbers.sort(key=abs, reverse=i % 2 == 0)
        results.append((numbers, "a,b,,c".split(sep=",", maxsplit=i % 3), b"x y".split(maxsplit=1)))
    return results


def case_callbacks_that_change_things():
    results = []
    for i in range(40):
        numbers = Stack([3, 1, 2])

        def key(number):
            if number == 1 and i % 7 == 0:
                numbers.append(4)
            return number

        try:
            numbers.sort(key=key)
            results.append(list(numbers))
        except ValueError as error:
            results.append(str(error))
    return results


def case_types_that_change_at_one_place():
    def used(things):
        results = []
        for thing in things:
            results.append(thing.copy())
            thing.clear()
            results.append(thing.copy())
        return results

    things = [[1, 2], {1: 2}, {3}, bytearray(b"ab"), Stack([5])]
    return [used([thing.copy() for thing in things * 4]), used([[i] for i in range(30)]), used([{i} for i in range(30)])]


def case_slots():
    kept = Slotted()
    kept.add_count = 0
    for i in range(60):
        kept.add(i % 7)
        kept.add_count += 1
    return sorted(kept), kept.add_count


def case_methods_as_values():
    results = []
    for i in range(50):
        append = results.append
        append(i)
        join = ",".join
        append(join(["a", str(i)]))
    return results


class Counted(list):
    lengths = 0

    def __len__(self):
        Counted.lengths += 1
        return super().__len__()


class Backwards(list):
    def __iter__(self):
        return reversed(self)


def walked(things, rounds):
    results = []
    for thing in things:
        for _ in range(rounds):
            total = 0
            for item in thing:
                total = total * 3 + item
            results.append((len(thing), total % 1000))
    return results


def case_length_and_items_of_classes_made_of_list():
    Counted.lengths = 0
    plain = [Stack(range(n)) for n in range(6)]
    changed = [Counted([1, 2, 3]), Backwards([1, 2, 3])]
    results = [walked(plain, 5), walked(plain + changed, 5), walked([[4, 5]] + plain, 3), walked([Loud([6])], 40)]
    return results, Counted.lengths


def case_a_class_made_of_list_gets_special_methods():
    class Late(list):
        pass

    results = []
    late = Late([3, 1, 2])
    for i in range(90):
        if i == 40:
            Late.__len__ = lambda self: 7
        if i == 50:
            Late.__iter__ = lambda self: iter((8, 9))
        if i == 70:
            del Late.__len__, Late.__iter__
        results += walked([late], 1)
    return results


def case_what_is_iterated_over_changes_and_ends():
    told = []

    class Ending(list):
        def __del__(self):
            told.append(len(self))

    def consumed(n):
        taken = []
        for i in range(n):
            for item in Ending(range(i % 5)):
                taken.append(item)
            held = Ending([1, 2, 3, 4])
            for item in held:
                if item == 2:
                    held.pop()
                taken.append(item)
        return taken

    return consumed(40), told
