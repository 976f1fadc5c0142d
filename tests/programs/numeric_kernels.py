"""Small numeric programs of the kind that gets compiled whole: results must be exact to the bit."""

import math


def case_leibniz():
    total = 0.0
    for k in range(2000):
        total += (1.0 if k % 2 == 0 else -1.0) / (2 * k + 1)
    return total * 4.0


def case_simpson():
    n = 200
    h = math.pi / n
    total = 0.0
    for i in range(n + 1):
        weight = 1 if i in (0, n) else 4 if i % 2 else 2
        total += weight * math.sin(i * h)
    return total * h / 3


def case_runge_kutta():
    x, v, t, h = 1.0, 0.0, 0.0, 0.05
    while t < 10.0:
        k1x, k1v = v, -x
        k2x, k2v = v + h / 2 * k1v, -(x + h / 2 * k1x)
        k3x, k3v = v + h / 2 * k2v, -(x + h / 2 * k2x)
        k4x, k4v = v + h * k3v, -(x + h * k3x)
        x += h / 6 * (k1x + 2 * k2x + 2 * k3x + k4x)
        v += h / 6 * (k1v + 2 * k2v + 2 * k3v + k4v)
        t += h
    return x, v, t


def case_logistic_map():
    trail = []
    for r in range(30, 41):
        x = 0.5
        for _ in range(200):
            x = r / 10 * x * (1.0 - x)
        trail.append(x)
    return trail


def case_primes_by_trial_division():
    primes = []
    n = 2
    while len(primes) < 80:
        k = 2
        while k * k <= n:
            if n % k == 0:
                break
            k += 1
        else:
            primes.append(n)
        n += 1
    return primes


def case_modular_power():
    results = []
    for base in range(2, 40):
        result = 1
        power = base
        exponent = 1000003
        while exponent:
            if exponent & 1:
                result = result * power % 998244353
            power = power * power % 998244353
            exponent >>= 1
        results.append(result)
    return results


def case_digit_sums():
    total = 0
    for n in range(500):
        m = n * n * n
        while m:
            m, digit = divmod(m, 10)
            total += digit
    return total


def case_perfect_numbers():
    found = []
    for n in range(2, 500):
        total = 1
        d = 2
        while d * d <= n:
            if n % d == 0:
                total += d
                if d != n // d:
                    total += n // d
            d += 1
        if total == n:
            found.append(n)
    return found


def case_exponential_series():
    results = []
    for k in range(-30, 31, 3):
        term = total = 1.0
        n = 1
        while abs(term) > 1e-17 * abs(total):
            term *= k / n
            total += term
            n += 1
        results.append((total, n))
    return results


def case_pi_digits():
    digits = []
    q, r, t, k, n, x = 1, 0, 1, 1, 3, 3
    while len(digits) < 60:
        if 4 * q + r - t < n * t:
            digits.append(n)
            q, r, n = q * 10, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, x = (
                q * k, (2 * q + r) * x, t * x, k + 1,
                (q * (7 * k) + 2 + r * x) // (t * x), x + 2,
            )
    return digits


def case_kahan_sum():
    total = compensation = 0.0
    for i in range(1, 500):
        y = 0.1 / i - compensation
        t = total + y
        compensation = (t - total) - y
        total = t
    return total, compensation


def case_julian_days():
    seen = []
    for day in range(2440588, 2440588 + 4000, 97):
        a = day + 32044
        b = (4 * a + 3) // 146097
        c = a - 146097 * b // 4
        d = (4 * c + 3) // 1461
        e = c - 1461 * d // 4
        m = (5 * e + 2) // 153
        seen.append((100 * b + d - 4800 + m // 10, m + 3 - 12 * (m // 10), e - (153 * m + 2) // 5 + 1))
    return seen


def case_statistics():
    n = 0
    mean = m2 = 0.0
    low, high = math.inf, -math.inf
    for i in range(400):
        x = (i * 7919 % 1009) / 7
        n += 1
        delta = x - mean
        mean += delta / n
        m2 += delta * (x - mean)
        low = min(low, x)
        high = max(high, x)
    return n, mean, m2 / (n - 1), low, high


def case_life():
    size = 12
    cells = [[(x * 7 + y * 3) % 5 == 0 for x in range(size)] for y in range(size)]
    for _ in range(6):
        following = []
        for y in range(size):
            row = []
            for x in range(size):
                n = 0
                for dy in (-1, 0, 1):
                    for dx in (-1, 0, 1):
                        if dx or dy:
                            n += cells[(y + dy) % size][(x + dx) % size]
                row.append(n == 3 or n == 2 and cells[y][x])
            following.append(row)
        cells = following
    return cells


def case_fused_multiply_add_is_not_used():
    total = 0.0
    for i in range(1, 300):
        a = 1.0 + i * 2.0**-30
        b = 1.0 - i * 2.0**-30
        total += a * b - 1.0
    return total


def case_sum_order_is_kept():
    total = 0.0
    for i in range(400):
        total = total + 1e16
        total = total + 1.0
        total = total - 1e16
    return total
