"""Write what this interpreter says of its opcodes, one fact a line."""

import dis
import importlib.util
import opcode
import sys

caches = opcode._inline_cache_entries
print("hex", sys.hexversion)
print("magic", importlib.util.MAGIC_NUMBER.hex())
for name, number in dis._all_opmap.items():
    if number >= 256:  # Pseudo-instructions never leave the compiler.
        continue
    cached = caches.get(name, 0) if isinstance(caches, dict) else caches[number]
    base = dis.deoptmap.get(name, "-")
    takes_argument = int(number in dis.hasarg)
    jumps = int(number in dis.hasjrel)
    print("opcode", number, name, cached, base, takes_argument, jumps)
for index, (_, symbol) in enumerate(opcode._nb_ops):
    print("binary", index, symbol)
for index, symbol in enumerate(dis.cmp_op):
    print("compare", index, symbol)
