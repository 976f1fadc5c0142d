"""String work inside hot loops: f-strings, %, format, slices, methods, and its errors."""


def case_f_strings():
    lines = []
    x = 0.5
    for i in range(80):
        x *= -1.1
        lines.append(f"{i:>4}|{x:.3f}|{i!r}|{x:e}|{i % 7:b}|{i=}")
    return lines


def case_percent_and_format():
    lines = []
    for i in range(60):
        lines.append("%d %s %5.2f" % (i, i, i / 3) + "{:x} {n:,}".format(i, n=i * 1000))
    return lines


def case_format_error_late():
    width = 5
    for i in range(60):
        if i == 50:
            width = "z"
        text = f"{i:{width}}"


def case_format_runs_code():
    log = []

    class Shown:
        def __format__(self, spec):
            log.append(spec)
            return f"<{spec}>"

    text = ""
    for i in range(50):
        text = f"{text[-10:]}{Shown():{i}}"
    return text, log


def case_slices():
    text = "abcdefghijklmnopqrstuvwxyz"
    parts = []
    for i in range(60):
        parts.append(text[i % 26 : i % 26 + 3] + text[-(i % 5) - 1] + text[::i % 7 + 1][:2])
    return parts


def case_index_out_of_range():
    text = "x" * 70
    count = 0
    for i in range(100):
        count += text[i] == "x"


def case_methods():
    words = []
    for i in range(60):
        word = ("hello %d world" % i).upper().split()[1].zfill(4)
        words.append(word.join("ab").replace("A", "z").strip("b"))
    return words, "".join(words).count("0")


def case_ord_and_chr():
    total = 0
    for i in range(200):
        total = (total * 31 + ord(chr(i * 50))) % 1000003
    return total


def case_chr_out_of_range():
    n = 1
    while True:
        letter = chr(n)
        n = n * 2


def case_int_parsing():
    total = 0
    for i in range(100):
        total += int(str(i * i)) + int("0x%x" % i, 16)
    return total


def case_int_parsing_fails():
    for i in range(60):
        int("1" * (i + 1) + ("z" if i == 55 else ""))


def case_print():
    for i in range(50):
        print(i, i * 0.1, end=";" if i % 5 else "\n")


def case_join_and_comparison():
    best = ""
    for i in range(80):
        word = "-".join([str(i % 9), str(i % 4)])
        if word > best:
            best = word
        if word == "3-3":
            best += "!"
    return best


def case_str_of_floats():
    texts = []
    x = 1.0
    for i in range(100):
        x = x * 7.3 if i < 60 else x / 1e20
        texts.append(str(x) + repr(-x))
    return texts


def case_bytes():
    data = b""
    for i in range(100):
        data += bytes([i]) + i.to_bytes(2, "big")
    return data


def case_to_bytes_overflows():
    for i in range(200, 300):
        i.to_bytes(1, "big")
