/* Functions entered natively: their way in, and frames made for them when native code is left. All need the GIL.
 *
 * A made frame is one of two things: hidden (on the thread's data stack, known to nobody), or shown (the thread's
 * current frame, as if the interpreter executed it, and counted as a level of recursion). */
#ifndef FATJIT_FUNCTIONS_H
#define FATJIT_FUNCTIONS_H

#include "shim.h"

/* Whether a function may be entered natively now; mirrored in src/functions/entry.rs. */
enum fatjit_call {
    FATJIT_CALL_READY,
    /* Somebody watches, or something wants to run. */
    FATJIT_CALL_BUSY,
    /* Half of the C stack that the interpreter allows is used. */
    FATJIT_CALL_DEEP_STACK,
};

/* Whether a function with this code may be entered, in which a level of native code takes so many bytes of the C stack.
 * If so, gives how many calls may be nested in it, and fills the words of its activation, which has no frame. */
enum fatjit_call fatjit_call_ready(PyObject *code, int64_t bytes, int64_t *levels, uintptr_t *words);

/* A Python function is called with these arguments. If they are on the stack of the frame that runs, its evaluation
 * loop calls, and its position becomes what it would be if the loop ran the function itself. */
void fatjit_call_begins(PyObject *const *arguments);

/* Whether the arguments of a call of a function are the running frame's, which gives them up once the call is over: then
 * the function may take them over, leaving None. */
int fatjit_hands_over(PyObject *function, PyObject *const *arguments);

/* Has the interpreter run a function that takes these arguments over, leaving None. The last have the names. NULL without an
 * exception, and nothing has happened, if it cannot be called that way. */
PyObject *fatjit_call_handing_over(PyObject *function, PyObject **arguments, int64_t positional, PyObject *names);

/* Arguments that somebody else holds, too, are released, leaving None. */
void fatjit_gives_up(PyObject **arguments, int64_t count);

/* The interpreter's own way of calling a function of which fatjit_call_begins was told. */
PyObject *fatjit_call_plainly(PyObject *function, PyObject *const *arguments, size_t count, PyObject *names);

/* How many calls may be nested in the frame that runs, each of which takes so many bytes of the C stack. */
int64_t fatjit_nesting_here(int64_t bytes);
int64_t fatjit_nesting_of(PyThreadState *thread, int64_t bytes);

/* The vectorcall of functions that nobody replaced. Runs code when it is asked for the first time; NULL with an
 * exception if that failed. */
vectorcallfunc fatjit_plain_vectorcall(void);

/* Replaces a function's vectorcall; returns the version by which the interpreter knew it. */
uint32_t fatjit_function_install(PyObject *function, vectorcallfunc entry);

/* Restores the vectorcall of a function, and its version unless it is 0. */
void fatjit_function_restore(PyObject *function, uint32_t version);

/* Restores the vectorcalls of all functions that have this one. */
void fatjit_functions_restore_all(vectorcallfunc entry);

/* The function that a frame runs, borrowed. */
PyObject *fatjit_frame_function(PyObject **slots);

/* Slot 0 of the frame that runs. */
PyObject **fatjit_current_slots(void);

/* Makes a hidden frame of a function, all of whose locals are unbound. NULL with an exception without memory. */
PyObject **fatjit_frame_make(PyObject *function);

/* Makes the frame of a function whose native code begins, all of whose locals are unbound, and has it run, in the
 * thread that the words of an activation name. NULL with an exception without memory. */
PyObject **fatjit_frame_begin(const uintptr_t *words, PyObject *function);

/* Ends the running frame, whose value stack is empty: what its locals hold is released when it does not run any more. */
void fatjit_frame_end(PyObject **slots, void *thread);

/* Shows a hidden frame: it executes the instruction at `unit`, a call, with `depth` slots in use. */
void fatjit_frame_show(PyObject **slots, int64_t depth, int64_t unit);

/* The frame that runs, if it is real anyway, executes the call at `unit`. */
void fatjit_frame_calls(PyObject **slots, int64_t unit);

/* The same of a `FOR_ITER` over a generator. */
void fatjit_frame_iterates(PyObject **slots, int64_t unit);

/* Hides the frame that runs again. */
void fatjit_frame_hide(PyObject **slots);

/* Takes a hidden frame that holds nothing off the stack. */
void fatjit_frame_discard(PyObject **slots);

/* The code of a Python function, borrowed; NULL if the object is none. */
PyObject *fatjit_function_code(PyObject *object);

/* The same, but NULL too if calls of the function come to something else: somebody replaced its vectorcall. */
PyObject *fatjit_called_code(PyObject *object);

/* The tuple of defaults of a function, borrowed, or NULL. */
PyObject *fatjit_function_defaults(PyObject *function);

/* The dict of its defaults of parameters that are given by name only, borrowed, or NULL. */
PyObject *fatjit_keyword_defaults(PyObject *function);

/* Runs a hidden frame from `unit` on with `depth` slots in use, to its end: its result, or NULL. The frame is
 * gone afterwards. */
PyObject *fatjit_frame_run(PyObject **slots, int64_t depth, int64_t unit);

/* The same for a shown frame, in which the instruction at `unit` raised the exception that is set. */
PyObject *fatjit_frame_throw(PyObject **slots, int64_t depth, int64_t unit);

#endif
