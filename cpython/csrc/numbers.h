/* Arithmetic that is the interpreter's own, to the last bit. */
#ifndef FATJIT_NUMBERS_H
#define FATJIT_NUMBERS_H

/* math.hypot of two finite floats. */
double fatjit_hypot(double x, double y);

#endif
