/* Keys in dicts and sets. Tables are walked as in Objects/dictobject.c and Objects/setobject.c. */
#include "lookups.h"
#include "c_calls.h"
#include "classes.h"
#include "objects.h"
#include "tiering.h"

#include <pycore_dict.h>

/* How deep tuples in keys may be nested. */
enum { DEPTH = 3 };

enum { SHIFT = 5, PROBES = 9 };

/* The bits of a dict's version that tell who watches it. */
#define WATCHERS (((uint64_t)1 << DICT_MAX_WATCHERS) - 1)

enum answer { DIFFERENT, SAME, UNTOLD };

_Thread_local PyObject *fatjit_names_held QUICK_TLS;

PyObject *fatjit_hold_names(PyObject *dict)
{
    PyObject *before = fatjit_names_held;
    fatjit_names_held = dict;
    return before;
}

/* What is looked for: an int that fits a word, or an object. */
struct key {
    PyObject *object;
    int64_t number;
    Py_hash_t hash;
};

/* Whether hashing it, and comparing it with another such object, runs no code. */
static int plain(PyObject *object, int depth)
{
    if (fatjit_is_plain_leaf(object)) {
        return 1;
    }
    int fits = depth > 0 && PyTuple_CheckExact(object);
    for (Py_ssize_t i = 0; fits && i < PyTuple_GET_SIZE(object); i++) {
        fits = plain(PyTuple_GET_ITEM(object, i), depth - 1);
    }
    return fits;
}

static enum answer compare_int(PyObject *candidate, int64_t number)
{
    const int64_t exact = (int64_t)1 << 53;
    if (PyLong_CheckExact(candidate)) {
        return fatjit_long_fits(candidate) && fatjit_long_value(candidate) == number ? SAME : DIFFERENT;
    }
    if (PyBool_Check(candidate)) {
        return (candidate == Py_True) == number ? SAME : DIFFERENT;
    }
    if (PyFloat_CheckExact(candidate)) {
        int untold = number > exact || number < -exact;
        return untold ? UNTOLD : PyFloat_AS_DOUBLE(candidate) == (double)number ? SAME : DIFFERENT;
    }
    return plain(candidate, DEPTH) ? DIFFERENT : UNTOLD;
}

static int same_texts(PyObject *a, PyObject *b)
{
    return PyUnicode_GET_LENGTH(a) == PyUnicode_GET_LENGTH(b) && PyUnicode_KIND(a) == PyUnicode_KIND(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), PyUnicode_GET_LENGTH(a) * PyUnicode_KIND(a)) == 0;
}

static enum answer compare(PyObject *candidate, const struct key *key)
{
    if (key->object == NULL) {
        return compare_int(candidate, key->number);
    }
    if (candidate == key->object) {
        return SAME;
    }
    if (PyUnicode_CheckExact(candidate) && PyUnicode_CheckExact(key->object)) {
        return same_texts(candidate, key->object) ? SAME : DIFFERENT;
    }
    if (!plain(candidate, DEPTH)) {
        return UNTOLD;
    }
    int same = PyObject_RichCompareBool(candidate, key->object, Py_EQ);
    if (same < 0) {
        /* Too deep on the C stack. */
        PyErr_Clear();
        return UNTOLD;
    }
    return same ? SAME : DIFFERENT;
}

/* After long_hash() in Objects/longobject.c. */
static struct key int_key(int64_t number)
{
    const uint64_t modulus = ((uint64_t)1 << 61) - 1;
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    Py_hash_t hash = (Py_hash_t)(magnitude < modulus ? magnitude : magnitude % modulus);
    hash = number < 0 ? -hash : hash;
    return (struct key){NULL, number, hash == -1 ? -2 : hash};
}

/* Whether there is such a key: its hash is found without running code. */
static int object_key(PyObject *object, struct key *key)
{
    if (PyUnicode_CheckExact(object) && ((PyASCIIObject *)object)->hash != -1) {
        *key = (struct key){object, 0, ((PyASCIIObject *)object)->hash};
        return 1;
    }
    if (!plain(object, DEPTH)) {
        return 0;
    }
    *key = (struct key){object, 0, PyObject_Hash(object)};
    return key->hash != -1;
}

static Py_ssize_t index_at(const PyDictKeysObject *keys, size_t place)
{
    if (keys->dk_log2_size < 8) {
        return ((const int8_t *)keys->dk_indices)[place];
    }
    if (keys->dk_log2_size < 16) {
        return ((const int16_t *)keys->dk_indices)[place];
    }
    if (keys->dk_log2_size < 32) {
        return ((const int32_t *)keys->dk_indices)[place];
    }
    return (Py_ssize_t)((const int64_t *)keys->dk_indices)[place];
}

/* Whether a dict has a key, and where the value is. */
static enum answer find(PyDictObject *dict, const struct key *key, PyObject ***value)
{
    PyDictKeysObject *keys = dict->ma_keys;
    int general = keys->dk_kind == DICT_KEYS_GENERAL;
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1, perturb = (size_t)key->hash, place = perturb & mask;
    for (;;) {
        Py_ssize_t index = index_at(keys, place);
        if (index == DKIX_EMPTY) {
            return DIFFERENT;
        }
        if (index >= 0) {
            PyObject *candidate = general ? DK_ENTRIES(keys)[index].me_key : DK_UNICODE_ENTRIES(keys)[index].me_key;
            Py_hash_t hash = general ? DK_ENTRIES(keys)[index].me_hash
                                     : ((PyASCIIObject *)DK_UNICODE_ENTRIES(keys)[index].me_key)->hash;
            enum answer answer = hash == key->hash ? compare(candidate, key) : DIFFERENT;
            if (answer == SAME) {
                *value = dict->ma_values != NULL ? &dict->ma_values->values[index]
                         : general               ? &DK_ENTRIES(keys)[index].me_value
                                                 : &DK_UNICODE_ENTRIES(keys)[index].me_value;
            }
            if (answer != DIFFERENT) {
                return answer;
            }
        }
        perturb >>= SHIFT;
        place = (place * 5 + perturb + 1) & mask;
    }
}

static PyObject *value_of(PyObject *dict, const struct key *key)
{
    PyObject **value = NULL;
    enum answer answer = find((PyDictObject *)dict, key, &value);
    return answer == SAME ? *value : answer == DIFFERENT ? NULL : dict;
}

PyObject *fatjit_dict_find_int(PyObject *dict, int64_t number)
{
    if (dict == fatjit_names_held) {
        return dict;
    }
    struct key key = int_key(number);
    return value_of(dict, &key);
}

PyObject *fatjit_dict_find(PyObject *dict, PyObject *object)
{
    if (dict == fatjit_names_held) {
        return dict;
    }
    struct key key;
    return object_key(object, &key) ? value_of(dict, &key) : dict;
}

int fatjit_dict_changes(PyDictObject *dict)
{
    if ((PyObject *)dict == fatjit_names_held || (dict->ma_version_tag & WATCHERS) != 0) {
        return 0;
    }
    /* What a store does besides: the dict has another version, and the collector sees it. */
    dict->ma_version_tag = DICT_NEXT_VERSION(_PyRuntime.interpreters.main);
    if (!_PyObject_GC_IS_TRACKED(dict)) {
        PyObject_GC_Track(dict);
    }
    return 1;
}

/* Whether its keys and values are its own alone, and nobody wants to be told of changes. */
static int changes_unnoticed(const PyDictObject *dict)
{
    return (PyObject *)dict != fatjit_names_held && (dict->ma_version_tag & WATCHERS) == 0 && dict->ma_values == NULL;
}

int64_t fatjit_dict_has_texts(PyObject *dict)
{
    return changes_unnoticed((PyDictObject *)dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

/* What was asked last, and where the dict has the key's value, or NULL. */
static _Thread_local struct {
    PyDictObject *dict;
    struct key key;
    PyObject **value;
} asked QUICK_TLS;

static int64_t takes(PyDictObject *dict, const struct key *key)
{
    PyObject **value = NULL;
    if (!changes_unnoticed(dict)) {
        return 0;
    }
    enum answer answer = find(dict, key, &value);
    asked.dict = dict;
    asked.key = *key;
    asked.value = value;
    /* What it was mapped to is released. */
    return answer == DIFFERENT || (answer == SAME && (Py_REFCNT(*value) > 1 || fatjit_is_plain_leaf(*value)));
}

int64_t fatjit_takes_key_int(PyObject *dict, int64_t number)
{
    struct key key = int_key(number);
    return takes((PyDictObject *)dict, &key);
}

int64_t fatjit_takes_key(PyObject *dict, PyObject *object)
{
    struct key key;
    return object_key(object, &key) && takes((PyDictObject *)dict, &key);
}

/* A key that may be NULL, for no memory. */
static int put(PyObject *dict, PyObject *key, PyObject *value)
{
    int failed = key == NULL ? -1 : PyDict_SetItem(dict, key, value);
    Py_DECREF(value);
    return failed;
}

/* The value that is put takes the place of another one if that is where the key, which was just asked about, has it. */
static int replaces(PyObject *dict, PyObject *key, int64_t number, PyObject *value)
{
    PyObject **place = asked.value;
    if (place == NULL || (PyObject *)asked.dict != dict || asked.key.object != key || asked.key.number != number) {
        return 0;
    }
    PyObject *old = *place;
    fatjit_dict_changes((PyDictObject *)dict);
    *place = value;
    Py_DECREF(old);
    return 1;
}

int fatjit_put_key(PyObject *dict, PyObject *key, PyObject *value)
{
    return replaces(dict, key, 0, value) ? 0 : put(dict, key, value);
}

int fatjit_put_key_int(PyObject *dict, int64_t number, PyObject *value)
{
    if (replaces(dict, NULL, number, value)) {
        return 0;
    }
    PyObject *key = PyLong_FromLongLong(number);
    int failed = put(dict, key, value);
    Py_XDECREF(key);
    return failed;
}

static int64_t place_of(PyDictObject *dict, const struct key *key)
{
    PyObject **value = NULL;
    /* What has its values in the order of shared names is stored to otherwise. */
    int found = dict->ma_values == NULL && find(dict, key, &value) == SAME && fatjit_dict_changes(dict);
    return found ? value - (PyObject **)dict : 0;
}

int64_t fatjit_place_in_dict_int(PyObject *dict, int64_t number)
{
    struct key key = int_key(number);
    return place_of((PyDictObject *)dict, &key);
}

int64_t fatjit_place_in_dict(PyObject *dict, PyObject *object)
{
    struct key key;
    return object_key(object, &key) ? place_of((PyDictObject *)dict, &key) : 0;
}

int64_t fatjit_mapped_kind(PyObject *dict, PyObject *key)
{
    struct key wanted;
    PyObject **value = NULL;
    if (dict == NULL || key == NULL || !PyDict_CheckExact(dict) || !object_key(key, &wanted)) {
        return 0;
    }
    enum answer answer = find((PyDictObject *)dict, &wanted, &value);
    return answer == SAME ? fatjit_kind(*value) : answer == DIFFERENT ? FATJIT_KIND_MISSING : 0;
}

static int64_t has(const PySetObject *set, const struct key *key)
{
    size_t mask = (size_t)set->mask, perturb = (size_t)key->hash, place = perturb & mask;
    for (;;) {
        int probes = place + PROBES <= mask ? PROBES : 0;
        for (const setentry *entry = &set->table[place]; probes >= 0; entry++, probes--) {
            if (entry->key == NULL && entry->hash == 0) {
                return 0;
            }
            enum answer answer = entry->hash == key->hash ? compare(entry->key, key) : DIFFERENT;
            if (answer != DIFFERENT) {
                return answer == SAME ? 1 : -1;
            }
        }
        perturb >>= SHIFT;
        place = (place * 5 + 1 + perturb) & mask;
    }
}

void fatjit_release_key(PyObject *key)
{
    Py_DECREF(key);
}

int64_t fatjit_set_has_int(PyObject *set, int64_t number)
{
    struct key key = int_key(number);
    return has((PySetObject *)set, &key);
}

int64_t fatjit_set_has(PyObject *set, PyObject *object)
{
    struct key key;
    return object_key(object, &key) ? has((PySetObject *)set, &key) : -1;
}
