"""Integrates the motion of a planet around a star, and a few functions, numerically.

    python integrate.py [STEPS]
"""

import math
import sys


def orbit(steps, h):
    """Follows a planet for ``steps`` steps of the velocity Verlet method.

    Returns its place, its speed, and the largest relative error of its energy on the way.
    """
    x, y = 1.0, 0.0
    vx, vy = 0.0, 1.2
    r2 = x * x + y * y
    pull = -1.0 / (r2 * math.sqrt(r2))
    ax, ay = pull * x, pull * y
    start = 0.5 * (vx * vx + vy * vy) - 1.0 / math.sqrt(r2)
    worst = 0.0
    for _ in range(steps):
        vx += 0.5 * h * ax
        vy += 0.5 * h * ay
        x += h * vx
        y += h * vy
        r2 = x * x + y * y
        r = math.sqrt(r2)
        pull = -1.0 / (r2 * r)
        ax = pull * x
        ay = pull * y
        vx += 0.5 * h * ax
        vy += 0.5 * h * ay
        error = abs(0.5 * (vx * vx + vy * vy) - 1.0 / r - start) / abs(start)
        if error > worst:
            worst = error
    return x, y, vx, vy, worst


def lorenz(steps, h):
    """A point of the Lorenz attractor after ``steps`` steps of the midpoint method."""
    x, y, z = 1.0, 1.0, 1.0
    for _ in range(steps):
        mx = x + h / 2 * (10.0 * (y - x))
        my = y + h / 2 * (x * (28.0 - z) - y)
        mz = z + h / 2 * (x * y - 8.0 / 3.0 * z)
        x += h * (10.0 * (my - mx))
        y += h * (mx * (28.0 - mz) - my)
        z += h * (mx * my - 8.0 / 3.0 * mz)
    return x, y, z


def simpson(steps):
    """The integral of 4 / (1 + x²) from 0 to 1, which is pi, by Simpson's rule."""
    h = 1.0 / steps
    total = 0.0
    for i in range(steps + 1):
        x = i * h
        weight = 1 if i == 0 or i == steps else 4 if i % 2 else 2
        total += weight * 4.0 / (1.0 + x * x)
    return total * h / 3.0


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
    x, y, vx, vy, worst = orbit(steps, 2e-4)
    print(f"orbit   x={x:.12f} y={y:.12f} vx={vx:.12f} vy={vy:.12f} energy error {worst:.3e}")
    print("lorenz  x={:.12f} y={:.12f} z={:.12f}".format(*lorenz(steps * 2, 1e-5)))
    print(f"simpson {simpson(steps * 2):.15f}, pi is {math.pi:.15f}")


if __name__ == "__main__":
    main()
