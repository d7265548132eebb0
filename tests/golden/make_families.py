#!/usr/bin/env python3
"""Write the golden cases of other families than timm's plain ViT: their own names and layouts, and every number of their forward pass.

  make_families.py [FOLDER]      FOLDER is this one unless it is named

Needs numpy and make_golden.py beside it.  The pass below follows each family's own definition on its own names: nothing is translated first.
"""
import json
import math
import os
import sys
import zipfile

import numpy as np

from make_golden import decode, encode, gelu, layer_norm, resample_positions, save_safetensors, softmax


def plain_cubic(x, a=-0.75):
    """PyTorch's cubic kernel."""
    x = np.abs(x)
    return np.where(x < 1, ((a + 2) * x - (a + 3)) * x * x + 1, np.where(x < 2, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a, 0.0))


def plain_matrix(old, new):
    """[new, old]: half-pixel centres, no antialiasing, the border repeated."""
    matrix = np.zeros((new, old))
    for i in range(new):
        at = (i + 0.5) * old / new - 0.5
        first = math.floor(at)
        for tap in range(first - 1, first + 3):
            matrix[i, min(max(tap, 0), old - 1)] += plain_cubic(at - tap)
    return matrix


def resample_plainly(table, prefix, old_grid, new_grid):
    if old_grid == new_grid:
        return table
    grid = table[prefix:].reshape(*old_grid, -1)
    grid = np.einsum("ri,cj,ijd->rcd", plain_matrix(old_grid[0], new_grid[0]), plain_matrix(old_grid[1], new_grid[1]), grid)
    return np.concatenate([table[:prefix], grid.reshape(new_grid[0] * new_grid[1], -1)])


class Weights:
    """Random weights under any names, stored in the order in which they are asked for."""

    def __init__(self, seed):
        self.rng, self.tensors = np.random.RandomState(seed), {}

    def put(self, name, *shape, scale=1.0, offset=0.0):
        value = self.rng.standard_normal(shape) * scale + offset
        value = decode(encode(value, "F32"), "F32", value.shape)
        self.tensors[name] = value
        return value

    def linear(self, name, out, into, gain=1.0, bias=True, weight="weight"):
        w = self.put(f"{name}.weight", out, into, scale=gain / math.sqrt(into))
        return w, self.put(f"{name}.bias", out, scale=0.2) if bias else np.zeros(out)

    def norm(self, name, width):
        return self.put(f"{name}.weight", width, scale=0.2, offset=1), self.put(f"{name}.bias", width, scale=0.2)


def patches_of(image, p, channel_last):
    c, height, width = image.shape
    rows, columns = height // p, width // p
    cut = image.reshape(c, rows, p, columns, p)
    order = (1, 3, 2, 4, 0) if channel_last else (1, 3, 0, 2, 4)
    return cut.transpose(*order).reshape(rows * columns, p * p * c)


class Pass:
    """The parts that every family shares; `t` holds what a dump must."""

    def __init__(self, case):
        self.case, self.t, self.eps = case, {}, case["eps"]

    def embed(self, image, projection, bias, prefix, position, norms=None):
        case, t = self.case, self.t
        t["input"] = image
        x = t["patches"] = patches_of(image, case["patch"], case.get("channel_last", False))
        if norms:
            x = layer_norm(x, *norms[0], self.eps)
        x = x @ projection.T + bias
        if norms:
            x = layer_norm(x, *norms[1], self.eps)
        t["embed.patch"] = x
        self.position = position
        self.prefix = len(prefix)
        t["embed.cls"] = np.concatenate([prefix, x]) if len(prefix) else x
        t["embed.pos"] = t["embed.cls"] + position
        self.x = t["embed.pos"]

    def block(self, i, norm1, qkv, proj, norm2, fc1, fc2, scale=None, gains=None, value_skip=False):
        t, b, heads = self.t, f"blocks.{i}.", self.case["heads"]
        n = t[b + "norm1"] = layer_norm(self.x, *norm1, self.eps)
        joined = n @ qkv[0].T + qkv[1]
        width = joined.shape[1] // 3 // heads
        q, k, v = joined.reshape(len(n), 3, heads, width).transpose(1, 2, 0, 3)
        t[b + "q"], t[b + "k"], t[b + "v"] = q, k, v
        t[b + "scores"] = q @ k.transpose(0, 2, 1) * (scale or width**-0.5)
        t[b + "attn"] = softmax(t[b + "scores"])
        t[b + "context"] = (t[b + "attn"] @ v).transpose(1, 0, 2).reshape(len(n), -1)
        out = t[b + "context"] @ proj[0].T + proj[1]
        if value_skip:
            t[b + "attn_proj"] = out
            out = out + v.transpose(1, 0, 2).reshape(len(n), -1)
        t[b + "attn_out"] = out
        t[b + "resid1"] = self.x + out * (gains[0] if gains else 1)
        t[b + "norm2"] = layer_norm(t[b + "resid1"], *norm2, self.eps)
        t[b + "fc1"] = t[b + "norm2"] @ fc1[0].T + fc1[1]
        t[b + "gelu"] = gelu(t[b + "fc1"])
        t[b + "fc2"] = t[b + "gelu"] @ fc2[0].T + fc2[1]
        self.x = t[b + "out"] = t[b + "resid1"] + t[b + "fc2"] * (gains[1] if gains else 1)

    def analyse(self, depth, rollout):
        t, case = self.t, self.case
        rows = self.position[self.prefix:]
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        t["analysis.position_similarity"] = unit @ unit.T
        grid = (case["image"][1] // case["patch"], case["image"][2] // case["patch"])
        cells = np.stack(np.meshgrid(np.arange(grid[0]), np.arange(grid[1]), indexing="ij"), -1).reshape(-1, 2)
        pixels = case["patch"] * np.linalg.norm(cells[:, None] - cells[None], axis=-1)
        maps = np.stack([t[f"blocks.{i}.attn"] for i in range(depth)])
        among = maps[:, :, self.prefix:, self.prefix:]
        t["analysis.attention_distance"] = (among * pixels).sum(-1).mean(-1)
        if rollout:
            joint = np.eye(maps.shape[-1])
            for fused in maps.mean(1):
                a = (fused + np.eye(len(fused))) / 2
                joint = a / a.sum(-1, keepdims=True) @ joint
            t["analysis.rollout"] = joint[0, self.prefix:]

    def finish(self, logits):
        self.t["logits"] = logits
        if len(logits) > 1:
            self.t["probs"] = softmax(logits)


def timm(case, image, w):
    d, p, prefix, gains = case["dim"], case["patch"], [], None
    run = Pass(case)
    kernel = w.put("patch_embed.proj.weight", d, image.shape[0], p, p, scale=0.3)
    bias = w.put("patch_embed.proj.bias", d, scale=0.2)
    for name, rows in (("cls_token", case.get("cls", 1)), ("dist_token", case.get("dist", 0)), ("reg_token", case.get("registers", 0))):
        if rows:
            prefix.append(w.put(name, 1, rows, d, scale=0.5)[0])
    prefix = np.concatenate(prefix) if prefix else np.zeros((0, d))
    patches = (image.shape[1] // p) * (image.shape[2] // p)
    placed = 0 if case.get("no_embed_class") else len(prefix)
    table = w.put("pos_embed", 1, placed + patches, d, scale=0.5)[0]
    position = np.concatenate([table[:placed], np.zeros((len(prefix) - placed, d)), table[placed:]])
    run.embed(image, kernel.reshape(d, -1), bias, prefix, position)
    for i in range(2):
        b = f"blocks.{i}."
        norm1, qkv, proj = w.norm(b + "norm1", d), w.linear(b + "attn.qkv", 3 * d, d, 1.3), w.linear(b + "attn.proj", d, d)
        norm2, fc1, fc2 = w.norm(b + "norm2", d), w.linear(b + "mlp.fc1", case["hidden"], d, 1.3), w.linear(b + "mlp.fc2", d, case["hidden"])
        if case.get("layer_scale"):
            gains = [w.put(b + case["layer_scale"].format(n), d, scale=0.5, offset=0.5) for n in (1, 2)]
        run.block(i, norm1, qkv, proj, norm2, fc1, fc2, gains=gains)
    t = run.t
    if case.get("pool") == "avg":
        t["pooled"] = run.x[len(prefix):].mean(0)
        row = t["head.norm"] = layer_norm(t["pooled"], *w.norm("fc_norm", d), run.eps)
    else:
        t["norm"] = layer_norm(run.x, *w.norm("norm", d), run.eps)
        row = t["pooled"] = t["norm"][0]
    width = d
    if case.get("representation"):
        width = case["representation"]
        layer = w.linear("pre_logits.fc", width, d)
        row = t["pre_logits"] = np.tanh(row @ layer[0].T + layer[1])
    head = w.linear("head", case["classes"], width, 1.5)
    logits = row @ head[0].T + head[1]
    if case.get("dist"):
        second = w.linear("head_dist", case["classes"], d, 1.5)
        t["pooled.dist"], t["logits.cls"] = t["norm"][1], logits
        t["logits.dist"] = t["pooled.dist"] @ second[0].T + second[1]
        logits = (logits + t["logits.dist"]) / 2
    run.finish(logits)
    run.analyse(2, case.get("cls", 1))
    return t


def transformers(case, image, w):
    d, p = case["dim"], case["patch"]
    run, v = Pass(case), case["part"]
    grid, stored = (image.shape[1] // p, image.shape[2] // p), case["stored_grid"]
    names = ["cls_token"] + (["distillation_token"] if case.get("dist") else [])
    prefix = np.concatenate([w.put(f"{v}embeddings.{n}", 1, 1, d, scale=0.5)[0] for n in names])
    table = w.put(f"{v}embeddings.position_embeddings", 1, len(prefix) + stored[0] * stored[1], d, scale=0.5)[0]
    kernel = w.put(f"{v}embeddings.patch_embeddings.projection.weight", d, image.shape[0], p, p, scale=0.3)
    bias = w.put(f"{v}embeddings.patch_embeddings.projection.bias", d, scale=0.2)
    run.embed(image, kernel.reshape(d, -1), bias, prefix, resample_plainly(table, len(prefix), stored, grid))
    for i in range(2):
        b = f"{v}encoder.layer.{i}."
        parts = [w.linear(f"{b}attention.attention.{n}", d, d, 1.3) for n in ("query", "key", "value")]
        qkv = [np.concatenate([part[n] for part in parts]) for n in (0, 1)]
        run.block(i, w.norm(b + "layernorm_before", d), qkv, w.linear(b + "attention.output.dense", d, d), w.norm(b + "layernorm_after", d),
                  w.linear(b + "intermediate.dense", case["hidden"], d, 1.3), w.linear(b + "output.dense", d, case["hidden"]))
    t = run.t
    t["norm"] = layer_norm(run.x, *w.norm(f"{v}layernorm", d), run.eps)
    w.linear(f"{v}pooler.dense", d, d)  # part of the files, no part of the classification
    t["pooled"] = t["norm"][0]
    head = w.linear("cls_classifier" if case.get("dist") else "classifier", case["classes"], d, 1.5)
    logits = t["pooled"] @ head[0].T + head[1]
    if case.get("dist"):
        second = w.linear("distillation_classifier", case["classes"], d, 1.5)
        t["pooled.dist"], t["logits.cls"] = t["norm"][1], logits
        t["logits.dist"] = t["pooled.dist"] @ second[0].T + second[1]
        logits = (logits + t["logits.dist"]) / 2
    run.finish(logits)
    run.analyse(2, True)
    return t


def lucidrains(case, image, w):
    d, p, new = case["dim"], case["patch"], case["new"]
    run = Pass(case)
    inner, length = case["heads"] * case["head_width"], p * p * image.shape[0]
    patches = (image.shape[1] // p) * (image.shape[2] // p)
    rows = 0 if case.get("cls") == 0 else 1
    position = w.put("pos_embedding", 1, rows + patches, d, scale=0.5)[0]
    prefix = w.put("cls_token", 1, rows, d, scale=0.5)[0]
    if new:
        norm_in = w.norm("to_patch_embedding.1", length)
        projection, bias = w.linear("to_patch_embedding.2", d, length)
        norms = (norm_in, w.norm("to_patch_embedding.3", d))
    else:
        projection, bias = w.linear("to_patch_embedding.1", d, length)
        norms = None
    run.embed(image, projection, bias, prefix, position, norms)
    for i in range(2):
        a, m = f"transformer.layers.{i}.0.", f"transformer.layers.{i}.1."
        inside = "" if new else "fn."
        norm1 = w.norm(a + "norm", d)
        qkv = w.linear(a + inside + "to_qkv", 3 * inner, d, 1.3, bias=False)
        proj = w.linear(a + inside + "to_out.0", d, inner)
        if new:
            norm2, fc1, fc2 = w.norm(m + "net.0", d), w.linear(m + "net.1", case["hidden"], d, 1.3), w.linear(m + "net.4", d, case["hidden"])
        else:
            norm2, fc1, fc2 = w.norm(m + "norm", d), w.linear(m + "fn.net.0", case["hidden"], d, 1.3), w.linear(m + "fn.net.3", d, case["hidden"])
        run.block(i, norm1, (qkv[0], 0.0), proj, norm2, fc1, fc2)
    t = run.t
    pool = lambda x: x.mean(0) if case["pool"] == "mean" else x[0]
    if new:
        t["norm"] = layer_norm(run.x, *w.norm("transformer.norm", d), run.eps)
        row = t["pooled"] = pool(t["norm"])
        head = w.linear("mlp_head", case["classes"], d, 1.5)
    else:
        t["pooled"] = pool(run.x)
        row = t["head.norm"] = layer_norm(t["pooled"], *w.norm("mlp_head.0", d), run.eps)
        head = w.linear("mlp_head.1", case["classes"], d, 1.5)
    run.finish(row @ head[0].T + head[1])
    run.analyse(2, rows)
    return t


def lanl(case, image, w):
    d, p = case["dim"], case["patch"]
    run = Pass(case)
    patches = (image.shape[1] // p) * (image.shape[2] // p)
    projection, bias = w.linear("patch_tokens.project", d, p * p * image.shape[0])
    token = w.put("backbone.cls_token", 1, 1, d, scale=0.0)[0]
    position = w.put("backbone.pos_embed", 1, 1 + patches, d, scale=0.0)
    angle = np.arange(1 + patches)[:, None] / 10000 ** (np.arange(d) // 2 * 2 / d)
    position = np.where(np.arange(d) % 2, np.cos(angle), np.sin(angle)).astype("<f4").astype(np.float64)
    w.tensors["backbone.pos_embed"] = position[None]
    run.embed(image, projection, bias, token, position)
    for i in range(2):
        b = f"backbone.blocks.{i}."
        norm1, qkv = w.norm(b + "norm1", d), w.linear(b + "attn.qkv", 3 * d, d, 1.3, bias=False)
        run.block(i, norm1, (qkv[0], 0.0), w.linear(b + "attn.proj", d, d), w.norm(b + "norm2", d), w.linear(b + "neuralnet.fc1", case["hidden"], d, 1.3),
                  w.linear(b + "neuralnet.fc2", d, case["hidden"]), scale=case["scale"], value_skip=True)
    t = run.t
    t["norm"] = layer_norm(run.x, *w.norm("backbone.norm", d), run.eps)
    t["pooled"] = t["norm"][0]
    head = w.linear("backbone.head", case["classes"], d, 1.5)
    run.finish(t["pooled"] @ head[0].T + head[1])
    run.analyse(2, True)
    return t


def flax(case, image, w):
    d, p, heads = case["dim"], case["patch"], case["heads"]
    run = Pass(case)
    width = d // heads
    patches = (image.shape[1] // p) * (image.shape[2] // p)

    def dense(name, *shape, bias, gain=1.0):
        into = int(np.prod(shape[: len(shape) - len(bias)]))
        return w.put(f"{name}/kernel", *shape, scale=gain / math.sqrt(into)), w.put(f"{name}/bias", *bias, scale=0.2)

    def norm(name):
        return w.put(f"{name}/scale", d, scale=0.2, offset=1), w.put(f"{name}/bias", d, scale=0.2)

    kernel, bias = dense("embedding", p, p, image.shape[0], d, bias=(d,))
    token = w.put("cls", 1, 1, d, scale=0.5)[0]
    position = w.put("Transformer/posembed_input/pos_embedding", 1, 1 + patches, d, scale=0.5)[0]
    run.embed(image, kernel.transpose(3, 2, 0, 1).reshape(d, -1), bias, token, position)
    for i in range(2):
        b = f"Transformer/encoderblock_{i}/"
        norm1 = norm(b + "LayerNorm_0")
        a = b + "MultiHeadDotProductAttention_1/"
        parts = [dense(a + n, d, heads, width, bias=(heads, width), gain=1.3) for n in ("query", "key", "value")]
        qkv = (np.concatenate([k.reshape(d, d).T for k, _ in parts]), np.concatenate([v.reshape(d) for _, v in parts]))
        out = dense(a + "out", heads, width, d, bias=(d,))
        norm2 = norm(b + "LayerNorm_2")
        fc1, fc2 = dense(b + "MlpBlock_3/Dense_0", d, case["hidden"], bias=(case["hidden"],), gain=1.3), dense(b + "MlpBlock_3/Dense_1", case["hidden"], d, bias=(d,))
        run.block(i, norm1, qkv, (out[0].reshape(d, d).T, out[1]), norm2, (fc1[0].T, fc1[1]), (fc2[0].T, fc2[1]))
    t = run.t
    t["norm"] = layer_norm(run.x, *norm("Transformer/encoder_norm"), run.eps)
    row = t["pooled"] = t["norm"][0]
    layer = dense("pre_logits", d, case["representation"], bias=(case["representation"],))
    row = t["pre_logits"] = np.tanh(row @ layer[0] + layer[1])
    head = dense("head", case["representation"], case["classes"], bias=(case["classes"],), gain=1.5)
    run.finish(row @ head[0] + head[1])
    run.analyse(2, True)
    return t


def meta(**more):
    return {"format": "pt", **{k: str(v) for k, v in more.items()}}


CASES = [
    dict(name="deit_distilled", make=timm, about="timm DeiT: class and distillation token, logits are the mean of two heads", seed=201, image=(3, 8, 12), patch=4, dim=18, hidden=24, heads=3, classes=5,
         eps=1e-6, dist=1, metadata=meta(num_heads=3, img_size="8,12", layer_norm_eps=1e-6)),
    dict(name="vit_mean", make=timm, about="timm, no class token, mean of the patches, fc_norm", seed=202, image=(3, 12, 8), patch=4, dim=16, hidden=24, heads=2, classes=4, eps=1e-6, cls=0, pool="avg",
         metadata=meta(num_heads=2, img_size="12,8", global_pool="avg", layer_norm_eps=1e-6)),
    dict(name="vit_registers", make=timm, about="timm, three registers, positions for the patches only, LayerScale, mean of the patches without the tokens in front", seed=203, image=(3, 12, 8), patch=4, dim=16,
         hidden=24, heads=4, classes=4, eps=1e-6, registers=3, no_embed_class=True, layer_scale="ls{}.gamma", pool="avg", metadata=meta(num_heads=4, img_size="12,8", global_pool="avg", layer_norm_eps=1e-6)),
    dict(name="vit_representation", make=timm, about="timm before pre_logits was dropped: tanh layer in front of the head; LayerScale under its older name", seed=204, image=(3, 8, 8), patch=4, dim=20, hidden=24,
         heads=2, classes=4, eps=1e-6, representation=7, layer_scale="gamma_{}", metadata=meta(num_heads=2, img_size="8,8", layer_norm_eps=1e-6)),
    dict(name="hf_resampled", make=transformers, part="vit.", about="Hugging Face ViT run on another grid than stored: bicubic without antialias, a = -0.75", seed=205, image=(3, 16, 12), patch=4, dim=16, hidden=24,
         heads=2, classes=4, eps=1e-12, stored_grid=(3, 3), metadata=meta(),
         config=dict(model_type="vit", hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, hidden_act="gelu", layer_norm_eps=1e-12, image_size=12, patch_size=4,
                     num_channels=3, qkv_bias=True, id2label={"0": "ant", "1": "bee", "2": "cat", "3": "dog"})),
    dict(name="hf_deit", make=transformers, part="deit.", about="Hugging Face DeiT with teacher: two classifiers", seed=206, image=(3, 8, 8), patch=4, dim=16, hidden=24, heads=4, classes=3, eps=1e-12, dist=True,
         stored_grid=(2, 2), metadata=meta(), config=dict(model_type="deit", hidden_size=16, num_hidden_layers=2, num_attention_heads=4, hidden_act="gelu", layer_norm_eps=1e-12, image_size=8, patch_size=4)),
    dict(name="lucidrains_old", make=lucidrains, about="lucidrains before 1.0: channel last, H d is not D, mean over all tokens, norm in the head", seed=207, image=(3, 8, 12), patch=4, dim=20, hidden=24, heads=3,
         head_width=6, classes=4, eps=1e-5, channel_last=True, new=False, pool="mean", metadata=meta(num_heads=3, dim_head=6, pool="mean", patch_size=4, channels=3, img_size="8,12")),
    dict(name="lucidrains_new", make=lucidrains, about="lucidrains today: norms around the projection, an empty class token, mean", seed=208, image=(3, 8, 12), patch=4, dim=20, hidden=24, heads=3, head_width=6,
         classes=4, eps=1e-5, channel_last=True, new=True, pool="mean", cls=0, metadata=meta(num_heads=3, dim_head=6, pool="mean", patch_size=4, channels=3, img_size="8,12")),
    dict(name="lanl", make=lanl, about="LANL: v added once more, sinusoids, zero prediction token, one output, a scale of its own", seed=209, image=(1, 12, 8), patch=4, dim=16, hidden=24, heads=2, classes=1,
         eps=1e-5, scale=0.31, metadata=meta(num_heads=2, patch_size=4, img_size="12,8", qk_scale=0.31, attention_v_skip="true")),
    dict(name="flax", make=flax, about="original Flax names in a deflated .npz, with pre_logits", seed=210, image=(3, 12, 12), patch=4, dim=18, hidden=24, heads=3, classes=4, eps=1e-6, representation=6, npz=True,
         metadata=None),
]


def write_case(root, case):
    folder = os.path.join(root, case["name"])
    os.makedirs(folder, exist_ok=True)
    image = np.random.RandomState(case["seed"] + 1000).standard_normal(case["image"]).astype("<f4")
    weights = Weights(case["seed"])
    result = case["make"](case, image.astype(np.float64), weights)
    model = "model.npz" if case.get("npz") else "model.safetensors"
    if case.get("npz"):
        with zipfile.ZipFile(os.path.join(folder, model), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, value in weights.tensors.items():
                entry = zipfile.ZipInfo(name + ".npy")
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as f:
                    np.lib.format.write_array(f, value.astype("<f4"))
    else:
        save_safetensors(os.path.join(folder, model), weights.tensors, "F32", case["metadata"])
    save_safetensors(os.path.join(folder, "expected.safetensors"), result)
    np.save(os.path.join(folder, "input.npy"), image)
    if case.get("config"):
        with open(os.path.join(folder, "config.json"), "w") as f:
            f.write(json.dumps(case["config"], indent=1) + "\n")
    with open(os.path.join(folder, "case.json"), "w") as f:
        f.write(json.dumps({"model": model, "about": case["about"], "required": sorted(result)}, indent=1) + "\n")
    size = sum(os.path.getsize(os.path.join(folder, n)) for n in os.listdir(folder))
    print(f"{case['name']}: {len(result)} tensors, {size / 1000:.1f} kB, logits {np.round(result['logits'], 2)}")


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.abspath(__file__))
    for case in CASES:
        write_case(root, case)


if __name__ == "__main__":
    main()
