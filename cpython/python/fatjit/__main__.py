"""``python -m fatjit``: run a program with fatjit switched on."""

from fatjit._program import main

main()
