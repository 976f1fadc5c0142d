/* A thread that asks the interpreter to look at itself.
 *
 * Invariants: the thread never has a thread state and never waits for the interpreter's lock: all it does is to add
 * a pending call, which whichever Python thread runs serves between two instructions. At most one is on its way, and
 * until it is served the thread sleeps: a program that waits is not woken. No such thread exists while the process
 * forks (the interpreter warns of threads it finds then) nor once the interpreter ends.
 *
 * All state but the atomics belongs to who holds the interpreter's lock. */
#include "sampler.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* Callers that are looked at, the running frame included. */
#define DEPTH 8
/* Nanoseconds between two samples: as long as something new turns up, and at most. */
#define SHORTEST 5000000L
#define LONGEST 80000000L
/* Samples without anything new after which the interval doubles. */
#define PATIENCE 40
/* A thread that used less than one part in so many of the time since it was seen last, was waiting. */
#define BUSY_PART 10

static struct {
    pthread_t thread;
    int running;
    /* What was asked for, also while it pauses. */
    int wanted;
    int hooked;
    fatjit_sampled sampled;
    int quiet;
    PyInterpreterState *interp;
    /* Where the process forked, and in which process and thread. */
    Frame *fork_frame;
    PyThreadState *fork_thread;
    int fork_in_main;
} sampler;

static sem_t wake;
static _Atomic int ending, on_its_way, sleeping;
static _Atomic long interval = SHORTEST;

static _Thread_local int64_t seen_cpu, seen_wall;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t fatjit_processor_time(int whole_process)
{
    return nanoseconds(whole_process ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
}

/* The processor time that this thread used since it was asked last; 0 if that is no good part of the time. */
static int64_t busy_time(void)
{
    int64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID), wall = nanoseconds(CLOCK_MONOTONIC);
    int64_t used = cpu - seen_cpu;
    int busy = used * BUSY_PART >= wall - seen_wall;
    seen_cpu = cpu;
    seen_wall = wall;
    return busy ? used : 0;
}

/* The code that runs, without repetitions: of recursive functions the same frames follow each other. */
static int look(PyObject **code)
{
    int count = 0, depth = 0;
    for (Frame *frame = thread_frame(PyThreadState_Get()); frame != NULL && depth < DEPTH; frame = frame->previous) {
        /* Beside the frames of functions, module bodies included, there are the interpreter's own, around C calls and
         * `__init__`; the code of the latter is constant memory. */
        if (frame->owner == FRAME_OWNED_BY_CSTACK || !PyFunction_Check(frame->f_funcobj)) {
            continue;
        }
        depth++;
        PyObject *object = (PyObject *)frame_code(frame);
        int known = 0;
        for (int i = 0; i < count; i++) {
            known |= code[i] == object;
        }
        if (!known) {
            code[count++] = object;
        }
    }
    return count;
}

static void pace(int anything_new)
{
    if (anything_new) {
        sampler.quiet = 0;
        interval = SHORTEST;
    }
    else if (++sampler.quiet >= PATIENCE && interval < LONGEST) {
        sampler.quiet = 0;
        interval = interval * 2;
    }
}

/* A pending call: a sample. */
static int sample(void *unused)
{
    PyObject *code[DEPTH];
    int64_t used = sampler.running ? busy_time() : 0;
    int count = used > 0 ? look(code) : 0;
    if (count > 0) {
        for (int i = 0; i < count; i++) {
            Py_INCREF(code[i]);
        }
        pace(sampler.sampled(code, count, used));
        for (int i = 0; i < count; i++) {
            Py_DECREF(code[i]);
        }
    }
    on_its_way = 0;
    if (atomic_exchange(&sleeping, 0)) {
        sem_post(&wake);
    }
    return 0;
}

static void *sample_now_and_then(void *unused)
{
    while (!ending) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += interval;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        while (!ending && (sem_timedwait(&wake, &until) == 0 || errno == EINTR)) {
        }
        if (ending) {
            break;
        }
        if (on_its_way) {
            /* Whoever serves it wakes us; it may have been served meanwhile. */
            sleeping = 1;
            while (!ending && on_its_way) {
                sem_wait(&wake);
            }
            sleeping = 0;
            continue;
        }
        on_its_way = 1;
        if (_PyEval_AddPendingCall(sampler.interp, sample, NULL, 0) != 0) {
            /* No room: next time. */
            on_its_way = 0;
        }
    }
    return NULL;
}

static int resume(void)
{
    if (sampler.running) {
        return 0;
    }
    ending = 0;
    sleeping = 0;
    sem_init(&wake, 0, 0);
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    /* Signals are the program's: the thread inherits that it gets none. */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&sampler.thread, &attributes, sample_now_and_then, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    sampler.running = error == 0;
    return error;
}

static void pause_sampling(void)
{
    if (!sampler.running) {
        return;
    }
    ending = 1;
    sem_post(&wake);
    pthread_join(sampler.thread, NULL);
    sem_destroy(&wake);
    sampler.running = 0;
}

/* A pending call: samples are taken again once the frame that forked has gone on. Until then the interpreter may
 * still count threads. */
static int resume_behind_fork(void *unused)
{
    PyThreadState *thread = PyThreadState_Get();
    if (!sampler.wanted || sampler.running) {
        return 0;
    }
    if (thread == sampler.fork_thread) {
        /* Hooks of the program run in frames above the one that forks. */
        Frame *frame = thread_frame(thread);
        for (Frame *outer = frame == NULL ? NULL : frame->previous; outer != NULL; outer = outer->previous) {
            if (outer == sampler.fork_frame) {
                _PyEval_AddPendingCall(sampler.interp, resume_behind_fork, NULL, sampler.fork_in_main);
                return 0;
            }
        }
    }
    resume();
    return 0;
}

static PyObject *before_fork(PyObject *module, PyObject *unused)
{
    pause_sampling();
    sampler.fork_thread = PyThreadState_Get();
    sampler.fork_frame = thread_frame(sampler.fork_thread);
    sampler.fork_in_main = _Py_IsMainThread();
    Py_RETURN_NONE;
}

static PyObject *after_fork_in_parent(PyObject *module, PyObject *unused)
{
    if (sampler.wanted) {
        _PyEval_AddPendingCall(sampler.interp, resume_behind_fork, NULL, sampler.fork_in_main);
    }
    Py_RETURN_NONE;
}

static PyObject *after_fork_in_child(PyObject *module, PyObject *unused)
{
    /* What the parent had on its way is served here, too, or never. */
    on_its_way = 0;
    if (!sampler.fork_in_main) {
        sampler.wanted = 0;
    }
    return after_fork_in_parent(module, unused);
}

static PyObject *at_exit(PyObject *module, PyObject *unused)
{
    fatjit_sampler_stop();
    Py_RETURN_NONE;
}

static PyMethodDef before_fork_definition = {"fatjit_before_fork", before_fork, METH_NOARGS, NULL};
static PyMethodDef in_parent_definition = {"fatjit_after_fork_in_parent", after_fork_in_parent, METH_NOARGS, NULL};
static PyMethodDef in_child_definition = {"fatjit_after_fork_in_child", after_fork_in_child, METH_NOARGS, NULL};
static PyMethodDef at_exit_definition = {"fatjit_at_exit", at_exit, METH_NOARGS, NULL};

/* What must be told before the process forks and before the interpreter ends. */
static int hook(void)
{
    if (sampler.hooked) {
        return 0;
    }
    int failed = -1;
    PyObject *before = PyCFunction_New(&before_fork_definition, NULL);
    PyObject *parent = PyCFunction_New(&in_parent_definition, NULL);
    PyObject *child = PyCFunction_New(&in_child_definition, NULL);
    PyObject *end = PyCFunction_New(&at_exit_definition, NULL);
    PyObject *os = PyImport_ImportModule("posix"), *atexit = PyImport_ImportModule("atexit");
    if (before && parent && child && end && os && atexit) {
        PyObject *nothing = PyTuple_New(0);
        PyObject *keywords =
            Py_BuildValue("{sOsOsO}", "before", before, "after_in_parent", parent, "after_in_child", child);
        PyObject *fork = PyObject_GetAttrString(os, "register_at_fork");
        PyObject *done = fork && keywords && nothing ? PyObject_Call(fork, nothing, keywords) : NULL;
        PyObject *also = done ? PyObject_CallMethod(atexit, "register", "O", end) : NULL;
        failed = also == NULL ? -1 : 0;
        Py_XDECREF(also);
        Py_XDECREF(done);
        Py_XDECREF(fork);
        Py_XDECREF(keywords);
        Py_XDECREF(nothing);
    }
    Py_XDECREF(before);
    Py_XDECREF(parent);
    Py_XDECREF(child);
    Py_XDECREF(end);
    Py_XDECREF(os);
    Py_XDECREF(atexit);
    sampler.hooked = !failed;
    return failed;
}

int fatjit_sampler_start(fatjit_sampled sampled)
{
    if (hook() < 0) {
        return -1;
    }
    sampler.sampled = sampled;
    sampler.interp = PyInterpreterState_Get();
    sampler.wanted = 1;
    sampler.quiet = 0;
    interval = SHORTEST;
    return resume();
}

void fatjit_sampler_stop(void)
{
    sampler.wanted = 0;
    pause_sampling();
}
