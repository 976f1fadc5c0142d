/* After gen_send_ex2() and gen_iternext() in Objects/genobject.c, and YIELD_VALUE in Python/bytecodes.c. */
#include "generators.h"

#include "frames.h"
#include "opcode.h"
#include "functions.h"

static fatjit_resume resume_natively;
static iternextfunc plain_next;
static PyInterpreterState *main_interpreter;

static Frame *generator_frame(PyObject *generator)
{
    return (Frame *)((PyGenObject *)generator)->gi_iframe;
}

static PyObject *next_item(PyObject *generator)
{
    PyObject *item;
    PyThreadState *thread = PyThreadState_Get();
    if (resume_natively != NULL && thread->interp == main_interpreter &&
        resume_natively(thread, generator, &item)) {
        return item;
    }
    return plain_next(generator);
}

void fatjit_generators_resume_by(fatjit_resume resume)
{
    resume_natively = resume;
    main_interpreter = PyInterpreterState_Main();
    if (resume != NULL && plain_next == NULL) {
        plain_next = PyGen_Type.tp_iternext;
        PyGen_Type.tp_iternext = next_item;
    }
    /* Somebody may have replaced it since, who calls what was there before. */
    if (resume == NULL && PyGen_Type.tp_iternext == next_item) {
        PyGen_Type.tp_iternext = plain_next;
        plain_next = NULL;
    }
}

int64_t fatjit_generator_position(PyObject *generator)
{
    const PyGenObject *made = (PyGenObject *)generator;
    const Frame *frame = generator_frame(generator);
    if (made->gi_frame_state != FRAME_SUSPENDED && made->gi_frame_state != FRAME_CREATED) {
        return -1;
    }
    return frame_goes_on(frame) - _PyCode_CODE(frame_code(frame));
}

PyObject *fatjit_generator_code(PyObject *generator)
{
    return (PyObject *)frame_code(generator_frame(generator));
}

PyObject **fatjit_generator_slots(PyObject *generator)
{
    return generator_frame(generator)->localsplus;
}

/* After _Py_MakeCoro() in Objects/genobject.c, and COPY_FREE_VARS and RETURN_GENERATOR in Python/bytecodes.c. */
PyObject *fatjit_generator_make(PyObject *object, PyObject *const *arguments, int64_t count)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    const int kinds = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE | CO_VARARGS | CO_VARKEYWORDS;
    if ((code->co_flags & kinds) != CO_GENERATOR || code->co_argcount != count || code->co_kwonlyargcount != 0 ||
        code->co_ncellvars != 0) {
        return NULL;
    }
    PyThreadState *thread = PyThreadState_Get();
    int copies = code->co_nfreevars != 0;
    if (_PyCode_CODE(code)[copies].op.code != RETURN_GENERATOR || fatjit_is_watched(thread, code) ||
        fatjit_foreign_eval_frame()) {
        return NULL;
    }
    PyGenObject *made = PyObject_GC_NewVar(PyGenObject, &PyGen_Type, _PyFrame_NumSlotsForCodeObject(code));
    if (made == NULL) {
        return NULL;
    }
    made->gi_weakreflist = NULL;
    made->gi_name = Py_NewRef(function->func_name);
    made->gi_qualname = Py_NewRef(function->func_qualname);
    made->gi_exc_state.exc_value = NULL;
    made->gi_exc_state.previous_item = NULL;
    made->gi_origin_or_finalizer = NULL;
    made->gi_hooks_inited = made->gi_closed = made->gi_running_async = 0;
    Frame *frame = (Frame *)made->gi_iframe;
    _PyFrame_Initialize(frame, (PyFunctionObject *)Py_NewRef(function), NULL, code, 0);
    for (int64_t i = 0; i < count; i++) {
        frame->localsplus[i] = Py_NewRef(arguments[i]);
    }
    PyObject **cells = frame->localsplus + code->co_nlocalsplus - code->co_nfreevars;
    for (int i = 0; i < code->co_nfreevars; i++) {
        cells[i] = Py_NewRef(PyTuple_GET_ITEM(function->func_closure, i));
    }
    frame->previous = NULL;
    frame->owner = FRAME_OWNED_BY_GENERATOR;
    frame_goes_on_at(frame, _PyCode_CODE(code) + copies + 1);
    made->gi_frame_state = FRAME_CREATED;
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

/* Its frame is the running one from now on. */
static void show_frame(PyThreadState *thread, PyGenObject *made)
{
    Frame *frame = (Frame *)made->gi_iframe;
    made->gi_exc_state.previous_item = thread->exc_info;
    thread->exc_info = &made->gi_exc_state;
    made->gi_frame_state = FRAME_EXECUTING;
    frame->stacktop = -1;
    frame->previous = thread_frame(thread);
    thread_set_frame(thread, frame);
    thread->py_recursion_remaining--;
}

int fatjit_generator_begins(PyThreadState *thread, PyObject *generator, int64_t bytes, int64_t *levels,
                            uintptr_t *words)
{
    PyGenObject *made = (PyGenObject *)generator;
    Frame *frame = generator_frame(generator);
    PyCodeObject *code = frame_code(frame);
    if (frame->frame_obj != NULL || code->_co_monitoring == NULL || thread->tracing != 0 ||
        fatjit_breaker_is_set(thread) || fatjit_is_watched(thread, code) ||
        _PyInterpreterState_GetEvalFrameFunc(thread->interp) != _PyEval_EvalFrameDefault) {
        return 0;
    }
    *levels = fatjit_nesting_of(thread, bytes);
    if (*levels <= 1) {
        return 0;
    }
    frame->localsplus[frame->stacktop] = Py_None;
    show_frame(thread, made);
    --*levels;
    fatjit_context_of(thread, frame->localsplus, words);
    return 1;
}

PyObject *fatjit_generator_yields(PyThreadState *thread, PyObject *generator, int64_t depth, int64_t unit)
{
    PyGenObject *made = (PyGenObject *)generator;
    Frame *frame = generator_frame(generator);
    frame->stacktop = (int)depth - 1;
    frame_goes_on_at(frame, _PyCode_CODE(frame_code(frame)) + unit);
    made->gi_frame_state = FRAME_SUSPENDED;
    thread->exc_info = made->gi_exc_state.previous_item;
    made->gi_exc_state.previous_item = NULL;
    thread_set_frame(thread, frame->previous);
    frame->previous = NULL;
    thread->py_recursion_remaining++;
    return frame->localsplus[depth - 1];
}

PyObject *fatjit_generator_goes_on(PyObject *generator, int64_t depth, int64_t unit, int raised)
{
    PyThreadState *thread = PyThreadState_Get();
    PyGenObject *made = (PyGenObject *)generator;
    Frame *frame = generator_frame(generator);
    fatjit_frame_hide(frame->localsplus);
    frame->stacktop = (int)depth;
    _Py_CODEUNIT *instruction = _PyCode_CODE(frame_code(frame)) + unit;
    if (raised) {
        frame_set_position(frame, instruction);
    } else {
        frame_goes_on_at(frame, instruction);
    }
    PyObject *item = _PyEval_EvalFrameDefault(thread, frame, raised);
    if (item == NULL || made->gi_frame_state != FRAME_CLEARED) {
        return item;
    }
    /* It returned. */
    if (item != Py_None) {
        _PyGen_SetStopIterationValue(item);
    }
    Py_DECREF(item);
    return NULL;
}

/* A generator expression has its iterator as an argument, too, besides on its stack. As a guest it does not hold it twice: who
 * advances an iterator natively must be the only one who holds it. */
static bool holds_twice(const Frame *frame, int64_t depth)
{
    PyCodeObject *code = frame_code(frame);
    return code->co_argcount == 1 && depth > code->co_nlocalsplus &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_localsplusnames, 0), ".0") == 0;
}

static void hold_iterator_once(Frame *frame)
{
    PyObject **argument = &frame->localsplus[0];
    if (holds_twice(frame, frame->stacktop) && *argument == frame->localsplus[frame_code(frame)->co_nlocalsplus]) {
        Py_CLEAR(*argument);
    }
}

static void hold_iterator_twice(Frame *frame, int64_t depth)
{
    PyObject **argument = &frame->localsplus[0];
    if (*argument == NULL && holds_twice(frame, depth)) {
        *argument = Py_XNewRef(frame->localsplus[frame_code(frame)->co_nlocalsplus]);
    }
}

PyObject *fatjit_iterates_twice(PyObject **slots, int64_t depth)
{
    const Frame *frame = frame_of(slots);
    PyObject *iterated = slots[depth - 1];
    return iterated != NULL && Py_REFCNT(iterated) == 2 && slots[0] == iterated && holds_twice(frame, depth) ? iterated
                                                                                                           : NULL;
}

int64_t fatjit_guest_begins(PyObject *generator, PyObject *code, int64_t behind, PyObject *variable)
{
    Py_ssize_t holders = variable == generator ? 2 : 1;
    if (!PyGen_CheckExact(generator) || Py_REFCNT(generator) != holders || fatjit_generator_code(generator) != code) {
        return 0;
    }
    PyGenObject *made = (PyGenObject *)generator;
    PyThreadState *thread = PyThreadState_Get();
    const Frame *frame = generator_frame(generator), *around = thread_frame(thread);
    if (frame->frame_obj != NULL || frame->f_globals != around->f_globals || frame->f_builtins != around->f_builtins ||
        fatjit_is_watched(thread, (PyCodeObject *)code)) {
        return 0;
    }
    bool there = behind < 0 ? made->gi_frame_state == FRAME_CREATED
                            : made->gi_frame_state == FRAME_SUSPENDED && fatjit_generator_position(generator) == behind;
    if (there) {
        hold_iterator_once(generator_frame(generator));
        made->gi_frame_state = FRAME_EXECUTING;
    }
    return there;
}

void fatjit_guest_suspends(PyObject *generator, int64_t depth, int64_t unit)
{
    PyGenObject *made = (PyGenObject *)generator;
    Frame *frame = generator_frame(generator);
    hold_iterator_twice(frame, depth);
    frame->stacktop = (int)depth;
    frame_goes_on_at(frame, _PyCode_CODE(frame_code(frame)) + unit);
    made->gi_frame_state = FRAME_SUSPENDED;
}

int fatjit_guest_returns(PyObject *generator, int64_t unit)
{
    int64_t locals = frame_code(generator_frame(generator))->co_nlocalsplus;
    fatjit_guest_shows(generator, locals, unit);
    PyObject *item = fatjit_generator_goes_on(generator, locals, unit, 0);
    assert(item == NULL);
    Py_XDECREF(item);
    /* What it returns, nobody asks for. */
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
    }
    return PyErr_Occurred() ? -1 : 0;
}

void fatjit_guest_ends(PyObject *generator, int64_t unit)
{
    int failed = fatjit_guest_returns(generator, unit);
    assert(!failed);
    (void)failed;
    Py_DECREF(generator);
}

void fatjit_guest_shows(PyObject *generator, int64_t depth, int64_t unit)
{
    show_frame(PyThreadState_Get(), (PyGenObject *)generator);
    PyObject **slots = fatjit_generator_slots(generator);
    hold_iterator_twice(generator_frame(generator), depth);
    generator_frame(generator)->stacktop = (int)depth;
    fatjit_frame_iterates(slots, unit);
}
