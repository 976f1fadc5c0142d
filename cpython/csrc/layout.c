/* Where the interpreter keeps things, as its headers say, and the check that the running interpreter agrees.
 *
 * Invariant: nothing reads or writes the interpreter's memory by these offsets before fatjit_check_layout()
 * returned NULL in this process. The check looks at live objects whose contents are known, so it finds an
 * interpreter whose structures differ from the headers', whatever its version says. */
#include "layout.h"
#include "arrays.h"
#include "classes.h"
#include "iterators.h"
#include "objects.h"
#include "tables.h"

static PyObject *characters[256];
static PyTypeObject *text_iter_type;

PyObject **fatjit_characters(void)
{
    return characters;
}

PyObject *fatjit_text_iter_type(void)
{
    return (PyObject *)text_iter_type;
}

/* The state of a text, as 32 bits, with nothing set but this. */
static uint32_t text_form(unsigned kind, unsigned compact, unsigned ascii)
{
    PyASCIIObject text;
    uint32_t state;
    _Static_assert(sizeof text.state == sizeof state, "the state of a text");
    memset(&text, 0, sizeof text);
    text.state.kind = kind;
    text.state.compact = compact;
    text.state.ascii = ascii;
    memcpy(&state, &text.state, sizeof state);
    return state;
}

void fatjit_layout(struct fatjit_layout *out)
{
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    out->version_hex = PY_VERSION_HEX;
    out->free_threaded = FATJIT_FREE_THREADED;
#if FATJIT_V313
    out->frame_position = (int64_t)offsetof(Frame, instr_ptr) - (int64_t)offsetof(Frame, localsplus);
#else
    out->frame_position = (int64_t)offsetof(Frame, prev_instr) - (int64_t)offsetof(Frame, localsplus);
#endif
    out->frame_object = (int64_t)offsetof(Frame, frame_obj) - (int64_t)offsetof(Frame, localsplus);
    out->object_refcount = offsetof(PyObject, ob_refcnt);
    out->object_type = offsetof(PyObject, ob_type);
    out->long_tag = offsetof(PyLongObject, long_value.lv_tag);
    out->long_digit = offsetof(PyLongObject, long_value.ob_digit);
    out->float_value = offsetof(PyFloatObject, ob_fval);
    out->range_iter_start = offsetof(_PyRangeIterObject, start);
    out->range_iter_step = offsetof(_PyRangeIterObject, step);
    out->range_iter_len = offsetof(_PyRangeIterObject, len);
    out->var_size = offsetof(PyVarObject, ob_size);
    out->dict_used = offsetof(PyDictObject, ma_used);
    out->set_used = offsetof(PySetObject, used);
    out->list_items = offsetof(PyListObject, ob_item);
    out->tuple_items = offsetof(PyTupleObject, ob_item);
    out->bytes_items = offsetof(PyBytesObject, ob_sval);
    out->bytearray_start = offsetof(PyByteArrayObject, ob_start);
    out->list_iter_index = offsetof(_PyListIterObject, it_index);
    out->list_iter_list = offsetof(_PyListIterObject, it_seq);
    out->tuple_iter_index = offsetof(_PyTupleIterObject, it_index);
    out->tuple_iter_tuple = offsetof(_PyTupleIterObject, it_seq);
    out->enumerate_count = offsetof(struct fatjit_enumerate, count);
    out->enumerate_iter = offsetof(struct fatjit_enumerate, iterator);
    out->zip_iters = offsetof(struct fatjit_zip, iterators);
    out->array_items = offsetof(struct fatjit_array, items);
    out->array_description = offsetof(struct fatjit_array, description);
    out->text_size = offsetof(PyASCIIObject, length);
    out->text_state = offsetof(PyASCIIObject, state);
    out->text_ascii_items = sizeof(PyASCIIObject);
    out->text_latin_items = sizeof(PyCompactUnicodeObject);
    out->text_form = text_form(7, 1, 1);
    out->text_ascii = text_form(PyUnicode_1BYTE_KIND, 1, 1);
    out->text_latin = text_form(PyUnicode_1BYTE_KIND, 1, 0);
    out->text_iter_index = offsetof(struct fatjit_sequence_iter, index);
    out->text_iter_text = offsetof(struct fatjit_sequence_iter, over);
    out->function_def = offsetof(PyCFunctionObject, m_ml);
    out->function_self = offsetof(PyCFunctionObject, m_self);
    out->method_function = offsetof(PyMethodObject, im_func);
    out->method_self = offsetof(PyMethodObject, im_self);
    out->function_code = offsetof(PyFunctionObject, func_code);
    out->function_globals = offsetof(PyFunctionObject, func_globals);
    out->function_builtins = offsetof(PyFunctionObject, func_builtins);
    out->function_closure = offsetof(PyFunctionObject, func_closure);
    out->cell_content = offsetof(PyCellObject, ob_ref);
    out->values_inside = FATJIT_V313;
#if FATJIT_V313
    out->values_state = sizeof(PyObject) + offsetof(PyDictValues, valid);
    out->values_first = sizeof(PyObject) + offsetof(PyDictValues, values);
    out->managed_dict = MANAGED_DICT_OFFSET;
#else
    /* As _PyObject_DictOrValuesPointer() has it. */
    out->values_state = -3 * (int64_t)sizeof(PyDictOrValues);
    /* The word is one less than the address of the values. */
    out->values_first = 1 + offsetof(PyDictValues, values);
#endif
    out->shared_names = offsetof(PyDictKeysObject, dk_nentries);
    out->code_units = offsetof(PyCodeObject, co_code_adaptive);
    out->generator_slots = (int64_t)offsetof(PyGenObject, gi_iframe) + (int64_t)offsetof(Frame, localsplus);
    out->breaker_is_byte = FATJIT_V313;
}

#define REQUIRE(condition, what)                                                                                       \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            return what;                                                                                               \
        }                                                                                                              \
    } while (0)

#if FATJIT_V313
#define AGREES(offset, type, member) ((offset) == offsetof(type, member))

/* What 3.13 tells debuggers about itself. */
static const char *check_debug_offsets(void)
{
    const _Py_DebugOffsets *d = &_PyRuntime.debug_offsets;
    REQUIRE(memcmp(d->cookie, _Py_Debug_Cookie, sizeof d->cookie) == 0, "debug offsets");
    REQUIRE(d->free_threaded == FATJIT_FREE_THREADED, "free threading");
    REQUIRE(d->interpreter_frame.size == sizeof(Frame), "frame size");
    REQUIRE(AGREES(d->interpreter_frame.previous, Frame, previous), "frame previous");
    REQUIRE(AGREES(d->interpreter_frame.executable, Frame, f_executable), "frame code");
    REQUIRE(AGREES(d->interpreter_frame.instr_ptr, Frame, instr_ptr), "frame position");
    REQUIRE(AGREES(d->interpreter_frame.localsplus, Frame, localsplus), "frame slots");
    REQUIRE(AGREES(d->interpreter_frame.owner, Frame, owner), "frame owner");
    REQUIRE(d->thread_state.size == sizeof(PyThreadState), "thread state size");
    REQUIRE(AGREES(d->thread_state.interp, PyThreadState, interp), "thread state's interpreter");
    REQUIRE(AGREES(d->thread_state.current_frame, PyThreadState, current_frame), "thread state's frame");
    REQUIRE(d->interpreter_state.size == sizeof(PyInterpreterState), "interpreter state size");
    REQUIRE(d->code_object.size == sizeof(PyCodeObject), "code object size");
    REQUIRE(AGREES(d->code_object.co_code_adaptive, PyCodeObject, co_code_adaptive), "code units");
    REQUIRE(AGREES(d->pyobject.ob_type, PyObject, ob_type), "object type");
    REQUIRE(AGREES(d->float_object.ob_fval, PyFloatObject, ob_fval), "float value");
    REQUIRE(AGREES(d->long_object.lv_tag, PyLongObject, long_value.lv_tag), "int tag");
    REQUIRE(AGREES(d->long_object.ob_digit, PyLongObject, long_value.ob_digit), "int digits");
    return NULL;
}
#else
static const char *check_debug_offsets(void)
{
    return NULL;
}
#endif

/* An int of this value, found digit by digit. */
static const char *check_int(long long value)
{
    PyObject *object = PyLong_FromLongLong(value);
    REQUIRE(object != NULL, "int (no memory)");
    const PyLongObject *number = (const PyLongObject *)object;
    unsigned long long magnitude = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    uintptr_t tag = value < 0 ? 2 : value == 0 ? 1 : 0, digits = 0;
    int agrees = 1;
    for (; magnitude != 0; magnitude >>= PyLong_SHIFT, digits++) {
        agrees &= number->long_value.ob_digit[digits] == (digit)(magnitude & PyLong_MASK);
    }
    agrees &= number->long_value.lv_tag == (digits << 3 | tag);
    agrees &= PyLong_SHIFT == 30 && Py_IS_TYPE(object, &PyLong_Type) && fatjit_long_value(object) == value;
    Py_DECREF(object);
    return agrees ? NULL : "int";
}

static const char *check_float(void)
{
    PyObject *object = PyFloat_FromDouble(2.5);
    REQUIRE(object != NULL, "float (no memory)");
    int agrees = ((PyFloatObject *)object)->ob_fval == 2.5 && Py_IS_TYPE(object, &PyFloat_Type);
    Py_DECREF(object);
    return agrees ? NULL : "float";
}

static const char *check_counts(void)
{
    REQUIRE(_Py_IsImmortal(Py_None) && (uint32_t)Py_None->ob_refcnt == UINT32_MAX, "immortal objects");
    PyObject *object = PyList_New(0);
    REQUIRE(object != NULL, "reference count (no memory)");
    int agrees = object->ob_refcnt == 1;
    Py_INCREF(object);
    agrees &= object->ob_refcnt == 2;
    Py_DECREF(object);
    Py_DECREF(object);
    return agrees ? NULL : "reference count";
}

static const char *check_range_iterator(void)
{
    PyObject *range = PyObject_CallFunction((PyObject *)&PyRange_Type, "iii", 3, 9, 2);
    PyObject *iterator = range == NULL ? NULL : PyObject_GetIter(range);
    Py_XDECREF(range);
    REQUIRE(iterator != NULL, "range iterator (no memory)");
    const _PyRangeIterObject *state = (const _PyRangeIterObject *)iterator;
    int agrees = Py_IS_TYPE(iterator, &PyRangeIter_Type) && PyRangeIter_Type.tp_basicsize == sizeof *state &&
                 state->start == 3 && state->step == 2 && state->len == 3;
    PyObject *item = PyIter_Next(iterator);
    agrees &= item != NULL && state->start == 5 && state->len == 2;
    Py_XDECREF(item);
    Py_DECREF(iterator);
    return agrees ? NULL : "range iterator";
}

/* Sequences of two known items, and their iterators behind the first one. */
static const char *check_sequences(void)
{
    PyObject *list = Py_BuildValue("[OO]", Py_None, Py_True), *tuple = PyTuple_Pack(2, Py_None, Py_True);
    PyObject *bytes = PyBytes_FromString("ab"), *array = PyByteArray_FromStringAndSize("ab", 2);
    PyObject *over_list = list == NULL ? NULL : PyObject_GetIter(list);
    PyObject *over_tuple = tuple == NULL ? NULL : PyObject_GetIter(tuple);
    int agrees = bytes != NULL && array != NULL && over_list != NULL && over_tuple != NULL;
    if (agrees) {
        const _PyListIterObject *l = (const _PyListIterObject *)over_list;
        const _PyTupleIterObject *t = (const _PyTupleIterObject *)over_tuple;
        Py_XDECREF(PyIter_Next(over_list));
        Py_XDECREF(PyIter_Next(over_tuple));
        agrees &= Py_SIZE(list) == 2 && ((PyListObject *)list)->ob_item[1] == Py_True;
        agrees &= Py_SIZE(tuple) == 2 && ((PyTupleObject *)tuple)->ob_item[1] == Py_True;
        agrees &= Py_SIZE(bytes) == 2 && ((PyBytesObject *)bytes)->ob_sval[1] == 'b';
        agrees &= Py_SIZE(array) == 2 && ((PyByteArrayObject *)array)->ob_start[1] == 'b';
        agrees &= Py_IS_TYPE(over_list, &PyListIter_Type) && l->it_index == 1 && (PyObject *)l->it_seq == list;
        agrees &= Py_IS_TYPE(over_tuple, &PyTupleIter_Type) && t->it_index == 1 && (PyObject *)t->it_seq == tuple;
    }
    Py_XDECREF(over_list);
    Py_XDECREF(over_tuple);
    Py_XDECREF(list);
    Py_XDECREF(tuple);
    Py_XDECREF(bytes);
    Py_XDECREF(array);
    return agrees ? NULL : "sequences";
}

/* Iterators backwards over a list and a tuple, behind the last of two items. */
static const char *check_reversed(void)
{
    PyObject *list = Py_BuildValue("[OO]", Py_None, Py_True), *tuple = Py_BuildValue("(OO)", Py_None, Py_True);
    PyTypeObject *types[] = {&PyListRevIter_Type, &PyReversed_Type};
    PyObject *sequences[] = {list, tuple};
    int agrees = list != NULL && tuple != NULL;
    for (int n = 0; agrees && n < 2; n++) {
        PyObject *iterator = fatjit_reversed_new(Py_NewRef(sequences[n]));
        PyObject *item = iterator == NULL ? NULL : PyIter_Next(iterator);
        agrees = item == Py_True && Py_IS_TYPE(iterator, types[n]) &&
                 types[n]->tp_basicsize == sizeof(struct fatjit_sequence_iter) &&
                 ((struct fatjit_sequence_iter *)iterator)->index == 0 &&
                 ((struct fatjit_sequence_iter *)iterator)->over == sequences[n];
        Py_XDECREF(item);
        Py_XDECREF(iterator);
    }
    Py_XDECREF(list);
    Py_XDECREF(tuple);
    return agrees ? NULL : "reversed";
}

/* An `enumerate` behind the first of two items, counted from 7. */
static const char *check_enumerate(void)
{
    PyObject *list = Py_BuildValue("[OO]", Py_None, Py_True);
    PyObject *over = list == NULL ? NULL : fatjit_enumerate_new(Py_NewRef(list), 7);
    int agrees = over != NULL;
    if (agrees) {
        const struct fatjit_enumerate *state = (const struct fatjit_enumerate *)over;
        PyObject *pair = PyIter_Next(over);
        agrees &= PyEnum_Type.tp_basicsize >= (Py_ssize_t)sizeof *state && state->count == 8;
        agrees &= pair != NULL && state->pair == pair && state->wide_count == NULL;
        agrees &= Py_IS_TYPE(state->iterator, &PyListIter_Type);
        agrees &= agrees && ((_PyListIterObject *)state->iterator)->it_index == 1;
        Py_XDECREF(pair);
        agrees &= agrees && fatjit_enumerates(over) == FATJIT_OVER_LIST;
    }
    Py_XDECREF(over);
    Py_XDECREF(list);
    return agrees ? NULL : "enumerate";
}

/* A `zip` behind the first pair of two lists. */
static const char *check_zip(void)
{
    PyObject *list = Py_BuildValue("[OO]", Py_None, Py_True);
    PyObject *over = list == NULL ? NULL : fatjit_zip_of_2(Py_NewRef(list), Py_NewRef(list));
    int agrees = over != NULL;
    if (agrees) {
        const struct fatjit_zip *state = (const struct fatjit_zip *)over;
        PyObject *pair = PyIter_Next(over);
        agrees &= PyZip_Type.tp_basicsize == (Py_ssize_t)sizeof *state && state->size == 2 && state->strict == 0;
        agrees &= pair != NULL && state->pair == pair && PyTuple_CheckExact(state->iterators);
        Py_XDECREF(pair);
        agrees &= agrees && fatjit_zips(over) == FATJIT_OVER_LIST * (1 + FATJIT_OVER_COUNT);
        agrees &= agrees && ((_PyListIterObject *)PyTuple_GET_ITEM(state->iterators, 1))->it_index == 1;
    }
    Py_XDECREF(over);
    Py_XDECREF(list);
    return agrees ? NULL : "zip";
}

static int state_of(PyObject *text)
{
    uint32_t state;
    memcpy(&state, &((PyASCIIObject *)text)->state, sizeof state);
    return (int)(state & text_form(7, 1, 1));
}

/* Texts of each form, an iterator behind the first character, and the texts of one character. */
static const char *check_texts(void)
{
    PyObject *ascii = PyUnicode_FromString("ab"), *latin = PyUnicode_FromString("\xc3\xa4" "b");
    PyObject *wide = PyUnicode_FromString("\xe2\x82\xac");
    PyObject *over = ascii == NULL ? NULL : PyObject_GetIter(ascii);
    int agrees = latin != NULL && wide != NULL && over != NULL;
    if (agrees) {
        const struct fatjit_sequence_iter *state = (const struct fatjit_sequence_iter *)over;
        const char *items = (const char *)ascii + sizeof(PyASCIIObject);
        const unsigned char *latin_items = (const unsigned char *)latin + sizeof(PyCompactUnicodeObject);
        text_iter_type = Py_TYPE(over);
        Py_XDECREF(PyIter_Next(over));
        agrees &= ((PyASCIIObject *)ascii)->length == 2 && ((PyASCIIObject *)latin)->length == 2;
        agrees &= state_of(ascii) == (int)text_form(PyUnicode_1BYTE_KIND, 1, 1) && items[1] == 'b';
        agrees &= state_of(latin) == (int)text_form(PyUnicode_1BYTE_KIND, 1, 0) && latin_items[0] == 0xE4;
        agrees &= state_of(wide) == (int)text_form(PyUnicode_2BYTE_KIND, 1, 0);
        agrees &= text_iter_type->tp_basicsize == sizeof *state && state->index == 1 && state->over == ascii;
    }
    Py_XDECREF(ascii);
    Py_XDECREF(latin);
    Py_XDECREF(wide);
    Py_XDECREF(over);
    for (int code = 0; agrees && code < 256; code++) {
        PyObject *text = PyUnicode_FromOrdinal(code);
        agrees &= text != NULL && _Py_IsImmortal(text) && PyUnicode_CheckExact(text);
        characters[code] = text;
    }
    return agrees ? NULL : "texts";
}

/* A function with one cell, in which None is. */
static const char *check_function(void)
{
    PyObject *globals = PyDict_New(), *function = NULL;
    if (globals != NULL) {
        function = PyRun_String("(lambda x: lambda: x)(None)", Py_eval_input, globals, globals);
    }
    int agrees = function != NULL && PyFunction_Check(function);
    if (agrees) {
        const PyFunctionObject *f = (const PyFunctionObject *)function;
        agrees = f->func_globals == globals && PyDict_CheckExact(f->func_builtins) && PyCode_Check(f->func_code) &&
                 f->func_closure == PyFunction_GetClosure(function) && PyTuple_CheckExact(f->func_closure) &&
                 PyTuple_GET_SIZE(f->func_closure) == 1;
    }
    if (agrees) {
        PyObject *cell = PyTuple_GET_ITEM(PyFunction_GetClosure(function), 0);
        agrees = PyCell_Check(cell) && ((PyCellObject *)cell)->ob_ref == Py_None;
    }
    Py_XDECREF(function);
    Py_XDECREF(globals);
    return agrees ? NULL : "function";
}

/* The attribute of an instance of a class of Python's, found where the layout says; 1 if it has a dict instead. */
static int check_attribute(PyObject *instance, PyObject *name, PyObject *expected)
{
    struct fatjit_layout at;
    struct fatjit_attribute found;
    fatjit_layout(&at);
    fatjit_class_attribute((PyObject *)Py_TYPE(instance), name, 0, &found);
    PyDictKeysObject *names = fatjit_class_names((PyObject *)Py_TYPE(instance));
    char *state = (char *)instance + at.values_state, *values = (char *)instance;
    if (found.form != FATJIT_ATTRIBUTE_VALUE || *(Py_ssize_t *)((char *)names + at.shared_names) <= found.place) {
        return 0;
    }
    if (at.values_inside ? *state == 0 : (*(uintptr_t *)state & 1) == 0) {
        return 1;
    }
    if (at.values_inside) {
        PyObject *dict = *(PyObject **)((char *)instance + at.managed_dict);
        if (*state != 1 || (dict != NULL && !PyDict_CheckExact(dict))) {
            return 0;
        }
    } else {
        values = *(char **)state;
    }
    return *(PyObject **)(values + at.values_first + found.place * sizeof(PyObject *)) == expected;
}

/* The specification of the module `sys`: one of the instances that there are always. */
static const char *check_instance(void)
{
    PyObject *spec = PySys_GetObject("__spec__"), *name = PyUnicode_InternFromString("name");
    PyObject *expected = spec == NULL || name == NULL ? NULL : PyObject_GetAttr(spec, name);
    int agrees = spec != NULL && expected != NULL && PyType_HasFeature(Py_TYPE(spec), Py_TPFLAGS_HEAPTYPE) &&
                 check_attribute(spec, name, expected);
    Py_XDECREF(expected);
    Py_XDECREF(name);
    return agrees ? NULL : "attributes of instances";
}

/* Called back by a Python function whose first two locals are known: its frame and thread are looked at. */
static PyObject *look(PyObject *expected, PyObject *second)
{
    PyThreadState *thread = PyThreadState_Get();
    Frame *frame = thread_frame(thread);
    const char *wrong = NULL;
    if (thread->interp != PyInterpreterState_Get()) {
        wrong = "thread state";
    } else if (frame == NULL || frame_code(frame) == NULL || !PyCode_Check(frame_code(frame)) ||
               frame->f_globals == NULL || !PyDict_CheckExact(frame->f_globals)) {
        wrong = "running frame";
    } else if (frame_code(frame)->co_nlocalsplus != 2 || frame->localsplus[0] != expected ||
               frame->localsplus[1] != second || frame->owner != FRAME_OWNED_BY_THREAD || frame->stacktop != -1) {
        wrong = "slots of a running frame";
    } else if (frame->frame_obj != NULL) {
        wrong = "frame object";
    } else {
        _Py_CODEUNIT *first = _PyCode_CODE(frame_code(frame));
#if FATJIT_V313
        _Py_CODEUNIT *position = frame->instr_ptr;
        uint64_t version = frame_code(frame)->_co_instrumentation_version;
        uint64_t current = *(uintptr_t *)instrumentation_version_at(thread->interp);
        if ((thread->eval_breaker & ~(uintptr_t)_PY_EVAL_EVENTS_MASK) != current) {
            wrong = "eval breaker";
        }
#else
        _Py_CODEUNIT *position = frame->prev_instr;
        uint64_t version = frame_code(frame)->_co_instrumentation_version;
        uint64_t current = *(uint64_t *)instrumentation_version_at(thread->interp);
        if (thread->interp->ceval.recursion_limit != Py_GetRecursionLimit()) {
            wrong = "interpreter state";
        }
#endif
        if (position < first || position >= first + Py_SIZE(frame_code(frame))) {
            wrong = "position of a running frame";
        } else if (version != current) {
            wrong = "instrumentation version";
        }
        PyFrameObject *object = PyThreadState_GetFrame(thread);
        if (object == NULL || object != frame->frame_obj || object->f_frame != frame) {
            wrong = "frame object";
        }
        Py_XDECREF(object);
    }
    return wrong == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(wrong);
}

static PyObject *look_entry(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "two arguments are needed");
        return NULL;
    }
    return look(arguments[0], arguments[1]);
}

static PyMethodDef look_method = {"look", (PyCFunction)(void (*)(void))look_entry, METH_FASTCALL, NULL};

/* Runs a function that calls look() and checks that its frame is found as the headers say. */
static const char *check_frame(char *text, size_t room)
{
    PyObject *function = NULL, *verdict = NULL, *globals = PyDict_New();
    PyObject *looker = PyCFunction_New(&look_method, NULL);
    if (globals != NULL && looker != NULL && PyDict_SetItemString(globals, "look", looker) == 0) {
        function = PyRun_String("lambda a, b: look(a, b)", Py_eval_input, globals, globals);
    }
    if (function != NULL) {
        verdict = PyObject_CallFunction(function, "id", 123456, 0.5);
    }
    const char *wrong = NULL;
    if (verdict == NULL) {
        PyErr_Clear();
        wrong = "running frame";
    } else if (verdict != Py_None) {
        const char *words = PyUnicode_AsUTF8(verdict);
        PyOS_snprintf(text, room, "%s", words == NULL ? "running frame" : words);
        PyErr_Clear();
        wrong = text;
    }
    Py_XDECREF(verdict);
    Py_XDECREF(function);
    Py_XDECREF(looker);
    Py_XDECREF(globals);
    return wrong;
}

const char *fatjit_check_layout(char *text, size_t room)
{
    static const long long ints[] = {0, 1, -5, 256, (1LL << 30) - 1, 1LL << 30, -(1LL << 30), 1LL << 60, -(1LL << 62)};
    REQUIRE(Py_Version >> 16 == PY_VERSION_HEX >> 16, "minor version");
    const char *wrong = check_debug_offsets();
    for (size_t i = 0; wrong == NULL && i < Py_ARRAY_LENGTH(ints); i++) {
        wrong = check_int(ints[i]);
    }
    wrong = wrong != NULL ? wrong : check_float();
    wrong = wrong != NULL ? wrong : check_counts();
    wrong = wrong != NULL ? wrong : check_range_iterator();
    wrong = wrong != NULL ? wrong : check_sequences();
    wrong = wrong != NULL ? wrong : check_reversed();
    wrong = wrong != NULL ? wrong : check_enumerate();
    wrong = wrong != NULL ? wrong : check_zip();
    wrong = wrong != NULL ? wrong : check_texts();
    wrong = wrong != NULL ? wrong : fatjit_check_tables();
    wrong = wrong != NULL ? wrong : check_function();
    wrong = wrong != NULL ? wrong : check_instance();
    wrong = wrong != NULL ? wrong : check_frame(text, room);
    if (wrong != NULL) {
        PyErr_Clear();
    }
    return wrong;
}
