/* Programs that move C stacks. */
#ifndef FATJIT_STACKS_H
#define FATJIT_STACKS_H

#include "shim.h"

/* The dict of imported modules, borrowed. */
PyObject *fatjit_modules(void);

/* Whether one of them moves C stacks. */
int fatjit_stacks_move(void);

/* Whether an object is the name of a module that moves C stacks. Runs no code. */
int fatjit_moves_stacks(PyObject *name);

/* Has something called soon, between two instructions of any thread. */
void fatjit_soon(int (*call)(void *));

#endif
