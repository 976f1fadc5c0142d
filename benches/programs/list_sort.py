"""A bubble sort: list items read, compared and swapped."""

SUITE = "others"


def run():
    items = [(i * 7919) % 1009 for i in range(1_000)]
    n = len(items)
    for i in range(n):
        for j in range(n - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return items[0], items[n // 2], items[-1]
