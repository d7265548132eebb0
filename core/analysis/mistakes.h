// Well-known mistakes in programs about Vision Transformers, made on purpose on the numbers of a run.
#pragma once
#include <string_view>
#include <vector>

#include "core/trace.h"

namespace vitscope {

/// What a mistake is shown on.
enum class MistakePicture : std::uint8_t { planes, magnitude, signed_values };

/// One mistake: what is right beside what the mistake makes of it, each as a picture and as the number that gives it away.
struct Mistake {
  std::string_view title;     ///< "Channels read in the wrong order"
  std::string_view what;      ///< one or two sentences
  std::string_view number;    ///< what the numbers are: "mean error of a pixel"
  std::string_view unit;      ///< "%", "bits", "px" or empty
  double right = 0, wrong = 0;
  MistakePicture kind = MistakePicture::magnitude;
  Tensor right_picture, wrong_picture;  ///< [C, H, W] for planes, else [rows, columns]
  bool own_spans = false;               ///< each picture is scaled to its own largest value, which is the mistake
};

/// The mistakes that can be shown on this run, for a block, a head and a query; each a few milliseconds at most. Needs a complete trace that records everything.
std::vector<Mistake> mistakes(const Trace& trace, int block, int head, int query);

}  // namespace vitscope
