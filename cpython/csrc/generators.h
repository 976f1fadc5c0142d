/* Generators whose code has native code: how they are resumed, and what becomes of their frames.
 *
 * A generator that yields leaves all that it holds in its frame. So it may be resumed by the interpreter or natively each
 * time, and everybody else finds it as the interpreter leaves it. All need the GIL. */
#ifndef FATJIT_GENERATORS_H
#define FATJIT_GENERATORS_H

#include "shim.h"
#if FATJIT_V313
#include "internal/pycore_genobject.h"
#endif

/* Resumes a generator natively, with None: 1 with its next item, NULL if it ended or raised; 0 if that cannot be now, and
 * nothing has happened. */
typedef int (*fatjit_resume)(PyThreadState *thread, PyObject *generator, PyObject **item);

/* From now on the next items of generators are asked of `resume` first, in the main interpreter; or, if it is NULL, of the
 * interpreter alone. */
void fatjit_generators_resume_by(fatjit_resume resume);

/* What a call of a function of Python comes to that makes a generator, if its arguments are simply so many. NULL without an
 * exception if it is to be called, and with one if there is no memory. */
PyObject *fatjit_generator_make(PyObject *function, PyObject *const *arguments, int64_t count);

/* Where a suspended generator goes on, in code units; -1 if it is not suspended, or waits for another one. */
int64_t fatjit_generator_position(PyObject *generator);

/* Its code, borrowed, and slot 0 of its frame. */
PyObject *fatjit_generator_code(PyObject *generator);
PyObject **fatjit_generator_slots(PyObject *generator);

/* It is resumed with None: its frame runs. Gives how many calls may be nested, each of which takes so many bytes of the C
 * stack, and fills the words of an activation. 0 if native code may not run just now, and nothing has happened. */
int fatjit_generator_begins(PyThreadState *thread, PyObject *generator, int64_t bytes, int64_t *levels, uintptr_t *words);

/* It yields the topmost of its `depth` slots, and goes on at `unit` the next time. */
PyObject *fatjit_generator_yields(PyThreadState *thread, PyObject *generator, int64_t depth, int64_t unit);

/* The interpreter goes on with it, from `unit` with `depth` slots in use, or with the exception that is set, raised by the
 * instruction there: its next item, or NULL. */
PyObject *fatjit_generator_goes_on(PyObject *generator, int64_t depth, int64_t unit, int raised);

/* Native code of the running frame, which alone holds an object, does it itself from now on, as a guest: if it is a generator
 * with this code that goes on at `behind`, or, if that is negative, that was not asked for an item yet. The frame may have it as
 * a variable, too, if it does not look at that meanwhile; NULL stands for none. Whoever else finds the generator then finds it
 * running. 0 if it is not to be done. */
int64_t fatjit_guest_begins(PyObject *generator, PyObject *code, int64_t behind, PyObject *variable);

/* What a generator expression iterates over, if it alone holds that, as its argument and on its stack; or NULL. */
PyObject *fatjit_iterates_twice(PyObject **slots, int64_t depth);

/* Native code does it no more: it is suspended with so many slots in use, and goes on at `unit`. */
void fatjit_guest_suspends(PyObject *generator, int64_t depth, int64_t unit);

/* It returns, by the instruction at `unit`, with nothing on its stack: -1 with an exception if that raises. */
int fatjit_guest_returns(PyObject *generator, int64_t unit);

/* The same with nothing in its locals whose release runs code; and it is given up. */
void fatjit_guest_ends(PyObject *generator, int64_t unit);

/* The same in the middle: its frame is the running one, at `unit`. */
void fatjit_guest_shows(PyObject *generator, int64_t depth, int64_t unit);

#endif
