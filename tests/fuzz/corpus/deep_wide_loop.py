"""A recursion from loops that keep many numbers: each level of native code needs much of the C stack."""

import sys
import threading

names = [f"v{k}" for k in range(100)]
lines = [
    "def wide(n):",
    *(f"    {name} = n + {k}" for k, name in enumerate(names)),
    "    for i in range(12):",
    *(f"        {name} += i" for name in names),
    "        if i == 9 and n < 300:",
    "            v0 += wide(n + 1)",
    "    return v0 + v99",
]
exec("\n".join(lines))


def case_in_a_small_thread():
    found = []
    previous = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(wide(0)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    return found
