/* What the C side of the host shares: the interpreter's headers, the differences between its versions, and
 * access to a running frame.
 *
 * Invariant: no other file of the host names a member of an internal structure whose place depends on the
 * version, and nothing here is a copy of a structure: every offset comes from the headers the extension is
 * built against and is checked by layout.c when the module is imported. */
#ifndef FATJIT_SHIM_H
#define FATJIT_SHIM_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_BUILD_CORE_MODULE
#define Py_BUILD_CORE_MODULE 1
#endif
#include <Python.h>
#include <opcode.h>
#include <stddef.h>
#include <stdint.h>

#include "internal/pycore_ceval.h"
#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_function.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_list.h"
#include "internal/pycore_long.h"
#include "internal/pycore_object.h"
#include "internal/pycore_pyerrors.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_range.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_tuple.h"
#include "internal/pycore_unicodeobject.h"

#if PY_VERSION_HEX < 0x030C0000 || PY_VERSION_HEX >= 0x030E0000
#error "fatjit needs the headers of CPython 3.12 or 3.13"
#endif
#define FATJIT_V313 (PY_VERSION_HEX >= 0x030D0000)

#ifdef Py_GIL_DISABLED
#define FATJIT_FREE_THREADED 1
#else
#define FATJIT_FREE_THREADED 0
#endif

/* What belongs to a thread and is asked for too often for a call to find it. For a few bytes of libraries that are loaded late
 * glibc keeps room. */
#ifdef __GLIBC__
#define QUICK_TLS __attribute__((tls_model("initial-exec")))
#else
#define QUICK_TLS
#endif

typedef _PyInterpreterFrame Frame;

/* The frame whose slot 0 this is. */
static inline Frame *frame_of(PyObject **slots)
{
    return (Frame *)((char *)slots - offsetof(Frame, localsplus));
}

static inline PyCodeObject *frame_code(const Frame *frame)
{
#if FATJIT_V313
    return (PyCodeObject *)frame->f_executable;
#else
    return frame->f_code;
#endif
}

/* Where a frame is: the instruction it executes. Inside a jump callback: the one it goes on with. */
static inline void frame_set_position(Frame *frame, _Py_CODEUNIT *instruction)
{
#if FATJIT_V313
    frame->instr_ptr = instruction;
#else
    frame->prev_instr = instruction;
#endif
}

static inline _Py_CODEUNIT *frame_position(const Frame *frame)
{
#if FATJIT_V313
    return frame->instr_ptr;
#else
    return frame->prev_instr;
#endif
}

/* Where a frame goes on that does not execute: the instruction that it is resumed with. */
static inline void frame_goes_on_at(Frame *frame, _Py_CODEUNIT *instruction)
{
    frame_set_position(frame, instruction - !FATJIT_V313);
}

static inline _Py_CODEUNIT *frame_goes_on(const Frame *frame)
{
    return frame_position(frame) + !FATJIT_V313;
}

#if !FATJIT_V313
/* Where 3.12 runs a Python function in its own evaluation loop, the caller's position is on the last cache of
 * the calling instruction meanwhile, and still is if an exception comes out. */
static inline void frame_enters_python(Frame *frame, int caches)
{
    frame->prev_instr += caches;
}

/* A call failed. If that was before the called function's frame began, because arguments were missing, the
 * caller's position never left the instruction. The recursion limit strikes later: in the new frame. */
static inline void frame_failed_to_enter(Frame *frame, int caches)
{
    PyObject *raised = PyThreadState_Get()->current_exception;
    if (raised != NULL && ((PyBaseExceptionObject *)raised)->traceback == NULL &&
        !PyErr_GivenExceptionMatches(raised, PyExc_RecursionError)) {
        frame->prev_instr -= caches;
    }
}
#endif

static inline Frame *thread_frame(PyThreadState *thread)
{
#if FATJIT_V313
    return thread->current_frame;
#else
    return thread->cframe->current_frame;
#endif
}

static inline void thread_set_frame(PyThreadState *thread, Frame *frame)
{
#if FATJIT_V313
    thread->current_frame = frame;
#else
    thread->cframe->current_frame = frame;
#endif
}

/* The comparison of a COMPARE_OP with this argument, as PyObject_RichCompare() numbers them. */
static inline int comparison_of(int64_t arg)
{
#if FATJIT_V313
    return (int)(arg >> 5);
#else
    return (int)(arg >> 4);
#endif
}

/* What a COMPARE_OP with this argument makes of what the comparison came to, taking over the reference. */
static inline PyObject *compared(PyObject *result, int64_t arg)
{
#if FATJIT_V313
    if (result != NULL && (arg & 16)) {
        int truth = PyObject_IsTrue(result);
        Py_DECREF(result);
        result = truth < 0 ? NULL : Py_NewRef(truth ? Py_True : Py_False);
    }
#else
    (void)arg;
#endif
    return result;
}

/* The counter that changes whenever a monitoring tool or a tracer changes its global events. */
static inline void *instrumentation_version_at(PyInterpreterState *interp)
{
#if FATJIT_V313
    return &interp->ceval.instrumentation_version;
#else
    return &interp->monitoring_version;
#endif
}

/* The word (3.12: 32 bits) or byte (3.13) that is not zero when something wants to run. */
static inline void *eval_breaker_at(PyThreadState *thread)
{
#if FATJIT_V313
    return &thread->eval_breaker; /* its lowest byte */
#else
    return &thread->interp->ceval.eval_breaker;
#endif
}

/* Whether something wants to run. */
static inline int fatjit_breaker_is_set(PyThreadState *thread)
{
#if FATJIT_V313
    return (thread->eval_breaker & _PY_EVAL_EVENTS_MASK) != 0;
#else
    return *(volatile int *)eval_breaker_at(thread) != 0;
#endif
}

#endif
