/* Where small blocks come from. */
#include "blocks.h"

#include <string.h>

void *(*fatjit_pool_malloc)(void *, size_t);

void fatjit_blocks_begin(void)
{
    const char *name = _PyMem_GetCurrentAllocatorName();
    if (name != NULL && strcmp(name, "pymalloc") == 0) {
        fatjit_pool_malloc = _PyRuntime.allocators.standard.obj.malloc;
    }
}

#ifdef WITH_FREELISTS
/* More items are not looked at one by one. */
#define SHORT_TUPLE 6

int fatjit_free_short_tuple(PyObject *tuple)
{
    PyTupleObject *freed = (PyTupleObject *)tuple;
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    if (count == 0 || count > SHORT_TUPLE || objects_are_traced()) {
        return 0;
    }
    int listed = FREE_TUPLES->numfree[count - 1];
    if (listed < 0 || listed >= PyTuple_MAXFREELIST) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = freed->ob_item[i];
        if (item == NULL || !(PyFloat_CheckExact(item) || PyLong_CheckExact(item))) {
            return 0;
        }
    }
    if (_PyObject_GC_IS_TRACKED(tuple)) {
        _PyObject_GC_UNTRACK(tuple);
    }
    for (Py_ssize_t i = count - 1; i >= 0; i--) {
        drop_object(freed->ob_item[i]);
    }
    freed->ob_item[0] = (PyObject *)FREE_TUPLES->FIRST_FREE[count - 1];
    FREE_TUPLES->FIRST_FREE[count - 1] = freed;
    FREE_TUPLES->numfree[count - 1]++;
    return 1;
}
#endif
