"""An exit that has more numbers to hand over than an activation has room for."""

names = [f"v{k}" for k in range(280)]
lines = [
    "def many(n):",
    *(f"    {name} = n + {k}" for k, name in enumerate(names)),
    "    for i in range(40):",
    *(f"        {name} += i" for name in names),
    "    return locals()",
]
exec("\n".join(lines))


def case_ints():
    return many(3)


def case_floats():
    return many(2.5)
