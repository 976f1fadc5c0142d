/* Classes of the program and where their instances keep attributes.
 *
 * Instances share the names of their attributes: a table that belongs to the class and only grows. Each instance has
 * its values in the order of that table; on 3.13 in the instance itself, behind the object's head, as long as it says
 * that they are valid; on 3.12 in an array of its own, as long as the word that leads there is odd. Then it has no
 * dict (3.12), or one that looks at the same values (3.13). */
#include "classes.h"

#include "blocks.h"
#include "c_calls.h"
#include "facts.h"
#include "functions.h"
#include "instances.h"
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

PyObject *fatjit_class_in_cell(PyObject *object)
{
    PyObject *content = object != NULL && PyCell_Check(object) ? PyCell_GET(object) : NULL;
    return content != NULL && PyType_Check(content) ? content : NULL;
}

/* What a class has of a name when it is asked itself, before that is bound to anything; NULL if that is not all there is to
 * it. */
static PyObject *asked_itself(PyObject *class, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)class;
    /* What `type` itself has may come first. */
    if (!Py_IS_TYPE(class, &PyType_Type) || !is_searched_quietly(type) || _PyType_Lookup(&PyType_Type, name) != NULL) {
        return NULL;
    }
    return _PyType_Lookup(type, name);
}

/* The Python function in a static or class method, which holds it; else NULL. */
static PyObject *function_within(PyObject *method)
{
    PyObject *within = PyObject_GetAttrString(method, "__func__");
    if (within == NULL) {
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(within);
    return PyFunction_Check(within) ? within : NULL;
}

PyObject *fatjit_asked_of_class(PyObject *class, PyObject *name)
{
    PyObject *found = asked_itself(class, name);
    if (found != NULL && Py_IS_TYPE(found, &PyStaticMethod_Type)) {
        return function_within(found);
    }
    int plain = found != NULL && (PyFunction_Check(found) || Py_TYPE(found)->tp_descr_get == NULL);
    return plain ? found : NULL;
}

int fatjit_compares_by_identity(PyObject *class)
{
    return ((PyTypeObject *)class)->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

int fatjit_is_like_list(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    return PyType_IsSubtype(type, &PyList_Type) && type->tp_iter == PyList_Type.tp_iter &&
           type->tp_as_sequence->sq_length == PyList_Type.tp_as_sequence->sq_length;
}

PyObject *fatjit_class_dict(PyObject *class, PyObject *name)
{
    PyObject *order = ((PyTypeObject *)class)->tp_mro;
    for (Py_ssize_t i = 0; order != NULL && i < PyTuple_GET_SIZE(order); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(order, i);
        /* Others keep their dicts elsewhere. */
        if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
            return NULL;
        }
        if (PyDict_GetItemWithError(type->tp_dict, name) != NULL) {
            return type->tp_dict;
        }
    }
    return NULL;
}

PyObject *fatjit_class_method(PyObject *class, PyObject *name)
{
    PyObject *found = asked_itself(class, name);
    return found != NULL && Py_IS_TYPE(found, &PyClassMethod_Type) ? function_within(found) : NULL;
}

PyObject *fatjit_super_method(PyObject *of, PyObject *behind, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)of;
    if (!PyType_IsSubtype(type, (PyTypeObject *)behind) || !is_searched_quietly(type) || name == &_Py_ID(__class__)) {
        return NULL;
    }
    PyObject *mro = type->tp_mro;
    Py_ssize_t i = 0, n = PyTuple_GET_SIZE(mro);
    while (i < n && PyTuple_GET_ITEM(mro, i) != behind) {
        i++;
    }
    for (i++; i < n; i++) {
        PyObject *dict = PyType_GetDict((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        PyObject *found = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
        Py_XDECREF(dict);
        if (found != NULL) {
            return PyFunction_Check(found) ? found : NULL;
        }
    }
    return NULL;
}

/* Whether what asks instances for their class is object's own. */
static int instances_say_it(PyTypeObject *type)
{
    PyObject *name = &_Py_ID(__class__);
    return type->tp_getattro == PyObject_GenericGetAttr && is_searched_quietly(type) &&
           _PyType_Lookup(type, name) == _PyType_Lookup(&PyBaseObject_Type, name);
}

int fatjit_instances_are(PyObject *class, PyObject *asked)
{
    /* It also asks the instance for its `__class__`. */
    if (!Py_IS_TYPE(asked, &PyType_Type) || !instances_say_it((PyTypeObject *)class)) {
        return -1;
    }
    return PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)asked);
}

int64_t fatjit_says_its_type(PyObject *object)
{
    return fatjit_is_plain_leaf(object) || instances_say_it(Py_TYPE(object));
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

/* The class has this of a name. */
static void has_of_class(PyObject *of_class, struct fatjit_attribute *found)
{
    if (PyFunction_Check(of_class) || Py_IS_TYPE(of_class, &PyMethodDescr_Type)) {
        found->form = FATJIT_ATTRIBUTE_METHOD;
    } else if (Py_TYPE(of_class)->tp_descr_get == NULL) {
        found->form = FATJIT_ATTRIBUTE_OF_CLASS;
    } else {
        return;
    }
    found->value = of_class;
}

/* Whether attributes of a class's instances are found, or stored, as those of `object`; nothing is found yet. */
static int is_usual(PyTypeObject *type, int stores, struct fatjit_attribute *found)
{
    *found = (struct fatjit_attribute){.form = FATJIT_ATTRIBUTE_UNKNOWN, .names = -1};
    int usual = stores ? type->tp_setattro == PyObject_GenericSetAttr : type->tp_getattro == PyObject_GenericGetAttr;
    return usual && is_searched_quietly(type);
}

void fatjit_class_attribute(PyObject *class, PyObject *name, int stores, struct fatjit_attribute *found)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (!is_usual(type, stores, found)) {
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
    if (!stores && of_class != NULL) {
        has_of_class(of_class, found);
    }
}

void fatjit_attribute_beside_dict(PyObject *class, PyObject *name, int stores, int own, struct fatjit_attribute *found)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (!is_usual(type, stores, found)) {
        return;
    }
    PyObject *of_class = _PyType_Lookup(type, name);
    if (of_class != NULL && Py_TYPE(of_class)->tp_descr_set != NULL) {
        return;
    }
    if (own) {
        found->form = FATJIT_ATTRIBUTE_IN_DICT;
    } else if (!stores && of_class != NULL) {
        has_of_class(of_class, found);
    }
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

static const struct operator {
    const char *name;
    const char *sign;
} operators[] = {
    [NB_ADD] = {"add", "+"},
    [NB_AND] = {"and", "&"},
    [NB_FLOOR_DIVIDE] = {"floordiv", "//"},
    [NB_LSHIFT] = {"lshift", "<<"},
    [NB_MATRIX_MULTIPLY] = {"matmul", "@"},
    [NB_MULTIPLY] = {"mul", "*"},
    [NB_REMAINDER] = {"mod", "%"},
    [NB_OR] = {"or", "|"},
    [NB_SUBTRACT] = {"sub", "-"},
    [NB_TRUE_DIVIDE] = {"truediv", "/"},
    [NB_XOR] = {"xor", "^"},
};

static const struct operator *operator_of(int64_t op)
{
    op -= op >= NB_INPLACE_ADD ? NB_INPLACE_ADD : 0;
    int known = op >= 0 && op < (int64_t)Py_ARRAY_LENGTH(operators) && operators[op].name != NULL;
    return known ? &operators[op] : NULL;
}

/* What a class has of the name made of these; a borrowed reference. */
static PyObject *special(PyTypeObject *type, const char *prefix, const char *name)
{
    PyObject *text = PyUnicode_FromFormat("__%s%s__", prefix, name);
    if (text == NULL) {
        PyErr_Clear();
        return NULL;
    }
    PyUnicode_InternInPlace(&text);
    PyObject *found = _PyType_Lookup(type, text);
    Py_DECREF(text);
    return found;
}

PyObject *fatjit_special(PyObject *class, enum fatjit_special which)
{
    static const char *const names[] = {
        [FATJIT_SPECIAL_GETITEM] = "getitem",
        [FATJIT_SPECIAL_SETITEM] = "setitem",
        [FATJIT_SPECIAL_CALL] = "call",
        [FATJIT_SPECIAL_LT] = "lt",
        [FATJIT_SPECIAL_LE] = "le",
        [FATJIT_SPECIAL_EQ] = "eq",
        [FATJIT_SPECIAL_NE] = "ne",
        [FATJIT_SPECIAL_GT] = "gt",
        [FATJIT_SPECIAL_GE] = "ge",
    };
    PyTypeObject *type = (PyTypeObject *)class;
    PyObject *found = is_searched_quietly(type) ? special(type, "", names[which]) : NULL;
    return found != NULL && PyFunction_Check(found) ? found : NULL;
}

PyObject *fatjit_getter(PyObject *class, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (type->tp_getattro != PyObject_GenericGetAttr || !is_searched_quietly(type)) {
        return NULL;
    }
    PyObject *found = _PyType_Lookup(type, name);
    if (found == NULL || !Py_IS_TYPE(found, &PyProperty_Type)) {
        return NULL;
    }
    PyObject *getter = PyObject_GetAttrString(found, "fget");
    if (getter == NULL) {
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(getter); /* The property holds it. */
    return PyFunction_Check(getter) ? getter : NULL;
}

static PyObject *code_of(PyObject *function)
{
    return function == NULL ? NULL : ((PyFunctionObject *)function)->func_code;
}

PyObject *fatjit_special_code(PyObject *object, enum fatjit_special which)
{
    PyObject *class = fatjit_watchable_class(object);
    return class == NULL ? NULL : code_of(fatjit_special(class, which));
}

PyObject *fatjit_getter_code(PyObject *object, PyObject *name)
{
    PyObject *class = fatjit_watchable_class(object);
    return class == NULL ? NULL : code_of(fatjit_getter(class, name));
}

int fatjit_operator_leaves(PyObject *class, PyObject *left, int64_t op)
{
    const struct operator *operator = operator_of(op);
    PyTypeObject *type = (PyTypeObject *)class;
    const PySequenceMethods *sequence = type->tp_as_sequence;
    return operator != NULL && is_searched_quietly(type) && !PyType_IsSubtype(type, (PyTypeObject *)left) &&
           (sequence == NULL || (sequence->sq_concat == NULL && sequence->sq_repeat == NULL)) &&
           special(type, "r", operator->name) == NULL;
}

PyObject *fatjit_operator(PyObject *class, int64_t op)
{
    PyTypeObject *type = (PyTypeObject *)class;
    const struct operator *operator = operator_of(op);
    const PySequenceMethods *sequence = type->tp_as_sequence;
    /* Sequences are asked to concatenate and repeat when numbers do not know. */
    if (operator == NULL || !is_searched_quietly(type) ||
        (sequence != NULL && (sequence->sq_concat != NULL || sequence->sq_repeat != NULL ||
                              sequence->sq_inplace_concat != NULL || sequence->sq_inplace_repeat != NULL))) {
        return NULL;
    }
    if (op >= NB_INPLACE_ADD && special(type, "i", operator->name) != NULL) {
        return NULL;
    }
    PyObject *found = special(type, "", operator->name);
    return found != NULL && PyFunction_Check(found) ? found : NULL;
}

PyObject *fatjit_operator_result(PyObject *result, PyObject *left, PyObject *right, int64_t op)
{
    if (result != Py_NotImplemented) {
        return result;
    }
    Py_DECREF(result);
    const struct operator *operator = operator_of(op);
    PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %s%s: '%.100s' and '%.100s'",
                 operator == NULL ? "?" : operator->sign, op >= NB_INPLACE_ADD ? "=" : "",
                 ((PyTypeObject *)left)->tp_name, ((PyTypeObject *)right)->tp_name);
    return NULL;
}

/* After do_richcompare() in Objects/object.c. */
PyObject *fatjit_comparison_result(PyObject *result, PyObject *left, PyObject *right, int64_t arg)
{
    static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};
    int op = comparison_of(arg);
    if (result == Py_NotImplemented) {
        Py_DECREF(result);
        result = Py_TYPE(right)->tp_richcompare(right, left, _Py_SwappedOp[op]);
    }
    if (result == Py_NotImplemented) {
        Py_DECREF(result);
        if (op != Py_EQ && op != Py_NE) {
            PyErr_Format(PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'", signs[op],
                         Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name);
            return NULL;
        }
        result = Py_NewRef((left == right) == (op == Py_EQ) ? Py_True : Py_False);
    }
    return compared(result, arg);
}

PyObject *fatjit_operator_known(PyObject *result, PyObject *left, int64_t what)
{
    PyObject *types[] = {left, (PyObject *)&PyLong_Type, (PyObject *)&PyFloat_Type};
    return fatjit_operator_result(result, left, types[what >> 8], what & 0xff);
}

PyObject *fatjit_operator_between(PyObject *result, PyObject *left, PyObject *right, int64_t what)
{
    return fatjit_operator_result(result, left, right, what & 0xff);
}

PyObject *fatjit_operator_code(PyObject *left, PyObject *right, int64_t op)
{
    int known = left != NULL && right != NULL &&
                (Py_IS_TYPE(right, Py_TYPE(left)) || PyLong_CheckExact(right) || PyFloat_CheckExact(right) ||
                 (fatjit_watchable_class(right) != NULL &&
                  fatjit_operator_leaves((PyObject *)Py_TYPE(right), (PyObject *)Py_TYPE(left), op)));
    return code_of(known ? fatjit_operator((PyObject *)Py_TYPE(left), op) : NULL);
}

PyObject *fatjit_code_behind(PyObject *object)
{
    if (Py_IS_TYPE(object, &PyMethod_Type)) {
        return fatjit_called_code(PyMethod_GET_FUNCTION(object));
    }
    return code_of(PyType_Check(object) ? fatjit_initializer(object) : NULL);
}

#if FATJIT_V313
/* As PyType_GenericAlloc() makes one of a class whose instances have the names that they will have; NULL in all other
 * cases. */
static PyObject *quick_instance(PyTypeObject *type)
{
    struct _gc_runtime_state *collector = &main_interpreter()->gc;
    PyDictKeysObject *names = NULL;
    size_t size = (size_t)type->tp_basicsize, before = _PyType_PreHeaderSize(type);
    if (PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES)) {
        names = heap_type(type)->ht_cached_keys;
        size += _PyInlineValuesSize(type);
    }
    const struct gc_generation *youngest = &collector->generations[0];
    int collects = collector->enabled && youngest->threshold != 0 && youngest->count >= youngest->threshold;
    /* Each instance leaves the next ones less room for names; the last place stays. */
    if (collects || type->tp_alloc != PyType_GenericAlloc || type->tp_itemsize != 0 || !PyType_IS_GC(type) ||
        (names != NULL && names->dk_usable > 1) || before + size > SMALL_REQUEST_THRESHOLD) {
        return NULL;
    }
    char *block = quick_block(before + size);
    if (block == NULL) {
        return NULL;
    }
    memset(block, 0, before + size);
    collector->generations[0].count++;
    PyObject *made = (PyObject *)(block + before);
    made->ob_refcnt = 1;
    made->ob_type = (PyTypeObject *)Py_NewRef(type);
    if (names != NULL) {
        PyDictValues *values = _PyObject_InlineValues(made);
        values->capacity = (uint8_t)shared_keys_usable_size(names);
        values->embedded = 1;
        values->valid = 1;
    }
    track(made);
    return made;
}
#else
static PyObject *quick_instance(PyTypeObject *type)
{
    return NULL;
}
#endif

PyObject *fatjit_instance_new(PyObject *class)
{
    PyObject *quick = quick_instance((PyTypeObject *)class);
    if (quick != NULL) {
        return quick;
    }
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

int fatjit_class_sinks(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class, *base = type;
    while (PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE)) {
        base = base->tp_base;
    }
    int has_dict = type->tp_dictoffset != 0 || PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT);
    return base == &PyBaseObject_Type && type->tp_finalize == NULL && type->tp_del == NULL &&
           (!has_dict || has_values(type));
}

Py_ssize_t fatjit_values_that_end(PyObject *instance, PyObject ***values)
{
    PyTypeObject *type = Py_TYPE(instance);
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || !has_values(type) || !fatjit_class_sinks((PyObject *)type)) {
        return -1;
    }
    for (PyTypeObject *base = type; PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE); base = base->tp_base) {
        if (Py_SIZE(base) != 0) {
            return -1; /* It has words of its own, too. */
        }
    }
    *values = values_of(instance);
    if (*values == NULL || (type->tp_weaklistoffset != 0 && *_PyObject_GET_WEAKREFS_LISTPTR_FROM_OFFSET(instance) != NULL)) {
        return -1;
    }
    Py_ssize_t count = heap_type(type)->ht_cached_keys->dk_nentries;
#if FATJIT_V313
    if (_PyObject_ManagedDictPointer(instance)->dict != NULL) {
        return -1;
    }
    Py_ssize_t capacity = _PyObject_InlineValues(instance)->capacity;
    return count < capacity ? count : capacity;
#else
    return count;
#endif
}

PyObject *fatjit_instance_put_own(PyObject *made, int64_t place, PyObject *value)
{
    if (value == NULL) {
        Py_DECREF(made);
        return NULL;
    }
    PyObject **values = place & FATJIT_IN_SLOT ? (PyObject **)made : values_of(made);
    PyObject **word = values == NULL ? NULL : &values[place & ~FATJIT_IN_SLOT];
    if (word == NULL || *word != NULL) {
        /* Its class does not change while native code counts on it. */
        Py_DECREF(value);
        Py_DECREF(made);
        PyErr_SetString(PyExc_SystemError, "fatjit: a new instance has no place for an attribute");
        return NULL;
    }
    *word = value;
    if (!(place & FATJIT_IN_SLOT)) {
        fatjit_value_added(made, place);
    }
    return made;
}

PyObject *fatjit_instance_put(PyObject *made, int64_t place, PyObject *value)
{
    return fatjit_instance_put_own(made, place, Py_NewRef(value));
}

PyObject *fatjit_instance_put_int(PyObject *made, int64_t place, int64_t value)
{
    return fatjit_instance_put_own(made, place, PyLong_FromLongLong(value));
}

PyObject *fatjit_instance_put_float(PyObject *made, int64_t place, double value)
{
    return fatjit_instance_put_own(made, place, PyFloat_FromDouble(value));
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
    int64_t own = values == NULL ? fatjit_own_place(object, name, -1) : 0;
    if (own != 0) {
        return fatjit_kind(((PyObject **)object)[own]);
    }
    if (values == NULL) {
        return 0;
    }
    PyObject *value = values[found.place];
    return value == NULL ? FATJIT_KIND_MISSING : fatjit_kind(value);
}
