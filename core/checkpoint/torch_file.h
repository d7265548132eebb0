// PyTorch's checkpoints (.pth, .pt, .bin, .ckpt, .pth.tar), as torch.save writes them.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/checkpoint/zip.h"

namespace vitscope {

/// Whether the entries of a zip archive are those of torch.save (since 1.6): one of them is called FOLDER/data.pkl.
bool is_torch_archive(std::span<const ZipEntry> entries);
/// Whether a file begins as a pickle does: what torch.save wrote before 1.6, and other pickles.
bool looks_like_pickle(std::span<const std::uint8_t> file);

/// The tensors of a state dict or of a whole model (an nn.Module, or what torch.jit.save makes of one), under its names. Where the file keeps several, such as the weights
/// of training and their moving average, the average is taken, as the evaluation of timm, DeiT, T2T-ViT and TNT does (timm.models.load_checkpoint with use_ema), and
/// `notes` say so. Formats: torch/serialization.py and torch/_utils.py of PyTorch. Strides are honoured, so that tensors come out in C order. Nothing of what the
/// pickle names is called; tensors of other makers (quantised, sparse) keep their maker's name as type.
Result<TensorFile> parse_torch_archive(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, std::span<const ZipEntry> entries);
Result<TensorFile> parse_torch_pickles(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory);

}  // namespace vitscope
