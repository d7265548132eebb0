#include "app/cli/options.h"

#include <CLI/CLI.hpp>

#include "app/cli/export_options.h"

namespace vitscope::cli {

namespace {

void add_model(CLI::App& app, ModelChoice& choice) {
  auto* file = app.add_option("--model", choice.file, "checkpoint (safetensors, .npz, or PyTorch's .pth, .pt, .bin); without it the shipped model")->type_name("FILE");
  app.add_option("--preset", choice.preset, "architecture with seeded random weights; `vitscope list presets` names them, own:KEY=VALUE,... builds one's own")->type_name("NAME")->excludes(file);
  app.add_option("--input-size", choice.input_size, "run the model on pictures of another size, HEIGHT or HEIGHTxWIDTH; its positions are resampled")->type_name("HxW");
  app.add_option("--seed", choice.seed, "seed of the preset's weights")->type_name("N");
}

void add_image(CLI::App& app, std::string& image, std::string& resize) {
  app.add_option("--image", image, "picture file or name of a built-in picture; without it the first built-in picture")->type_name("FILE");
  app.add_option("--resize", resize, "how the picture is fitted to the model's input")->check(CLI::IsMember({"crop", "stretch", "pad"}))->capture_default_str();
}

void add_edits(CLI::App& app, std::string& edits) {
  app.add_option("--edits", edits, "edits of the run (JSON, as the window saves them): what if")->type_name("FILE");
}

}  // namespace

Options parse(int argc, const char* const* argv) {
  CLI::App app{"vitscope shows how a Vision Transformer sees: it walks a picture through a real forward pass, step by step.", "vitscope"};
  app.set_version_flag("--version", "vitscope " VITSCOPE_VERSION);
  app.footer("Exit status: 0 done; 1 something about a file or the machine; 2 the command line is off.");

  WindowOptions window;
  app.add_option("IMAGE", window.image, "picture to open in the window");
  add_model(app, window.model);
  add_edits(app, window.edits);
  app.add_option("--step", window.step, "step to show first; `vitscope list steps` names them")->type_name("SLUG");
  app.add_option("--lang", window.language, "language of the interface")->check(CLI::IsMember({"en", "zh"}));
  app.add_option("--theme", window.theme, "colours of the window")->check(CLI::IsMember({"light", "dark"}));
  app.require_subcommand(0, 1);

  ExportOptions exporting;
  CLI::App* sub_export = app.add_subcommand("export", "write figures as PNG; needs OpenGL through EGL, no display");
  add_model(*sub_export, exporting.model);
  add_image(*sub_export, exporting.image, exporting.resize);
  add_edits(*sub_export, exporting.edits);
  add_export_options(*sub_export, exporting);

  PredictOptions predict;
  CLI::App* sub_predict = app.add_subcommand("predict", "classify a picture, or measure accuracy on a folder");
  add_model(*sub_predict, predict.model);
  add_image(*sub_predict, predict.image, predict.resize);
  add_edits(*sub_predict, predict.edits);
  sub_predict->add_option("--folder", predict.folder, "folder with one folder of pictures for each class: counts how many are named right")->type_name("DIR");
  sub_predict->add_option("--top", predict.top, "number of classes; 0: all")->check(CLI::Range(0, 1000000))->capture_default_str();
  sub_predict->add_flag("--json", predict.json, "one JSON object");

  DumpOptions dump;
  CLI::App* sub_dump = app.add_subcommand("dump", "write every tensor of a run as safetensors");
  add_model(*sub_dump, dump.model);
  add_image(*sub_dump, dump.image, dump.resize);
  add_edits(*sub_dump, dump.edits);
  sub_dump->add_option("--input", dump.input, "float32 numbers [C,H,W] that are fed as they are")->type_name("FILE.npy")->excludes("--image");
  sub_dump->add_option("--out", dump.out, "file to write")->required()->type_name("FILE.safetensors");
  sub_dump->add_option("--tensors", dump.tensors, "which tensors, with * and ?")->capture_default_str()->type_name("GLOB");
  sub_dump->add_flag("--force", dump.force, "replace the file if it exists");

  InfoOptions info;
  CLI::App* sub_info = app.add_subcommand("info", "what a model is");
  add_model(*sub_info, info.model);
  sub_info->add_flag("--json", info.json, "one JSON object");

  BenchOptions bench;
  CLI::App* sub_bench = app.add_subcommand("bench", "time the forward pass");
  add_model(*sub_bench, bench.model);
  sub_bench->add_option("--threads", bench.threads, "number of threads; 0: one for each core")->check(CLI::Range(0, 256))->capture_default_str();
  sub_bench->add_option("--runs", bench.runs, "timed runs")->check(CLI::Range(1, 100000))->capture_default_str();
  sub_bench->add_option("--figures", bench.figures, "also time, once, the analyses of these figures: all, or slugs with commas");
  sub_bench->add_flag("--json", bench.json, "one JSON object");

  ListOptions list;
  CLI::App* sub_list = app.add_subcommand("list", "names that other commands take");
  sub_list->add_option("WHAT", list.what, "steps, figures, presets, tensors or pictures")->required()->check(CLI::IsMember({"steps", "figures", "presets", "tensors", "pictures"}));
  add_model(*sub_list, list.model);
  sub_list->add_flag("--json", list.json, "one JSON array");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Print{chosen.empty() ? app.help() : chosen.front()->help()};
  } catch (const CLI::CallForVersion&) {
    return Print{std::string("vitscope ") + VITSCOPE_VERSION + "\n"};
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    for (char& c : text)
      if (c == '\n') c = ' ';
    return UsageError{text + "; vitscope --help shows what there is"};
  }
  if (*sub_export) return exporting;
  if (*sub_predict) return predict;
  if (*sub_dump) return dump;
  if (*sub_info) return info;
  if (*sub_bench) return bench;
  if (*sub_list) return list;
  return window;
}

}  // namespace vitscope::cli
