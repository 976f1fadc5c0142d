/* Objects made and freed without asking which thread runs, which costs more than all the rest of it.
 *
 * Invariant: what is done here is what the interpreter's own routines do in the usual case, on the main interpreter's
 * free lists and pools, which the GIL protects; in any other case those routines are called. It is unusual that
 * somebody watches objects being made, or that memory comes from anything but the interpreter's own pools, which is
 * asked each time. */
#ifndef FATJIT_BLOCKS_H
#define FATJIT_BLOCKS_H

#include "shim.h"

#include "internal/pycore_floatobject.h"
#include "internal/pycore_obmalloc.h"
#include "internal/pycore_pymem.h"
#if FATJIT_V313
#include "internal/pycore_freelist.h"
#else
#include "internal/pycore_tracemalloc.h"
#endif

/* Finds out where the interpreter takes small blocks from. To be called once before the others, without native code. */
void fatjit_blocks_begin(void);

/* What gives blocks as long as they come from the interpreter's pools; NULL where they never do. */
extern void *(*fatjit_pool_malloc)(void *, size_t);

static inline PyInterpreterState *main_interpreter(void)
{
    return _PyRuntime.interpreters.main;
}

/* Whether somebody is told of each object that is made or freed. */
static inline int objects_are_traced(void)
{
#if FATJIT_V313
    return _PyRuntime.ref_tracer.tracer_func != NULL;
#else
    return _PyRuntime.tracemalloc.config.tracing;
#endif
}

/* A block of so many bytes, which must not be more than the pools have, or NULL: the interpreter's routine is to be asked
 * then. */
static inline void *quick_block(size_t size)
{
#ifdef WITH_PYMALLOC
    if (fatjit_pool_malloc == NULL || _PyRuntime.allocators.standard.obj.malloc != fatjit_pool_malloc ||
        objects_are_traced()) {
        return NULL;
    }
#if FATJIT_V313
    struct _obmalloc_state *state = main_interpreter()->obmalloc;
#else
    struct _obmalloc_state *state = &main_interpreter()->obmalloc;
#endif
    size_t class = (size - 1) >> ALIGNMENT_SHIFT;
    poolp pool = state->pools.used[2 * class];
    pymem_block *block = pool->freeblock;
    if (pool == pool->nextpool || *(pymem_block **)block == NULL) {
        return NULL;
    }
    pool->ref.count++;
    pool->freeblock = *(pymem_block **)block;
    return block;
#else
    return NULL;
#endif
}

#ifdef WITH_FREELISTS
#if FATJIT_V313
#define FREE_FLOATS (&main_interpreter()->object_state.freelists.floats)
#define FREE_TUPLES (&main_interpreter()->object_state.freelists.tuples)
#define FIRST_FREE items
#else
#define FREE_FLOATS (&main_interpreter()->float_state)
#define FREE_TUPLES (&main_interpreter()->tuple)
#define FIRST_FREE free_list
#endif
#endif

/* A new float, or NULL without memory. */
static inline PyObject *make_float(double value)
{
#ifdef WITH_FREELISTS
    PyFloatObject *made = FREE_FLOATS->FIRST_FREE;
    if (made != NULL && !objects_are_traced()) {
        FREE_FLOATS->FIRST_FREE = (PyFloatObject *)Py_TYPE(made);
        FREE_FLOATS->numfree--;
        made->ob_base.ob_refcnt = 1;
        made->ob_base.ob_type = &PyFloat_Type;
        made->ob_fval = value;
        return (PyObject *)made;
    }
#endif
    return PyFloat_FromDouble(value);
}

/* The collector sees an object from now on. */
static inline void track(PyObject *object)
{
    PyGC_Head *first = main_interpreter()->gc.generation0, *added = _Py_AS_GC(object);
    PyGC_Head *last = (PyGC_Head *)first->_gc_prev;
    _PyGCHead_SET_NEXT(last, added);
    _PyGCHead_SET_PREV(added, last);
    _PyGCHead_SET_NEXT(added, first);
    first->_gc_prev = (uintptr_t)added;
}

/* A new tuple of these items, of which there is at least one and whose references it takes over, or NULL: the
 * interpreter's routine is to be asked then. */
static inline PyObject *quick_tuple(PyObject *const *items, Py_ssize_t count)
{
#ifdef WITH_FREELISTS
    PyTupleObject *made = count <= PyTuple_MAXSAVESIZE ? FREE_TUPLES->FIRST_FREE[count - 1] : NULL;
    if (made != NULL && !objects_are_traced()) {
        FREE_TUPLES->FIRST_FREE[count - 1] = (PyTupleObject *)made->ob_item[0];
        FREE_TUPLES->numfree[count - 1]--;
        made->ob_base.ob_base.ob_refcnt = 1;
        for (Py_ssize_t i = 0; i < count; i++) {
            made->ob_item[i] = items[i];
        }
        track((PyObject *)made);
        return (PyObject *)made;
    }
#endif
    return NULL;
}

/* Frees a short tuple, if that frees nothing else but numbers; whether it did. */
int fatjit_free_short_tuple(PyObject *tuple);

/* Frees an object whose count has just become 0. */
static inline void free_object(PyObject *object)
{
#ifdef WITH_FREELISTS
    if (PyTuple_CheckExact(object) && fatjit_free_short_tuple(object)) {
        return;
    }
    int listed = FREE_FLOATS->numfree;
    if (Py_IS_TYPE(object, &PyFloat_Type) && listed >= 0 && listed < PyFloat_MAXFREELIST && !objects_are_traced()) {
        object->ob_type = (PyTypeObject *)FREE_FLOATS->FIRST_FREE;
        FREE_FLOATS->FIRST_FREE = (PyFloatObject *)object;
        FREE_FLOATS->numfree++;
        return;
    }
#endif
    _Py_Dealloc(object);
}

/* Gives up a reference. */
static inline void drop_object(PyObject *object)
{
    if (!_Py_IsImmortal(object) && --object->ob_refcnt == 0) {
        free_object(object);
    }
}

/* A new int of at most two digits, or NULL. */
static inline PyObject *make_short_int(int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (magnitude >> (2 * PyLong_SHIFT) != 0) {
        return NULL;
    }
    int digits = magnitude >> PyLong_SHIFT == 0 ? 1 : 2;
    PyLongObject *made = quick_block(offsetof(PyLongObject, long_value.ob_digit) + 2 * sizeof(digit));
    if (made == NULL) {
        return NULL;
    }
    made->ob_base.ob_refcnt = 1;
    made->ob_base.ob_type = &PyLong_Type;
    _PyLong_SetSignAndDigitCount(made, value < 0 ? -1 : value > 0, magnitude == 0 ? 0 : digits);
    made->long_value.ob_digit[0] = (digit)(magnitude & PyLong_MASK);
    made->long_value.ob_digit[1] = (digit)(magnitude >> PyLong_SHIFT);
    return (PyObject *)made;
}

#endif
