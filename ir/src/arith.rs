//! Python's arithmetic on machine numbers: the one place where its special cases are written down.
//!
//! The reference interpreter, constant folding and native code (for what is not worth open-coding) all
//! call these functions, so they cannot differ. Floats follow CPython's `Objects/floatobject.c`, ints its
//! `Objects/longobject.c`, as of 3.12 and 3.13. `f64::powf` and `%` are the platform's `pow` and `fmod`,
//! which CPython calls too.

/// Floor division of ints, rounding towards minus infinity (longobject.c, `l_divmod`). `None` if the
/// divisor is 0, or the quotient does not fit.
pub fn int_floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    // Machine division rounds towards zero: one too high if there is a remainder of the other sign.
    let inexact = quotient * b != a;
    Some(quotient - i64::from(inexact && (a < 0) != (b < 0)))
}

/// Modulo of ints, with the divisor's sign (longobject.c, `l_mod`). `None` if the divisor is 0.
pub fn int_mod(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let rest = a.wrapping_rem(b);
    let wrong_sign = rest != 0 && (rest < 0) != (b < 0);
    Some(if wrong_sign { rest + b } else { rest })
}

/// Power of ints (longobject.c, `long_pow`). `None` if the exponent is negative, which gives a float or
/// raises, or the result does not fit.
pub fn int_pow(base: i64, exponent: i64) -> Option<i64> {
    if exponent < 0 {
        return None;
    }
    match base {
        0 => Some(i64::from(exponent == 0)),
        1 => Some(1),
        -1 => Some(if exponent & 1 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

/// Left shift of ints (longobject.c, `long_lshift`). `None` if the count is negative, which raises, or
/// the result does not fit; 0 shifted by any count is 0.
pub fn int_shl(a: i64, count: i64) -> Option<i64> {
    if count < 0 {
        return None;
    }
    if a == 0 {
        return Some(0);
    }
    let count = u32::try_from(count).ok().filter(|c| *c < 64)?;
    let shifted = a << count;
    (shifted >> count == a).then_some(shifted)
}

/// Right shift of ints (longobject.c, `long_rshift`), rounding towards minus infinity. `None` if the
/// count is negative, which raises; from 64 on only the sign remains.
pub fn int_shr(a: i64, count: i64) -> Option<i64> {
    (count >= 0).then(|| a >> count.min(63))
}

/// Whether an int converts to a float without rounding whatever its low bits: its magnitude is at most
/// 2^53.
pub fn int_is_exact(a: i64) -> bool {
    a.unsigned_abs() <= 1 << 53
}

/// Modulo of floats (floatobject.c, `float_rem`): the divisor's sign, also for a zero result. The caller
/// has excluded a zero divisor, which raises.
pub fn float_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        return 0.0f64.copysign(b);
    }
    if (b < 0.0) != (rest < 0.0) {
        rest + b
    } else {
        rest
    }
}

/// Floor division of floats (floatobject.c, `_float_div_mod`). The caller has excluded a zero divisor,
/// which raises.
pub fn float_floor_div(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0f64.copysign(a / b);
    }
    // (a - rest) / b is close to a whole number, but rounding may have missed it.
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

/// Power of floats (floatobject.c, `float_pow`). `None` where Python raises (0 to a negative power,
/// overflow) or gives a complex number (a negative base with a fractional exponent).
pub fn float_pow(base: f64, exponent: f64) -> Option<f64> {
    if exponent == 0.0 {
        return Some(1.0);
    }
    if base.is_nan() {
        return Some(base);
    }
    if exponent.is_nan() {
        return Some(if base == 1.0 { 1.0 } else { exponent });
    }
    if exponent.is_infinite() {
        let base = base.abs();
        return Some(if base == 1.0 {
            1.0
        } else if (exponent > 0.0) == (base > 1.0) {
            f64::INFINITY
        } else {
            0.0
        });
    }
    // A division, which most powers do without.
    let odd = || (exponent.abs() % 2.0) == 1.0;
    if base.is_infinite() {
        return Some(match (exponent > 0.0, odd()) {
            (true, true) => base,
            (true, false) => base.abs(),
            (false, true) => 0.0f64.copysign(base),
            (false, false) => 0.0,
        });
    }
    if base == 0.0 {
        return if exponent < 0.0 {
            None
        } else if odd() {
            Some(base)
        } else {
            Some(0.0)
        };
    }
    if base < 0.0 && exponent != exponent.floor() {
        return None;
    }
    let negate = base < 0.0 && odd();
    let magnitude = base.abs();
    let power = if magnitude == 1.0 {
        1.0
    } else {
        magnitude.powf(exponent)
    };
    // All operands are finite here, so an infinite power has overflowed.
    if power.is_infinite() {
        return None;
    }
    Some(if negate { -power } else { power })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: i64 = i64::MIN;
    const MAX: i64 = i64::MAX;
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;

    #[track_caller]
    fn same(found: f64, wanted: f64) {
        assert!(
            found.to_bits() == wanted.to_bits() || (found.is_nan() && wanted.is_nan()),
            "{found:?} instead of {wanted:?}"
        );
    }

    #[test]
    fn int_division_rounds_down() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, -2, -3, 0),
            (-6, 2, -3, 0),
            (0, -5, 0, 0),
            (MIN, 1, MIN, 0),
            (MIN, MAX, -2, MAX - 1),
            (MAX, MIN, -1, -1),
            (MIN, MIN, 1, 0),
            (1, MAX, 0, 1),
            (-1, MAX, -1, MAX - 1),
        ] {
            assert_eq!(int_floor_div(a, b), Some(quotient), "{a} // {b}");
            assert_eq!(int_mod(a, b), Some(rest), "{a} % {b}");
        }
        assert_eq!(int_floor_div(MIN, -1), None);
        assert_eq!(int_mod(MIN, -1), Some(0));
        assert_eq!(int_floor_div(1, 0), None);
        assert_eq!(int_mod(1, 0), None);
    }

    #[test]
    fn int_power_fits_or_is_refused() {
        assert_eq!(int_pow(0, 0), Some(1));
        assert_eq!(int_pow(0, 5), Some(0));
        assert_eq!(int_pow(2, 62), Some(1 << 62));
        assert_eq!(int_pow(2, 63), None);
        assert_eq!(int_pow(-2, 63), Some(MIN));
        assert_eq!(int_pow(-2, 64), None);
        assert_eq!(int_pow(3, 39), Some(4_052_555_153_018_976_267));
        assert_eq!(int_pow(3, 40), None);
        assert_eq!(int_pow(1, MAX), Some(1));
        assert_eq!(int_pow(-1, MAX), Some(-1));
        assert_eq!(int_pow(-1, MAX - 1), Some(1));
        assert_eq!(int_pow(2, MAX), None);
        assert_eq!(int_pow(2, (1 << 32) + 1), None);
        assert_eq!(int_pow(5, -1), None);
    }

    #[test]
    fn shifts() {
        assert_eq!(int_shl(1, 62), Some(1 << 62));
        assert_eq!(int_shl(1, 63), None);
        assert_eq!(int_shl(-1, 63), Some(MIN));
        assert_eq!(int_shl(-1, 64), None);
        assert_eq!(int_shl(0, MAX), Some(0));
        assert_eq!(int_shl(0, -1), None);
        assert_eq!(int_shl(3, 0), Some(3));
        assert_eq!(int_shr(-5, 1), Some(-3));
        assert_eq!(int_shr(5, 64), Some(0));
        assert_eq!(int_shr(-5, MAX), Some(-1));
        assert_eq!(int_shr(-5, 63), Some(-1));
        assert_eq!(int_shr(1, -1), None);
    }

    #[test]
    fn exact_ints() {
        assert!(int_is_exact(1 << 53) && int_is_exact(-(1 << 53)));
        assert!(!int_is_exact((1 << 53) + 1) && !int_is_exact(MIN));
    }

    #[test]
    fn float_modulo_has_the_divisors_sign() {
        for (a, b, rest) in [
            (7.0, 2.0, 1.0),
            (-7.0, 2.0, 1.0),
            (7.0, -2.0, -1.0),
            (-7.0, -2.0, -1.0),
            (6.0, -2.0, -0.0),
            (-6.0, 2.0, 0.0),
            (0.0, -3.0, -0.0),
            (-0.0, 3.0, 0.0),
            (1.0, INF, 1.0),
            (-1.0, INF, INF),
            (1.0, -INF, -INF),
            (-1.0, -INF, -1.0),
            (0.0, -INF, -0.0),
            (INF, 2.0, NAN),
            (NAN, 2.0, NAN),
            (2.0, NAN, NAN),
            // Adding the divisor rounds up to it: Python gives this result too.
            (-1e-20, 1.0, 1.0),
        ] {
            same(float_mod(a, b), rest);
        }
    }

    #[test]
    fn float_floor_division_rounds_down() {
        for (a, b, quotient) in [
            (7.0, 2.0, 3.0),
            (-7.0, 2.0, -4.0),
            (7.0, -2.0, -4.0),
            (-7.0, -2.0, 3.0),
            (0.0, 2.0, 0.0),
            (-0.0, 2.0, -0.0),
            (0.0, -2.0, -0.0),
            (1.0, 3.0, 0.0),
            (-1.0, INF, -1.0),
            (1.0, INF, 0.0),
            (1.0, -INF, -1.0),
            (-1.0, -INF, 0.0),
            (INF, 2.0, NAN),
            (NAN, 1.0, NAN),
            (1.0, NAN, NAN),
            (1.0, 0.1, 9.0),
            (0.3, 0.1, 2.0),
            (1e300, 1e-10, INF),
            (-1e-20, 1.0, -1.0),
        ] {
            same(float_floor_div(a, b), quotient);
        }
    }

    #[test]
    fn float_power_special_cases() {
        for (base, exponent, power) in [
            (0.0, 0.0, Some(1.0)),
            (NAN, 0.0, Some(1.0)),
            (NAN, -0.0, Some(1.0)),
            (NAN, 1.0, Some(NAN)),
            (1.0, NAN, Some(1.0)),
            (2.0, NAN, Some(NAN)),
            (-1.0, NAN, Some(NAN)),
            (1.0, INF, Some(1.0)),
            (-1.0, INF, Some(1.0)),
            (-1.0, -INF, Some(1.0)),
            (2.0, INF, Some(INF)),
            (0.5, INF, Some(0.0)),
            (-2.0, INF, Some(INF)),
            (2.0, -INF, Some(0.0)),
            (0.5, -INF, Some(INF)),
            (0.0, -INF, Some(INF)),
            (INF, 2.0, Some(INF)),
            (INF, -2.0, Some(0.0)),
            (-INF, 3.0, Some(-INF)),
            (-INF, 2.0, Some(INF)),
            (-INF, 2.5, Some(INF)),
            (-INF, -3.0, Some(-0.0)),
            (-INF, -2.0, Some(0.0)),
            (INF, INF, Some(INF)),
            (0.0, 3.0, Some(0.0)),
            (-0.0, 3.0, Some(-0.0)),
            (-0.0, 2.0, Some(0.0)),
            (-0.0, 0.5, Some(0.0)),
            (0.0, -1.0, None),
            (-0.0, -1.0, None),
            (-0.0, -2.0, None),
            (-8.0, 1.0 / 3.0, None),
            (-1.0, 0.5, None),
            (-2.0, 3.0, Some(-8.0)),
            (-2.0, 2.0, Some(4.0)),
            (-1.0, 1e300, Some(1.0)),
            (-1.0, 9_007_199_254_740_991.0, Some(-1.0)),
            (2.0, 1023.0, Some(8.98846567431158e307)),
            (2.0, 1024.0, None),
            (-2.0, 1025.0, None),
            (2.0, -1074.0, Some(5e-324)),
            (2.0, -1080.0, Some(0.0)),
            (-2.0, -1081.0, Some(-0.0)),
            (9.0, 0.5, Some(3.0)),
        ] {
            match (float_pow(base, exponent), power) {
                (Some(found), Some(wanted)) => same(found, wanted),
                (found, wanted) => assert_eq!(found, wanted, "{base} ** {exponent}"),
            }
        }
    }
}
