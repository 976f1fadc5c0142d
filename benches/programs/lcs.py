"""The length of the longest common subsequence, by a table that is a list of lists of ints."""

SUITE = "kernels"


def numbers(count, state):
    found = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        found.append(state // 65536 % 4)
    return found


def longest_common_subsequence(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table[len(a)][len(b)]


A = numbers(600, 1)
B = numbers(500, 2)


def run():
    return longest_common_subsequence(A, B)
