// A checkpoint under timm's names to a model ready to run.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/naming.h"
#include "core/checkpoint/settings.h"
#include "core/checkpoint/weight_reader.h"
#include "core/model/model.h"

namespace vitscope {

/// Builds one model; the parts run in order and stop at the first failure. What shapes cannot tell comes from the settings, then from the conventions of the
/// family, with a warning for what was assumed.
class ModelBuilder {
 public:
  ModelBuilder(const NamedFile& named, ModelSettings settings, std::vector<std::string> warnings);
  Result<std::shared_ptr<Model>> build();

 private:
  VitConfig& config() { return model_->config; }
  Weights& weights() { return model_->weights; }
  bool failed() const { return reader_.error().has_value(); }
  void warn(std::string line) { model_->warnings.push_back(std::move(line)); }

  void refuse_other_computations();
  void read_patches();
  void read_stem();
  void read_flat_patches();
  void read_prefix();
  void read_sizes();
  void read_answer();
  void read_pooling();
  void read_heads();
  void read_numbers();
  void read_weights();
  bool is_drop_pos() const;
  void read_drop_pos();
  BlockWeights read_block(int index);
  BlockWeights read_decoder_block(int index, int width, int hidden, bool qkv_bias);
  ops::Linear read_qkv(const std::string& attention);

  bool set_grid(int height, int width);
  void read_grid();
  void fill_position(const Tensor& stored);
  void read_preprocessing();
  void fill(const std::optional<std::vector<float>>& from, std::array<float, 4>& to, const char* name);
  void read_labels();
  void compare_with_settings();

  const NamedFile& named_;
  ModelSettings settings_;
  WeightReader reader_;
  std::shared_ptr<Model> model_;
  int attention_width_ = 0, position_rows_ = 0, placed_prefix_ = 0;
};

}  // namespace vitscope
