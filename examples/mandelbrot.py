"""Renders the Mandelbrot set and writes it as a PNG picture.

    python mandelbrot.py [WIDTH [FILE]]
"""

import struct
import sys
import zlib

ITERATIONS = 200


def escape_time(cr, ci):
    """Steps until the point leaves the circle of radius 2; ITERATIONS when it does not."""
    zr = zi = 0.0
    n = 0
    while n < ITERATIONS:
        zr2 = zr * zr
        zi2 = zi * zi
        if zr2 + zi2 > 4.0:
            break
        zi = 2.0 * zr * zi + ci
        zr = zr2 - zi2 + cr
        n += 1
    return n


def render(width, height):
    """Rows of RGB bytes."""
    rows = []
    for y in range(height):
        row = bytearray()
        ci = (y - height / 2) * 2.4 / height
        for x in range(width):
            cr = (x - width * 0.7) * 3.2 / width
            n = escape_time(cr, ci)
            if n == ITERATIONS:
                row += b"\0\0\0"
            else:
                row += bytes((n * 9 % 256, n * 5 % 256, 255 - n * 3 % 256))
        rows.append(bytes(row))
    return rows


def write_png(path, width, rows):
    """Writes rows of RGB bytes as a PNG file."""

    def chunk(kind, body):
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    pixels = b"".join(b"\0" + row for row in rows)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(pixels, 9)))
        file.write(chunk(b"IEND", b""))


def main():
    width = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    path = sys.argv[2] if len(sys.argv) > 2 else "mandelbrot.png"
    height = width * 3 // 4
    rows = render(width, height)
    write_png(path, width, rows)
    inside = sum(row.count(b"\0\0\0") for row in rows)
    print(f"{width}x{height} pixels, {zlib.crc32(b''.join(rows)):08x}, {inside} runs of black")


if __name__ == "__main__":
    main()
