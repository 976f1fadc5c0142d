/* The running frame: whether native code may take it over, what native code asks about it, and unwinding.
 *
 * Invariant: while native code runs, the frame looks as it does while the interpreter executes it (no saved
 * stack depth, events not silenced); fatjit_frame_enter and fatjit_frame_leave bracket that state. */
#include "frames.h"

#include <pthread.h>

#if FATJIT_V313
#define C_STACK_LIMIT Py_C_RECURSION_LIMIT
#else
#define C_STACK_LIMIT C_RECURSION_LIMIT
#endif

#define OUR_TOOL_BIT (1 << 5) /* OPTIMIZER_ID */

PyObject **fatjit_running_slots(PyObject *code)
{
    Frame *frame = thread_frame(PyThreadState_Get());
    if (frame == NULL || frame->owner == FRAME_OWNED_BY_CSTACK || (PyObject *)frame_code(frame) != code) {
        return NULL;
    }
    return frame->localsplus;
}

int64_t fatjit_frame_depth(PyObject **slots)
{
    return frame_of(slots)->stacktop;
}

void fatjit_frame_set_depth(PyObject **slots, int64_t depth)
{
    frame_of(slots)->stacktop = (int)depth;
}

void fatjit_frame_set_position(PyObject **slots, int64_t unit)
{
    Frame *frame = frame_of(slots);
    frame_set_position(frame, _PyCode_CODE(frame_code(frame)) + unit);
}

int64_t fatjit_frame_position(PyObject **slots)
{
    const Frame *frame = frame_of(slots);
    return frame_position(frame) - _PyCode_CODE(frame_code(frame));
}

int fatjit_frame_enter(PyObject **slots)
{
    PyThreadState *thread = PyThreadState_Get();
    int event = thread->what_event;
    thread->what_event = -1;
    thread->tracing--;
    /* The interpreter would not be in a callback. */
    thread->c_recursion_remaining++;
    frame_of(slots)->stacktop = -1;
    return event;
}

void fatjit_frame_leave(PyObject **slots, int event, int64_t depth)
{
    PyThreadState *thread = PyThreadState_Get();
    thread->what_event = event;
    thread->tracing++;
    thread->c_recursion_remaining--;
    frame_of(slots)->stacktop = (int)depth;
}

/* Drops a frame object that nobody but the frame holds and that carries no state of its own: whoever takes
 * the frame while native code runs then makes a new one, which shows. Whether the frame is without object. */
static int detach_frame_object(Frame *frame)
{
    PyFrameObject *object = frame->frame_obj;
    if (object == NULL) {
        return 1;
    }
    int plain = Py_REFCNT(object) == 1 && object->f_trace == NULL && object->f_trace_lines == 1 &&
                object->f_trace_opcodes == 0 && frame->owner == FRAME_OWNED_BY_THREAD;
#if FATJIT_V313
    plain = plain && object->f_extra_locals == NULL && object->f_locals_cache == NULL;
#endif
    if (plain) {
        frame->frame_obj = NULL;
        Py_DECREF(object);
    }
    return plain;
}

/* Whether any other tool is among these, one byte an event. */
static int others_among(const uint8_t *tools, size_t events)
{
    uint64_t ours, eight, found = 0;
    memset(&ours, OUR_TOOL_BIT, sizeof(ours));
    for (; events >= sizeof(eight); events -= sizeof(eight), tools += sizeof(eight)) {
        memcpy(&eight, tools, sizeof(eight));
        found |= eight & ~ours;
    }
    while (events > 0) {
        found |= tools[--events] & ~OUR_TOOL_BIT;
    }
    return found != 0;
}

/* Whether another tool watches this code object, or anything at all. This is asked at every entry, so what was
 * found of the tools that watch everything holds until somebody changes that. */
static int other_tools(PyInterpreterState *interp, PyCodeObject *code)
{
    static int known;
    static uintptr_t known_version;
    uintptr_t version;
    memcpy(&version, instrumentation_version_at(interp), sizeof(version));
    if (!known || version != known_version) {
        known = !others_among(interp->monitors.tools, _PY_MONITORING_UNGROUPED_EVENTS);
        known_version = version;
    }
    const _PyCoMonitoringData *local = code->_co_monitoring;
    return !known || (local != NULL && others_among(local->active_monitors.tools, _PY_MONITORING_LOCAL_EVENTS));
}

/* The middle of this thread's C stack, 0 if the system does not tell. Native code needs more of the stack for a
 * level than the interpreter's count of levels allows for; below the middle the count alone is enough again. */
static uintptr_t middle_of_stack(void)
{
    static _Thread_local uintptr_t middle QUICK_TLS = UINTPTR_MAX;
    if (middle == UINTPTR_MAX) {
        middle = 0;
#ifdef __linux__
        pthread_attr_t attributes;
        void *lowest;
        size_t size;
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            if (pthread_attr_getstack(&attributes, &lowest, &size) == 0) {
                middle = (uintptr_t)lowest + size / 2;
            }
            pthread_attr_destroy(&attributes);
        }
#elif defined(__APPLE__)
        pthread_t self = pthread_self();
        middle = (uintptr_t)pthread_get_stackaddr_np(self) - pthread_get_stacksize_np(self) / 2;
#endif
    }
    return middle;
}

int fatjit_stack_is_deep(PyThreadState *thread)
{
    return thread->c_recursion_remaining < C_STACK_LIMIT / 2 || (uintptr_t)&thread < middle_of_stack();
}

int fatjit_stack_is_deep_here(void)
{
    return fatjit_stack_is_deep(PyThreadState_Get());
}

int64_t fatjit_stack_room(PyThreadState *thread)
{
    if (thread->c_recursion_remaining < C_STACK_LIMIT / 2) {
        return 0;
    }
    uintptr_t middle = middle_of_stack(), here = (uintptr_t)&middle;
    /* Where the system does not tell, an amount that any thread has. */
    return middle == 0 ? 128 * 1024 : here > middle ? (int64_t)(here - middle) : 0;
}

int fatjit_is_watched(PyThreadState *thread, PyCodeObject *code)
{
    return thread->c_tracefunc != NULL || thread->c_profilefunc != NULL || other_tools(thread->interp, code);
}

enum fatjit_entry fatjit_frame_ready(PyObject **slots)
{
    PyThreadState *thread = PyThreadState_Get();
    Frame *frame = frame_of(slots);
    PyCodeObject *code = frame_code(frame);
    if (code->_co_monitoring == NULL || frame->stacktop < 0 || thread->tracing != 1) {
        return FATJIT_ENTRY_NOT_IN_CALLBACK;
    }
    if (fatjit_is_watched(thread, code)) {
        return FATJIT_ENTRY_OTHER_TOOL;
    }
    if (_PyInterpreterState_GetEvalFrameFunc(thread->interp) != _PyEval_EvalFrameDefault) {
        return FATJIT_ENTRY_EVAL_FRAME_HOOK;
    }
    if (fatjit_stack_is_deep(thread)) {
        return FATJIT_ENTRY_DEEP_STACK;
    }
    if (!detach_frame_object(frame)) {
        return FATJIT_ENTRY_FRAME_HELD;
    }
    return FATJIT_ENTRY_READY;
}

void fatjit_context(PyObject **slots, uintptr_t *words)
{
    fatjit_context_of(PyThreadState_Get(), slots, words);
}

void fatjit_context_of(PyThreadState *thread, PyObject **slots, uintptr_t *words)
{
    void *version = instrumentation_version_at(thread->interp);
    void *tools = &frame_code(frame_of(slots))->_co_monitoring->active_monitors;
    words[FATJIT_WORD_BREAKER] = (uintptr_t)eval_breaker_at(thread);
    words[FATJIT_WORD_VERSION_AT] = (uintptr_t)version;
    memcpy(&words[FATJIT_WORD_VERSION], version, sizeof(uintptr_t));
    words[FATJIT_WORD_TOOLS_AT] = (uintptr_t)tools;
    memcpy(&words[FATJIT_WORD_TOOLS], tools, sizeof(uintptr_t));
    words[FATJIT_WORD_NAMES] = 0;
    words[FATJIT_WORD_THREAD] = (uintptr_t)thread;
}

void *fatjit_code_tools(PyObject *code)
{
    _PyCoMonitoringData *monitoring = ((PyCodeObject *)code)->_co_monitoring;
    return monitoring == NULL ? NULL : &monitoring->active_monitors;
}

int fatjit_others_watch(PyObject *code)
{
    PyThreadState *thread = PyThreadState_Get();
    return fatjit_is_watched(thread, (PyCodeObject *)code) || fatjit_foreign_eval_frame();
}

int fatjit_foreign_eval_frame(void)
{
    return _PyInterpreterState_GetEvalFrameFunc(PyInterpreterState_Get()) != _PyEval_EvalFrameDefault;
}

int fatjit_is_main_interpreter(void)
{
    return PyInterpreterState_Get() == PyInterpreterState_Main();
}

/* A number of the exception table: six bits a byte, the highest first, bit 6 set in all but the last. */
static int table_number(const unsigned char **at)
{
    int number = **at & 63;
    while (*(*at)++ & 64) {
        number = number << 6 | (**at & 63);
    }
    return number;
}

struct handler {
    int target;
    int level;
    int with_lasti;
};

static int find_handler(PyCodeObject *code, int64_t unit, struct handler *found)
{
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
    while (at < end) {
        int start = table_number(&at), length = table_number(&at);
        int target = table_number(&at), depth = table_number(&at);
        if (unit < start) {
            return 0;
        }
        if (unit < start + length) {
            *found = (struct handler){target, depth >> 1, depth & 1};
            return 1;
        }
    }
    return 0;
}

void fatjit_add_traceback(PyThreadState *thread)
{
    /* PyThreadState_GetFrame() clears the exception where it has no memory. */
    PyObject *raised = PyErr_GetRaisedException();
    PyFrameObject *object = PyThreadState_GetFrame(thread);
    if (object == NULL) {
        /* The interpreter goes on with the new exception, too. */
        Py_XDECREF(raised);
        PyErr_NoMemory();
        return;
    }
    PyErr_SetRaisedException(raised);
    /* On failure the new exception stands in for the old one. */
    (void)PyTraceBack_Here(object);
    Py_DECREF(object);
}

int64_t fatjit_unwind(PyObject **slots, int64_t depth, int64_t unit)
{
    Frame *frame = frame_of(slots);
    PyCodeObject *code = frame_code(frame);
    struct handler handler;
#if FATJIT_V313
    fatjit_frame_set_position(slots, unit);
#else
    /* A call left the position on its last cache: see frame_enters_python. */
    int64_t found = frame->prev_instr - _PyCode_CODE(code);
    if (found > unit && found <= unit + (int64_t)INLINE_CACHE_ENTRIES_CALL) {
        unit = found;
    }
    else {
        fatjit_frame_set_position(slots, unit);
    }
#endif
    if (!find_handler(code, unit, &handler)) {
        return -1;
    }
    fatjit_add_traceback(PyThreadState_Get());
    int64_t base = code->co_nlocalsplus;
    while (depth > base + handler.level) {
        Py_XDECREF(slots[--depth]);
    }
    if (handler.with_lasti) {
        /* Without memory the exception is another one, for the same handler: the interpreter, too, tries again. */
        PyObject *lasti;
        do {
            lasti = PyLong_FromLong((long)unit);
        } while (lasti == NULL);
        slots[depth++] = lasti;
    }
    slots[depth++] = PyErr_GetRaisedException();
    fatjit_frame_set_position(slots, handler.target);
    return depth;
}

int fatjit_has_back_edge(PyObject *code)
{
    PyObject *bytes = PyCode_GetCode((PyCodeObject *)code);
    if (bytes == NULL) {
        return -1;
    }
    const unsigned char *units = (const unsigned char *)PyBytes_AS_STRING(bytes);
    int found = 0;
    for (Py_ssize_t i = 0; !found && i < PyBytes_GET_SIZE(bytes); i += 2) {
        found = units[i] == JUMP_BACKWARD;
    }
    Py_DECREF(bytes);
    return found;
}

int fatjit_names_itself(PyObject *object)
{
    const PyCodeObject *code = (const PyCodeObject *)object;
    const int generator = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE;
    if (!(code->co_flags & CO_OPTIMIZED) || (code->co_flags & generator)) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        if (PyTuple_GET_ITEM(code->co_names, i) == code->co_name) {
            return 1;
        }
    }
    /* Functions made in functions know themselves by a free variable. */
    for (int i = code->co_nlocalsplus - code->co_nfreevars; i < code->co_nlocalsplus; i++) {
        if (PyTuple_GET_ITEM(code->co_localsplusnames, i) == code->co_name) {
            return 1;
        }
    }
    return 0;
}

PyObject *fatjit_code_names(PyObject *code)
{
    return ((PyCodeObject *)code)->co_names;
}

PyObject *fatjit_code_constants(PyObject *code)
{
    return ((PyCodeObject *)code)->co_consts;
}

struct visitor {
    void (*visit)(PyObject *code, void *data);
    void *data;
};

static int visit_object(PyObject *object, void *data)
{
    const struct visitor *visitor = data;
    if (PyFunction_Check(object)) {
        visitor->visit(PyFunction_GET_CODE(object), visitor->data);
    }
    return 1;
}

void fatjit_visit_code(void (*visit)(PyObject *code, void *data), void *data)
{
    struct visitor visitor = {visit, data};
    PyUnstable_GC_VisitObjects(visit_object, &visitor);
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread != NULL; thread = PyThreadState_Next(thread)) {
#if !FATJIT_V313
        if (thread->cframe == NULL) {
            continue;
        }
#endif
        for (Frame *frame = thread_frame(thread); frame != NULL; frame = frame->previous) {
            if (frame->owner != FRAME_OWNED_BY_CSTACK && PyCode_Check(frame_code(frame))) {
                visit((PyObject *)frame_code(frame), data);
            }
        }
    }
}
