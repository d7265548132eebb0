#include <filesystem>

#include "app/cli/commands.h"
#include "core/checkpoint/tensor_file.h"
#include "core/dump.h"

namespace vitscope::cli {

int run_dump(const DumpOptions& options) {
  Result<ModelPtr> model = load_model_choice(options.model);
  if (!model) return fail(model.error().text);
  Result<InputPtr> input = options.input.empty() ? load_input(options.image, options.resize, **model) : load_input_values(options.input);
  if (!input) return fail(input.error().text);
  const Shape shape = (*input)->values.shape();
  const VitConfig& config = (*model)->config;
  if (shape[0] != config.channels)
    return fail((*input)->name + ": has " + std::to_string(shape[0]) + " channels, " + (*model)->name + " expects " + std::to_string(config.channels));
  if (shape[1] != config.image_height || shape[2] != config.image_width) {
    model = with_input_size(*model, shape[1], shape[2]);
    if (!model) return fail((*input)->name + ": " + model.error().text);
  }
  for (const std::string& text : warnings_of(**model, input->get())) warn(text);
  const Result<EditsPtr> edits = load_edits_choice(options.edits, **model, **input);
  if (!edits) return fail(edits.error().text);
  ThreadPool pool(default_threads());
  const TracePtr trace = run_with_edits(*model, *input, *edits, pool);
  const std::vector<NamedTensor> tensors = dump_tensors(*trace, options.tensors);
  if (tensors.empty()) return fail("--tensors " + options.tensors + ": matches no tensor; vitscope list tensors names them", kUsage);
  for (const std::string& source : {options.model.file, options.input, options.image, options.edits}) {
    std::error_code ignored;
    if (!source.empty() && std::filesystem::equivalent(source, options.out, ignored))
      return fail(options.out + ": is an input of this command; choose another name for --out");
  }
  std::map<std::string, std::string> metadata{{"format", "pt"}, {"model", (*model)->name}, {"input", (*input)->name}};
  if (trace->edits()) metadata["edits"] = edits_to_json(*trace->edits());
  const auto written = write_safetensors(options.out, tensors, metadata, options.force);
  return written ? kDone : fail(written.error().text);
}

}  // namespace vitscope::cli
