"""Bit twiddling kernels: loops made of shifts, masks, rotations and wrap-arounds."""

MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF


def case_xorshift32():
    x = 2463534242
    trail = []
    for i in range(300):
        x ^= (x << 13) & MASK32
        x ^= x >> 17
        x ^= (x << 5) & MASK32
        if i % 30 == 0:
            trail.append(x)
    return trail, x


def case_xorshift64():
    x = 88172645463325252
    for i in range(300):
        x ^= (x << 13) & MASK64
        x ^= x >> 7
        x ^= (x << 17) & MASK64
    return x


def case_crc32():
    crc = MASK32
    for byte in range(100):
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xEDB88320 if crc & 1 else crc >> 1
    return crc ^ MASK32


def case_popcount():
    counts = []
    for n in range(0, 2**40, 2**34 + 12345):
        bits = 0
        while n:
            n &= n - 1
            bits += 1
        counts.append(bits)
    return counts


def case_gray_codes():
    ok = 0
    previous = 0
    for i in range(1, 200):
        gray = i ^ (i >> 1)
        change = gray ^ previous
        ok += change & (change - 1) == 0
        previous = gray
    return ok, previous


def case_rotate():
    x = 0x12345678
    for i in range(200):
        k = i % 32
        x = ((x << k) | (x >> (32 - k))) & MASK32
    return x


def case_negative_shifts_right():
    results = []
    for i in range(-100, 100, 3):
        for k in (0, 1, 5, 31, 62, 63, 64, 65, 200):
            results.append(i >> k)
    return results


def case_shift_overflow_boundaries():
    results = []
    for k in range(130):
        results.append((1 << k, -1 << k, 3 << k, (1 << k) - 1 >> k // 2, 0 << k))
    return results


def case_shift_count_too_large():
    results = []
    k = 1
    for i in range(80):
        results.append(-5 >> k)
        results.append(5 >> k)
        k = k * 3
    return results


def case_sign_tricks():
    results = []
    for n in range(-60, 60):
        results.append((n ^ -1, ~n, n & -n, n | 1, -n & 0xFF, n % 8 == n & 7, n // 4 == n >> 2))
    return results


def case_masks_of_negatives():
    total = 0
    for n in range(-(2**62), -(2**62) + 100):
        total ^= n & MASK64
        total |= n & 0xFF
    return total


def case_bool_bits():
    state = True
    trail = []
    for i in range(100):
        state = state ^ (i % 3 == 0)
        trail.append(state | False)
        state &= i != 50
        trail.append(state << 2)
    return trail


def case_binary_digits():
    n = 0
    for bit in "1011001110001111" * 6:
        n = n << 1 | (bit == "1")
    return n


def case_isqrt():
    roots = []
    for n in range(0, 10**18, 10**16 + 7):
        low, high = 0, 2**31
        while low < high:
            middle = (low + high + 1) >> 1
            if middle * middle <= n:
                low = middle
            else:
                high = middle - 1
        roots.append(low)
    return roots


def case_invert_at_the_edge():
    n = 2**63 - 40
    results = []
    for i in range(80):
        results.append(~n)
        results.append(n ^ -n)
        n += 1
    return results[-4:]
