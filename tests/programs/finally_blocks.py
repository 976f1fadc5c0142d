"""`finally` inside and around hot loops, left in every way there is."""


def case_runs_every_iteration():
    log = []
    total = 0
    for i in range(80):
        try:
            total += i
        finally:
            log.append(total)
    return total, log


def case_continue_through_finally():
    count = 0
    for i in range(100):
        try:
            if i % 2:
                continue
            count += 1
        finally:
            count += 100
    return count


def case_break_through_finally():
    count = 0
    for i in range(100):
        try:
            if i == 70:
                break
        finally:
            count += 1
    return i, count


def case_return_through_finally():
    log = []

    def work():
        for i in range(100):
            try:
                if i == 60:
                    return i * 2
            finally:
                log.append(i)

    return work(), len(log), log[-1]


def case_return_replaced_by_finally():
    def work():
        total = 0
        for i in range(100):
            total += i
            try:
                if i == 60:
                    return "lost"
            finally:
                if i == 60:
                    return total
        return "end"

    return work()


def case_exception_swallowed_by_break():
    for i in range(100):
        try:
            1 // (i - 50)
        finally:
            if i == 50:
                break
    return i


def case_exception_through_finally():
    log = []
    for i in range(100):
        try:
            x = 5 // (i - 72)
        finally:
            log.append(i)


def case_exception_inside_finally():
    for i in range(100):
        try:
            value = 5 // (72 - i)
        finally:
            other = [1][i // 72]


def case_finally_around_the_loop():
    log = []

    def work():
        total = 0
        try:
            for i in range(100):
                total += 50 // (85 - i)
        finally:
            log.append((total, i))

    try:
        work()
    except ZeroDivisionError as error:
        return log, str(error)


def case_loop_inside_finally():
    total = 0
    try:
        total = 1
    finally:
        for i in range(100):
            total += i
    return total


def case_loop_inside_finally_while_raising():
    log = []
    try:
        raise ValueError("first")
    finally:
        for i in range(100):
            log.append(i * i)
            if i == 90:
                log.append(1 // (i - 90))


def case_nested_finally():
    trail = []
    for i in range(60):
        try:
            try:
                trail.append("body")
                if i % 5 == 0:
                    continue
                if i % 7 == 0:
                    raise KeyError(i)
            finally:
                trail.append("inner")
        except KeyError:
            trail.append("caught")
        finally:
            trail.append("outer")
    return trail


def case_finally_with_loop_variable_types():
    x = 0
    log = []
    for i in range(100):
        try:
            x += 1 if i < 70 else 0.25
        finally:
            log.append(x)
    return log[60:], x


def case_while_with_finally_and_else():
    n = 0
    log = []
    while n < 80:
        try:
            n += 1
        finally:
            if n % 10 == 0:
                log.append(n)
    else:
        log.append("else")
    return log


def case_return_value_computed_before_finally():
    def work():
        value = 1
        while True:
            value += 1
            try:
                if value > 60:
                    return value
            finally:
                value = -value if value > 60 else value

    return work()


def case_generator_finally():
    log = []

    def numbers():
        try:
            i = 0
            while True:
                yield i
                i += 1
        finally:
            log.append("closed")

    for n in numbers():
        if n == 60:
            break
    return n, log
