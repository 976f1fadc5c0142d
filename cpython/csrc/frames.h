/* What the Rust side asks of a running frame. `slots` is always a frame's slot 0, a unit a position in code
 * units from the start of the code. All need the GIL. */
#ifndef FATJIT_FRAMES_H
#define FATJIT_FRAMES_H

#include "shim.h"

/* Whether native code may run on a frame; mirrored in src/frame.rs. */
enum fatjit_entry {
    FATJIT_ENTRY_READY,
    /* Not called from a monitoring event of this frame. */
    FATJIT_ENTRY_NOT_IN_CALLBACK,
    /* A tracer, profiler or other monitoring tool is active. */
    FATJIT_ENTRY_OTHER_TOOL,
    /* Somebody replaced the function that evaluates frames. */
    FATJIT_ENTRY_EVAL_FRAME_HOOK,
    /* Half of the C stack that the interpreter allows is used. */
    FATJIT_ENTRY_DEEP_STACK,
    /* Somebody holds the frame's object and may look at it or change it any time. */
    FATJIT_ENTRY_FRAME_HELD,
};

/* The host's words of an activation; mirrored in src/context.rs. */
enum fatjit_word {
    FATJIT_WORD_BREAKER,
    FATJIT_WORD_VERSION_AT,
    FATJIT_WORD_VERSION,
    FATJIT_WORD_TOOLS_AT,
    FATJIT_WORD_TOOLS,
    FATJIT_WORD_NAMES,
    FATJIT_WORD_THREAD,
    FATJIT_WORDS,
};

/* Slot 0 of the innermost frame if it executes this code, else NULL. */
PyObject **fatjit_running_slots(PyObject *code);

/* Slots in use; -1 while the frame executes. */
int64_t fatjit_frame_depth(PyObject **slots);

/* Says how many slots are in use of a frame that does not execute any more. */
void fatjit_frame_set_depth(PyObject **slots, int64_t depth);

/* Says where the frame is; inside a jump callback, where it goes on. */
void fatjit_frame_set_position(PyObject **slots, int64_t unit);

/* Where the frame is. */
int64_t fatjit_frame_position(PyObject **slots);

/* Whether a tracer, a profiler or another tool watches this code, or anything at all. */
int fatjit_is_watched(PyThreadState *thread, PyCodeObject *code);

/* Whether half of the C stack that the interpreter allows is used by a thread, or by this one, and bytes left of that
 * half. */
int fatjit_stack_is_deep(PyThreadState *thread);
int fatjit_stack_is_deep_here(void);
int64_t fatjit_stack_room(PyThreadState *thread);

/* Whether native code may run on the frame whose jump callback this is. */
enum fatjit_entry fatjit_frame_ready(PyObject **slots);

/* Brackets of native code inside a callback: events are heard again, the frame looks executing. The first
 * returns what the second wants back as `event`. */
int fatjit_frame_enter(PyObject **slots);
void fatjit_frame_leave(PyObject **slots, int event, int64_t depth);

/* Fills the words of an activation for a frame that is ready. */
void fatjit_context(PyObject **slots, uintptr_t *words);
void fatjit_context_of(PyThreadState *thread, PyObject **slots, uintptr_t *words);

/* Adds the thread's running frame to the traceback of the exception that is set. Without memory that exception is another
 * one afterwards, as in the interpreter. */
void fatjit_add_traceback(PyThreadState *thread);

/* Moves the frame, in which the instruction at `unit` raised with `depth` slots in use, to its handler; the
 * frame's position is that instruction, or on one of its caches. Adds
 * to the traceback, pops the stack, pushes the exception. Returns the new depth, or -1 if there is no
 * handler: the exception stays set and the frame's position is the instruction. */
int64_t fatjit_unwind(PyObject **slots, int64_t depth, int64_t unit);

/* Whether the code has a loop: 1, 0, or -1 with an exception. */
int fatjit_has_back_edge(PyObject *code);

/* Whether the code is that of a function which mentions its own name, as a recursive one does. */
int fatjit_names_itself(PyObject *code);

/* The tuple of constants, borrowed. */
PyObject *fatjit_code_constants(PyObject *code);
PyObject *fatjit_code_names(PyObject *code);

/* Where it stands which tools watch a code object for which events; NULL if none ever did. */
void *fatjit_code_tools(PyObject *code);

/* Whether a tracer, a profiler, another monitoring tool or a hook of frame evaluation sees this code run in this thread. */
int fatjit_others_watch(PyObject *code);

/* Calls `visit` with the code of every function the collector knows and of every running frame, borrowed,
 * some more than once. `visit` must not run Python code or make objects the collector tracks. */
void fatjit_visit_code(void (*visit)(PyObject *code, void *data), void *data);

int fatjit_foreign_eval_frame(void);
int fatjit_is_main_interpreter(void);

#endif
