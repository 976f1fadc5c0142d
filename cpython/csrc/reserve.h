/* Objects for frames that native code leaves: making them does not fail. */
#ifndef FATJIT_RESERVE_H
#define FATJIT_RESERVE_H

#include "shim.h"

/* Sets objects aside, before native code runs. -1 with an exception if there is no memory. */
int fatjit_reserve_start(void);

/* Sets aside again what was taken, as far as there is memory. */
void fatjit_reserve_fill(void);

/* New references. An exception that is set stays set. NULL with a MemoryError in its place if there is no memory and
 * nothing left in the reserve. */
PyObject *fatjit_exit_int(int64_t value);
PyObject *fatjit_exit_float(double value);
PyObject *fatjit_exit_range_iterator(int64_t next, int64_t left, int64_t step);

/* A new reference to what stands on a frame's value stack where there was no memory at all. A handler of the MemoryError
 * may leave it there as the iterator of a loop, which then raises MemoryError again. */
PyObject *fatjit_exit_lost(void);

#endif
