/* Looking, now and then, at what runs. */
#ifndef FATJIT_SAMPLER_H
#define FATJIT_SAMPLER_H

#include "shim.h"

/* Told of the code of the running frame and of its callers, innermost first, each once; borrowed; and of the nanoseconds
 * of processor time that the thread used since it was seen last. It is called where the interpreter serves what is
 * pending, and may run code. Whether any of it was new. */
typedef int (*fatjit_sampled)(PyObject **code, int count, int64_t ns);

/* Begins. 0, or an error number, or -1 with an exception set. It ends by itself when the interpreter does, and
 * pauses while the process forks. */
int fatjit_sampler_start(fatjit_sampled sampled);

/* Ends; nothing is told any more. */
void fatjit_sampler_stop(void);

/* Nanoseconds of processor time that this thread, or the whole process, has used. */
int64_t fatjit_processor_time(int whole_process);

#endif
