/* Attributes in dicts. Such a dict has texts as keys only, and its own table: what has values in the order of shared names
 * is found by their index instead (classes.c). Entries are looked up without running code. */
#include "instances.h"

#include "lookups.h"

/* The bits of a dict's version that tell who watches it. */
#define WATCHERS (((uint64_t)1 << DICT_MAX_WATCHERS) - 1)

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

/* Where the table has a name, or -1. As unicodekeys_lookup_unicode() in Objects/dictobject.c, of keys that are interned
 * like the name, as those of attributes are: another text that is equal counts as not told. */
static int64_t find(PyDictKeysObject *keys, PyObject *name)
{
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (is_at(keys, name, i)) {
            return i;
        }
    }
    return -1;
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

/* Whether all keys are interned, so that a name that is none of them is not there. */
static int all_interned(PyDictKeysObject *keys)
{
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        const PyDictUnicodeEntry *entry = &DK_UNICODE_ENTRIES(keys)[i];
        if (entry->me_value != NULL && !PyUnicode_CHECK_INTERNED(entry->me_key)) {
            return 0;
        }
    }
    return 1;
}

/* More entries are not looked through. */
enum { MOST_ENTRIES = 40 };

static PyDictObject *small_dict_of(PyObject *object)
{
    PyDictObject *dict = dict_of(object);
    return dict != NULL && dict->ma_keys->dk_nentries <= MOST_ENTRIES ? dict : NULL;
}

int64_t fatjit_dict_index(PyObject *object, PyObject *name)
{
    PyDictObject *dict = object == NULL ? NULL : small_dict_of(object);
    if (dict == NULL) {
        return object != NULL && keeps_nothing(object) ? FATJIT_NOT_IN_DICT : FATJIT_NO_DICT;
    }
    return find(dict->ma_keys, name);
}

static int64_t place(PyObject *object, PyObject *name, int64_t index, PyDictObject *dict)
{
    if (dict == NULL || fatjit_names_are_held((PyObject *)dict)) {
        return 0;
    }
    PyDictKeysObject *keys = dict->ma_keys;
    if (!is_at(keys, name, index)) {
        index = find(keys, name);
        if (index < 0) {
            return 0;
        }
    }
    return (PyObject **)&DK_UNICODE_ENTRIES(keys)[index].me_value - (PyObject **)object;
}

int64_t fatjit_own_place(PyObject *object, PyObject *name, int64_t index)
{
    return place(object, name, index, small_dict_of(object));
}

int64_t fatjit_own_place_to_store(PyObject *object, PyObject *name, int64_t index)
{
    PyDictObject *dict = small_dict_of(object);
    int64_t at = place(object, name, index, dict);
    if (at == 0 || (dict->ma_version_tag & WATCHERS) != 0) {
        return 0;
    }
    /* What a store does besides: the dict has another version, and the collector sees it. */
    dict->ma_version_tag = DICT_NEXT_VERSION(_PyRuntime.interpreters.main);
    if (!_PyObject_GC_IS_TRACKED(dict)) {
        PyObject_GC_Track(dict);
    }
    return at;
}

int64_t fatjit_lacks_own(PyObject *object, PyObject *name)
{
    PyDictObject *dict = small_dict_of(object);
    if (dict == NULL) {
        return keeps_nothing(object);
    }
    return find(dict->ma_keys, name) < 0 && all_interned(dict->ma_keys);
}
