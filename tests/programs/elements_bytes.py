"""Elements of bytes, bytearray, array.array and memoryview: ranges of values, errors, resizing."""

import array

ROUNDS = 80
MOMENTS = (0, 40, ROUNDS - 1)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Bytes(bytearray):
    def __setitem__(self, index, value):
        super().__setitem__(index, 255 - value)


STRANGE = [0, 1, 127, 128, 255, 256, -1, 2**31, -(2**63), 2**64, True, 1.5, None, "a", b"a", Index(7), Index(300)]


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error.__traceback__.tb_next.tb_lineno


def fill(target, value, at, strange):
    for i in range(ROUNDS):
        target[i % 4] = strange if i == at else value
    return target


def pick(source, at, index):
    total = 0
    for i in range(ROUNDS):
        total += source[index if i == at else i % 4]
    return total


def case_bytearray_values():
    return [outcome(fill, bytearray(4), 9, at, value) for at in MOMENTS for value in STRANGE]


def case_bytes_cannot_be_stored_into():
    return [outcome(fill, b"abcd", 9, at, 1) for at in MOMENTS]


def case_indexes():
    return [
        outcome(pick, source, at, k)
        for source in (b"ab\xff\0", bytearray(b"ab\xff\0"))
        for at in MOMENTS
        for k in (3, 4, -4, -5, 2**63, -(2**64), True, 1.0, None, Index(2), Index(9), "1")
    ]


def case_array_values():
    told = []
    for code in "bBhHiIlLqQfd":
        for at in MOMENTS:
            for value in (0, 1, -1, 127, 128, 255, 256, 2**15, 2**16, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, True,
                0.1, 1e300, None):
                told.append((code, outcome(fill, array.array(code, [1, 2, 3, 4]), 5, at, value)))
    return told


def case_array_elements():
    told = []
    for code in "bBhHiIlLqQfd":
        source = array.array(code, [1, 2, 3, 4])
        for at in MOMENTS:
            told += [(code, outcome(pick, source, at, k)) for k in (3, 4, -4, -5, True, 1.5)]
    return told


def case_array_extremes():
    told = []
    for code in "bhilq":
        size = 8 * array.array(code).itemsize
        source = array.array(code, [-(2 ** (size - 1)), 2 ** (size - 1) - 1, -1, 0])
        told.append([outcome(pick, source, at, 0) for at in MOMENTS])
    for code in "BHILQ":
        size = 8 * array.array(code).itemsize
        source = array.array(code, [2**size - 1, 2 ** (size - 1), 1, 0])
        told.append([outcome(pick, source, at, 0) for at in MOMENTS])
    return told


def case_array_floats():
    source = array.array("d", [0.1, -0.0, float("inf"), float("nan"), 5e-324])
    single = array.array("f", source)
    totals = []
    for i in range(ROUNDS):
        totals.append(source[i % 5] * 2.0)
        totals.append(single[i % 5])
        source[(i * 3) % 5] = i / 3
        single[(i * 3) % 5] = i / 3
    return totals, source.tolist(), single.tolist()


def case_array_of_characters():
    letters = array.array("w" if "w" in array.typecodes else "u", "aé\u1234")
    seen = []
    for i in range(ROUNDS):
        seen.append(letters[i % 3])
        letters[i % 3] = chr(ord(letters[i % 3]) + 1)
    return seen, letters.tolist()


def case_containers_change():
    told = []
    for strange in (b"xyz!", bytearray(b"xyz!"), array.array("h", [-1, -2, -3, -4]), [1.5] * 4, (2**63,) * 4,
        memoryview(b"wxyz"), Bytes(b"abcd")):
        source, seen = bytearray(b"1234"), []
        for i in range(ROUNDS):
            if i == 40:
                source = strange
            if i == 60:
                source = bytearray(b"1234")
            seen.append(source[i & 3])
        told.append(seen)
    return told


def case_own_setitem():
    target = Bytes(4)
    for i in range(ROUNDS):
        target[i & 3] = i
    return bytes(target)


def case_bytearray_shrinks():
    told = []
    for at in MOMENTS:
        data = bytearray(range(ROUNDS))

        def shrink(i):
            if i == at:
                del data[i:]

        total = 0
        try:
            for i in range(ROUNDS):
                shrink(i)
                total += data[i]
                data[i] = 0
        except IndexError as error:
            told.append(str(error))
        told.append((i, total, len(data)))
    return told


def case_bytearray_grows():
    data = bytearray(b"\1")
    for i in range(300):
        data.append(data[i // 2] + i & 255)
        data[i // 3] ^= 0x55
        if i % 50 == 0:
            del data[:1]
    return bytes(data)


def case_augmented():
    told = []
    for at in MOMENTS:
        data = bytearray(range(10))
        try:
            for i in range(ROUNDS):
                data[i % 10] += 1 if i != at else 250
        except ValueError as error:
            told.append((str(error), i))
        told.append(bytes(data))
    return told


def case_exported_memory_cannot_be_resized():
    data = bytearray(8)
    view = memoryview(data)
    failed = 0
    for i in range(ROUNDS):
        data[i % 8] = i
        try:
            data.append(i)
        except BufferError:
            failed += 1
        view[(i + 1) % 8] = 255 - i
    view.release()
    data.append(1)
    return bytes(data), failed


def case_sieve():
    composite = bytearray(500)
    primes = []
    for i in range(2, 500):
        if not composite[i]:
            primes.append(i)
            for k in range(i * i, 500, i):
                composite[k] = 1
    return primes


def case_iterated():
    total = 0
    for source in (b"abc" * 30, bytearray(b"xyz" * 30), array.array("i", range(90)), memoryview(b"mno" * 30)):
        for value in source:
            total = total * 3 + value
            total %= 1_000_003
    return total


def case_iterated_while_it_shrinks():
    data = bytearray(range(200))
    seen = []
    for value in data:
        seen.append(value)
        del data[-1]
    return seen, len(data)


def case_checksums():
    data = bytes(range(256)) * 2
    a, b = 1, 0
    crc = 0xFFFFFFFF
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 & -(crc & 1))
    return b << 16 | a, crc ^ 0xFFFFFFFF
