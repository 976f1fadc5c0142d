"""Multiplying matrices that are lists of lists of floats."""

SUITE = "kernels"


def matrix(rows, columns, scale):
    return [[(i * columns + j) % 17 * scale for j in range(columns)] for i in range(rows)]


def multiply(a, b):
    product = []
    for i in range(len(a)):
        row = []
        for j in range(len(b[0])):
            total = 0.0
            for k in range(len(b)):
                total += a[i][k] * b[k][j]
            row.append(total)
        product.append(row)
    return product


A = matrix(90, 100, 0.25)
B = matrix(100, 90, 0.5)


def run():
    product = multiply(A, B)
    return product[0][0], product[41][87], product[89][89]
