/* Variables of module-level code.
 *
 * Invariant: words of a dict's entries are used only while the dict's version is what it was when they were found.
 * Whoever adds, removes or moves entries, or replaces a value, changes it; so do we, in fatjit_names_written, before
 * anybody else can look. */
#include "names.h"

#if FATJIT_V313
#define KEPT_BITS DICT_WATCHER_AND_MODIFICATION_MASK
#else
#define KEPT_BITS DICT_VERSION_MASK
#endif
#define WATCHER_BITS ((1 << DICT_MAX_WATCHERS) - 1)

PyObject *fatjit_variables(PyObject **slots, int ours)
{
    Frame *frame = frame_of(slots);
    PyObject *object = frame->f_globals;
    if (frame->f_locals != object || !PyDict_CheckExact(object)) {
        return NULL;
    }
    const PyDictObject *dict = (const PyDictObject *)object;
    uint64_t foreign = dict->ma_version_tag & WATCHER_BITS;
    if (ours >= 0) {
        foreign &= ~((uint64_t)1 << ours);
    }
    if (foreign != 0 || dict->ma_values != NULL || !DK_IS_UNICODE(dict->ma_keys) || !_PyObject_GC_IS_TRACKED(object)) {
        return NULL;
    }
    return object;
}

static Py_ssize_t index_at(const PyDictKeysObject *keys, size_t i)
{
    const void *indices = keys->dk_indices;
    if (keys->dk_log2_size < 8) {
        return ((const int8_t *)indices)[i];
    }
    if (keys->dk_log2_size < 16) {
        return ((const int16_t *)indices)[i];
    }
#if SIZEOF_VOID_P > 4
    if (keys->dk_log2_size >= 32) {
        return ((const int64_t *)indices)[i];
    }
#endif
    return ((const int32_t *)indices)[i];
}

/* The entry whose key is this very object, as Objects/dictobject.c probes for it; NULL if there is none. */
static PyDictUnicodeEntry *find_entry(PyDictObject *dict, PyObject *name)
{
    PyDictKeysObject *keys = dict->ma_keys;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    Py_hash_t hash = PyObject_Hash(name);
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        Py_ssize_t index = index_at(keys, i);
        if (index == DKIX_EMPTY) {
            return NULL;
        }
        if (index >= 0 && entries[index].me_key == name) {
            return entries[index].me_value == NULL ? NULL : &entries[index];
        }
        perturb >>= 5; /* PERTURB_SHIFT */
        i = (i * 5 + perturb + 1) & mask;
    }
}

static PyDictUnicodeEntry *find_variable(PyObject **slots, PyObject *dict, uint32_t index)
{
    PyObject *name = PyTuple_GET_ITEM(frame_code(frame_of(slots))->co_names, index);
    return PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name) ? find_entry((PyDictObject *)dict, name) : NULL;
}

int fatjit_names_find(PyObject **slots, PyObject *dict, const uint32_t *indices, size_t count, struct fatjit_names *out)
{
    out->version_at = &((PyDictObject *)dict)->ma_version_tag;
    out->version = *out->version_at;
    for (size_t i = 0; i < count; i++) {
        PyDictUnicodeEntry *entry = find_variable(slots, dict, indices[i]);
        if (entry == NULL) {
            return 0;
        }
        out->values[i] = &entry->me_value;
    }
    return 1;
}

PyObject *fatjit_variable(PyObject **slots, PyObject *dict, uint32_t index)
{
    const PyDictUnicodeEntry *entry = find_variable(slots, dict, index);
    return entry == NULL ? NULL : entry->me_value;
}

void fatjit_names_written(struct fatjit_names *names)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (*names->version_at == names->version) {
        names->version = DICT_NEXT_VERSION(interp) | (names->version & KEPT_BITS);
        *names->version_at = names->version;
    }
}
