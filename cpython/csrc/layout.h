/* The offsets that the Rust side works with; mirrored field by field in src/layout.rs, which compares `size`. */
#ifndef FATJIT_LAYOUT_H
#define FATJIT_LAYOUT_H

#include "shim.h"

struct fatjit_layout {
    /* Size of this structure. */
    int64_t size;
    /* PY_VERSION_HEX of the headers. */
    int64_t version_hex;
    /* Whether the headers are those of a free-threaded build. */
    int64_t free_threaded;
    /* From slot 0 of a frame: the pointer to its current instruction, and to its frame object. */
    int64_t frame_position;
    int64_t frame_object;
    int64_t object_refcount;
    int64_t object_type;
    int64_t long_tag;
    int64_t long_digit;
    int64_t float_value;
    int64_t range_iter_start;
    int64_t range_iter_step;
    int64_t range_iter_len;
    /* From an object of variable size: how many items. */
    int64_t var_size;
    /* From a dict and from a set: how many items. */
    int64_t dict_used;
    int64_t set_used;
    /* From a list: the address of its items. */
    int64_t list_items;
    /* From a tuple and a bytes object: the first item. */
    int64_t tuple_items;
    int64_t bytes_items;
    /* From a bytearray: the address of its first byte. */
    int64_t bytearray_start;
    /* From an iterator over a list or a tuple: the next index, and what it iterates over, or null. */
    int64_t list_iter_index;
    int64_t list_iter_list;
    int64_t tuple_iter_index;
    int64_t tuple_iter_tuple;
    /* From an `enumerate`: the next count, and the iterator over what is counted. */
    int64_t enumerate_count;
    int64_t enumerate_iter;
    /* From a `zip`: the tuple of its iterators. */
    int64_t zip_iters;
    /* From an array: the address of its items, and of its description. */
    int64_t array_items;
    int64_t array_description;
    /* From a text: how many characters, 32 bits of state, and the first character of one that is all ASCII and of
     * another that has none beyond Latin-1. */
    int64_t text_size;
    int64_t text_state;
    int64_t text_ascii_items;
    int64_t text_latin_items;
    /* Bits of the state that tell these two apart from others, and what they are for each. */
    int64_t text_form;
    int64_t text_ascii;
    int64_t text_latin;
    /* From an iterator over an ASCII text: the next index, and the text, or null. */
    int64_t text_iter_index;
    int64_t text_iter_text;
    /* From a built-in function: its definition and what it is bound to. */
    int64_t function_def;
    int64_t function_self;
    /* From a bound method: the function, and what it is bound to. */
    int64_t method_function;
    int64_t method_self;
    /* From a Python function: its code, globals, builtins, and the tuple of its cells. */
    int64_t function_code;
    int64_t function_globals;
    int64_t function_builtins;
    int64_t function_closure;
    /* From a cell: what is in it, or null. */
    int64_t cell_content;
    /* From a code object: its first instruction. */
    int64_t values_inside;
    int64_t values_state;
    int64_t values_first;
    int64_t managed_dict;
    int64_t shared_names;
    int64_t code_units;
    /* From a generator: slot 0 of its frame. */
    int64_t generator_slots;
    /* Whether the eval breaker is a byte (3.13), else 32 bits (3.12). */
    int64_t breaker_is_byte;
};

void fatjit_layout(struct fatjit_layout *out);

/* NULL if the running interpreter agrees with the headers, else the name of what does not; `text` is room for
 * such a name. Needs the GIL. */
const char *fatjit_check_layout(char *text, size_t room);

/* The texts of one character up to Latin-1, by their code points: they live for ever, and subscribing or iterating
 * over texts gives no others. Filled by the check. */
PyObject **fatjit_characters(void);

/* The type of iterators over ASCII texts, after the check; and where such an iterator keeps its text. */
PyObject *fatjit_text_iter_type(void);

#endif
