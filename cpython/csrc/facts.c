/* What the program's names mean, for assumptions. */
#include "facts.h"

#include "objects.h"

PyObject *fatjit_globals(PyObject **slots)
{
    return frame_of(slots)->f_globals;
}

PyObject *fatjit_builtins(PyObject **slots)
{
    return frame_of(slots)->f_builtins;
}

PyObject *fatjit_names(PyObject **slots)
{
    return frame_code(frame_of(slots))->co_names;
}

int fatjit_dict_is_plain(PyObject *object)
{
    PyDictObject *dict = (PyDictObject *)object;
    return PyDict_CheckExact(object) && dict->ma_values == NULL && DK_IS_UNICODE(dict->ma_keys);
}

PyObject *fatjit_binding(PyObject *dict, PyObject *name)
{
    return PyDict_GetItemWithError(dict, name);
}

int fatjit_is_interned(PyObject *name)
{
    return PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name) != 0;
}

PyObject *fatjit_module_dict(PyObject *object, PyObject *name)
{
    /* Names with underscores at their beginning may be attributes of the type. */
    if (!PyModule_CheckExact(object) || PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) == '_') {
        return NULL;
    }
    return PyModule_GetDict(object);
}

/* Types that programs know by these names, and cannot change. */
static const struct {
    PyTypeObject *type;
    const char *name;
} named_types[] = {
    {&PyBool_Type, "bool"},           {&PyByteArray_Type, "bytearray"},
    {&PyBytes_Type, "bytes"},         {&PyComplex_Type, "complex"},
    {&PyDict_Type, "dict"},           {&PyEnum_Type, "enumerate"},
    {&PyFilter_Type, "filter"},       {&PyFloat_Type, "float"},
    {&PyFrozenSet_Type, "frozenset"}, {&PyLong_Type, "int"},
    {&PyList_Type, "list"},           {&PyMap_Type, "map"},
    {&PyBaseObject_Type, "object"},   {&PyRange_Type, "range"},
    {&PyReversed_Type, "reversed"},   {&PySet_Type, "set"},
    {&PySlice_Type, "slice"},         {&PyUnicode_Type, "str"},
    {&PyTuple_Type, "tuple"},         {&PyType_Type, "type"},
    {&PyZip_Type, "zip"},
};

static const char *builtin_type(PyObject *object)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(named_types); i++) {
        if (object == (PyObject *)named_types[i].type) {
            return named_types[i].name;
        }
    }
    return NULL;
}

const char *fatjit_builtin_name(PyObject *object, const char **module)
{
    *module = NULL;
    if (fatjit_is_fixed_method(object)) {
        *module = PyDescr_TYPE(object)->tp_name;
        return ((PyMethodDescrObject *)object)->d_method->ml_name;
    }
    if (!PyCFunction_CheckExact(object)) {
        return builtin_type(object);
    }
    PyObject *self = PyCFunction_GET_SELF(object);
    const PyModuleDef *definition = self == NULL || !PyModule_Check(self) ? NULL : PyModule_GetDef(self);
    if (definition == NULL) {
        return NULL;
    }
    *module = definition->m_name;
    return ((PyCFunctionObject *)object)->m_ml->ml_name;
}

PyObject *fatjit_method_of_type(const char *type, PyObject *name)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(named_types); i++) {
        if (strcmp(named_types[i].name, type) == 0) {
            PyObject *found = _PyType_Lookup(named_types[i].type, name);
            return found != NULL && fatjit_is_fixed_method(found) ? found : NULL;
        }
    }
    return NULL;
}

int fatjit_is_fixed_method(PyObject *object)
{
    return Py_IS_TYPE(object, &PyMethodDescr_Type) &&
           !PyType_HasFeature(((PyDescrObject *)object)->d_type, Py_TPFLAGS_HEAPTYPE);
}

int fatjit_is_leaf(PyObject *object)
{
    return PyLong_CheckExact(object) || PyFloat_CheckExact(object) || PyBool_Check(object) || object == Py_None ||
           PyUnicode_CheckExact(object) || PyBytes_CheckExact(object) || PyComplex_CheckExact(object) ||
           fatjit_is_fixed_method(object);
}

PyObject *fatjit_describe(PyObject *object)
{
    if (PyUnicode_CheckExact(object) && PyUnicode_GET_LENGTH(object) > 40) {
        return PyUnicode_FromString("a long text");
    }
    if (PyBytes_CheckExact(object) && PyBytes_GET_SIZE(object) > 40) {
        return PyUnicode_FromString("long bytes");
    }
    if (PyLong_CheckExact(object) && !fatjit_long_fits(object)) {
        return PyUnicode_FromString("a large int");
    }
    if (fatjit_is_leaf(object)) {
        /* Not by PyObject_Repr, which runs handlers of signals: what they raise would be lost here. */
        return Py_TYPE(object)->tp_repr(object);
    }
    if (PyFunction_Check(object)) {
        return PyUnicode_FromFormat("function %U", ((PyFunctionObject *)object)->func_qualname);
    }
    if (PyCFunction_CheckExact(object)) {
        return PyUnicode_FromFormat("built-in function %s", ((PyCFunctionObject *)object)->m_ml->ml_name);
    }
    if (PyType_Check(object)) {
        return PyUnicode_FromFormat("class %s", ((PyTypeObject *)object)->tp_name);
    }
    if (PyModule_CheckExact(object)) {
        PyObject *name = PyModule_GetNameObject(object);
        PyObject *words = name == NULL ? NULL : PyUnicode_FromFormat("module %U", name);
        Py_XDECREF(name);
        return words;
    }
    return PyUnicode_FromFormat("a certain %s", Py_TYPE(object)->tp_name);
}
