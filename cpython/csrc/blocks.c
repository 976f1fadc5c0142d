/* Where small blocks come from. */
#include "blocks.h"

#include <string.h>

void *(*fatjit_pool_malloc)(void *, size_t);

void fatjit_blocks_begin(void)
{
    const char *name = _PyMem_GetCurrentAllocatorName();
    if (name != NULL && strcmp(name, "pymalloc") == 0) {
        fatjit_pool_malloc = _PyRuntime.allocators.standard.obj.malloc;
    }
}
