//! Routines in C that translated code calls by their names.
//!
//! Only their addresses are taken here. What they take and give is declared where translation calls them; it must be
//! what their headers say (`csrc/sequences.h`, `csrc/lookups.h`, `csrc/texts.h`, `csrc/c_calls.h`, `csrc/tables.h`, `csrc/numbers.h`, `csrc/stars.h`, `csrc/tiering.h`).

macro_rules! routines {
    ($($name:literal $function:ident;)*) => {
        unsafe extern "C" {
            $(fn $function();)*
        }

        /// The address of a routine by its name.
        pub(super) fn address(name: &str) -> Option<usize> {
            Some(match name {
                $($name => $function as *const () as usize,)*
                _ => return None,
            })
        }
    };
}

routines! {
    "range_len" fatjit_range_len;
    "range_iter_next" fatjit_range_iter_next;
    "range_iter_left" fatjit_range_iter_left;
    "range_iter_step" fatjit_range_iter_step;
    "load_global_plain" fatjit_load_global_plain;
    "sequence_iter" fatjit_sequence_iter;
    "iterates_shared" fatjit_iterates_shared;
    "sequence_iter_end" fatjit_sequence_iter_end;
    "sequence_iter_fits" fatjit_sequence_iter_fits;
    "enumerate_new" fatjit_enumerate_new;
    "enumerates" fatjit_enumerates;
    "reversed_new" fatjit_reversed_new;
    "reverses_tuple" fatjit_reverses_tuple;
    "is_range_iter" fatjit_is_range_iter;
    "zip_of_2" fatjit_zip_of_2;
    "zip_of_3" fatjit_zip_of_3;
    "zips" fatjit_zips;
    "list_has_numbers" fatjit_list_has_numbers;
    "c_call_0" fatjit_c_call_0;
    "c_call_1" fatjit_c_call_1;
    "c_call_2" fatjit_c_call_2;
    "c_call_3" fatjit_c_call_3;
    "c_call_4" fatjit_c_call_4;
    "is_leaf" fatjit_is_plain_leaf;
    "is_printed" fatjit_is_printed;
    "has_plain_truth" fatjit_has_plain_truth;
    "is_true" fatjit_is_true;
    "text_in_place" fatjit_text_in_place;
    "repr_in_place" fatjit_repr_in_place;
    "format_in_place" fatjit_format_in_place;
    "text_of_1" fatjit_text_of_1;
    "text_of_2" fatjit_text_of_2;
    "text_of_3" fatjit_text_of_3;
    "text_of_4" fatjit_text_of_4;
    "text_of_5" fatjit_text_of_5;
    "text_of_6" fatjit_text_of_6;
    "reads_as_int" fatjit_reads_as_int;
    "reads_as_float" fatjit_reads_as_float;
    "says_its_type" fatjit_says_its_type;
    "tells_instances" fatjit_tells_instances;
    "is_instance" fatjit_is_instance;
    "dict_has_texts" fatjit_dict_has_texts;
    "text_of" fatjit_text_of;
    "repr_of" fatjit_repr_of;
    "text_of_int" fatjit_text_of_int;
    "text_of_float" fatjit_text_of_float;
    "table_iter" fatjit_table_iter;
    "is_dict_view" fatjit_is_dict_view;
    "table_iter_state" fatjit_table_iter_state;
    "table_iter_step" fatjit_table_iter_step;
    "table_iter_end" fatjit_table_iter_end;
    "text_begins" fatjit_text_begins;
    "text_ends" fatjit_text_ends;
    "text_find" fatjit_text_find;
    "list_append" fatjit_list_append;
    "list_insert" fatjit_list_insert;
    "list_pop" fatjit_list_pop;
    "list_slice" fatjit_list_slice;
    "list_slice_step" fatjit_list_slice_step;
    "list_can_assign" fatjit_list_can_assign;
    "list_assign" fatjit_list_assign;
    "list_repeat" fatjit_list_repeat;
    "list_concat" fatjit_list_concat;
    "list_extend" fatjit_list_extend;
    "list_of_0" fatjit_list_of_0;
    "list_of_1" fatjit_list_of_1;
    "list_of_2" fatjit_list_of_2;
    "list_of_3" fatjit_list_of_3;
    "list_of_4" fatjit_list_of_4;
    "list_of_5" fatjit_list_of_5;
    "list_of_6" fatjit_list_of_6;
    "tuple_of_1" fatjit_tuple_of_1;
    "tuple_of_2" fatjit_tuple_of_2;
    "tuple_of_3" fatjit_tuple_of_3;
    "tuple_of_4" fatjit_tuple_of_4;
    "tuple_of_5" fatjit_tuple_of_5;
    "tuple_of_6" fatjit_tuple_of_6;
    "tuple_anew" fatjit_tuple_anew;
    "tuple_copy" fatjit_tuple_copy;
    "method_new" fatjit_method_new;
    "dict_new" fatjit_dict_new;
    "dict_of_1" fatjit_dict_of_1;
    "dict_of_2" fatjit_dict_of_2;
    "dict_of_3" fatjit_dict_of_3;
    "dict_of_4" fatjit_dict_of_4;
    "sequence_has_int" fatjit_sequence_has_int;
    "sequence_has_text" fatjit_sequence_has_text;
    "texts_differ" fatjit_texts_differ;
    "texts_order" fatjit_texts_order;
    "dict_find" fatjit_dict_find;
    "dict_find_int" fatjit_dict_find_int;
    "release_key" fatjit_release_key;
    "set_has" fatjit_set_has;
    "set_has_int" fatjit_set_has_int;
    "text_code" fatjit_text_code;
    "text_of_code" fatjit_text_of_code;
    "text_slice" fatjit_text_slice;
    "text_concat" fatjit_text_concat;
    "text_append" fatjit_text_append;
    "math_hypot" fatjit_hypot;
    "guest_begins" fatjit_guest_begins;
    "guest_ends" fatjit_guest_ends;
    "list_new" fatjit_list_new;
    "set_new" fatjit_set_new;
    "set_add_plain" fatjit_set_add_plain;
    "harmless" fatjit_harmless;
    "ends_quietly" fatjit_ends_quietly;
    "ends_harmlessly" fatjit_ends_harmlessly;
    "own_place" fatjit_own_place;
    "own_place_to_store" fatjit_own_place_to_store;
    "lacks_own" fatjit_lacks_own;
    "place_in_dict" fatjit_place_in_dict;
    "place_in_dict_int" fatjit_place_in_dict_int;
    "takes_key" fatjit_takes_key;
    "takes_key_int" fatjit_takes_key_int;
    "put_key" fatjit_put_key;
    "put_key_int" fatjit_put_key_int;
    "number_op" fatjit_number_op;
    "tuple_last" fatjit_tuple_last;
    "value_added" fatjit_value_added;
    "instance_put" fatjit_instance_put;
    "instance_put_int" fatjit_instance_put_int;
    "instance_put_float" fatjit_instance_put_float;
}
