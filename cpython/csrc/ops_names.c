/* Names: globals, builtins, namespaces, cells and free variables, imports. */
#include "ops.h"

/* An error that names a variable. A NameError carries the name too, for the interpreter's suggestions. */
void fatjit_name_error(PyObject *type, const char *format, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL) {
        return;
    }
    PyErr_Format(type, format, text);
    if (type != PyExc_NameError) {
        return;
    }
    PyObject *error = PyErr_GetRaisedException();
    if (PyErr_GivenExceptionMatches(error, PyExc_NameError) && ((PyNameErrorObject *)error)->name == NULL) {
        /* The error itself matters more than what it carries. */
        if (PyObject_SetAttrString(error, "name", name) < 0) {
            PyErr_Clear();
        }
    }
    PyErr_SetRaisedException(error);
}

static void undefined(PyObject *name)
{
    fatjit_name_error(PyExc_NameError, "name '%.200s' is not defined", name);
}

/* Reading a cell that holds nothing. */
static void unbound_cell(PyCodeObject *code, int64_t index)
{
    if (PyErr_Occurred()) {
        return;
    }
    PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, index);
    if (index < code->co_nlocalsplus - code->co_nfreevars) {
        fatjit_name_error(PyExc_UnboundLocalError,
                          "cannot access local variable '%s' where it is not associated with a value", name);
    } else {
        fatjit_name_error(PyExc_NameError,
                          "cannot access free variable '%s' where it is not associated with a value in enclosing "
                          "scope",
                          name);
    }
}

/* mapping[key] as a new reference; NULL without an exception if there is none. */
static PyObject *lookup(PyObject *mapping, PyObject *key)
{
    if (PyDict_CheckExact(mapping)) {
        return Py_XNewRef(PyDict_GetItemWithError(mapping, key));
    }
    PyObject *value = PyObject_GetItem(mapping, key);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
    }
    return value;
}

/* A global or builtin; NameError if there is none. Globals are read as a dict even if they are a subclass,
 * except by LOAD_GLOBAL. */
static PyObject *global_or_builtin(Frame *frame, PyObject *name, int globals_as_mapping)
{
    PyObject *value = globals_as_mapping ? lookup(frame->f_globals, name)
                                         : Py_XNewRef(PyDict_GetItemWithError(frame->f_globals, name));
    if (value == NULL && !PyErr_Occurred()) {
        value = lookup(frame->f_builtins, name);
        if (value == NULL && !PyErr_Occurred()) {
            undefined(name);
        }
    }
    return value;
}

OP(LOAD_GLOBAL)
{
    Frame *frame = frame_of(slots);
    /* With exact dicts on both sides this reads both as dicts; otherwise both as mappings. */
    int as_mapping = !PyDict_CheckExact(frame->f_globals) || !PyDict_CheckExact(frame->f_builtins);
    PyObject *value = global_or_builtin(frame, op_name(slots, arg >> 1), as_mapping);
    PyObject **at = &slots[depth];
    if (value == NULL) {
        return -1;
    }
    if (arg & 1) {
#if FATJIT_V313
        at[1] = NULL;
#else
        *at++ = NULL;
#endif
    }
    *at = value;
    return 0;
}

OP(STORE_GLOBAL)
{
    PyObject *value = PEEK_AT(1);
    int failed = PyDict_SetItem(frame_of(slots)->f_globals, op_name(slots, arg), value);
    Py_DECREF(value);
    return failed ? -1 : 0;
}

OP(DELETE_GLOBAL)
{
    PyObject *name = op_name(slots, arg);
    if (PyDict_DelItem(frame_of(slots)->f_globals, name) == 0) {
        return 0;
    }
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        undefined(name);
    }
    return -1;
}

OP(LOAD_LOCALS)
{
    PyObject *locals = frame_of(slots)->f_locals;
    if (locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found");
        return -1;
    }
    slots[depth] = Py_NewRef(locals);
    return 0;
}

OP(LOAD_NAME)
{
    Frame *frame = frame_of(slots);
    PyObject *name = op_name(slots, arg);
    if (frame->f_locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found");
        return -1;
    }
    PyObject *value = lookup(frame->f_locals, name);
    if (value == NULL && !PyErr_Occurred()) {
        value = global_or_builtin(frame, name, 0);
    }
    return op_result(&slots[depth], value);
}

OP(STORE_NAME)
{
    PyObject *value = PEEK_AT(1), *name = op_name(slots, arg);
    PyObject *locals = frame_of(slots)->f_locals;
    int failed = 1;
    if (locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals found when storing %R", name);
    } else if (PyDict_CheckExact(locals)) {
        failed = PyDict_SetItem(locals, name, value);
    } else {
        failed = PyObject_SetItem(locals, name, value);
    }
    Py_DECREF(value);
    return failed ? -1 : 0;
}

OP(DELETE_NAME)
{
    PyObject *name = op_name(slots, arg), *locals = frame_of(slots)->f_locals;
    if (locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals when deleting %R", name);
        return -1;
    }
    if (PyObject_DelItem(locals, name) != 0) {
        undefined(name);
        return -1;
    }
    return 0;
}

OP(LOAD_FROM_DICT_OR_GLOBALS)
{
    PyObject *mapping = PEEK_AT(1), *name = op_name(slots, arg);
    PyObject *value = lookup(mapping, name);
    if (value == NULL && !PyErr_Occurred()) {
        value = global_or_builtin(frame_of(slots), name, 0);
    }
    Py_DECREF(mapping);
    return op_result(&PEEK_AT(1), value);
}

OP(LOAD_FROM_DICT_OR_DEREF)
{
    PyObject *mapping = PEEK_AT(1);
    PyCodeObject *code = frame_code(frame_of(slots));
    PyObject *value = lookup(mapping, PyTuple_GET_ITEM(code->co_localsplusnames, arg));
    if (value == NULL && !PyErr_Occurred()) {
        value = PyCell_Get(slots[arg]);
        if (value == NULL) {
            unbound_cell(code, arg);
        }
    }
    Py_DECREF(mapping);
    return op_result(&PEEK_AT(1), value);
}

OP(LOAD_DEREF)
{
    PyObject *value = PyCell_Get(slots[arg]);
    if (value == NULL) {
        unbound_cell(frame_code(frame_of(slots)), arg);
    }
    return op_result(&slots[depth], value);
}

OP(STORE_DEREF)
{
    PyObject *cell = slots[arg], *old = PyCell_GET(cell);
    PyCell_SET(cell, PEEK_AT(1));
    Py_XDECREF(old);
    return 0;
}

OP(DELETE_DEREF)
{
    PyObject *cell = slots[arg], *old = PyCell_GET(cell);
    if (old == NULL) {
        unbound_cell(frame_code(frame_of(slots)), arg);
        return -1;
    }
    PyCell_SET(cell, NULL);
    Py_DECREF(old);
    return 0;
}

OP(MAKE_CELL)
{
    PyObject *initial = slots[arg];
    PyObject *cell = PyCell_New(initial);
    if (cell == NULL) {
        return -1;
    }
    slots[arg] = cell;
    Py_XDECREF(initial);
    return 0;
}

/* A builtin that a bytecode needs by name; ImportError or NameError if it is missing. */
static PyObject *required_builtin(Frame *frame, const char *name, PyObject *error, const char *text)
{
    PyObject *key = PyUnicode_InternFromString(name);
    if (key == NULL) {
        return NULL;
    }
    PyObject *value = lookup(frame->f_builtins, key);
    Py_DECREF(key);
    if (value == NULL && !PyErr_Occurred()) {
        PyErr_SetString(error, text);
    }
    return value;
}

OP(LOAD_BUILD_CLASS)
{
    PyObject *value = required_builtin(frame_of(slots), "__build_class__", PyExc_NameError,
                                       "__build_class__ not found");
    return op_result(&slots[depth], value);
}

OP(IMPORT_NAME)
{
    Frame *frame = frame_of(slots);
    PyObject *level = PEEK_AT(2), *names = PEEK_AT(1), *module = NULL;
    PyObject *import = required_builtin(frame, "__import__", PyExc_ImportError, "__import__ not found");
    if (import != NULL) {
        PyObject *locals = frame->f_locals == NULL ? Py_None : frame->f_locals;
        PyObject *arguments[5] = {op_name(slots, arg), frame->f_globals, locals, names, level};
        module = PyObject_Vectorcall(import, arguments, 5, NULL);
        Py_DECREF(import);
    }
    Py_DECREF(level);
    Py_DECREF(names);
    return op_result(&PEEK_AT(2), module);
}
