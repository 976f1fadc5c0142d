/* What native code does with lists, tuples and texts beyond single elements. */
#include "sequences.h"

#include "blocks.h"
#include "classes.h"
#include "objects.h"

/* Whether a list can have this size where its items are. As list_resize() in Objects/listobject.c has it. */
static int fits(const PyListObject *list, Py_ssize_t size)
{
    return size != 0 && size <= list->allocated && size >= list->allocated >> 1;
}

int fatjit_list_append(PyObject *list, PyObject *item)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (fits((PyListObject *)list, size + 1)) {
        PyList_SET_ITEM(list, size, item);
        Py_SET_SIZE(list, size + 1);
        return 0;
    }
    int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed;
}

/* After ins1(), which is told an index in the list or beyond it. */
int fatjit_list_insert(PyObject *list, int64_t index, PyObject *item)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (!fits((PyListObject *)list, size + 1)) {
        int failed = PyList_Insert(list, index, item);
        Py_DECREF(item);
        return failed;
    }
    index += index < 0 ? size : 0;
    index = index < 0 ? 0 : Py_MIN(index, size);
    PyObject **at = &((PyListObject *)list)->ob_item[index];
    memmove(at + 1, at, (size_t)(size - index) * sizeof *at);
    *at = item;
    Py_SET_SIZE(list, size + 1);
    return 0;
}

/* After list_pop_impl(). */
PyObject *fatjit_list_pop(PyObject *list, int64_t index)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (size == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    index += index < 0 ? size : 0;
    if (index < 0 || index >= size) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    PyObject **at = &((PyListObject *)list)->ob_item[index], *item = *at;
    if (fits((PyListObject *)list, size - 1)) {
        memmove(at, at + 1, (size_t)(size - 1 - index) * sizeof *at);
        Py_SET_SIZE(list, size - 1);
        return item;
    }
    Py_INCREF(item);
    if (PyList_SetSlice(list, index, index + 1, NULL) < 0) {
        Py_DECREF(item);
        return NULL;
    }
    return item;
}

/* Some items of a list: so many, beginning with `first`, and so far apart. */
struct part {
    Py_ssize_t first;
    Py_ssize_t count;
    Py_ssize_t step;
};

static Py_ssize_t bound_in(int64_t bound, Py_ssize_t size, int64_t step)
{
    Py_ssize_t least = step < 0 ? -1 : 0, greatest = least + size;
    bound += bound < 0 ? size : 0;
    return bound < least ? least : Py_MIN(bound, greatest);
}

/* As PySlice_AdjustIndices(), but for the usual steps without a division. */
static struct part part_of(PyObject *list, int64_t from, int64_t to, int64_t step)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    step = step < -PY_SSIZE_T_MAX ? -PY_SSIZE_T_MAX : step;
    Py_ssize_t first = bound_in(from, size, step), end = bound_in(to, size, step);
    Py_ssize_t distance = step < 0 ? first - end : end - first, apart = step < 0 ? -step : step;
    Py_ssize_t count = distance <= 0 ? 0 : apart == 1 ? distance : (distance - 1) / apart + 1;
    return (struct part){first, count, step};
}

PyObject *fatjit_list_slice(PyObject *list, int64_t low, int64_t high)
{
    struct part part = part_of(list, low, high, 1);
    return PyList_GetSlice(list, part.first, part.first + part.count);
}

PyObject *fatjit_list_slice_step(PyObject *list, int64_t from, int64_t to, int64_t step)
{
    struct part part = part_of(list, from, to, step);
    PyObject *result = PyList_New(part.count);
    for (Py_ssize_t i = 0; result != NULL && i < part.count; i++) {
        PyList_SET_ITEM(result, i, Py_NewRef(PyList_GET_ITEM(list, part.first + i * part.step)));
    }
    return result;
}

/* Whether giving up so many references to an object runs no code. */
static int released_plainly(PyObject *object, Py_ssize_t references)
{
    return Py_REFCNT(object) > references || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
           PyUnicode_CheckExact(object);
}

/* A list or tuple that takes these items over. */
static PyObject *filled(PyObject *made, PyObject **at, PyObject *const *items, int count)
{
    for (int i = 0; i < count; i++) {
        if (made == NULL) {
            Py_DECREF(items[i]);
        } else {
            at[i] = items[i];
        }
    }
    return made;
}

static PyObject *list_of(PyObject *const *items, int count)
{
    PyObject *list = PyList_New(count);
    return filled(list, list == NULL ? NULL : ((PyListObject *)list)->ob_item, items, count);
}

PyObject *fatjit_tuple_last(PyObject *tuple, int64_t index)
{
    PyObject *item = Py_NewRef(PyTuple_GET_ITEM(tuple, index));
    drop_object(tuple);
    return item;
}

static PyObject *tuple_of(PyObject *const *items, int count)
{
    PyObject *made = quick_tuple(items, count);
    if (made != NULL) {
        return made;
    }
    PyObject *tuple = PyTuple_New(count);
    return filled(tuple, tuple == NULL ? NULL : ((PyTupleObject *)tuple)->ob_item, items, count);
}

static PyObject *text_of(PyObject *const *parts, int count)
{
    PyObject *empty = PyUnicode_New(0, 0);
    PyObject *text = _PyUnicode_JoinArray(empty, parts, count);
    Py_DECREF(empty);
    for (int i = 0; i < count; i++) {
        Py_DECREF(parts[i]);
    }
    return text;
}

PyObject *fatjit_list_of_0(void)
{
    return PyList_New(0);
}

#define MAKERS(COUNT, PARAMETERS, ...)                                                                                 \
    PyObject *fatjit_list_of_##COUNT PARAMETERS                                                                        \
    {                                                                                                                  \
        return list_of((PyObject *[]){__VA_ARGS__}, COUNT);                                                            \
    }                                                                                                                  \
    PyObject *fatjit_tuple_of_##COUNT PARAMETERS                                                                       \
    {                                                                                                                  \
        return tuple_of((PyObject *[]){__VA_ARGS__}, COUNT);                                                           \
    }                                                                                                                  \
    PyObject *fatjit_text_of_##COUNT PARAMETERS                                                                        \
    {                                                                                                                  \
        return text_of((PyObject *[]){__VA_ARGS__}, COUNT);                                                            \
    }
FATJIT_MAKERS(MAKERS)

PyObject *fatjit_list_repeat(PyObject *list, int64_t times)
{
    PyObject *result = PyList_Type.tp_as_sequence->sq_repeat(list, times);
    Py_DECREF(list);
    return result;
}

PyObject *fatjit_list_concat(PyObject *a, PyObject *b)
{
    PyObject *result = PyList_Type.tp_as_sequence->sq_concat(a, b);
    Py_DECREF(a);
    Py_DECREF(b);
    return result;
}

int fatjit_list_extend(PyObject *list, PyObject *items)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    return PyList_SetSlice(list, size, size, items);
}

/* Nesting up to which containers are looked into, and most items that are looked at in all. */
enum { HARMLESS_DEPTH = 4, HARMLESS_ITEMS = 1 << 16 };

static int is_harmless_type(PyTypeObject *type)
{
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type || type == &PyBool_Type ||
           type == Py_TYPE(Py_None) || type == &PyBytes_Type;
}

static int harmless(PyObject *object, int depth, Py_ssize_t *left)
{
    if (is_harmless_type(Py_TYPE(object))) {
        return 1;
    }
    PyObject **values;
    Py_ssize_t count = depth == 0 ? -1 : fatjit_values_that_end(object, &values);
    if (count >= 0 && count <= *left) {
        *left -= count;
        for (Py_ssize_t i = 0; i < count; i++) {
            if (values[i] != NULL && !harmless(values[i], depth - 1, left)) {
                return 0;
            }
        }
        return 1;
    }
    int list = PyList_CheckExact(object);
    if ((!list && !PyTuple_CheckExact(object)) || depth == 0 || Py_SIZE(object) > *left) {
        return 0;
    }
    *left -= Py_SIZE(object);
    PyObject **items = list ? ((PyListObject *)object)->ob_item : ((PyTupleObject *)object)->ob_item;
    /* Long lists mostly hold items of one type, of which one comparison tells. */
    PyTypeObject *usual = NULL;
    for (Py_ssize_t i = 0; i < Py_SIZE(object); i++) {
        PyTypeObject *type = Py_TYPE(items[i]);
        if (type == usual) {
            continue;
        }
        if (is_harmless_type(type)) {
            usual = type;
        } else if (!harmless(items[i], depth - 1, left)) {
            return 0;
        }
    }
    return 1;
}

int64_t fatjit_harmless(PyObject *object)
{
    Py_ssize_t left = HARMLESS_ITEMS;
    return harmless(object, HARMLESS_DEPTH, &left);
}

/* Whether two parts are the same items, if in another order. */
static int same_items(struct part a, struct part b)
{
    return a.step == 1 && ((b.step == 1 && a.first == b.first) || (b.step == -1 && b.first - b.count + 1 == a.first));
}

int64_t fatjit_list_can_assign(PyObject *list, int64_t low, int64_t high, PyObject *source, int64_t from, int64_t to,
                               int64_t step)
{
    struct part old = part_of(list, low, high, 1), new = part_of(source, from, to, step);
    if (old.count != new.count) {
        return 0;
    }
    if (list == source) {
        if (same_items(old, new)) {
            return 1;
        }
        if (step != 1) {
            return 0;
        }
    }
    int plain = 1;
    for (Py_ssize_t i = 0; plain && i < old.count; i++) {
        plain = released_plainly(PyList_GET_ITEM(list, old.first + i), old.count);
    }
    return plain;
}

void fatjit_list_assign(PyObject *list, int64_t low, int64_t high, PyObject *source, int64_t from, int64_t to,
                        int64_t step)
{
    struct part old = part_of(list, low, high, 1), new = part_of(source, from, to, step);
    PyObject **at = &((PyListObject *)list)->ob_item[old.first];
    if (list == source && same_items(old, new)) {
        for (Py_ssize_t i = 0, k = old.count - 1; step < 0 && i < k; i++, k--) {
            PyObject *item = at[i];
            at[i] = at[k];
            at[k] = item;
        }
        return;
    }
    PyObject **items = &((PyListObject *)source)->ob_item[new.first];
    /* Of one list: what is overwritten must have been read. */
    int downwards = list == source && old.first > new.first;
    for (Py_ssize_t n = 0; n < old.count; n++) {
        Py_ssize_t i = downwards ? old.count - 1 - n : n;
        PyObject *item = at[i];
        at[i] = Py_NewRef(items[i * step]);
        Py_DECREF(item);
    }
}

int64_t fatjit_texts_differ(PyObject *a, PyObject *b)
{
    if (a == b) {
        return 0;
    }
    Py_ssize_t size = PyUnicode_GET_LENGTH(a);
    int kind = PyUnicode_KIND(a);
    return size != PyUnicode_GET_LENGTH(b) || kind != (int)PyUnicode_KIND(b) ||
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)(size * kind)) != 0;
}

int64_t fatjit_texts_order(PyObject *a, PyObject *b)
{
    return PyUnicode_Compare(a, b);
}

static PyObject *const *items_of(PyObject *sequence)
{
    return PyList_CheckExact(sequence) ? ((PyListObject *)sequence)->ob_item : ((PyTupleObject *)sequence)->ob_item;
}

/* Whether this is never equal to an int or text but itself, and comparing with it runs no code. */
static int apart(PyObject *item)
{
    return item == Py_None || PyList_CheckExact(item) || PyTuple_CheckExact(item);
}

int64_t fatjit_sequence_has_int(PyObject *sequence, int64_t wanted)
{
    PyObject *const *items = items_of(sequence);
    for (Py_ssize_t i = 0; i < Py_SIZE(sequence); i++) {
        PyObject *item = items[i];
        if (PyLong_CheckExact(item)) {
            if (fatjit_long_fits(item) && fatjit_long_value(item) == wanted) {
                return 1;
            }
        } else if (PyBool_Check(item)) {
            if ((item == Py_True) == wanted) {
                return 1;
            }
        } else if (!apart(item) && !PyUnicode_CheckExact(item)) {
            return -1;
        }
    }
    return 0;
}

int64_t fatjit_sequence_has_text(PyObject *sequence, PyObject *wanted)
{
    PyObject *const *items = items_of(sequence);
    for (Py_ssize_t i = 0; i < Py_SIZE(sequence); i++) {
        PyObject *item = items[i];
        if (PyUnicode_CheckExact(item)) {
            if (!fatjit_texts_differ(item, wanted)) {
                return 1;
            }
        } else if (!apart(item) && !PyLong_CheckExact(item) && !PyFloat_CheckExact(item) && !PyBool_Check(item)) {
            return -1;
        }
    }
    return 0;
}

int64_t fatjit_list_has_numbers(PyObject *list)
{
    int numbers = 1;
    for (Py_ssize_t i = 0; numbers && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        numbers = PyLong_CheckExact(item) || PyFloat_CheckExact(item) || PyBool_Check(item);
    }
    return numbers;
}
