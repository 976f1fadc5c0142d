"""Every int operator over values that start small and end at the edges of 64 bits and beyond."""

SMALL = [(i % 13 - 6, i % 7 - 3) for i in range(80)]
EDGES = [
    (2**62, 2**62), (2**63 - 1, 1), (-(2**63), -1), (-(2**63), 1), (2**63, -1), (2**64, 3),
    (-(2**64), 7), (2**31, 2**31), (2**32, -(2**32)), (10**30, 10**29), (-(10**30), 3), (5, -3),
    (-5, 3), (-5, -3), (0, 5), (0, -5), (2**30, 2**30 - 1), (1, 2**64), (7, 2**63 - 1), (3, 64),
    (3, 63), (-1, 62), (1, 200), (255, 256), (257, 0), (-5, 0), (2**70, 0), (4, -1), (-1, -70),
    (1, 1),
]

# Shifts that would fill the memory are left out; those that can never fit are not.
SHIFTS = [(a, b) for a, b in EDGES if b < 300 or b > 2**60]

TEMPLATE = '''
def case_{name}():
    results = []
    for a, b in SMALL + {edges}:
        try:
            results.append(a {operator} b)
        except (ZeroDivisionError, ValueError, OverflowError, MemoryError) as error:
            results.append((type(error).__name__, str(error)))
    return results

def case_{name}_counted():
    results = []
    pairs = SMALL + {edges}
    i = 0
    while i < len(pairs):
        a = pairs[i][0]
        b = pairs[i][1]
        i += 1
        try:
            results.append(a {operator} b)
        except (ZeroDivisionError, ValueError, OverflowError, MemoryError) as error:
            results.append((type(error).__name__, str(error), i))
    return results, i, a, b

def case_{name}_in_place():
    results = []
    for i in range(len(SMALL)):
        a, b = SMALL[i]
        try:
            a {operator}= b
        except (ZeroDivisionError, ValueError) as error:
            a = str(error)
        results.append(a)
    return results
'''

for name, operator in {
    "add": "+", "subtract": "-", "multiply": "*", "floor_divide": "//", "modulo": "%",
    "divide": "/", "left_shift": "<<", "right_shift": ">>", "and": "&", "or": "|", "xor": "^",
}.items():
    edges = "SHIFTS" if operator == "<<" else "EDGES"
    exec(compile(TEMPLATE.format(name=name, operator=operator, edges=edges), f"<{name}>", "exec"))


def case_power():
    results = []
    for a in range(-6, 7):
        for b in range(-3, 40, 4):
            try:
                results.append(a**b)
            except ZeroDivisionError as error:
                results.append(str(error))
    return results


def case_unary():
    results = []
    value = -(2**63) - 60
    for i in range(120):
        results.append((-value, ~value, +value, not value, abs(value)))
        value += 1
    value = 2**63 - 60
    for i in range(120):
        results.append((-value, ~value, +value, not value))
        value += 1
    return results


def case_divmod_signs():
    results = []
    for a in range(-20, 21):
        for b in range(-4, 5):
            if b:
                results.append((a // b, a % b, a / b))
    return results
