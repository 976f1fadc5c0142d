/* Classes of the program and where their instances keep attributes. Nothing here runs code of the program or makes
 * objects; references are borrowed. */
#ifndef FATJIT_CLASSES_H
#define FATJIT_CLASSES_H

#include "shim.h"

enum fatjit_attribute_form {
    /* Nothing that can be told. */
    FATJIT_ATTRIBUTE_UNKNOWN,
    /* An instance's value with an index. */
    FATJIT_ATTRIBUTE_VALUE,
    /* What a `__slots__` entry describes, at an offset from the object. */
    FATJIT_ATTRIBUTE_SLOT,
    /* What the class or one of its bases has, and no instance can have. */
    FATJIT_ATTRIBUTE_OF_CLASS,
    /* The same, a function that calls give the instance. */
    FATJIT_ATTRIBUTE_METHOD,
    /* What the instance's dict has. */
    FATJIT_ATTRIBUTE_IN_DICT,
};

/* Where an attribute is; `FoundAttribute` in assume/natives.rs. */
struct fatjit_attribute {
    int64_t form;
    /* The index of a value, the offset of a slot. */
    int64_t place;
    /* What the class has. */
    PyObject *value;
    /* How many names of attributes the instances of the class share. As long as there are no more, no instance whose
     * values are its own has an attribute of this name; -1 if instances have no attributes of their own. */
    int64_t names;
};

/* The class of an object, if that is one of a program's, whose changes are told; it has a version from then on. */
PyObject *fatjit_watchable_class(PyObject *object);

/* The same of a class itself: NULL if it is none. */
PyObject *fatjit_watchable(PyObject *class);

/* What a class, asked itself, has of an interned name: NULL if that is nothing, or is more than looked up. */
PyObject *fatjit_asked_of_class(PyObject *class, PyObject *name);

/* The class in a cell; NULL if the object, which may be null, is no cell, or holds something else. */
PyObject *fatjit_class_in_cell(PyObject *object);

/* The function of a class method that a class, asked itself, has under an interned name; else NULL. */
PyObject *fatjit_class_method(PyObject *class, PyObject *name);

/* The Python function that `super(behind, instance)` finds for an instance of class `of` under an interned name; NULL if it
 * is something else. */
PyObject *fatjit_super_method(PyObject *of, PyObject *behind, PyObject *name);

/* Whether to ask an object for its `__class__` gives its type, without running code: 0 or 1. */
int64_t fatjit_says_its_type(PyObject *object);

/* Whether `isinstance` says that instances of a class are ones of another class, whose metaclass is `type` itself; -1 if
 * either of them may say what it likes. */
int fatjit_instances_are(PyObject *class, PyObject *asked);

/* The function that initialises new instances of a class, if to call the class makes an instance as `object` does and
 * calls that, and nothing else; else NULL. */
PyObject *fatjit_initializer(PyObject *class);

/* Methods that instructions call without naming them. */
enum fatjit_special {
    FATJIT_SPECIAL_GETITEM,
    FATJIT_SPECIAL_SETITEM,
    FATJIT_SPECIAL_CALL,
    FATJIT_SPECIAL_LT,
    FATJIT_SPECIAL_LE,
    FATJIT_SPECIAL_EQ,
    FATJIT_SPECIAL_NE,
    FATJIT_SPECIAL_GT,
    FATJIT_SPECIAL_GE,
};

/* The function of Python that a class has for one of these, and that alone is called; else NULL. */
PyObject *fatjit_special(PyObject *class, enum fatjit_special which);

/* Whether `==` and `!=` of a class's instances are those of `object`. */
int fatjit_compares_by_identity(PyObject *class);

/* Whether a class is made of list, and its instances have a length and iterators as lists have. */
int fatjit_is_like_list(PyObject *class);

/* The dict, of a class or the first of its bases that has an interned name, that it has it in, borrowed; NULL if that is no
 * class of the program's. The names of all must be texts. */
PyObject *fatjit_class_dict(PyObject *class, PyObject *name);

/* The function of Python that gets the property with an interned name of a class's instances; NULL if that is no property,
 * or got otherwise. */
PyObject *fatjit_getter(PyObject *class, PyObject *name);

/* The code of such functions of an object's class; NULL where there is none. */
PyObject *fatjit_special_code(PyObject *object, enum fatjit_special which);
PyObject *fatjit_getter_code(PyObject *object, PyObject *name);

/* The function that does a `BINARY_OP` with this argument on instances of a class, whose right operand is one of them, too,
 * or a number; NULL if it is not one function of Python alone that is asked. */
PyObject *fatjit_operator(PyObject *class, int64_t op);

/* Whether a class knows nothing of an operator with its instance on the right and one of another class on the left. */
int fatjit_operator_leaves(PyObject *class, PyObject *left, int64_t op);

/* What such a function came to, on operands of these types: NULL with an exception, without a reference to it, if it does
 * not know them. */
PyObject *fatjit_operator_result(PyObject *result, PyObject *left, PyObject *right, int64_t op);

/* What a function came to that compares two instances of one class for a `COMPARE_OP` with this argument, when all has been
 * asked that is asked: a reference, or NULL with an exception. Gives up the reference to what it came to. */
PyObject *fatjit_comparison_result(PyObject *result, PyObject *left, PyObject *right, int64_t arg);

/* The same of operands of which the left one's class is known, and of the right one: 0 that it is of the same class, 1 that
 * it is an int, 2 a float, in the bits of `what` from the eighth on. */
PyObject *fatjit_operator_known(PyObject *result, PyObject *left, int64_t what);

/* The same where the right one's class is known. */
PyObject *fatjit_operator_between(PyObject *result, PyObject *left, PyObject *right, int64_t what);

/* The code of the function that is called for an operator on these operands, if that is one of fatjit_operator; else NULL. */
PyObject *fatjit_operator_code(PyObject *left, PyObject *right, int64_t op);

/* The code of that function, or of the one that a bound method has; NULL also for what is neither. */
PyObject *fatjit_code_behind(PyObject *object);

/* A new instance of such a class, before it is initialised: a new reference. */
PyObject *fatjit_instance_new(PyObject *class);

/* Whether an instance of such a class can come and go without being made: it has no finaliser, and nothing but attributes. */
int fatjit_class_sinks(PyObject *class);

/* How many values an instance has that ends without running code if none of these does, and where they are, some of them NULL;
 * -1 if it may run some. */
Py_ssize_t fatjit_values_that_end(PyObject *instance, PyObject ***values);

/* Bit of an attribute's place that is a word of the instance (`IN_SLOT` in translate/fields.rs). */
#define FATJIT_IN_SLOT (1 << 16)

/* An instance that fatjit_instance_new has made, and that nobody else has seen, gets an attribute: a new reference to it, for
 * the one that is given up; NULL with an exception. The place is the index of a value, or a word with FATJIT_IN_SLOT. */
PyObject *fatjit_instance_put(PyObject *made, int64_t place, PyObject *value);
PyObject *fatjit_instance_put_own(PyObject *made, int64_t place, PyObject *value);
PyObject *fatjit_instance_put_int(PyObject *made, int64_t place, int64_t value);
PyObject *fatjit_instance_put_float(PyObject *made, int64_t place, double value);

/* What such a function returned is given up: -1 with an exception if it is not None. */
int fatjit_initialized(PyObject *returned);

/* An instance has got a value with this index, where there was none. */
void fatjit_value_added(PyObject *instance, int64_t index);

/* Where instances of such a class have the attribute with an interned name. `stores`: where it is stored to. */
void fatjit_class_attribute(PyObject *class, PyObject *name, int stores, struct fatjit_attribute *found);

/* The same of instances that keep their attributes in dicts: what they have themselves has the form
 * FATJIT_ATTRIBUTE_IN_DICT, unless `own` is 0, which asks for what the class has of the name. */
void fatjit_attribute_beside_dict(PyObject *class, PyObject *name, int stores, int own, struct fatjit_attribute *found);

/* The names that instances of a class share. */
void *fatjit_class_names(PyObject *class);

/* Among the kinds of values: there is none. */
#define FATJIT_KIND_MISSING ((int64_t)1 << 45)

/* The kind of what an object's attribute of its own holds; 0 if that cannot be told. */
int64_t fatjit_attribute_kind(PyObject *object, PyObject *name);

#endif
