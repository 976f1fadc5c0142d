"""A loop over attributes and methods of small objects."""

SUITE = "others"


class Particle:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def step(self, h):
        self.x += self.v * h
        if self.x > 1.0:
            self.v = -self.v


def run():
    particles = [Particle(i / 100, 0.5 + i / 50) for i in range(50)]
    for _ in range(10_000):
        for particle in particles:
            particle.step(0.01)
            particle.v *= 0.999
    return repr(sum(particle.x for particle in particles))
