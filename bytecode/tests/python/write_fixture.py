"""Compile SOURCE to the .pyc file TARGET, without time stamp or folder: write_fixture.py SOURCE TARGET."""

import importlib.util
import marshal
import os
import sys

source_path, target_path = sys.argv[1:]
with open(source_path, "rb") as file:
    source = file.read()
code = compile(source, os.path.basename(source_path), "exec", dont_inherit=True)
hash_based = (1).to_bytes(4, "little")
with open(target_path, "wb") as file:
    file.write(importlib.util.MAGIC_NUMBER + hash_based + importlib.util.source_hash(source))
    file.write(marshal.dumps(code))
