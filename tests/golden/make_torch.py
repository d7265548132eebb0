#!/usr/bin/env python3
"""Checkpoints as PyTorch writes them, of one small Vision Transformer under timm's names, and what PyTorch answers to one input.

    make_torch.py FOLDER        needs python3-torch (written with 1.13.1)
"""
import argparse
import collections
import io
import json
import pathlib
import sys
import warnings
import zipfile

import numpy
import torch
from torch import nn

warnings.filterwarnings("ignore")
WIDTH, HEADS, PATCH, SIDE, CLASSES = 8, 4, 4, 8, 3


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.num_heads = HEADS
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        tokens = x.shape[1]
        q, k, v = self.qkv(x).reshape(1, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        shares = (q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5).softmax(-1)
        return self.proj((shares @ v).transpose(1, 2).reshape(1, tokens, WIDTH))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, 2 * WIDTH)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-3)
        self.attn = Attention()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-3)
        self.mlp = Mlp()

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(3, WIDTH, PATCH, PATCH)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + (SIDE // PATCH) ** 2, WIDTH))
        self.patch_embed = PatchEmbed()
        self.blocks = nn.ModuleList([Block()])
        self.norm = nn.LayerNorm(WIDTH, eps=1e-3)
        self.head = nn.Linear(WIDTH, CLASSES)
        self.register_buffer("steps", torch.tensor(7))

    def forward(self, x):
        x = torch.cat([self.cls_token, self.patch_embed(x)], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def main(folder):
    torch.manual_seed(5)
    model, other = VisionTransformer().eval(), VisionTransformer()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.LayerNorm):
                module.weight.normal_(1, 0.2)
                module.bias.normal_(0, 0.2)
        # Small tokens, so that the epsilon of the norms matters.
        for parameter in (model.cls_token, model.pos_embed, model.patch_embed.proj.weight, model.patch_embed.proj.bias):
            parameter.mul_(0.05)
    picture = torch.randn(1, 3, SIDE, SIDE)
    logits = model(picture)[0]
    numpy.save(folder / "input.npy", picture[0].numpy())
    (folder / "expected.json").write_text(json.dumps({"logits": [float(z) for z in logits]}) + "\n")

    state = model.state_dict()
    # As DeiT distributes its weights: one dictionary around the state dict.
    torch.save({"model": state}, folder / "deit.pth")
    # As timm's CheckpointSaver writes while it trains (T2T-ViT and TNT are trained so): arguments, optimizer, weights and their moving average, in the format before 1.6.
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    saved = {"epoch": 3, "arch": "vit", "state_dict": collections.OrderedDict(("module." + k, v) for k, v in other.state_dict().items()),
             "optimizer": optimizer.state_dict(), "version": 2, "args": argparse.Namespace(lr=0.1, mean=None, model="vit"), "metric": 81.5,
             "state_dict_ema": collections.OrderedDict(("module." + k, v) for k, v in state.items())}
    torch.save(saved, folder / "trained.pth.tar", _use_new_zipfile_serialization=False)
    # Tensors that do not lie in C order, a storage that several share, half of them in other types that hold these values exactly.
    odd = {k: v.double() if "norm" in k else v for k, v in state.items()}
    odd["blocks.0.attn.qkv.weight"] = state["blocks.0.attn.qkv.weight"].t().contiguous().t()
    shared = torch.cat([state["cls_token"].flatten(), state["pos_embed"].flatten()])
    odd["cls_token"], odd["pos_embed"] = shared[:WIDTH].reshape(1, 1, WIDTH), shared[WIDTH:].reshape(1, -1, WIDTH)
    torch.save(odd, folder / "odd.bin", pickle_protocol=4)
    # Whole models: heads and epsilon are theirs to tell.
    torch.save(model, folder / "module.pt")
    # The older format keeps the source of every module beside it; what is committed here keeps none.
    torch.serialization.get_source_lines_and_file = lambda *_: ([""], 1, "source.py")
    torch.save(nn.DataParallel(model), folder / "module_old.pt", _use_new_zipfile_serialization=False)
    script = io.BytesIO()
    torch.jit.save(torch.jit.trace(model, picture), script)
    with zipfile.ZipFile(script) as whole, zipfile.ZipFile(folder / "traced.pt", "w") as data:
        for entry in whole.infolist():
            if "/code/" not in entry.filename:
                data.writestr(entry.filename, whole.read(entry))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
