/* A note on standard error of the last native code, when a signal ends the process. */
#ifndef FATJIT_CRASH_H
#define FATJIT_CRASH_H

#include <stdint.h>

/* The layouts are those of src/crash.rs. Texts are not terminated. */

/* Where native code may be left. */
struct fatjit_exit_note {
    const char *reason;
    uint32_t reason_length;
    uint32_t line;
};

/* A compiled region. */
struct fatjit_region_note {
    const char *name;
    uint64_t name_length;
    uintptr_t code;
    uint64_t code_size;
    const struct fatjit_exit_note *exits;
    uint64_t exit_count;
};

/* What became of an entry, unless it is the number of an exit. */
enum fatjit_entry_note { FATJIT_RUNNING = 0xffffffff, FATJIT_RETURNED = 0xfffffffe };

/* An entry into native code: whose, nothing once that is gone, and what became of it. */
struct fatjit_entry_of_code {
    const struct fatjit_region_note *region;
    uint64_t exit;
};

/* The last entries, in a ring of `count`, a power of two; `*made` is the number of all entries so far. */
struct fatjit_entries {
    const struct fatjit_entry_of_code *ring;
    const uint64_t *made;
    uint64_t count;
};

/* From now on signals that end the process have a note written first, if there was any native code. What handled them
 * before does so behind that. */
void fatjit_crash_watch(struct fatjit_entries entries);

/* No more notes. */
void fatjit_crash_ignore(void);

#endif
