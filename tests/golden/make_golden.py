#!/usr/bin/env python3
"""Write the golden cases of this folder: tiny random Vision Transformers and every number of their forward pass.

  make_golden.py [FOLDER]        FOLDER is this one unless it is named

Needs numpy only.  The forward pass below is written for reading, not for speed: it runs in float64 and its results
are rounded to float32 at the end.  Weights come from fixed seeds and are rounded to the stored type before the pass,
so that the expected values belong to exactly the numbers in the file.  The same numpy writes the same weights on
every machine; the expected values may differ there in the last bit, because products are summed in another order.
"""
import json
import math
import os
import struct
import sys

import numpy as np

# ---------------------------------------------------------------- safetensors


def encode(array, dtype):
    """Bytes of an array in a safetensors type."""
    if dtype == "BF16":  # the upper half of a float32, rounded to nearest, ties to even
        bits = np.ascontiguousarray(array, dtype="<f4").view("<u4").astype(np.uint64)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    return np.ascontiguousarray(array, dtype={"F32": "<f4", "F16": "<f2"}[dtype]).tobytes()


def decode(blob, dtype, shape):
    """The inverse of encode, as float64."""
    if dtype == "BF16":
        flat = (np.frombuffer(blob, dtype="<u2").astype("<u4") << 16).view("<f4")
    else:
        flat = np.frombuffer(blob, dtype={"F32": "<f4", "F16": "<f2"}[dtype])
    return flat.astype(np.float64).reshape(shape)


def save_safetensors(path, tensors, dtype="F32", metadata=None):
    header, blobs, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name in sorted(tensors):
        blob = encode(tensors[name], dtype)
        header[name] = {"dtype": dtype, "shape": list(tensors[name].shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# ---------------------------------------------------------------- the forward pass


def layer_norm(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * weight + bias


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gelu(x):
    """The exact form, with erf."""
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def cubic(x):
    """Keys' cubic kernel with a = -0.5."""
    x = np.abs(x)
    return np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0.0))


def resampling_matrix(old, new):
    """[new, old]: half-pixel centres, support widened by the factor when shrinking, weights normalised at the border."""
    factor = old / new
    stretch = max(factor, 1.0)
    centres = (np.arange(new) + 0.5) * factor
    weights = cubic((np.arange(old) + 0.5 - centres[:, None]) / stretch)
    return weights / weights.sum(1, keepdims=True)


def resample_positions(table, prefix, old_grid, new_grid):
    """Position table [prefix + rows * columns, D] carried to another grid; prefix rows are kept."""
    if old_grid == new_grid:
        return table
    grid = table[prefix:].reshape(*old_grid, -1)
    grid = np.einsum("ri,cj,ijd->rcd", resampling_matrix(old_grid[0], new_grid[0]), resampling_matrix(old_grid[1], new_grid[1]), grid)
    return np.concatenate([table[:prefix], grid.reshape(new_grid[0] * new_grid[1], -1)])


def forward(w, image, heads, eps=1e-6, stored_grid=None):
    """Every tensor of one pass.  w: float64 weights under timm names.  image: [C,H,W], normalised."""
    t = {"input": image}
    kernel = w["patch_embed.proj.weight"]
    d, c, p, _ = kernel.shape
    rows, columns = image.shape[1] // p, image.shape[2] // p
    # patch order: row by row; inside a patch: channel, row, column
    t["patches"] = image.reshape(c, rows, p, columns, p).transpose(1, 3, 0, 2, 4).reshape(rows * columns, c * p * p)
    t["embed.patch"] = t["patches"] @ kernel.reshape(d, -1).T + w["patch_embed.proj.bias"]
    t["embed.cls"] = np.concatenate([w["cls_token"].reshape(1, d), t["embed.patch"]])
    position = resample_positions(w["pos_embed"][0], 1, stored_grid or (rows, columns), (rows, columns))
    x = t["embed.pos"] = t["embed.cls"] + position

    depth = len({name.split(".")[1] for name in w if name.startswith("blocks.")})
    for i in range(depth):
        b = f"blocks.{i}."
        n = t[b + "norm1"] = layer_norm(x, w[b + "norm1.weight"], w[b + "norm1.bias"], eps)
        qkv = n @ w[b + "attn.qkv.weight"].T + w.get(b + "attn.qkv.bias", 0.0)
        q, k, v = qkv.reshape(len(x), 3, heads, d // heads).transpose(1, 2, 0, 3)
        t[b + "q"], t[b + "k"], t[b + "v"] = q, k, v
        t[b + "scores"] = q @ k.transpose(0, 2, 1) / math.sqrt(d // heads)
        t[b + "attn"] = softmax(t[b + "scores"])
        t[b + "context"] = (t[b + "attn"] @ v).transpose(1, 0, 2).reshape(len(x), d)
        t[b + "attn_out"] = t[b + "context"] @ w[b + "attn.proj.weight"].T + w[b + "attn.proj.bias"]
        t[b + "resid1"] = x + t[b + "attn_out"]
        t[b + "norm2"] = layer_norm(t[b + "resid1"], w[b + "norm2.weight"], w[b + "norm2.bias"], eps)
        t[b + "fc1"] = t[b + "norm2"] @ w[b + "mlp.fc1.weight"].T + w[b + "mlp.fc1.bias"]
        t[b + "gelu"] = gelu(t[b + "fc1"])
        t[b + "fc2"] = t[b + "gelu"] @ w[b + "mlp.fc2.weight"].T + w[b + "mlp.fc2.bias"]
        x = t[b + "out"] = t[b + "resid1"] + t[b + "fc2"]

    t["norm"] = layer_norm(x, w["norm.weight"], w["norm.bias"], eps)
    t["pooled"] = t["norm"][0]
    t["logits"] = t["pooled"] @ w["head.weight"].T + w["head.bias"]
    t["probs"] = softmax(t["logits"])
    t.update(analyses(t, w, depth, (rows, columns), position[1:]))
    return t


def analyses(t, w, depth, grid, patch_positions):
    """The analysis.* tensors; the class token is the only prefix token."""
    out = {}
    unit = patch_positions / np.linalg.norm(patch_positions, axis=1, keepdims=True)
    out["analysis.position_similarity"] = unit @ unit.T

    patch = w["patch_embed.proj.weight"].shape[2]
    cells = np.stack(np.meshgrid(np.arange(grid[0]), np.arange(grid[1]), indexing="ij"), -1).reshape(-1, 2)
    pixels = patch * np.linalg.norm(cells[:, None] - cells[None], axis=-1)
    maps = np.stack([t[f"blocks.{i}.attn"] for i in range(depth)])  # [L,H,T,T]
    among = maps[:, :, 1:, 1:]
    out["analysis.attention_distance"] = (among * pixels).sum(-1).mean(-1)
    among = among / among.sum(-1, keepdims=True)
    out["analysis.attention_distance_renormalised"] = (among * pixels).sum(-1).mean(-1)

    joint = np.eye(maps.shape[-1])
    for fused in maps.mean(1):
        a = (fused + np.eye(len(fused))) / 2
        joint = a / a.sum(-1, keepdims=True) @ joint
    out["analysis.rollout"] = joint[0, 1:]

    kernel = w["patch_embed.proj.weight"]
    filters = kernel.reshape(len(kernel), -1)
    _, s, axes = np.linalg.svd(filters - filters.mean(0), full_matrices=False)
    kept = 0  # leading components whose direction float32 can tell from the next one
    while kept < min(28, len(s) - 1) and s[kept] - s[kept + 1] > 0.01 * s[0] and s[kept] > 0.05 * s[0]:
        kept += 1
    out["analysis.embedding_filters"] = axes[:kept].reshape(kept, *kernel.shape[1:])
    return out


# ---------------------------------------------------------------- the cases


def random_weights(seed, channels, patch, dim, hidden, classes, tokens, qkv_bias=True, depth=2):
    """timm names; scaled so that attention is neither flat nor one-hot and every bias is visible in the result."""
    rng = np.random.RandomState(seed)

    def normal(*shape, scale=1.0):
        return rng.standard_normal(shape) * scale

    def linear(name, out, into, gain=1.0, bias=True):
        w[name + ".weight"] = normal(out, into, scale=gain / math.sqrt(into))
        if bias:
            w[name + ".bias"] = normal(out, scale=0.2)

    def norm(name):
        w[name + ".weight"] = 1 + normal(dim, scale=0.2)
        w[name + ".bias"] = normal(dim, scale=0.2)

    w = {}
    # the filters' sizes fall geometrically, so that their principal axes are well separated
    fall = 0.85 ** np.arange(channels * patch * patch)
    basis = np.linalg.qr(normal(channels * patch * patch, channels * patch * patch))[0]
    w["patch_embed.proj.weight"] = (normal(dim, channels * patch * patch) * fall @ basis.T).reshape(dim, channels, patch, patch) * 0.5
    w["patch_embed.proj.bias"] = normal(dim, scale=0.2)
    w["cls_token"] = normal(1, 1, dim, scale=0.5)
    w["pos_embed"] = normal(1, tokens, dim, scale=0.5)
    for i in range(depth):
        norm(f"blocks.{i}.norm1")
        linear(f"blocks.{i}.attn.qkv", 3 * dim, dim, 1.3, qkv_bias)
        linear(f"blocks.{i}.attn.proj", dim, dim)
        norm(f"blocks.{i}.norm2")
        linear(f"blocks.{i}.mlp.fc1", hidden, dim, 1.3)
        linear(f"blocks.{i}.mlp.fc2", dim, hidden)
    norm("norm")
    linear("head", classes, dim, 1.5)
    return w


# Metadata values are strings; both spellings of picture size and epsilon are in use.
CASES = [
    dict(name="vit_square", about="timm names, square picture, class token, heads in the metadata", seed=101, image=(3, 12, 12), patch=4, dim=16, hidden=32, heads=2, classes=5,
         metadata={"format": "pt", "architecture": "vit", "num_heads": "2", "patch_size": "4", "layer_norm_eps": "1e-06", "num_classes": "5", "img_size": "12,12"}),
    dict(name="vit_nonsquare", about="one channel, 5 rows of 2 patches, no qkv bias; heads only in config.json (timm form)", seed=102, image=(1, 20, 8), patch=4, dim=15, hidden=30, heads=3, classes=4,
         qkv_bias=False, metadata={"format": "pt"}, config=True),
    dict(name="vit_pos_resampled", about="position table stored for a 3x3 grid, run on 4 rows of 2 columns: one axis grows, the other shrinks", seed=103, image=(3, 16, 8), patch=4, dim=16, hidden=32, heads=4,
         classes=5, stored_grid=(3, 3),
         metadata={"format": "pt", "architecture": "vit", "num_heads": "4", "patch_size": "4", "layer_norm_eps": "1e-06", "num_classes": "5", "img_size": "12,12"}),
    dict(name="vit_f16", about="weights stored as F16; metadata in the form of the built-in model", seed=104, image=(3, 12, 12), patch=4, dim=20, hidden=30, heads=5, classes=3, dtype="F16",
         metadata={"format": "pt", "architecture": "vit", "num_heads": "5", "patch_size": "4", "eps": "1e-6", "image_size": "12", "labels": json.dumps(["red", "green", "blue"]),
                   "mean": json.dumps([0.5, 0.5, 0.5]), "std": json.dumps([0.25, 0.25, 0.25])}),
    dict(name="vit_bf16", about="weights stored as BF16 under the prefix module. that data-parallel training leaves", seed=105, image=(3, 12, 8), patch=4, dim=24, hidden=48, heads=3, classes=5, dtype="BF16",
         prefix="module.", metadata={"format": "pt", "architecture": "vit", "num_heads": "3", "patch_size": "4", "layer_norm_eps": "1e-06", "num_classes": "5", "img_size": "12,8"}),
]


def timm_config(case):
    channels, height, width = case["image"]
    return {
        "architecture": "vit_tiny_patch16_224",
        "num_classes": case["classes"],
        "num_features": case["dim"],
        "global_pool": "token",
        "model_args": {"img_size": [height, width], "patch_size": case["patch"], "in_chans": channels, "embed_dim": case["dim"], "depth": 2, "num_heads": case["heads"],
                       "mlp_ratio": case["hidden"] / case["dim"], "qkv_bias": case.get("qkv_bias", True)},
        "pretrained_cfg": {"input_size": [channels, height, width], "mean": [0.5] * channels, "std": [0.5] * channels, "num_classes": case["classes"]},
    }


def write_case(root, case):
    folder = os.path.join(root, case["name"])
    os.makedirs(folder, exist_ok=True)
    channels, height, width = case["image"]
    dtype = case.get("dtype", "F32")
    grid = case.get("stored_grid", (height // case["patch"], width // case["patch"]))
    weights = random_weights(case["seed"], channels, case["patch"], case["dim"], case["hidden"], case["classes"], 1 + grid[0] * grid[1], case.get("qkv_bias", True))
    weights = {k: decode(encode(v, dtype), dtype, v.shape) for k, v in weights.items()}
    image = np.random.RandomState(case["seed"] + 1000).standard_normal(case["image"]).astype("<f4")
    result = forward(weights, image.astype(np.float64), case["heads"], stored_grid=grid)

    save_safetensors(os.path.join(folder, "model.safetensors"), {case.get("prefix", "") + k: v for k, v in weights.items()}, dtype, case["metadata"])
    save_safetensors(os.path.join(folder, "expected.safetensors"), result)
    np.save(os.path.join(folder, "input.npy"), image)
    if case.get("config"):
        with open(os.path.join(folder, "config.json"), "w") as f:
            f.write(json.dumps(timm_config(case), indent=1) + "\n")
    # the filters are defined up to sign and the program may leave them out of a dump
    required = sorted(set(result) - {"analysis.embedding_filters", "analysis.attention_distance_renormalised"})
    with open(os.path.join(folder, "case.json"), "w") as f:
        f.write(json.dumps({"model": "model.safetensors", "about": case["about"], "required": required}, indent=1) + "\n")
    size = sum(os.path.getsize(os.path.join(folder, n)) for n in os.listdir(folder))
    print(f"{case['name']}: {len(result)} tensors, {size / 1000:.1f} kB, filters {result['analysis.embedding_filters'].shape}, largest probability {result['probs'].max():.3f}, "
          f"sharpest attention {max(v.max() for k, v in result.items() if k.endswith('.attn')):.3f}")


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.abspath(__file__))
    for case in CASES:
        write_case(root, case)


if __name__ == "__main__":
    main()
