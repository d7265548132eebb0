#!/usr/bin/env python3
"""Write resample/: small pictures and what Pillow's bicubic resizing makes of them.

  make_resample.py [FOLDER]      FOLDER is resample/ beside this file unless it is named

Needs numpy and Pillow.  cases.json lists input, size as [height, width], and output; all arrays are uint8 [H,W,C].
"""
import json
import os
import sys

import numpy as np
from PIL import Image


def picture(height, width, channels, seed):
    """Smooth waves, hard edges and noise together: ringing, clipping and rounding all show."""
    rng = np.random.RandomState(seed)
    y, x, c = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), np.arange(channels), indexing="ij")
    value = 128 + 90 * np.sin(7 * x + 5 * y + 2 * c) + 25 * rng.standard_normal((height, width, channels))
    value[height // 4 : height // 2, width // 3 : width // 2] = 255
    value[height // 2 :, 2 * width // 3 :] = 0
    return np.clip(np.rint(value), 0, 255).astype(np.uint8)


def resize(array, height, width):
    flat = array[:, :, 0] if array.shape[2] == 1 else array
    out = np.asarray(Image.fromarray(flat).resize((width, height), Image.BICUBIC))
    return out.reshape(height, width, array.shape[2])


INPUTS = {"colour": (23, 37, 3), "grey": (5, 7, 1), "column": (31, 1, 3), "large": (96, 64, 3)}
# down, up, one axis each way, one axis unchanged, to a single pixel, unchanged
TARGETS = {
    "colour": [(8, 8), (32, 32), (11, 60), (46, 9), (23, 12), (1, 1), (23, 37)],
    "grey": [(16, 16), (3, 2), (5, 21), (10, 14)],
    "column": [(7, 5), (40, 1)],
    "large": [(32, 32), (13, 29)],
}


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "resample")
    os.makedirs(root, exist_ok=True)
    cases = []
    for seed, (name, shape) in enumerate(INPUTS.items()):
        array = picture(*shape, seed)
        np.save(os.path.join(root, f"{name}.npy"), array)
        for height, width in TARGETS[name]:
            output = f"{name}_{height}x{width}.npy"
            np.save(os.path.join(root, output), resize(array, height, width))
            cases.append({"input": f"{name}.npy", "size": [height, width], "output": output})
    with open(os.path.join(root, "cases.json"), "w") as f:
        f.write("[\n" + ",\n".join(" " + json.dumps(c) for c in cases) + "\n]\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
