/* Running a program as the interpreter itself would at its start.
 *
 * Invariant: while the program runs, the thread has no frames but the program's own, and its recursion counts
 * from zero: stacks, tracebacks and limits look as under plain `python`. All of it is put back afterwards. */
#include "programs.h"

/* What belongs to the frames under the program. */
struct below {
    Frame *frame;
    int py_used;
    int c_used;
};

#if FATJIT_V313
#define CURRENT_FRAME(thread) (thread)->current_frame
#define C_LIMIT Py_C_RECURSION_LIMIT
#else
#define CURRENT_FRAME(thread) (thread)->cframe->current_frame
#define C_LIMIT C_RECURSION_LIMIT
#endif

static struct below hide(PyThreadState *thread)
{
    struct below below = {
        CURRENT_FRAME(thread),
        thread->py_recursion_limit - thread->py_recursion_remaining,
        C_LIMIT - thread->c_recursion_remaining,
    };
    CURRENT_FRAME(thread) = NULL;
    thread->py_recursion_remaining += below.py_used;
    thread->c_recursion_remaining += below.c_used;
    return below;
}

static void show(PyThreadState *thread, struct below below)
{
    CURRENT_FRAME(thread) = below.frame;
    thread->py_recursion_remaining -= below.py_used;
    thread->c_recursion_remaining -= below.c_used;
}

/* Prints the exception that is set; leaves the process if it is SystemExit. */
static int print_error(void)
{
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        /* The process ends by the signal, as the interpreter does. */
        _PyRuntime.signals.unhandled_keyboard_interrupt = 1;
    }
    PyErr_Print();
    return 1;
}

static int run_file(PyObject *path)
{
    PyObject *bytes;
    if (!PyUnicode_FSConverter(path, &bytes)) {
        return print_error();
    }
    FILE *file = fopen(PyBytes_AS_STRING(bytes), "rb");
    if (file == NULL) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        Py_DECREF(bytes);
        return print_error();
    }
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    int failed = PyRun_AnyFileExFlags(file, PyBytes_AS_STRING(bytes), 1, &flags);
    Py_DECREF(bytes);
    return failed != 0;
}

static int run_call(PyObject *function, PyObject *arguments)
{
    PyObject *result = PyObject_Call(function, arguments, NULL);
    if (result == NULL) {
        return print_error();
    }
    Py_DECREF(result);
    return 0;
}

int fatjit_run_program(enum fatjit_program kind, PyObject *what, PyObject *arguments)
{
    PyThreadState *thread = PyThreadState_Get();
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    struct below below = hide(thread);
    int failed = 1;
    switch (kind) {
    case FATJIT_PROGRAM_FILE:
        failed = run_file(what);
        break;
    case FATJIT_PROGRAM_STDIN:
        failed = PyRun_AnyFileExFlags(stdin, "<stdin>", 0, &flags) != 0;
        break;
    case FATJIT_PROGRAM_CALL:
        failed = run_call(what, arguments);
        break;
    }
    show(thread, below);
    return failed;
}
