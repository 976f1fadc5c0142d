/* After gen_send_ex2() and gen_iternext() in Objects/genobject.c, and YIELD_VALUE in Python/bytecodes.c. */
#include "generators.h"

#include "frames.h"
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
    made->gi_exc_state.previous_item = thread->exc_info;
    thread->exc_info = &made->gi_exc_state;
    made->gi_frame_state = FRAME_EXECUTING;
    frame->stacktop = -1;
    frame->previous = thread_frame(thread);
    thread_set_frame(thread, frame);
    thread->py_recursion_remaining--;
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
