"""Exceptions with a handler inside the loop, around it, or in the caller."""


def case_handler_inside():
    total = 0
    errors = []
    for i in range(100):
        try:
            total += 100 // (i % 10)
        except ZeroDivisionError as error:
            errors.append((str(error), error.__traceback__.tb_lineno))
    return total, errors


def case_handler_around():
    total = 0
    try:
        for i in range(100):
            total += 100 // (80 - i)
    except ZeroDivisionError as error:
        return total, i, str(error), error.__traceback__.tb_lineno


def case_handler_around_inner_loop_only():
    total = 0
    for i in range(50):
        try:
            for j in range(20):
                total += 10 // (i + j - 25)
        except ZeroDivisionError:
            total += 1000
    return total, i, j


def case_handler_in_the_caller():
    def work(limit):
        total = 0
        for i in range(100):
            total += 7 // (limit - i)
        return total

    results = []
    for limit in range(60, 120, 7):
        try:
            results.append(work(limit))
        except ZeroDivisionError as error:
            tb = error.__traceback__.tb_next
            results.append((tb.tb_lineno, tb.tb_frame.f_locals["i"], tb.tb_frame.f_locals["total"]))
    return results


def case_wrong_handler():
    total = 0
    for i in range(100):
        try:
            total += 10 // (70 - i)
        except ValueError:
            total = -1


def case_several_handlers():
    table = {0: 1}
    counts = [0, 0, 0, 0]
    for i in range(120):
        try:
            if i % 4 == 0:
                table[i]
            elif i % 4 == 1:
                i // (i - i)
            elif i % 4 == 2:
                int("x")
            else:
                counts[3] += 1
        except KeyError:
            counts[0] += 1
        except (ZeroDivisionError, TypeError):
            counts[1] += 1
        except Exception as error:
            counts[2] += len(error.args)
        else:
            counts[3] += 100
    return counts


def case_else_clause():
    good = 0
    for i in range(100):
        try:
            value = 100 // (i % 5)
        except ZeroDivisionError:
            continue
        else:
            good += value
    return good, i, value


def case_break_from_handler():
    for i in range(100):
        try:
            1 // (i - 70)
            if i > 70:
                i = -1
        except ZeroDivisionError:
            break
    return i


def case_return_from_handler():
    for i in range(100):
        try:
            1 % (i - 66)
        except ZeroDivisionError as error:
            return i, type(error).__name__


def case_reraise():
    for i in range(100):
        try:
            1 // (77 - i)
        except ZeroDivisionError:
            raise


def case_raise_another():
    for i in range(100):
        try:
            1 // (77 - i)
        except ZeroDivisionError:
            raise ValueError(i)


def case_raise_from_another():
    for i in range(100):
        try:
            1 // (77 - i)
        except ZeroDivisionError as error:
            raise ValueError(i) from error


def case_raise_from_none():
    for i in range(100):
        try:
            1 // (77 - i)
        except ZeroDivisionError:
            raise ValueError(i) from None


def case_context_chain():
    for i in range(80):
        try:
            try:
                {}[i]
            except KeyError:
                1 // (i - 75)
        except ZeroDivisionError:
            "text" + i


def case_exception_variable_is_deleted():
    for i in range(60):
        try:
            1 // 0
        except ZeroDivisionError as error:
            kept = error
        try:
            error
        except UnboundLocalError as unbound:
            message = str(unbound)
    return message, str(kept), kept.__context__


def case_context_of_exceptions_in_a_loop():
    last = None
    for i in range(60):
        try:
            try:
                int("a")
            except ValueError:
                1 // 0
        except ZeroDivisionError as error:
            last = error
    return type(last.__context__).__name__, last.__context__.__context__


def case_handler_code_is_hot_too():
    total = 0
    for i in range(60):
        try:
            raise KeyError(i)
        except KeyError as error:
            for j in range(10):
                total += error.args[0] * j
    return total


def case_loop_in_handler():
    try:
        raise ValueError("outer")
    except ValueError:
        total = 0
        for i in range(100):
            total += 10 // (i - 88)


def case_sys_exc_info_in_loop():
    import sys

    seen = []
    for i in range(60):
        try:
            raise ValueError(i)
        except ValueError:
            seen.append(sys.exc_info()[1].args)
        seen.append(sys.exc_info()[1])
    return seen[-4:]


def case_exceptions_from_iteration():
    def numbers():
        for i in range(70):
            yield i
        raise RuntimeError("dry")

    total = 0
    try:
        for n in numbers():
            total += n
    except RuntimeError as error:
        return total, n, str(error)


def case_try_star():
    counts = [0, 0]
    for i in range(60):
        try:
            if i % 3 == 0:
                raise ExceptionGroup("g", [ValueError(i), TypeError(i)])
            counts[1] += 1
        except* ValueError as group:
            counts[0] += len(group.exceptions)
        except* TypeError:
            counts[0] += 10
    return counts


def case_nested_try():
    trail = []
    for i in range(60):
        try:
            try:
                if i % 3 == 0:
                    raise KeyError(i)
                if i % 3 == 1:
                    raise ValueError(i)
            except KeyError:
                trail.append("key")
                if i % 2:
                    raise TypeError(i)
        except ValueError:
            trail.append("value")
        except TypeError as error:
            trail.append(type(error.__context__).__name__)
    return trail


def case_message_of_overflow():
    x = 10.0
    messages = []
    for i in range(60):
        try:
            x = x**2
        except OverflowError as error:
            messages.append(error.args)
            x = 10.0
    return messages


def case_values_at_the_handler():
    a = 1
    b = 0.5
    snapshots = []
    for i in range(120):
        a = a * 3
        b = b * -1.5
        try:
            c = 1 // (i % 20)
        except ZeroDivisionError:
            snapshots.append((i, a, b))
            a = i
    return snapshots, a, b, c


def case_handler_around_an_inner_loop_only():
    """What the outer loop raises must not land in the handler of the inner loop, wherever native code began."""
    caught = []

    def check(i, when):
        if i == when:
            raise ValueError(i)
        return i

    def work(when):
        total = 0
        for i in range(40):
            try:
                for j in range(4):
                    total += j
            except ValueError as error:
                caught.append(error.args[0])
            total += check(i, when)
        return total

    outside = []
    for when in range(60):
        try:
            outside.append(work(when))
        except ValueError as error:
            outside.append(str(error))
    return outside, caught
