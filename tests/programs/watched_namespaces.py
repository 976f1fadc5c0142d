"""Somebody else watches the dict of a module's variables: he is told of every store, in its order."""

import contextlib
import ctypes

CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)
api = ctypes.pythonapi
for function in (api.PyDict_Watch, api.PyDict_Unwatch):
    function.argtypes = (ctypes.c_int, ctypes.py_object)


@contextlib.contextmanager
def watcher(told):
    """A watcher's number; `told` gets what it is told."""

    def callback(event, dictionary, key, value):
        name = ctypes.cast(key, ctypes.py_object).value if key else None
        new = ctypes.cast(value, ctypes.py_object).value if value else None
        told.append((event, name, new if isinstance(new, (int, float)) else None))
        return 0

    function = CALLBACK(callback)
    number = api.PyDict_AddWatcher(function)
    try:
        yield number
    finally:
        api.PyDict_ClearWatcher(number)


LOOP = "for i in range(60):\n    s += i\n    if i % 20 == 7:\n        call(i)\n"


def case_from_the_beginning():
    told = []
    names = {"s": 0, "i": 0, "call": id}
    with watcher(told) as number:
        api.PyDict_Watch(number, names)
        exec(LOOP, names)
        api.PyDict_Unwatch(number, names)
    return told, names["s"]


def case_from_the_middle():
    told = []
    with watcher(told) as number:

        def call(i):
            if i == 27:
                api.PyDict_Watch(number, names)
            elif i == 47:
                api.PyDict_Unwatch(number, names)

        names = {"s": 0, "i": 0, "call": call}
        exec(LOOP, names)
    return told, names["s"]


def case_other_runs_of_the_same_code():
    told = []
    code = compile(LOOP, "<loop>", "exec")
    results = []
    with watcher(told) as number:
        for turn in range(6):
            names = {"s": turn, "i": 0, "call": id}
            if turn % 2:
                api.PyDict_Watch(number, names)
            exec(code, names)
            if turn % 2:
                api.PyDict_Unwatch(number, names)
            results.append((len(told), names["s"]))
    return results, told[:40]


def case_a_function_whose_globals_are_watched():
    told = []
    names = {}
    exec(
        "def work():\n"
        "    global total\n"
        "    for i in range(60):\n"
        "        total += step\n"
        "        if i == 30:\n"
        "            globals()['step'] = 5\n",
        names,
    )
    names.update(total=0, step=1)
    with watcher(told) as number:
        api.PyDict_Watch(number, names)
        names["work"]()
        names["step"] = 2
        names["work"]()
        api.PyDict_Unwatch(number, names)
    return told, names["total"]
