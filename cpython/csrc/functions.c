/* Functions entered natively, and frames made for them.
 *
 * Frames are made as the interpreter makes them: on the thread's data stack, from which they are taken in reverse
 * order. The interpreter's own routine for that is not exported by all versions, so it is written out here. */
#include "functions.h"

#include "arguments.h"
#include "frames.h"
#include "tiering.h"

static PyObject *plain_function;
/* What calls of compiled functions come to. */
static vectorcallfunc own_entry;

vectorcallfunc fatjit_plain_vectorcall(void)
{
    if (plain_function == NULL) {
        PyObject *globals = PyDict_New();
        if (globals != NULL) {
            plain_function = PyRun_String("lambda: None", Py_eval_input, globals, globals);
            Py_DECREF(globals);
        }
        if (plain_function == NULL) {
            return NULL;
        }
    }
    return ((PyFunctionObject *)plain_function)->vectorcall;
}

/* The running frame, if the arguments of a call are on its stack: then one of its instructions calls. */
static Frame *calling_frame(PyObject *const *arguments)
{
    Frame *frame = thread_frame(PyThreadState_Get());
    /* Where there are none, the stack ends with what is called. */
    int calls = frame != NULL && frame->owner != FRAME_OWNED_BY_CSTACK &&
                arguments > (PyObject *const *)frame->localsplus &&
                arguments <= (PyObject *const *)frame + frame_code(frame)->co_framesize;
    return calls ? frame : NULL;
}

int fatjit_hands_over(PyObject *function, PyObject *const *arguments)
{
    const Frame *frame = calling_frame(arguments);
    if (frame == NULL || arguments - 2 < (PyObject *const *)frame->localsplus + frame_code(frame)->co_nlocalsplus) {
        return 0;
    }
    /* What is called right below the first argument, or below a null: not something that calls the function in turn with
     * the same arguments, and an object that it only borrows. */
    return arguments[-1] == function || (arguments[-1] == NULL && arguments[-2] == function);
}

/* Most locals that are filled here. */
#define MOST_LOCALS 32

PyObject *fatjit_call_handing_over(PyObject *object, PyObject **arguments, int64_t positional, PyObject *names)
{
    PyCodeObject *code = (PyCodeObject *)((PyFunctionObject *)object)->func_code;
    PyObject *locals[MOST_LOCALS];
    int64_t parameters = fatjit_plain_parameters((PyObject *)code), all = fatjit_arguments((PyObject *)code);
    if (parameters < 0 || all > MOST_LOCALS || fatjit_foreign_eval_frame() ||
        !fatjit_bind(object, arguments, positional, names, locals) ||
        fatjit_collect(object, arguments, positional, names, locals + parameters) < 0) {
        PyErr_Clear();
        return NULL;
    }
    PyObject **slots = fatjit_frame_make(object);
    if (slots == NULL) {
        PyErr_Clear();
        for (int64_t at = parameters; at < all; at++) {
            Py_DECREF(locals[at]);
        }
        return NULL;
    }
    for (int64_t at = 0; at < all; at++) {
        slots[at] = at < parameters ? Py_NewRef(locals[at]) : locals[at];
    }
    fatjit_gives_up(arguments, positional + (names == NULL ? 0 : PyTuple_GET_SIZE(names)));
    return fatjit_frame_run(slots, code->co_nlocalsplus, 0);
}

void fatjit_gives_up(PyObject **arguments, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        PyObject *argument = arguments[i];
        arguments[i] = Py_None;
        Py_DECREF(argument);
    }
}

void fatjit_call_begins(PyObject *const *arguments)
{
#if !FATJIT_V313
    Frame *frame = calling_frame(arguments);
    if (frame != NULL) {
        frame_enters_python(frame, INLINE_CACHE_ENTRIES_CALL);
    }
#else
    (void)arguments;
#endif
}

PyObject *fatjit_call_plainly(PyObject *function, PyObject *const *arguments, size_t count, PyObject *names)
{
    vectorcallfunc plain = fatjit_plain_vectorcall();
    PyObject *result = NULL;
    if (fatjit_hands_over(function, arguments)) {
        result = fatjit_call_handing_over(function, (PyObject **)arguments, PyVectorcall_NARGS(count), names);
    }
    if (result == NULL && !PyErr_Occurred() && plain != NULL) {
        result = plain(function, arguments, count, names);
    }
#if !FATJIT_V313
    Frame *frame = result == NULL ? calling_frame(arguments) : NULL;
    if (frame != NULL) {
        frame_failed_to_enter(frame, INLINE_CACHE_ENTRIES_CALL);
    }
#endif
    return result;
}

int64_t fatjit_nesting_of(PyThreadState *thread, int64_t bytes)
{
    int64_t levels = thread->py_recursion_remaining;
    int64_t room = fatjit_stack_room(thread);
    /* To divide takes longer than all the rest, and there is mostly room for all levels. */
    return levels * bytes <= room ? levels : room / bytes;
}

enum fatjit_call fatjit_call_ready(PyObject *code, int64_t bytes, int64_t *levels, uintptr_t *words)
{
    PyThreadState *thread = PyThreadState_Get();
    if (fatjit_breaker_is_set(thread) || thread->tracing != 0 ||
        fatjit_is_watched(thread, (PyCodeObject *)code) ||
        _PyInterpreterState_GetEvalFrameFunc(thread->interp) != _PyEval_EvalFrameDefault) {
        return FATJIT_CALL_BUSY;
    }
    if (fatjit_stack_is_deep(thread)) {
        return FATJIT_CALL_DEEP_STACK;
    }
    *levels = fatjit_nesting_of(thread, bytes) - 1;
    memset(words, 0, FATJIT_WORDS * sizeof(uintptr_t));
    void *version = instrumentation_version_at(thread->interp);
    words[FATJIT_WORD_BREAKER] = (uintptr_t)eval_breaker_at(thread);
    words[FATJIT_WORD_VERSION_AT] = (uintptr_t)version;
    memcpy(&words[FATJIT_WORD_VERSION], version, sizeof(uintptr_t));
    words[FATJIT_WORD_THREAD] = (uintptr_t)thread;
    return *levels < 0 ? FATJIT_CALL_BUSY : FATJIT_CALL_READY;
}

int64_t fatjit_nesting_here(int64_t bytes)
{
    return fatjit_nesting_of(PyThreadState_Get(), bytes);
}

uint32_t fatjit_function_install(PyObject *object, vectorcallfunc entry)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    uint32_t version = function->func_version;
    own_entry = entry;
    PyFunction_SetVectorcall(function, entry);
    return version;
}

void fatjit_function_restore(PyObject *object, uint32_t version)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    PyFunction_SetVectorcall(function, fatjit_plain_vectorcall());
    if (version != 0) {
#if FATJIT_V313
        _PyFunction_SetVersion(function, version);
#else
        function->func_version = version;
#endif
    }
}

static int restore_one(PyObject *object, void *entry)
{
    if (PyFunction_Check(object) && ((PyFunctionObject *)object)->vectorcall == *(vectorcallfunc *)entry) {
        fatjit_function_restore(object, 0);
    }
    return 1;
}

void fatjit_functions_restore_all(vectorcallfunc entry)
{
    PyUnstable_GC_VisitObjects(restore_one, &entry);
}

PyObject *fatjit_frame_function(PyObject **slots)
{
    return (PyObject *)frame_of(slots)->f_funcobj;
}

PyObject **fatjit_current_slots(void)
{
    return thread_frame(PyThreadState_Get())->localsplus;
}

#define CHUNK_SIZE (16 * 1024)
#define CHUNK_OVERHEAD 1000

static PyObject **push_chunk(PyThreadState *thread, int size)
{
    size_t wanted = CHUNK_SIZE;
    while (wanted < sizeof(PyObject *) * ((size_t)size + CHUNK_OVERHEAD)) {
        wanted *= 2;
    }
    PyObjectArenaAllocator arena;
    PyObject_GetArenaAllocator(&arena);
    _PyStackChunk *chunk = arena.alloc(arena.ctx, wanted);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->previous = thread->datastack_chunk;
    chunk->size = wanted;
    chunk->top = 0;
    if (thread->datastack_chunk != NULL) {
        thread->datastack_chunk->top = thread->datastack_top - &thread->datastack_chunk->data[0];
    }
    thread->datastack_chunk = chunk;
    thread->datastack_limit = (PyObject **)((char *)chunk + wanted);
    /* The first chunk keeps a word, so that no frame in it is taken for the first of its chunk. */
    PyObject **base = &chunk->data[chunk->previous == NULL];
    thread->datastack_top = base + size;
    return base;
}

static Frame *push_frame(PyThreadState *thread, int size)
{
    PyObject **top = thread->datastack_top;
    if (top != NULL && size < thread->datastack_limit - top) {
        thread->datastack_top = top + size;
        return (Frame *)top;
    }
    return (Frame *)push_chunk(thread, size);
}

static Frame *make_frame(PyThreadState *thread, PyObject *object)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    Frame *frame = push_frame(thread, code->co_framesize);
    if (frame == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    _PyFrame_Initialize(frame, (PyFunctionObject *)Py_NewRef(function), NULL, code, 0);
    frame->previous = NULL;
    return frame;
}

PyObject **fatjit_frame_make(PyObject *object)
{
    Frame *frame = make_frame(PyThreadState_Get(), object);
    return frame == NULL ? NULL : frame->localsplus;
}

/* Makes a frame the thread's running one, with `depth` slots in use (-1: it is running). */
static void link_frame(PyThreadState *thread, Frame *frame, int depth)
{
    frame->stacktop = depth;
    frame->previous = thread_frame(thread);
    thread_set_frame(thread, frame);
    thread->py_recursion_remaining--;
}

PyObject **fatjit_frame_begin(const uintptr_t *words, PyObject *object)
{
    PyThreadState *thread = (PyThreadState *)words[FATJIT_WORD_THREAD];
    Frame *frame = make_frame(thread, object);
    if (frame == NULL) {
        return NULL;
    }
    link_frame(thread, frame, -1);
    return frame->localsplus;
}

void fatjit_frame_calls(PyObject **slots, int64_t unit)
{
    fatjit_frame_set_position(slots, unit);
#if !FATJIT_V313
    frame_enters_python(frame_of(slots), INLINE_CACHE_ENTRIES_CALL);
#endif
}

void fatjit_frame_iterates(PyObject **slots, int64_t unit)
{
    fatjit_frame_set_position(slots, unit);
#if !FATJIT_V313
    frame_enters_python(frame_of(slots), INLINE_CACHE_ENTRIES_FOR_ITER);
#endif
}

void fatjit_frame_show(PyObject **slots, int64_t depth, int64_t unit)
{
    fatjit_frame_calls(slots, unit);
    link_frame(PyThreadState_Get(), frame_of(slots), (int)depth);
}

void fatjit_frame_hide(PyObject **slots)
{
    PyThreadState *thread = PyThreadState_Get();
    Frame *frame = frame_of(slots);
    thread_set_frame(thread, frame->previous);
    frame->previous = NULL;
    thread->py_recursion_remaining++;
}

PyObject *fatjit_frame_run(PyObject **slots, int64_t depth, int64_t unit)
{
    Frame *frame = frame_of(slots);
    frame->stacktop = (int)depth;
    frame_goes_on_at(frame, _PyCode_CODE(frame_code(frame)) + unit);
    return _PyEval_EvalFrameDefault(PyThreadState_Get(), frame, 0);
}

#if !FATJIT_V313
/* After _PyThreadState_PopFrame() in Python/pystate.c. */
static void pop_frame(PyThreadState *thread, Frame *frame)
{
    PyObject **base = (PyObject **)frame;
    if (base == &thread->datastack_chunk->data[0]) {
        _PyStackChunk *chunk = thread->datastack_chunk, *previous = chunk->previous;
        thread->datastack_top = &previous->data[previous->top];
        thread->datastack_chunk = previous;
        PyObjectArenaAllocator arena;
        PyObject_GetArenaAllocator(&arena);
        arena.free(arena.ctx, chunk, chunk->size);
        thread->datastack_limit = (PyObject **)((char *)previous + previous->size);
    } else {
        thread->datastack_top = base;
    }
}

/* After take_ownership() in Python/frame.c: somebody holds the frame's object, which gets the contents. The frame is
 * not the thread's current one any more. */
static void give_to_object(PyThreadState *thread, PyFrameObject *object, Frame *frame)
{
    size_t size = (size_t)((char *)&frame->localsplus[frame->stacktop] - (char *)frame);
    Frame *copy = (Frame *)object->_f_frame_data;
    Py_INCREF(frame_code(frame));
    memcpy(copy, frame, size);
    object->f_frame = copy;
    copy->owner = FRAME_OWNED_BY_FRAME_OBJECT;
    copy->previous = NULL;
    if (_PyFrame_GetFirstComplete(frame->previous) != NULL) {
        object->f_back = PyThreadState_GetFrame(thread);
    }
    if (!PyObject_GC_IsTracked((PyObject *)object)) {
        PyObject_GC_Track((PyObject *)object);
    }
}
#endif

/* Ends a shown frame. */
static void end_frame(PyThreadState *thread, Frame *frame)
{
    thread_set_frame(thread, frame->previous);
    thread->py_recursion_remaining++;
#if FATJIT_V313
    _PyEval_FrameClearAndPop(thread, frame);
#else
    PyCodeObject *code = frame_code(frame);
    PyFrameObject *object = frame->frame_obj;
    frame->frame_obj = NULL;
    int given = object != NULL && Py_REFCNT(object) > 1;
    if (given) {
        give_to_object(thread, object, frame);
    }
    Py_XDECREF(object);
    if (!given) {
        for (int i = 0; i < frame->stacktop; i++) {
            Py_XDECREF(frame->localsplus[i]);
        }
        Py_XDECREF(frame->f_locals);
        Py_DECREF(frame->f_funcobj);
    }
    pop_frame(thread, frame);
    Py_DECREF(code);
#endif
}

void fatjit_frame_end(PyObject **slots, void *running)
{
    PyThreadState *thread = running;
    Frame *frame = frame_of(slots);
    PyCodeObject *code = frame_code(frame);
    int locals = code->co_nlocalsplus;
    /* The first frame of a chunk takes the chunk with it. */
    if (frame->frame_obj != NULL || frame->f_locals != NULL || (PyObject **)frame == &thread->datastack_chunk->data[0]) {
        frame->stacktop = locals;
        end_frame(thread, frame);
        return;
    }
    thread_set_frame(thread, frame->previous);
    thread->py_recursion_remaining++;
    for (int i = 0; i < locals; i++) {
        Py_XDECREF(slots[i]);
    }
    Py_DECREF(frame->f_funcobj);
    thread->datastack_top = (PyObject **)frame;
    Py_DECREF(code);
}

PyObject *fatjit_frame_throw(PyObject **slots, int64_t depth, int64_t unit)
{
    PyThreadState *thread = PyThreadState_Get();
    Frame *frame = frame_of(slots);
    frame->stacktop = (int)depth;
    int64_t after = fatjit_unwind(slots, depth, unit);
    if (after >= 0) {
        int64_t handler = fatjit_frame_position(slots);
        fatjit_frame_hide(slots);
        return fatjit_frame_run(slots, after, handler);
    }
    fatjit_add_traceback(thread);
    PyObject *raised = PyErr_GetRaisedException();
    frame->stacktop = (int)depth;
    end_frame(thread, frame);
    PyErr_SetRaisedException(raised);
    return NULL;
}

void fatjit_frame_discard(PyObject **slots)
{
    Frame *frame = frame_of(slots);
    frame->stacktop = 0;
    fatjit_frame_show(slots, 0, 0);
    end_frame(PyThreadState_Get(), frame);
}

PyObject *fatjit_function_code(PyObject *object)
{
    return PyFunction_Check(object) ? ((PyFunctionObject *)object)->func_code : NULL;
}

PyObject *fatjit_called_code(PyObject *object)
{
    if (!PyFunction_Check(object)) {
        return NULL;
    }
    PyFunctionObject *function = (PyFunctionObject *)object;
    int own = function->vectorcall == own_entry || function->vectorcall == fatjit_plain_vectorcall();
    return own ? function->func_code : NULL;
}

PyObject *fatjit_function_defaults(PyObject *function)
{
    return ((PyFunctionObject *)function)->func_defaults;
}

PyObject *fatjit_keyword_defaults(PyObject *function)
{
    return ((PyFunctionObject *)function)->func_kwdefaults;
}
