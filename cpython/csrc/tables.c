/* Iteration over dicts and sets: the interpreter's own steps, where these run no code.
 *
 * Invariant: fatjit_table_iter_step and fatjit_table_iter_end are called only after fatjit_table_iter_state said so, with
 * nothing between that could change the table. */
#include "tables.h"

#include "c_calls.h"
#include "lookups.h"

#include <pycore_dict.h>

PyObject *fatjit_table_iter(PyObject *table)
{
    PyObject *iterator = Py_TYPE(table)->tp_iter(table);
    /* The iterator refers to all that a view does. */
    Py_DECREF(table);
    return iterator;
}

int64_t fatjit_is_dict_view(PyObject *object)
{
    return Py_IS_TYPE(object, &PyDictItems_Type) || Py_IS_TYPE(object, &PyDictKeys_Type) ||
           Py_IS_TYPE(object, &PyDictValues_Type);
}

static int dict_has_next(const PyDictObject *dict, Py_ssize_t position)
{
    if (dict->ma_values != NULL) {
        return position < dict->ma_used;
    }
    PyDictKeysObject *keys = dict->ma_keys;
    for (; position < keys->dk_nentries; position++) {
        const PyObject *value = DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[position].me_value
                                                    : DK_ENTRIES(keys)[position].me_value;
        if (value != NULL) {
            return 1;
        }
    }
    return 0;
}

/* Whether something else refers to an object that a tuple lets go of so many times, or its release runs no code. */
static int stays(PyObject *object, int times)
{
    return Py_REFCNT(object) > times || fatjit_is_plain_leaf(object);
}

/* The iterator lets go of what it gave last, if nobody kept the tuple. */
static int lets_go_quietly(PyObject *result)
{
    if (result == NULL || Py_REFCNT(result) > 1) {
        return 1;
    }
    PyObject *key = PyTuple_GET_ITEM(result, 0), *value = PyTuple_GET_ITEM(result, 1);
    int times = key == value ? 2 : 1;
    return stays(key, times) && stays(value, times);
}

static int64_t state_of_dict_iter(const struct fatjit_dict_iter *iterator)
{
    PyDictObject *dict = iterator->dict;
    if (dict == NULL || (PyObject *)dict == fatjit_names_held || iterator->used != dict->ma_used ||
        !lets_go_quietly(iterator->result)) {
        return -1;
    }
    if (!dict_has_next(dict, iterator->position)) {
        return Py_REFCNT(dict) > 1 ? 0 : -1;
    }
    /* Keys that changed while their number did not are an error only then. */
    return iterator->left > 0 ? 1 : -1;
}

static int64_t state_of_set_iter(const struct fatjit_set_iter *iterator)
{
    PySetObject *set = iterator->set;
    if (set == NULL || iterator->used != set->used) {
        return -1;
    }
    for (Py_ssize_t at = iterator->position; at <= set->mask; at++) {
        /* What was taken out has left something with a hash that no object has. */
        if (set->table[at].key != NULL && set->table[at].hash != -1) {
            return 1;
        }
    }
    return Py_REFCNT(set) > 1 ? 0 : -1;
}

int64_t fatjit_table_iter_state(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PySetIter_Type) ? state_of_set_iter((struct fatjit_set_iter *)iterator)
                                                 : state_of_dict_iter((struct fatjit_dict_iter *)iterator);
}

PyObject *fatjit_table_iter_step(PyObject *iterator)
{
    return Py_TYPE(iterator)->tp_iternext(iterator);
}

void fatjit_table_iter_end(PyObject *iterator)
{
    /* Somebody else may hold it, and finds it exhausted. */
    Py_XDECREF(Py_TYPE(iterator)->tp_iternext(iterator));
    Py_DECREF(iterator);
}

const char *fatjit_check_tables(void)
{
    PyObject *dict = Py_BuildValue("{i:O,i:O}", 1, Py_None, 2, Py_True), *set = dict == NULL ? NULL : PySet_New(dict);
    PyObject *over_dict = NULL, *over_set = NULL;
    PyObject *view = dict == NULL ? NULL : PyObject_CallMethod(dict, "items", NULL);
    int agrees = set != NULL && view != NULL;
    if (agrees) {
        over_dict = PyObject_GetIter(view);
        over_set = PyObject_GetIter(set);
        agrees = over_dict != NULL && over_set != NULL;
    }
    if (agrees) {
        const struct fatjit_dict_iter *d = (struct fatjit_dict_iter *)over_dict;
        const struct fatjit_set_iter *s = (struct fatjit_set_iter *)over_set;
        PyObject *item = PyIter_Next(over_dict), *key = PyIter_Next(over_set);
        agrees &= Py_IS_TYPE(over_dict, &PyDictIterItem_Type) && PyDictIterItem_Type.tp_basicsize == sizeof *d;
        agrees &= PyDictIterKey_Type.tp_basicsize == sizeof *d && PyDictIterValue_Type.tp_basicsize == sizeof *d;
        agrees &= Py_IS_TYPE(over_set, &PySetIter_Type) && PySetIter_Type.tp_basicsize == sizeof *s;
        agrees &= item != NULL && key != NULL;
        agrees = agrees && (PyObject *)d->dict == dict && d->used == 2 && d->position == 1 && d->left == 1 &&
                 d->result == item;
        agrees = agrees && (PyObject *)s->set == set && s->used == 2 && s->position > 0 && s->left == 1;
        Py_XDECREF(item);
        Py_XDECREF(key);
    }
    Py_XDECREF(over_dict);
    Py_XDECREF(over_set);
    Py_XDECREF(view);
    Py_XDECREF(set);
    Py_XDECREF(dict);
    return agrees ? NULL : "iterators over dicts and sets";
}
