"""Loops at module level: in this very module, in exec'd and eval'd text, in class bodies."""

total = 0
for number in range(300):
    total += number
    if number % 7 == 0:
        continue
    total ^= number

countdown = 200
while countdown:
    countdown -= 1
else:
    finished = True

try:
    for divisor in range(100, -1, -1):
        quotient = 1000 // divisor
except ZeroDivisionError as error:
    message = str(error)
    line = error.__traceback__.tb_lineno


def case_results_of_this_module():
    return total, number, countdown, finished, divisor, quotient, message, line


def case_exec_with_one_namespace():
    names = {}
    exec(
        "total = 0\n"
        "for i in range(200):\n"
        "    total += i\n"
        "    if i == 150:\n"
        "        total = total * 1.0\n",
        names,
    )
    names.pop("__builtins__")
    return names


def case_exec_with_two_namespaces():
    outer, inner = {"step": 3}, {}
    exec("i = 0\nwhile i < 300:\n    i += step\n    last = i\n", outer, inner)
    return inner, sorted(outer)


def case_exec_raises():
    text = "for i in range(100):\n    x = 1 // (70 - i)\n"
    exec(compile(text, "<text>", "exec"), {})


def case_exec_global_rebound_by_a_call():
    names = {}
    exec(
        "def bump():\n"
        "    global k\n"
        "    k += 1\n"
        "k = 0\n"
        "while k < 100:\n"
        "    bump()\n"
        "    k += 1\n",
        names,
    )
    return names["k"]


def case_exec_name_deleted():
    names = {}
    text = "x = 1\nfor i in range(60):\n    y = x\n    if i == 50:\n        del x\n"
    try:
        exec(text, names)
    except NameError as error:
        return str(error), names["i"], names["y"]


def case_eval_of_a_generator():
    results = []
    for n in range(50):
        results.append(eval("sum(i * n for i in range(20))", {"n": n}))
    return results


def case_exec_many_times():
    code = compile("for i in range(30):\n    total += i\n", "<again>", "exec")
    names = {"total": 0}
    for _ in range(20):
        exec(code, names)
    return names["total"]


def case_exec_with_own_mapping():
    class Spy(dict):
        read = 0

        def __missing__(self, name):
            Spy.read += 1
            if name == "step":
                return 2
            raise KeyError(name)

    Spy.read = 0
    spy = Spy()
    exec("i = 0\nwhile i < 120:\n    i += step\n", {}, spy)
    return spy["i"], Spy.read


def case_functions_made_by_exec():
    makers = []
    for k in range(30):
        names = {}
        exec(f"def work(n):\n    t = 0\n    for i in range(n):\n        t += i * {k}\n    return t\n", names)
        makers.append(names["work"](40))
    return makers


def case_type_made_in_a_loop():
    total = 0
    for k in range(40):
        made = type(f"T{k}", (), {"value": k, "double": lambda self: self.value * 2})
        total += made().double()
    return total


def case_builtins_replaced_for_exec():
    names = {"__builtins__": {"range": lambda n: [1, 2, 3]}}
    exec("t = 0\nfor k in (1, 2) * 20:\n    for i in range(10):\n        t += i\n", names)
    return names["t"]
