/* Invariants: the handler allocates nothing, locks nothing, and calls only what may be called in a handler: `write`,
 * `sigaction`, `raise`. It writes one note in a process, and then does what would have been done without it. What it
 * reads is made before it is linked into the ring, and unlinked before it is freed. */
/* For the names of registers. */
#define _GNU_SOURCE
#include "crash.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

/* Entries that are told, repetitions counted as one. */
#define TOLD 12

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};

#define SIGNALS (sizeof signals / sizeof *signals)

static struct sigaction before[SIGNALS];
static struct fatjit_entries entries;
static _Atomic int watching, told;
/* For faults of a stack that is full. */
static char own_stack[64 * 1024];

/* A line under construction. */
struct line {
    char text[512];
    size_t length;
};

static void add(struct line *line, const char *text, size_t length)
{
    size_t room = sizeof line->text - line->length;
    if (length > room) {
        length = room;
    }
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void add_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    add(line, digits + at, sizeof digits - at);
}

static void put(struct line *line)
{
    /* The last byte ends the line, whatever was cut off. */
    size_t end = line->length < sizeof line->text ? line->length : sizeof line->text - 1;
    line->text[end] = '\n';
    const char *from = line->text;
    size_t left = end + 1;
    while (left > 0) {
        ssize_t done = write(STDERR_FILENO, from, left);
        if (done <= 0) {
            break;
        }
        from += done;
        left -= (size_t)done;
    }
    line->length = 0;
    add_text(line, "fatjit:   ");
}

/* Where the thread was that the signal met; 0 if that is not known. */
static uintptr_t program_counter(const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#else
    return 0;
#endif
}

static void add_entry(struct line *line, const struct fatjit_entry_of_code *entry, uint64_t times, uintptr_t at)
{
    const struct fatjit_region_note *region = entry->region;
    if (entry->exit == FATJIT_RUNNING) {
        add_text(line, "running: ");
    }
    else if (entry->exit == FATJIT_RETURNED) {
        add_text(line, "returned: ");
    }
    else {
        add_text(line, "left: ");
    }
    if (region == NULL) {
        add_text(line, "code that is gone");
    }
    else {
        add(line, region->name, region->name_length);
        if (entry->exit < region->exit_count) {
            const struct fatjit_exit_note *exit = &region->exits[entry->exit];
            add_text(line, ", at line ");
            add_number(line, exit->line);
            add_text(line, ": ");
            add(line, exit->reason, exit->reason_length);
        }
        if (at - region->code < region->code_size) {
            add_text(line, "; the signal came in its machine code, at byte ");
            add_number(line, at - region->code);
        }
    }
    if (times > 1) {
        add_text(line, " (");
        add_number(line, times);
        add_text(line, " times)");
    }
}

static void write_note(const char *name, uintptr_t at)
{
    uint64_t made = *entries.made;
    struct line line = {.length = 0};
    add_text(&line, "fatjit: ");
    add_text(&line, name);
    add_text(&line, ". The last native code, latest first:");
    put(&line);
    uint64_t known = made < entries.count ? made : entries.count;
    for (uint64_t back = 0, lines = 0; back < known && lines < TOLD; lines++) {
        const struct fatjit_entry_of_code *entry = &entries.ring[(made - 1 - back) & (entries.count - 1)];
        uint64_t times = 0;
        for (; back < known; back++, times++) {
            const struct fatjit_entry_of_code *other = &entries.ring[(made - 1 - back) & (entries.count - 1)];
            if (other->region != entry->region || other->exit != entry->exit) {
                break;
            }
        }
        add_entry(&line, entry, times, at);
        put(&line);
    }
    add_text(&line, "FATJIT=0 runs the program without it; `python -m fatjit bisect` finds what is compiled wrongly");
    put(&line);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    int error = errno;
    size_t which = 0;
    while (which < SIGNALS - 1 && signals[which].number != number) {
        which++;
    }
    if (watching && *entries.made > 0 && !atomic_exchange(&told, 1)) {
        write_note(signals[which].name, program_counter(context));
    }
    errno = error;
    const struct sigaction *old = &before[which];
    if (old->sa_flags & SA_SIGINFO) {
        old->sa_sigaction(number, info, context);
        return;
    }
    if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(number);
        return;
    }
    /* A fault that is ignored ends the process nevertheless; a signal that somebody sent does not. */
    if (old->sa_handler == SIG_IGN && info->si_code <= 0) {
        return;
    }
    sigaction(number, old, NULL);
    raise(number);
}

static int is_ours(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO && action->sa_sigaction == on_signal;
}

void fatjit_crash_watch(struct fatjit_entries last)
{
    entries = last;
    watching = 1;
    stack_t stack;
    if (sigaltstack(NULL, &stack) == 0 && stack.ss_flags & SS_DISABLE) {
        stack_t own = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
        sigaltstack(&own, NULL);
    }
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER}, old;
        sigemptyset(&ours.sa_mask);
        if (sigaction(signals[i].number, NULL, &old) == 0 && !is_ours(&old)) {
            before[i] = old;
            sigaction(signals[i].number, &ours, NULL);
        }
    }
}

void fatjit_crash_ignore(void)
{
    watching = 0;
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction now;
        /* Who came later calls ours, and ours what was before. */
        if (sigaction(signals[i].number, NULL, &now) == 0 && is_ours(&now)) {
            sigaction(signals[i].number, &before[i], NULL);
        }
    }
}
