"""Arithmetic on small vectors, instances of a class, most of them for a moment."""

SUITE = "others"


class Vector:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z


def run():
    position, velocity = Vector(1.0, 0.0, 0.0), Vector(0.0, 0.8, 0.1)
    energy, h = 0.0, 0.001
    for _ in range(40_000):
        pull = position * (-1.0 / (position.dot(position) + 0.1))
        velocity = velocity + pull * h
        position = position + velocity * h
        moved = position - velocity * (0.5 * h)
        energy += moved.dot(velocity) * h
    return repr((position.x, position.y, position.z, energy))
