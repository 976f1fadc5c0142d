/* Classes of the program and where their instances keep attributes.
 *
 * Instances share the names of their attributes: a table that belongs to the class and only grows. Each instance has
 * its values in the order of that table; on 3.13 in the instance itself, behind the object's head, as long as it says
 * that they are valid; on 3.12 in an array of its own, as long as the word that leads there is odd. Then it has no
 * dict (3.12), or one that looks at the same values (3.13). */
#include "classes.h"

#include "tiering.h"

static PyHeapTypeObject *heap_type(PyTypeObject *type)
{
    return (PyHeapTypeObject *)type;
}

PyObject *fatjit_watchable(PyObject *class)
{
    if (!PyType_Check(class) || !PyType_HasFeature((PyTypeObject *)class, Py_TPFLAGS_HEAPTYPE)) {
        return NULL;
    }
    /* A class that orders its bases itself may lose its version, and a class without one is changed without telling. */
    if (!Py_IS_TYPE(class, &PyType_Type) &&
        _PyType_Lookup(Py_TYPE(class), &_Py_ID(mro)) != _PyType_Lookup(&PyType_Type, &_Py_ID(mro))) {
        return NULL;
    }
    return PyUnstable_Type_AssignVersionTag((PyTypeObject *)class) ? class : NULL;
}

PyObject *fatjit_watchable_class(PyObject *object)
{
    return object == NULL ? NULL : fatjit_watchable((PyObject *)Py_TYPE(object));
}

/* Whether instances have values in the order of shared names. */
static int has_values(PyTypeObject *type)
{
#if FATJIT_V313
    int flags = PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES);
#else
    int flags = PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT);
#endif
    return flags && heap_type(type)->ht_cached_keys != NULL &&
           heap_type(type)->ht_cached_keys->dk_kind == DICT_KEYS_SPLIT;
}

void *fatjit_class_names(PyObject *class)
{
    return heap_type((PyTypeObject *)class)->ht_cached_keys;
}

static int64_t index_of(PyDictKeysObject *names, PyObject *name)
{
    for (Py_ssize_t i = 0; i < names->dk_nentries; i++) {
        if (DK_UNICODE_ENTRIES(names)[i].me_key == name) {
            return i;
        }
    }
    return -1;
}

/* Whether attributes of the class can be looked up without running code: texts alone are keys. */
static int is_searched_quietly(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    if (mro == NULL) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = PyType_GetDict((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        int quiet = dict != NULL && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
        Py_XDECREF(dict);
        if (!quiet) {
            return 0;
        }
    }
    return 1;
}

PyObject *fatjit_asked_of_class(PyObject *class, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)class;
    /* What `type` itself has may come first. */
    if (!Py_IS_TYPE(class, &PyType_Type) || !is_searched_quietly(type) || _PyType_Lookup(&PyType_Type, name) != NULL) {
        return NULL;
    }
    PyObject *found = _PyType_Lookup(type, name);
    int plain = found != NULL && (PyFunction_Check(found) || Py_TYPE(found)->tp_descr_get == NULL);
    return plain ? found : NULL;
}

int fatjit_instances_are(PyObject *class, PyObject *asked)
{
    PyTypeObject *type = (PyTypeObject *)class;
    /* It also asks the instance for its `__class__`. */
    PyObject *name = &_Py_ID(__class__);
    if (!Py_IS_TYPE(asked, &PyType_Type) || type->tp_getattro != PyObject_GenericGetAttr || !is_searched_quietly(type) ||
        _PyType_Lookup(type, name) != _PyType_Lookup(&PyBaseObject_Type, name)) {
        return -1;
    }
    return PyType_IsSubtype(type, (PyTypeObject *)asked);
}

static int is_slot(PyObject *found, PyTypeObject *type, int64_t *offset)
{
    if (!Py_IS_TYPE(found, &PyMemberDescr_Type) || !PyType_IsSubtype(type, PyDescr_TYPE(found))) {
        return 0;
    }
    const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
    *offset = member->offset;
    return member->type == Py_T_OBJECT_EX && member->flags == 0;
}

void fatjit_class_attribute(PyObject *class, PyObject *name, int stores, struct fatjit_attribute *found)
{
    PyTypeObject *type = (PyTypeObject *)class;
    *found = (struct fatjit_attribute){.form = FATJIT_ATTRIBUTE_UNKNOWN, .names = -1};
    int usual = stores ? type->tp_setattro == PyObject_GenericSetAttr : type->tp_getattro == PyObject_GenericGetAttr;
    if (!usual || !is_searched_quietly(type)) {
        return;
    }
    PyObject *of_class = _PyType_Lookup(type, name);
    if (of_class != NULL && Py_TYPE(of_class)->tp_descr_set != NULL) {
        if (is_slot(of_class, type, &found->place)) {
            found->form = FATJIT_ATTRIBUTE_SLOT;
        }
        return;
    }
    if (has_values(type)) {
        PyDictKeysObject *names = heap_type(type)->ht_cached_keys;
        found->place = index_of(names, name);
        if (found->place >= 0) {
            found->form = FATJIT_ATTRIBUTE_VALUE;
            return;
        }
        found->names = names->dk_nentries;
    } else if (type->tp_dictoffset != 0 || PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
        return;
    }
    if (stores || of_class == NULL) {
        return;
    }
    if (PyFunction_Check(of_class)) {
        found->form = FATJIT_ATTRIBUTE_METHOD;
    } else if (Py_TYPE(of_class)->tp_descr_get == NULL) {
        found->form = FATJIT_ATTRIBUTE_OF_CLASS;
    } else {
        return;
    }
    found->value = of_class;
}

PyObject *fatjit_initializer(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (!Py_IS_TYPE(class, &PyType_Type) || type->tp_new != PyBaseObject_Type.tp_new ||
        PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT) || !is_searched_quietly(type)) {
        return NULL;
    }
    PyObject *found = _PyType_Lookup(type, &_Py_ID(__init__));
    return found != NULL && PyFunction_Check(found) ? found : NULL;
}

PyObject *fatjit_initializer_code(PyObject *object)
{
    PyObject *function = PyType_Check(object) ? fatjit_initializer(object) : NULL;
    return function == NULL ? NULL : ((PyFunctionObject *)function)->func_code;
}

PyObject *fatjit_instance_new(PyObject *class)
{
    PyObject *nothing = PyTuple_New(0); /* There is only one. */
    PyObject *made = nothing == NULL ? NULL : PyBaseObject_Type.tp_new((PyTypeObject *)class, nothing, NULL);
    Py_XDECREF(nothing);
    return made;
}

int fatjit_initialized(PyObject *returned)
{
    int none = returned == Py_None;
    if (!none) {
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(returned)->tp_name);
    }
    Py_DECREF(returned);
    return none ? 0 : -1;
}

void fatjit_value_added(PyObject *instance, int64_t index)
{
#if FATJIT_V313
    _PyDictValues_AddToInsertionOrder(_PyObject_InlineValues(instance), index);
#else
    PyDictOrValues word = *_PyObject_DictOrValuesPointer(instance);
    _PyDictValues_AddToInsertionOrder(_PyDictOrValues_GetValues(word), index);
#endif
}

/* An object's values, if it has such. */
static PyObject **values_of(PyObject *object)
{
    if (!has_values(Py_TYPE(object))) {
        return NULL;
    }
#if FATJIT_V313
    PyDictValues *values = _PyObject_InlineValues(object);
    return values->valid ? values->values : NULL;
#else
    PyDictOrValues word = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(word) ? _PyDictOrValues_GetValues(word)->values : NULL;
#endif
}

int64_t fatjit_attribute_kind(PyObject *object, PyObject *name)
{
    if (object == NULL || !PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    struct fatjit_attribute found;
    fatjit_class_attribute((PyObject *)Py_TYPE(object), name, 1, &found);
    PyObject **values = NULL;
    if (found.form == FATJIT_ATTRIBUTE_VALUE) {
        values = values_of(object);
    } else if (found.form == FATJIT_ATTRIBUTE_SLOT) {
        values = (PyObject **)((char *)object + found.place);
        found.place = 0;
    }
    if (values == NULL) {
        return 0;
    }
    PyObject *value = values[found.place];
    return value == NULL ? FATJIT_KIND_MISSING : fatjit_kind(value);
}
