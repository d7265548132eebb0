#!/usr/bin/env python3
"""Write the golden cases of models that make their tokens in another way: T2T-ViT and TNT, each as two peers wrote it, and a hybrid as timm wrote it.

  make_inside.py [FOLDER]        FOLDER is this one unless it is named

Needs numpy only.  Like make_golden.py: a forward pass written for reading, in float64 on the weights as stored.
"""
import json
import math
import os
import sys

import numpy as np

from make_golden import decode, encode, gelu, layer_norm, save_safetensors, softmax

EPS = 1e-5


class Net:
    """Weights by name, and the layers that use them."""

    def __init__(self, weights, eps=EPS):
        self.w = weights
        self.eps = eps

    def norm(self, x, name):
        return layer_norm(x, self.w[name + ".weight"], self.w[name + ".bias"], self.eps)

    def linear(self, x, name):
        weight = self.w[name + ".weight"]
        return x @ weight.reshape(len(weight), -1).T + self.w.get(name + ".bias", 0.0)


def unfold(image, kernel, stride, padding):
    """Windows of an image [C,H,W] as rows: channel, row, column of the window; zeros around the image."""
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    rows = (padded.shape[1] - kernel) // stride + 1
    columns = (padded.shape[2] - kernel) // stride + 1
    windows = [padded[:, r * stride:r * stride + kernel, c * stride:c * stride + kernel].reshape(-1) for r in range(rows) for c in range(columns)]
    return np.stack(windows), (rows, columns)


def heads_of(x, heads):
    """[..., T, H*d] to [..., H, T, d]"""
    return np.moveaxis(x.reshape(*x.shape[:-1], heads, -1), -2, -3)


def join(x):
    x = np.moveaxis(x, -3, -2)
    return x.reshape(*x.shape[:-2], -1)


def attend(q, k, v, scale, out, names):
    scores = q @ np.swapaxes(k, -1, -2) * scale
    attn = softmax(scores)
    context = join(attn @ v)
    out.update(zip(names, (q, k, v, scores, attn, context)))
    return context


def mlp(net, x, norm, fc1, fc2, out, prefix):
    out[prefix + "norm2"] = net.norm(x, norm)
    out[prefix + "fc1"] = net.linear(out[prefix + "norm2"], fc1)
    out[prefix + "gelu"] = gelu(out[prefix + "fc1"])
    out[prefix + "fc2"] = net.linear(out[prefix + "gelu"], fc2)
    out[prefix + "out"] = x + out[prefix + "fc2"]
    return out[prefix + "out"]


def answer(net, x, t, backbone=""):
    t["norm"] = net.norm(x, backbone + "norm")
    t["pooled"] = t["norm"][0]
    t["logits"] = net.linear(t["pooled"], backbone + "head")
    t["probs"] = softmax(t["logits"])


def analyses(t, position, grid, cell, depth):
    unit = position / np.linalg.norm(position, axis=1, keepdims=True)
    t["analysis.position_similarity"] = unit @ unit.T
    places = np.stack(np.meshgrid(np.arange(grid[0]) * cell[0], np.arange(grid[1]) * cell[1], indexing="ij"), -1).reshape(-1, 2)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    maps = np.stack([t[f"blocks.{i}.attn"] for i in range(depth)])
    among = maps[:, :, 1:, 1:]
    t["analysis.attention_distance"] = (among * apart).sum(-1).mean(-1)
    t["analysis.attention_distance_renormalised"] = (among / among.sum(-1, keepdims=True) * apart).sum(-1).mean(-1)
    joint = np.eye(maps.shape[-1])
    for fused in maps.mean(1):
        a = (fused + np.eye(len(fused))) / 2
        joint = a / a.sum(-1, keepdims=True) @ joint
    t["analysis.rollout"] = joint[0, 1:]


# ---------------------------------------------------------------- Tokens-to-Token


def t2t(case, weights, image):
    net, t = Net(weights), {"input": image}
    lanl = case["kind"] == "lanl"
    sizes = [(k, (k + 1) // 2, (k + 1) // 4) for k in case["kernels"]]
    backbone, nn = ("vit_backbone.", "neuralnet") if lanl else ("", "mlp")
    x = image
    for i, size in enumerate(sizes):
        rows, grid = unfold(x, *size)
        t[f"t2t.split{i}"] = rows
        if i == 2:
            break
        p = f"t2t.{i + 1}."
        name = f"tokens_to_token.{'transformer' if lanl else 'attention'}{i + 1}."
        heads = case["heads"] if lanl else 1
        t[p + "norm1"] = net.norm(rows, name + "norm1")
        if case["kind"] == "performer":
            out = performer(net, t, p, name)
            x = t[p + "image"] = out.T.reshape(-1, *grid)
            continue
        qkv = net.linear(t[p + "norm1"], name + "attn.qkv")
        q, k, v = (heads_of(part, heads) for part in np.split(qkv, 3, axis=-1))
        # yitu: the scale is that of the wide input; LANL: that of a head, or qk_scale
        scale = (case.get("qk_scale") or q.shape[-1]**-0.5) if lanl else rows.shape[1]**-0.5
        context = attend(q, k, v, scale, t, [p + n for n in ("q", "k", "v", "scores", "attn", "context")])
        t[p + "attn_proj"] = net.linear(context, name + "attn.proj")
        t[p + "attn_out"] = join(v) + t[p + "attn_proj"]
        out = mlp(net, t[p + "attn_out"], name + "norm2", name + nn + ".fc1", name + nn + ".fc2", t, p)
        x = t[p + "image"] = out.T.reshape(-1, *grid)
    t["embed.patch"] = net.linear(t["t2t.split2"], "tokens_to_token.project")
    t["embed.cls"] = np.concatenate([weights[backbone + "cls_token"][0], t["embed.patch"]])
    x = t["embed.pos"] = t["embed.cls"] + weights[backbone + "pos_embed"][0]
    for i in range(case["depth"]):
        b, name = f"blocks.{i}.", f"{backbone}blocks.{i}."
        t[b + "norm1"] = net.norm(x, name + "norm1")
        q, k, v = (heads_of(part, case["heads"]) for part in np.split(net.linear(t[b + "norm1"], name + "attn.qkv"), 3, axis=-1))
        context = attend(q, k, v, case.get("qk_scale") or q.shape[-1]**-0.5, t, [b + n for n in ("q", "k", "v", "scores", "attn", "context")])
        t[b + "attn_out"] = net.linear(context, name + "attn.proj")
        if lanl:
            t[b + "attn_proj"] = t[b + "attn_out"]
            t[b + "attn_out"] = join(v) + t[b + "attn_proj"]
        t[b + "resid1"] = x + t[b + "attn_out"]
        x = mlp(net, t[b + "resid1"], name + "norm2", name + nn + ".fc1", name + nn + ".fc2", t, b)
    answer(net, x, t, backbone)
    cell = (image.shape[1] / grid[0], image.shape[2] / grid[1])
    analyses(t, weights[backbone + "pos_embed"][0][1:], grid, cell, case["depth"])
    return t


def performer(net, t, p, name):
    """The token transformer of the performer kind; k, q, v stand in this order in the file."""
    k, q, v = np.split(net.linear(t[p + "norm1"], name + "kqv"), 3, axis=-1)
    w = net.w[name + "w"]

    def features(u):
        return np.exp(u @ w.T - (u * u).sum(-1, keepdims=True) / 2) / math.sqrt(len(w))

    of_q, of_k = features(q), features(k)
    # Pair by pair, as the sums are defined; the program adds the keys up first.
    pairs = of_q @ of_k.T
    total = pairs.sum(-1)
    context = (pairs @ v) / (total[:, None] + 1e-8)
    for letter, value in (("q", q), ("k", k), ("v", v)):
        t[p + letter] = value[None]
    t[p + "features_q"], t[p + "features_k"] = of_q, of_k
    t[p + "kv"], t[p + "k_sum"] = np.einsum("je,jm->em", v, of_k), of_k.sum(0)
    t[p + "normaliser"], t[p + "context"] = total, context
    t[p + "attn_proj"] = net.linear(context, name + "proj")
    t[p + "attn_out"] = v + t[p + "attn_proj"]
    return mlp(net, t[p + "attn_out"], name + "norm2", name + "mlp.0", name + "mlp.2", t, p)


def t2t_weights(case):
    lanl = case["kind"] == "lanl"
    rng = np.random.RandomState(case["seed"])
    w = {}
    channels, height, width = case["image"]
    inside, dim = case["inside"], case["dim"]
    backbone, nn = ("vit_backbone.", "neuralnet") if lanl else ("", "mlp")
    lengths = [channels * case["kernels"][0]**2] + [inside * k * k for k in case["kernels"][1:]]
    for i in range(2):
        name = f"tokens_to_token.{'transformer' if lanl else 'attention'}{i + 1}."
        norm(rng, w, name + "norm1", lengths[i])
        if case["kind"] == "performer":
            linear(rng, w, name + "kqv", 3 * inside, lengths[i], 1.2)
            linear(rng, w, name + "proj", inside, inside)
            norm(rng, w, name + "norm2", inside)
            linear(rng, w, name + "mlp.0", inside, inside)
            linear(rng, w, name + "mlp.2", inside, inside)
            w[name + "w"] = np.linalg.qr(rng.standard_normal((inside, inside)))[0][:case["features"]] * math.sqrt(case["features"])
            continue
        linear(rng, w, name + "attn.qkv", 3 * inside, lengths[i], 1.5, bias=False)
        linear(rng, w, name + "attn.proj", inside, inside)
        norm(rng, w, name + "norm2", inside)
        linear(rng, w, f"{name}{nn}.fc1", case["hidden_inside"], inside)
        linear(rng, w, f"{name}{nn}.fc2", inside, case["hidden_inside"])
    linear(rng, w, "tokens_to_token.project", dim, lengths[2])
    image = np.zeros(case["image"])
    grid = image.shape[1:]
    for k in case["kernels"]:
        grid = unfold(np.zeros((1, *grid)), k, (k + 1) // 2, (k + 1) // 4)[1]
    w[backbone + "cls_token"] = rng.standard_normal((1, 1, dim)) * 0.5
    tokens = grid[0] * grid[1] + 1
    angle = np.arange(tokens)[:, None] / 10000**(np.arange(dim) // 2 * 2 / dim)
    w[backbone + "pos_embed"] = np.where(np.arange(dim) % 2, np.cos(angle), np.sin(angle))[None]
    for i in range(case["depth"]):
        name = f"{backbone}blocks.{i}."
        norm(rng, w, name + "norm1", dim)
        linear(rng, w, name + "attn.qkv", 3 * dim, dim, 1.3, bias=False)
        linear(rng, w, name + "attn.proj", dim, dim)
        norm(rng, w, name + "norm2", dim)
        linear(rng, w, f"{name}{nn}.fc1", case["hidden"], dim)
        linear(rng, w, f"{name}{nn}.fc2", dim, case["hidden"])
    norm(rng, w, backbone + "norm", dim)
    linear(rng, w, backbone + "head", case["classes"], dim)
    return w


# ---------------------------------------------------------------- Transformer in Transformer

TIMM_TO_HUAWEI = [("patch_pos", "outer_pos"), ("pixel_pos", "inner_pos"), ("pixel_embed", "patch_embed"), ("norm1_proj", "proj_norm1"), ("norm2_proj", "proj_norm2"), ("norm_in", "inner_norm1"),
                  ("attn_in", "inner_attn"), ("norm_mlp_in", "inner_norm2"), (".mlp_in", ".inner_mlp"), ("norm_out", "outer_norm1"), ("attn_out", "outer_attn"), ("norm_mlp", "outer_norm2"),
                  (".mlp.", ".outer_mlp.")]


def huawei_name(name):
    """The name of one tensor of timm's TNT in Huawei's code. The longer of two names that begin alike goes first."""
    for timm, huawei in sorted(TIMM_TO_HUAWEI, key=lambda pair: -len(pair[0])):
        if timm in name:
            return name.replace(timm, huawei)
    return name


def tnt(case, weights, image):
    """Weights under timm's names; pixel_pos as [1, c, rows, columns]."""
    net, t = Net(weights), {"input": image}
    patch, stride, c = case["patch"], case["stride"], case["inner"]
    grid = (image.shape[1] // patch, image.shape[2] // patch)
    kernel = weights["pixel_embed.proj.weight"].reshape(c, -1)
    m = math.ceil(patch / stride)
    if case["kind"] == "whole":
        rows, (down, across) = unfold(image, 7, stride, 3)
        windows = rows.reshape(grid[0], m, grid[1], m, -1).transpose(0, 2, 1, 3, 4).reshape(grid[0] * grid[1], m * m, -1)
    else:
        patches = [image[:, r * patch:(r + 1) * patch, k * patch:(k + 1) * patch] for r in range(grid[0]) for k in range(grid[1])]
        windows = np.stack([unfold(p, 7, stride, 3)[0] for p in patches])
    t["tnt.windows"] = windows
    t["tnt.inner.words"] = windows @ kernel.T + weights["pixel_embed.proj.bias"]
    words = t["tnt.inner.embed"] = t["tnt.inner.words"] + weights["pixel_pos"][0].reshape(c, -1).T
    flat = words.reshape(len(words), -1)
    t["tnt.fold_in.norm"] = net.norm(flat, "norm1_proj")
    t["tnt.fold_in.proj"] = net.linear(t["tnt.fold_in.norm"], "proj")
    t["embed.patch"] = net.norm(t["tnt.fold_in.proj"], "norm2_proj")
    t["embed.cls"] = np.concatenate([weights["cls_token"][0], t["embed.patch"]])
    x = t["embed.pos"] = t["embed.cls"] + weights["patch_pos"][0]
    for i in range(case["depth"]):
        name, b, p = f"blocks.{i}.", f"blocks.{i}.", f"tnt.blocks.{i}."
        q, k, v = qk_v(net, net.norm(words, name + "norm_in"), name + "attn_in", case["heads_inner"])
        inner = p + "inner."
        t[inner + "norm1"] = net.norm(words, name + "norm_in")
        context = attend(q, k, v, q.shape[-1]**-0.5, t, [inner + n for n in ("q", "k", "v", "scores", "attn", "context")])
        t[inner + "attn_out"] = net.linear(context, name + "attn_in.proj")
        t[inner + "resid1"] = words + t[inner + "attn_out"]
        words = mlp(net, t[inner + "resid1"], name + "norm_mlp_in", name + "mlp_in.fc1", name + "mlp_in.fc2", t, inner)
        if case["kind"] == "whole":
            t[p + "fold_norm"] = net.norm(words, name + "norm1_proj").reshape(len(words), -1)
            t[p + "fold"] = t[p + "fold_proj"] = net.linear(t[p + "fold_norm"], name + "proj")
        else:
            t[p + "fold_norm"] = net.norm(words.reshape(len(words), -1), name + "norm1_proj")
            t[p + "fold_proj"] = net.linear(t[p + "fold_norm"], name + "proj")
            t[p + "fold"] = net.norm(t[p + "fold_proj"], name + "norm2_proj")
        x = t[p + "outer_in"] = np.concatenate([x[:1], x[1:] + t[p + "fold"]])
        t[b + "norm1"] = net.norm(x, name + "norm_out")
        q, k, v = qk_v(net, t[b + "norm1"], name + "attn_out", case["heads"])
        context = attend(q, k, v, q.shape[-1]**-0.5, t, [b + n for n in ("q", "k", "v", "scores", "attn", "context")])
        t[b + "attn_out"] = net.linear(context, name + "attn_out.proj")
        t[b + "resid1"] = x + t[b + "attn_out"]
        x = mlp(net, t[b + "resid1"], name + "norm_mlp", name + "mlp.fc1", name + "mlp.fc2", t, b)
    answer(net, x, t)
    analyses(t, weights["patch_pos"][0][1:], grid, (patch, patch), case["depth"])
    return t


def qk_v(net, x, name, heads):
    q, k = np.split(net.linear(x, name + ".qk"), 2, axis=-1)
    return heads_of(q, heads), heads_of(k, heads), heads_of(net.linear(x, name + ".v"), heads)


def tnt_weights(case):
    """Under timm's names."""
    rng = np.random.RandomState(case["seed"])
    w = {}
    channels, height, width = case["image"]
    patch, c, dim = case["patch"], case["inner"], case["dim"]
    m = math.ceil(patch / case["stride"])**2
    side = int(math.sqrt(m))
    patches = (height // patch) * (width // patch)
    linear(rng, w, "pixel_embed.proj", c, channels * 49)
    w["pixel_embed.proj.weight"] = w["pixel_embed.proj.weight"].reshape(c, channels, 7, 7)
    w["pixel_pos"] = rng.standard_normal((1, c, side, side)) * 0.5
    norm(rng, w, "norm1_proj", m * c)
    linear(rng, w, "proj", dim, m * c)
    norm(rng, w, "norm2_proj", dim)
    w["cls_token"] = rng.standard_normal((1, 1, dim)) * 0.5
    w["patch_pos"] = rng.standard_normal((1, patches + 1, dim)) * 0.5
    bias = case.get("qkv_bias", False)
    for i in range(case["depth"]):
        name = f"blocks.{i}."
        for width, hidden, n1, attn, n2, ff in ((c, case["hidden_inner"], "norm_in", "attn_in", "norm_mlp_in", "mlp_in"), (dim, case["hidden"], "norm_out", "attn_out", "norm_mlp", "mlp")):
            norm(rng, w, name + n1, width)
            linear(rng, w, f"{name}{attn}.qk", 2 * width, width, 1.5, bias)
            linear(rng, w, f"{name}{attn}.v", width, width, 1.0, bias)
            linear(rng, w, f"{name}{attn}.proj", width, width)
            norm(rng, w, name + n2, width)
            linear(rng, w, f"{name}{ff}.fc1", hidden, width)
            linear(rng, w, f"{name}{ff}.fc2", width, hidden)
        whole = case["kind"] == "whole"
        norm(rng, w, name + "norm1_proj", c if whole else m * c)
        linear(rng, w, name + "proj", dim, m * c, 1.0, whole)
        if not whole:
            norm(rng, w, name + "norm2_proj", dim)
    norm(rng, w, "norm", dim)
    linear(rng, w, "head", case["classes"], dim)
    return w


# ---------------------------------------------------------------- hybrid


def pad_same(image, kernel, stride, value):
    """As TensorFlow pads: as many windows as steps begin inside the image, the larger half of the padding behind it."""
    totals = [max((math.ceil(n / stride) - 1) * stride + kernel - n, 0) for n in image.shape[1:]]
    return np.pad(image, ((0, 0), *((n // 2, n - n // 2) for n in totals)), constant_values=value)


def slide(padded, kernel, stride):
    """[C, rows, columns, kernel, kernel]"""
    return np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(1, 2))[:, ::stride, ::stride]


def hybrid(case, weights, image):
    """timm's vit_tiny_r_s16_p8_224: StdConv2dSame (eps 1e-8), GroupNormAct (32 groups, eps 1e-5), MaxPool2dSame, then patches of the map."""
    net, t = Net(weights, 1e-6), {"input": image}
    stem = "patch_embed.backbone."
    kernel = weights[stem + "conv.weight"]
    mean, variance = kernel.mean((1, 2, 3), keepdims=True), kernel.var((1, 2, 3), keepdims=True)
    x = t["stem.conv"] = np.einsum("cyxij,fcij->fyx", slide(pad_same(image, 7, 2, 0), 7, 2), (kernel - mean) / np.sqrt(variance + 1e-8))
    groups = x.reshape(32, -1)
    groups = (groups - groups.mean(1, keepdims=True)) / np.sqrt(groups.var(1, keepdims=True) + 1e-5)
    gain, shift = (weights[stem + "norm." + n][:, None, None] for n in ("weight", "bias"))
    t["stem.norm"] = groups.reshape(x.shape) * gain + shift
    t["stem.relu"] = np.maximum(t["stem.norm"], 0)
    x = t["stem.pool"] = slide(pad_same(t["stem.relu"], 3, 2, -np.inf), 3, 2).max((-1, -2))
    p = case["patch"]
    grid = (x.shape[1] // p, x.shape[2] // p)
    t["stem.patches"] = x.reshape(len(x), grid[0], p, grid[1], p).transpose(1, 3, 0, 2, 4).reshape(grid[0] * grid[1], -1)
    t["embed.patch"] = net.linear(t["stem.patches"], "patch_embed.proj")
    t["embed.cls"] = np.concatenate([weights["cls_token"][0], t["embed.patch"]])
    x = t["embed.pos"] = t["embed.cls"] + weights["pos_embed"][0]
    for i in range(case["depth"]):
        b = f"blocks.{i}."
        t[b + "norm1"] = net.norm(x, b + "norm1")
        q, k, v = (heads_of(part, case["heads"]) for part in np.split(net.linear(t[b + "norm1"], b + "attn.qkv"), 3, axis=-1))
        context = attend(q, k, v, q.shape[-1]**-0.5, t, [b + n for n in ("q", "k", "v", "scores", "attn", "context")])
        t[b + "attn_out"] = net.linear(context, b + "attn.proj")
        t[b + "resid1"] = x + t[b + "attn_out"]
        x = mlp(net, t[b + "resid1"], b + "norm2", b + "mlp.fc1", b + "mlp.fc2", t, b)
    answer(net, x, t)
    analyses(t, weights["pos_embed"][0][1:], grid, (4 * p, 4 * p), case["depth"])
    return t


def hybrid_weights(case):
    rng = np.random.RandomState(case["seed"])
    w = {}
    channels, height, width = case["image"]
    stem, p, dim = case["stem"], case["patch"], case["dim"]
    w["patch_embed.backbone.conv.weight"] = rng.standard_normal((stem, channels, 7, 7)) * 0.1 + 0.05
    norm(rng, w, "patch_embed.backbone.norm", stem)
    linear(rng, w, "patch_embed.proj", dim, stem * p * p)
    w["patch_embed.proj.weight"] = w["patch_embed.proj.weight"].reshape(dim, stem, p, p)
    w["cls_token"] = rng.standard_normal((1, 1, dim)) * 0.5
    w["pos_embed"] = rng.standard_normal((1, 1 + (height // (4 * p)) * (width // (4 * p)), dim)) * 0.5
    for i in range(case["depth"]):
        name = f"blocks.{i}."
        norm(rng, w, name + "norm1", dim)
        linear(rng, w, name + "attn.qkv", 3 * dim, dim, 1.5)
        linear(rng, w, name + "attn.proj", dim, dim)
        norm(rng, w, name + "norm2", dim)
        linear(rng, w, name + "mlp.fc1", case["hidden"], dim)
        linear(rng, w, name + "mlp.fc2", dim, case["hidden"])
    norm(rng, w, "norm", dim)
    linear(rng, w, "head", case["classes"], dim)
    return w


def norm(rng, w, name, width):
    w[name + ".weight"] = 1 + rng.standard_normal(width) * 0.2
    w[name + ".bias"] = rng.standard_normal(width) * 0.2


def linear(rng, w, name, out, into, gain=1.0, bias=True):
    w[name + ".weight"] = rng.standard_normal((out, into)) * gain / math.sqrt(into)
    if bias:
        w[name + ".bias"] = rng.standard_normal(out) * 0.2


# ---------------------------------------------------------------- the cases

CASES = [
    dict(name="t2t_original", about="T2T-ViT as its authors wrote it, one channel, 6 x 4 windows, then 3 x 2, then 2 x 1; a scale of the scores in the metadata", seed=201, image=(1, 24, 16), kind="yitu",
         kernels=(7, 3, 3), inside=6, hidden_inside=6, dim=16, heads=2, hidden=24, depth=2, classes=5, qk_scale=0.25,
         metadata={"format": "pt", "family": "t2t", "num_heads": "2", "layer_norm_eps": "1e-05", "qk_scale": "0.25", "img_size": "24,16"}),
    dict(name="t2t_lanl", about="LANL's T2T_ViT with windows of 5, 3 and 3 and two heads; every attention adds v", seed=202, image=(1, 17, 20), kind="lanl", kernels=(5, 3, 3), inside=6, hidden_inside=9, dim=12,
         heads=2, hidden=18, depth=2, classes=3,
         metadata={"format": "pt", "family": "lanl_t2t", "num_heads": "2", "layer_norm_eps": "1e-05", "attention_v_skip": "true", "softsplit_kernels": "5,3,3", "img_size": "17,20"}),
    dict(name="t2t_performer", about="T2T-ViT with performers as its authors wrote it, two channels, 6 x 4 windows, then 3 x 2, then 2 x 1; 4 random features of 8 numbers", seed=207, image=(2, 24, 16), kind="performer",
         kernels=(7, 3, 3), inside=8, features=4, dim=16, heads=2, hidden=24, depth=2, classes=5, qk_scale=0.25,
         metadata={"format": "pt", "family": "t2t", "num_heads": "2", "layer_norm_eps": "1e-05", "qk_scale": "0.25", "img_size": "24,16"}),
    dict(name="tnt_whole", about="TNT of timm's first version: the convolution runs over the whole picture, words are normalised one by one before the fold", seed=203, image=(2, 16, 24), kind="whole", patch=8, stride=4,
         inner=6, heads_inner=2, hidden_inner=12, dim=12, heads=3, hidden=18, depth=2, classes=4,
         metadata={"format": "pt", "family": "tnt_timm", "num_heads": "3", "num_heads_inner": "2", "patch_size": "8", "layer_norm_eps": "1e-05", "img_size": "16,24"}),
    dict(name="tnt_patch_timm", about="TNT under timm's names with the convolution inside each patch and both norms of the fold", seed=204, image=(1, 16, 24), kind="patch", patch=8, stride=4, inner=4, heads_inner=2,
         hidden_inner=8, dim=12, heads=3, hidden=18, depth=1, classes=4, qkv_bias=True,
         metadata={"format": "pt", "num_heads": "3", "num_heads_inner": "2", "layer_norm_eps": "1e-05", "img_size": "16,24"}),
    dict(name="tnt_patch", about="TNT under Huawei's names, outer_tokens in the file and never used", seed=205, image=(1, 24, 16), kind="patch", patch=8, stride=4, inner=4, heads_inner=2, hidden_inner=8, dim=12, heads=3,
         hidden=18, depth=2, classes=4, huawei=True,
         metadata={"format": "pt", "family": "tnt_huawei", "num_heads": "3", "num_heads_inner": "2", "patch_size": "8", "inner_stride": "4", "layer_norm_eps": "1e-05", "img_size": "24,16"}),
    dict(name="hybrid", about="a hybrid under timm's names (vit_tiny_r_s16_p8_224): a ResNet stem of 32 channels whose map of 4 x 6 is cut into patches of 2", seed=206, image=(3, 16, 24), stem=32, patch=2, dim=12, heads=3,
         hidden=18, depth=2, classes=4, metadata={"format": "pt", "architecture": "vit_tiny_r_s16_p8_224", "num_heads": "3", "img_size": "16,24"}),
]


def stored(case, weights):
    """The tensors of the file."""
    if not case.get("huawei"):
        return weights
    named = {huawei_name(name): value for name, value in weights.items()}
    c = weights["pixel_pos"].shape[1]
    named["inner_pos"] = weights["pixel_pos"][0].reshape(c, -1).T[None]
    named["outer_tokens"] = np.zeros_like(weights["patch_pos"][:, 1:])
    return named


def write_case(root, case):
    folder = os.path.join(root, case["name"])
    os.makedirs(folder, exist_ok=True)
    make, run = (t2t_weights, t2t) if "kernels" in case else (hybrid_weights, hybrid) if "stem" in case else (tnt_weights, tnt)
    weights = {k: decode(encode(v, "F32"), "F32", v.shape) for k, v in make(case).items()}
    image = np.random.RandomState(case["seed"] + 1000).standard_normal(case["image"]).astype("<f4")
    result = run(case, weights, image.astype(np.float64))
    save_safetensors(os.path.join(folder, "model.safetensors"), stored(case, weights), "F32", case["metadata"])
    save_safetensors(os.path.join(folder, "expected.safetensors"), result)
    np.save(os.path.join(folder, "input.npy"), image)
    with open(os.path.join(folder, "case.json"), "w") as f:
        f.write(json.dumps({"model": "model.safetensors", "about": case["about"], "required": sorted(result)}, indent=1) + "\n")
    sizes = {n: os.path.getsize(os.path.join(folder, n)) for n in os.listdir(folder)}
    print(f"{case['name']}: {len(result)} tensors, largest file {max(sizes.values()) / 1000:.1f} kB, largest probability {result['probs'].max():.3f}, "
          f"sharpest attention {max(v.max() for k, v in result.items() if k.endswith('.attn')):.3f}")


def main():
    if len(sys.argv) > 2 or any(a.startswith("-") for a in sys.argv[1:]):
        sys.exit(__doc__)
    root = sys.argv[1] if len(sys.argv) == 2 else os.path.dirname(os.path.abspath(__file__))
    for case in CASES:
        write_case(root, case)


if __name__ == "__main__":
    main()
