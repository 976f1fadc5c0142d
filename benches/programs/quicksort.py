"""Quicksort of a list of ints, in place, recursive."""

SUITE = "kernels"


def numbers(count, state):
    found = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        found.append(state)
    return found


def quicksort(items, low, high):
    if low >= high:
        return
    pivot = items[(low + high) // 2]
    i = low
    j = high
    while i <= j:
        while items[i] < pivot:
            i += 1
        while items[j] > pivot:
            j -= 1
        if i <= j:
            items[i], items[j] = items[j], items[i]
            i += 1
            j -= 1
    quicksort(items, low, j)
    quicksort(items, i, high)


NUMBERS = numbers(30_000, 1)


def run():
    items = list(NUMBERS)
    quicksort(items, 0, len(items) - 1)
    return items[0], items[15_000], items[-1]
