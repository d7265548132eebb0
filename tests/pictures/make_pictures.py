#!/usr/bin/env python3
"""Write small picture files of every kind that the program reads, and what Pillow or their maker says they hold.

  make_pictures.py [FOLDER]      FOLDER is this file's own unless it is named

Needs numpy and Pillow.  cases.json lists file, expected array (uint8 or uint16 [H,W,C], alpha laid over white, turned
upright) and the tolerance in steps of that array: JPEG decoders differ by a few.
"""
import io
import json
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH = 9, 13


def picture():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    colour = np.stack([x * 19, y * 28, (x + y) * 12], axis=2)
    colour[:3, :4] = (250, 20, 30)
    return colour.astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour_type, rows, interlace=0):
    """rows: bytes of each row, without the filter byte; several passes one after the other."""
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def adam7(array):
    """Rows of the seven passes of an interlaced PNG (PNG specification, section 8.2)."""
    rows = []
    for y0, x0, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
        for row in array[y0::dy, x0::dx]:
            if row.size:
                rows.append(row.tobytes())
    return rows


def radiance(array):
    """RGBE with one exponent, not run-length coded."""
    head = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % array.shape[:2]
    exponent = np.full(array.shape[:2] + (1,), 128, np.uint8)
    return head + np.concatenate([array, exponent], axis=2).tobytes()


def photoshop(array):
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, array.shape[0], array.shape[1], 8, 3)
    return head + struct.pack(">III", 0, 0, 0) + struct.pack(">H", 0) + array.transpose(2, 0, 1).tobytes()


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.abspath(__file__))
    os.makedirs(root, exist_ok=True)
    cases = []

    def write(name, data, expected, tolerance=0):
        with open(os.path.join(root, name), "wb") as f:
            f.write(data)
        expected = expected if expected.ndim == 3 else expected[:, :, None]
        np.save(os.path.join(root, name.replace(".", "_") + ".npy"), np.ascontiguousarray(expected))
        cases.append({"file": name, "expected": name.replace(".", "_") + ".npy", "tolerance": tolerance})

    def save(name, image, tolerance=0, expected=None, **options):
        buffer = io.BytesIO()
        kind = {"jpg": "JPEG", "tga": "TGA", "ppm": "PPM", "pgm": "PPM"}.get(name.split(".")[1], name.split(".")[1].upper())
        image.save(buffer, kind, **options)
        if expected is None:
            read = ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue())))
            if read.mode in ("LA", "RGBA") or "transparency" in read.info:
                read = read.convert("RGBA")
                white = Image.new("RGBA", read.size, "white")
                white.alpha_composite(read)
                read = white.convert("L" if image.mode == "LA" else "RGB")
            expected = np.asarray(read.convert("L" if read.mode in ("1", "L") else "RGB"))
        write(name, buffer.getvalue(), expected, tolerance)

    colour = picture()
    image = Image.fromarray(colour)
    grey = image.convert("L")
    alpha = Image.fromarray((np.mgrid[0:HEIGHT, 0:WIDTH][1] * 21).astype(np.uint8))
    both = image.copy()
    both.putalpha(alpha)
    grey_alpha = grey.copy()
    grey_alpha.putalpha(alpha)

    save("rgb.png", image)
    save("grey.png", grey)
    save("rgba.png", both, 1)
    save("grey_alpha.png", grey_alpha, 1)
    save("palette.png", image.quantize(16))
    save("bilevel.png", grey.point(lambda v: 255 * (v > 100)).convert("1"))
    deep = (colour.astype(np.uint16) * 257) ^ 0x35
    write("rgb16.png", png(WIDTH, HEIGHT, 16, 2, [row.astype(">u2").tobytes() for row in deep]), deep)
    write("grey16.png", png(WIDTH, HEIGHT, 16, 0, [row.astype(">u2").tobytes() for row in deep[:, :, 0]]), deep[:, :, 0])
    write("interlaced.png", png(WIDTH, HEIGHT, 8, 2, adam7(colour), 1), colour)
    save("rgb.jpg", image, 4, quality=95, subsampling=0)
    save("progressive.jpg", image, 12, quality=95, progressive=True)
    save("grey.jpg", grey, 4, quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation{orientation}.jpg", image, 4, quality=95, subsampling=0, exif=exif.tobytes())
    exif = Image.Exif()
    exif[0x0112] = 6
    save("orientation6.png", image, exif=exif.tobytes())
    save("frames.gif", image.quantize(16), save_all=True, append_images=[grey.convert("P")], duration=100,
         expected=np.asarray(image.quantize(16).convert("RGB")))
    save("rgb.bmp", image)
    save("palette.bmp", image.quantize(16))
    save("rgb.tga", image)
    save("rle.tga", image, compression="tga_rle")
    save("rgb.ppm", image)
    save("grey.pgm", grey)
    write("grey16.pgm", b"P5\n%d %d\n65535\n" % (WIDTH, HEIGHT) + deep[:, :, 1].astype(">u2").tobytes(), deep[:, :, 1])
    write("rgb.psd", photoshop(colour), colour)
    light = np.clip(colour.astype(np.float64) / 256, 0, 1) ** (1 / 2.2)
    write("rgb.hdr", radiance(colour), np.rint(light * 65535).astype(np.uint16), 2)

    with open(os.path.join(root, "cases.json"), "w") as f:
        f.write("[\n" + ",\n".join(" " + json.dumps(c) for c in cases) + "\n]\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
