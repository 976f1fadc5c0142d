/* Which objects are arrays: see arrays.h. */
#include "arrays.h"

static const char codes[] = "bBhHiIlqfd";

static PyTypeObject *type;
static const void *descriptions[sizeof codes - 1];

/* Whether an object that calls itself an array, and has items, is laid out as the header says. */
static int agrees(PyObject *object)
{
    const struct fatjit_array *array = (const struct fatjit_array *)object;
    Py_buffer view;
    if (Py_TYPE(object)->tp_basicsize < (Py_ssize_t)sizeof *array || Py_SIZE(object) <= 0 ||
        PyObject_GetBuffer(object, &view, PyBUF_FORMAT | PyBUF_ND) < 0) {
        PyErr_Clear();
        return 0;
    }
    int same = view.buf == array->items && view.len == Py_SIZE(object) * view.itemsize &&
               array->description->item_size == view.itemsize && view.format != NULL &&
               view.format[0] == array->description->code && view.format[1] == 0;
    PyBuffer_Release(&view);
    return same;
}

int fatjit_array_format(PyObject *object)
{
    PyTypeObject *found = Py_TYPE(object);
    if (type == NULL) {
        int named = strcmp(found->tp_name, "array.array") == 0 && (found->tp_flags & Py_TPFLAGS_IMMUTABLETYPE);
        if (!named || !agrees(object)) {
            return -1;
        }
        /* Kept, so that no other type comes to lie there. */
        type = (PyTypeObject *)Py_NewRef((PyObject *)found);
    }
    if (found != type) {
        return -1;
    }
    const struct fatjit_array_description *description = ((struct fatjit_array *)object)->description;
    const char *at = strchr(codes, description->code);
    if (description->code == 0 || at == NULL) {
        return -1;
    }
    descriptions[at - codes] = description;
    return (int)(at - codes);
}

PyObject *fatjit_array_type(void)
{
    return (PyObject *)type;
}

const void *fatjit_array_description(int format)
{
    return descriptions[format];
}
