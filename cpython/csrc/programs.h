/* Running a program in place of the one that asks for it. */
#ifndef FATJIT_PROGRAMS_H
#define FATJIT_PROGRAMS_H

#include "shim.h"

/* What a program is; mirrored in src/shim.rs. */
enum fatjit_program {
    /* `what` is the path of a script. */
    FATJIT_PROGRAM_FILE,
    /* It is read from the standard input. */
    FATJIT_PROGRAM_STDIN,
    /* It is the call of `what` with the tuple of arguments. */
    FATJIT_PROGRAM_CALL,
};

/* Runs a program in the module `__main__` with no frame of anybody else below it. An exception is printed as
 * the interpreter does at its end, and SystemExit leaves the process. Returns 0, or 1 after an exception. */
int fatjit_run_program(enum fatjit_program kind, PyObject *what, PyObject *arguments);

#endif
