#!/usr/bin/env python3
"""Draw mountains.png: mountains at dusk over a lake, 60 rows of 100 pixels, one channel, exactly eight grey tones.

  make_mountains.py [FILE]       FILE is mountains.png beside this one unless it is named

Needs numpy and Pillow.  Everything is drawn with integers from fixed seeds, so the file is the same on every run.
"""
import os
import sys

import numpy as np
from PIL import Image

ROWS, COLUMNS = 60, 100
SHORE = 45  # first row of the lake
TONES = np.array([10, 34, 60, 91, 127, 168, 212, 255], dtype=np.uint8)  # dark to light; drawing is in indices 0..7

# threshold of each cell of a 4x4 tile, in sixteenths
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])

SUN = (27, 63, 11)  # row, column, radius
SNOW_LINE = 31


def dithered(level):
    """level [rows, columns] in sixteenths of a tone -> tone index: between two tones the tile's pattern decides."""
    rows, columns = level.shape
    tile = np.tile(BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns]
    return (level + tile) // 16


def ridge(corners, seed, rough):
    """Row of the skyline per column: straight lines between (column, row) corners, broken by a few random steps."""
    columns, rows = zip(*corners)
    line = np.interp(np.arange(COLUMNS), columns, rows)
    steps = np.random.RandomState(seed).randint(-rough, rough + 1, COLUMNS // 3 + 1)
    return np.rint(line + np.repeat(steps, 3)[:COLUMNS] * 0.5).astype(int)


def draw_sky(canvas):
    y, x = np.mgrid[:ROWS, :COLUMNS]
    row, column, radius = SUN
    glow = np.maximum(0, 56 - np.hypot(x - column, (y - row) * 1.5)).astype(int)
    canvas[:] = np.clip(dithered(24 + y * 9 // 10 + glow * 6 // 10), 1, 6)
    # the sun, with bands of haze that widen towards the horizon
    disc = (y - row) ** 2 + (x - column) ** 2 <= radius * radius + radius
    canvas[disc] = 7
    # long flat clouds: a light edge above, a darker body below
    for top, left, right in ((7, 6, 31), (8, 10, 44), (12, 70, 99), (13, 77, 94), (17, 0, 18), (21, 44, 68), (22, 50, 77)):
        canvas[top, left:right] = np.minimum(canvas[top, left:right] + 1, 6)
        canvas[top + 1, left + 2 : right - 3] = 3 if top < 16 else 5
    for row_, column_ in ((2, 12), (4, 37), (1, 52), (5, 88), (3, 73), (10, 3), (2, 95)):
        canvas[row_, column_] = 6


def draw_range(canvas, top, body, lit, seed, snow=0):
    """One range: faces that fall towards the sun are lit, ragged by gullies; snow thins out downwards; the foot fades into haze."""
    rng = np.random.RandomState(seed)
    smooth = np.convolve(np.pad(top, 3, mode="edge"), np.ones(7), mode="valid")
    slope = np.gradient(smooth)
    reach = 0
    for column in range(COLUMNS):
        facing = slope[column] * (1 if column < SUN[1] else -1) > 0
        reach = (reach + rng.randint(1, 4)) % 6
        cap = snow - 2 + reach // 2 if facing else snow // 3
        for row in range(max(top[column], 0), SHORE):
            depth = row - top[column]
            tone = body
            if facing and depth < 5 + 2 * reach and (2 * row + column + depth // 3) % 5 < 4 - depth // 6:
                tone = lit
            if snow and row < SNOW_LINE + reach and depth < cap and (depth < 2 or (column + row) % 3 or depth < cap - 3):
                tone = 6 if facing else 4
            if SHORE - row < 5 and BAYER[row % 4, column % 4] > 4 + 2 * (SHORE - row):
                tone = min(tone + 1, 6)
            canvas[row, column] = tone


def pine(canvas, column, foot, height):
    """A dark spruce: a trunk and tiers that widen downwards."""
    for i in range(height):
        half = (i % 4 + i // 3) * 2 // 5
        row = foot - height + i
        canvas[row, max(column - half, 0) : column + half + 1] = 0


def draw_lake(canvas):
    """The scene above the shore, mirrored, darkened by a tone and broken into ripples; the sun's path stays bright."""
    for row in range(SHORE, ROWS):
        near = row - SHORE
        source = canvas[max(SHORE - 1 - near * 2, 0)]
        wave = (near * 5 // 2 + near * near // 7) % 5 - 2
        canvas[row] = np.clip(np.roll(source, wave).astype(int) - (1 if near % 3 else 2), 1, 5)
    canvas[SHORE] = 1
    rng = np.random.RandomState(4)
    for row in range(SHORE + 1, ROWS):
        near = row - SHORE
        for _ in range(2 if near % 2 else 3):
            width = rng.randint(2, 5 + near // 3)
            left = SUN[1] - width // 2 + rng.randint(-3 - near // 4, 4 + near // 4)
            canvas[row, left : left + width] = 7 if near % 3 else 6


def scene():
    canvas = np.zeros((ROWS, COLUMNS), dtype=int)
    draw_sky(canvas)
    far = ridge([(0, 29), (9, 25), (17, 29), (27, 24), (40, 32), (53, 29), (62, 35), (76, 28), (87, 23), (99, 29)], 11, 2)
    draw_range(canvas, far, 4, 5, 12)
    middle = ridge([(0, 35), (12, 29), (17, 24), (21, 25), (29, 14), (34, 19), (38, 25), (44, 27), (56, 39), (70, 38), (83, 30), (91, 33), (99, 27)], 21, 2)
    draw_range(canvas, middle, 2, 3, 22, snow=7)
    front = ridge([(0, 33), (8, 37), (19, 41), (33, 38), (46, 42), (61, 44), (74, 42), (86, 37), (99, 34)], 31, 1)
    draw_range(canvas, front, 1, 2, 32)
    draw_lake(canvas)
    # the near bank and its trees frame the view
    bank = ridge([(0, 52), (14, 54), (27, 57), (38, 60), (72, 60), (84, 57), (99, 53)], 41, 1)
    for column in range(COLUMNS):
        canvas[max(bank[column], 0) :, column] = 0
    for column, foot, height in ((3, 56, 28), (11, 57, 19), (17, 59, 13), (26, 59, 8), (97, 56, 25), (89, 58, 17), (82, 59, 10)):
        pine(canvas, column, foot, height)
    return canvas


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    path = sys.argv[1] if len(sys.argv) == 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "mountains.png")
    canvas = scene()
    assert canvas.shape == (ROWS, COLUMNS) and set(np.unique(canvas)) == set(range(8))
    Image.fromarray(TONES[canvas]).save(path, optimize=True)


if __name__ == "__main__":
    main()
