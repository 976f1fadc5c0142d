/* Attributes in dicts. Such a dict has texts as keys only, and its own table: what has values in the order of shared names
 * is found by their index instead (classes.c). Entries are looked up without running code. */
#include "instances.h"

#include "lookups.h"

/* As in Objects/dictobject.c. */
#define PERTURB_SHIFT 5

/* An instance's dict, if it keeps attributes there, borrowed. */
static PyDictObject *dict_of(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *dict = NULL;
    if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
#if FATJIT_V313
        dict = (PyObject *)_PyObject_ManagedDictPointer(object)->dict;
#else
        PyDictOrValues word = *_PyObject_DictOrValuesPointer(object);
        dict = _PyDictOrValues_IsValues(word) ? NULL : _PyDictOrValues_GetDict(word);
#endif
    } else if (type->tp_dictoffset > 0) {
        dict = *(PyObject **)((char *)object + type->tp_dictoffset);
    }
    if (dict == NULL || !PyDict_CheckExact(dict)) {
        return NULL;
    }
    PyDictObject *table = (PyDictObject *)dict;
    return table->ma_values == NULL && DK_IS_UNICODE(table->ma_keys) ? table : NULL;
}

static int is_at(PyDictKeysObject *keys, PyObject *name, int64_t index)
{
    return index >= 0 && index < keys->dk_nentries && DK_UNICODE_ENTRIES(keys)[index].me_key == name &&
           DK_UNICODE_ENTRIES(keys)[index].me_value != NULL;
}

enum { ABSENT = -1, UNTOLD = -2 };

/* Where the table has an interned name. As unicodekeys_lookup_unicode() in Objects/dictobject.c has it, but that other texts
 * are not compared: one with the same hash leaves it untold. */
static int64_t find(PyDictKeysObject *keys, PyObject *name)
{
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    if (hash == -1 || keys->dk_log2_size >= 16) {
        return UNTOLD;
    }
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1, perturb = (size_t)hash, at = perturb & mask;
    for (;;) {
        int64_t index = keys->dk_log2_size < 8 ? ((int8_t *)keys->dk_indices)[at] : ((int16_t *)keys->dk_indices)[at];
        if (index == DKIX_EMPTY) {
            return ABSENT;
        }
        if (index >= 0) {
            PyObject *key = DK_UNICODE_ENTRIES(keys)[index].me_key;
            if (key == name) {
                return index;
            }
            if (((PyASCIIObject *)key)->hash == hash) {
                return UNTOLD;
            }
        }
        perturb >>= PERTURB_SHIFT;
        at = mask & (at * 5 + perturb + 1);
    }
}

/* Whether an object has neither a dict nor values elsewhere. */
static int keeps_nothing(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
#if FATJIT_V313
        int values = PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES) && _PyObject_InlineValues(object)->valid;
        return !values && _PyObject_ManagedDictPointer(object)->dict == NULL;
#else
        PyDictOrValues word = *_PyObject_DictOrValuesPointer(object);
        return !_PyDictOrValues_IsValues(word) && _PyDictOrValues_GetDict(word) == NULL;
#endif
    }
    return type->tp_dictoffset > 0 && *(PyObject **)((char *)object + type->tp_dictoffset) == NULL;
}

int64_t fatjit_dict_index(PyObject *object, PyObject *name)
{
    PyDictObject *dict = object == NULL ? NULL : dict_of(object);
    if (dict == NULL) {
        return object != NULL && keeps_nothing(object) ? FATJIT_NOT_IN_DICT : FATJIT_NO_DICT;
    }
    int64_t index = find(dict->ma_keys, name);
    return index == UNTOLD ? FATJIT_NO_DICT : index;
}

static int64_t place_at(PyObject *object, PyDictKeysObject *keys, int64_t index)
{
    return index < 0 ? 0 : (PyObject **)&DK_UNICODE_ENTRIES(keys)[index].me_value - (PyObject **)object;
}

/* Apart, for `place` to need no stack. */
__attribute__((noinline)) static int64_t place_elsewhere(PyObject *object, PyObject *name, PyDictKeysObject *keys)
{
    return place_at(object, keys, find(keys, name));
}

static inline int64_t place(PyObject *object, PyObject *name, int64_t index, PyDictObject *dict)
{
    if (dict == NULL || (PyObject *)dict == fatjit_names_held) {
        return 0;
    }
    PyDictKeysObject *keys = dict->ma_keys;
    return is_at(keys, name, index) ? place_at(object, keys, index) : place_elsewhere(object, name, keys);
}

int64_t fatjit_own_place(PyObject *object, PyObject *name, int64_t index)
{
    return place(object, name, index, dict_of(object));
}

int64_t fatjit_own_place_to_store(PyObject *object, PyObject *name, int64_t index)
{
    PyDictObject *dict = dict_of(object);
    int64_t at = place(object, name, index, dict);
    return at != 0 && fatjit_dict_changes(dict) ? at : 0;
}

int64_t fatjit_lacks_own(PyObject *object, PyObject *name)
{
    PyDictObject *dict = dict_of(object);
    if (dict == NULL) {
        return keeps_nothing(object);
    }
    return find(dict->ma_keys, name) == ABSENT;
}
