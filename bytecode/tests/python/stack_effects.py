"""Answer lines of "opcode argument" with the stack effect when jumping and when not."""

import _opcode
import dis
import sys

takes_argument = frozenset(dis.hasarg)
for line in sys.stdin:
    number, argument = map(int, line.split())
    if number not in takes_argument:
        argument = None
    effects = [_opcode.stack_effect(number, argument, jump=jump) for jump in (True, False)]
    print(*effects)
