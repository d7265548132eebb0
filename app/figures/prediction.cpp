// The answer: logits as probabilities, beside the picture that they are about.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_answer.h"
#include "core/analysis/attention.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr TensorRef kLogits{Slot::logits, -1}, kProbs{Slot::probs, -1};

/// One output has no probability.
bool ready(const FigureInput& in) { return in.trace.has(kLogits) && (in.config().classes == 1 || in.trace.has(kProbs)); }

/// What the model was given, as large as `r` allows; returns where it lies.
Rect crop(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const ModelInput& input = in.trace.input();
  const Rect place = draw::fit(r, static_cast<float>(config.image_width) / static_cast<float>(config.image_height));
  const Rect box = place.moved({r.x0 - place.x0, r.y0 - place.y0});
  const Box seen = input.map.seen(), covered = input.map.covered();
  const Box whole{0, 0, static_cast<double>(config.image_width), static_cast<double>(config.image_height)};
  if (input.picture && covered == whole) {
    c.image(box, std::shared_ptr<const Image>(input.picture, &input.picture->image), seen);
  } else if (const int channels = input.pixels.empty() ? 0 : input.pixels.dim(0); channels == 1 || channels == 3) {
    c.planes(box, input.pixels, whole);
  } else {
    c.fill(box, c.theme().raised);
  }
  return box;
}

/// The part of the photograph that is seen and, where its pixels are large enough to be told apart, the pixels that the model gets. Returns both together.
Rect pictures(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  Rect upper = r;
  upper.y1 = r.y0 + (r.height() - 1.5f * u) / 2;
  const bool stacked = draw::fit(upper, aspect).width() > 0.6f * draw::fit(r, aspect).width();
  const Rect one = draw::fit(stacked ? upper : r, aspect);
  const Box seen = in.trace.input().map.seen();
  const bool same = seen.width() <= config.image_width * 1.01 && seen.height() <= config.image_height * 1.01;
  if (!in.trace.input().picture || same || one.width() < 3 * static_cast<float>(config.image_width) || !stacked) return crop(c, r, in);
  const Rect photo = crop(c, upper, in);
  const Rect pixels = photo.moved({0, photo.height() + 1.5f * u});
  const int channels = in.trace.input().pixels.dim(0);
  if (channels != 1 && channels != 3) return photo;
  c.planes(pixels, in.trace.input().pixels, {0, 0, static_cast<double>(config.image_width), static_cast<double>(config.image_height)});
  return {photo.x0, photo.y0, photo.x1, pixels.y1};
}

/// Bars of probability with label and logit; the rest as one line.
void answers(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const auto& model = in.trace.model();
  const Tensor &logits = in.trace.at(kLogits), &probs = in.trace.at(kProbs);
  const int classes = in.config().classes;
  const float u = c.u();
  const auto small = c.metrics().small_style();
  const auto medium = c.metrics().small_medium();
  const bool large = r.height() / 11 > 4 * u;
  const draw::Style name_style = large ? c.metrics().body_style() : small, top_style = large ? c.metrics().heading_style() : medium;
  const float least = Canvas::text_height(name_style) + 0.5f * u;
  Rect head = r.cut_top(heading_height(c));
  const int fits = std::max(1, static_cast<int>(r.height() / least));
  const bool all = classes <= std::min(10, fits);
  const int shown = all ? classes : std::min({10, fits - 1, classes});
  const auto order = top_classes(in, std::max(1, shown));
  const int lines = static_cast<int>(order.size()) + (all ? 0 : 1);
  const float row = std::min(r.height() / static_cast<float>(lines), 5 * u);
  float label = 0, logit_width = c.text_width(c.tr("logit"), small);
  for (const int k : order) {
    label = std::max(label, c.text_width(model.label(k), top_style));
    logit_width = std::max(logit_width, c.text_width(draw::number(logits.at(k)), name_style));
  }
  const std::string more = phrase(c, "{0} more", {draw::count(classes - static_cast<int>(order.size()))});
  if (!all) label = std::max(label, c.text_width(more, name_style));
  label = std::min(label, r.width() * 0.42f);
  const float share_width = c.text_width("99.9 %", top_style) + u;
  const float logit_right = r.x0 + label + 2 * u + logit_width;
  const Rect track{logit_right + 2 * u, r.y0, r.x1 - share_width - u, r.y0 + row * static_cast<float>(lines)};
  c.text({r.x0, head.y0}, c.tr("Answer"), medium, theme.text1, Align::left, label + u);
  c.text({logit_right, head.y0}, c.tr("logit"), small, theme.text3, Align::right);
  c.text({r.x1, head.y0}, c.tr("probability"), small, theme.text3, Align::right);

  const int pinned = pinned_class(in), hovered = hovered_class(in);
  double sum = 0;
  for (int i = 0; i < lines; ++i) {
    const Rect line{r.x0, r.y0 + row * static_cast<float>(i), r.x1, r.y0 + row * static_cast<float>(i + 1)};
    const bool rest = i >= static_cast<int>(order.size());
    const int k = rest ? -1 : order[static_cast<std::size_t>(i)];
    const double share = rest ? std::max(0.0, 1 - sum) : probs.at(k);
    sum += share;
    const draw::Style style = i == 0 ? top_style : name_style;
    const float y = line.centre().y - Canvas::text_height(style) / 2;
    const auto color = k >= 0 && k == pinned ? theme.selection : rest ? theme.text3 : i == 0 ? theme.text1 : theme.text2;
    if (k >= 0 && k == hovered) c.fill(line.inset(0, 1), theme.raised, 3);
    c.text({line.x0, y}, rest ? more : model.label(k), style, color, Align::left, label + 0.5f);
    if (!rest) c.text({logit_right, y}, draw::number(logits.at(k)), name_style, theme.text3, Align::right);
    c.text({line.x1, y}, draw::percent(share), style, color, Align::right);
    const float half = std::min(row * 0.24f, 1.1f * u);
    const Rect bar{track.x0, line.centre().y - half, track.x1, line.centre().y + half};
    c.fill(bar, theme.raised);
    const float end = bar.x0 + bar.width() * static_cast<float>(std::clamp(share, 0.0, 1.0));
    if (end > bar.x0) c.fill({bar.x0, bar.y0, std::max(end, bar.x0 + c.pixel()), bar.y1}, rest ? theme.tick : theme.class_token.faded(i == 0 ? 1.0f : 0.6f));
    if (k >= 0) c.tag(line, draw::CellTarget{{kProbs, k}});
  }
}

/// Entropy of the prediction on a scale that ends at the uniform value.
float entropy_scale(Canvas& c, Rect r, const FigureInput& in, bool measure_only) {
  const float u = c.u(), lh = line_height(c);
  const float height = heading_height(c) + 1.2f * u + 0.5f * u + lh;
  if (measure_only) return height;
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const double bits = entropy_bits(in.trace.at(kProbs).values()), uniform = std::log2(static_cast<double>(in.config().classes));
  heading(c, r, phrase(c, "Entropy {0} of {1} bits", {draw::number(bits), draw::number(uniform)}), c.tr("how undecided the answer is"));
  const Rect track = r.cut_top(1.2f * u);
  c.fill(track, theme.raised);
  const float x = track.x0 + track.width() * static_cast<float>(std::clamp(bits / uniform, 0.0, 1.0));
  c.fill({track.x0, track.y0, x, track.y1}, theme.class_token.faded(0.6f));
  c.fill({x - 1, track.y0 - 3, x + 1, track.y1 + 3}, theme.text1);
  const float y = track.y1 + 0.5f * u;
  c.text({track.x0, y}, c.tr("0: certain"), small, theme.text3, Align::left, track.width() * 0.4f);
  c.text({track.x1, y}, phrase(c, "{0}: all {1} alike", {draw::number(uniform), draw::count(in.config().classes)}), small, theme.text3, Align::right, track.width() * 0.58f);
  return height;
}

/// A tinted panel with a bar at its left; returns the height used.
float warning(Canvas& c, Rect r, std::string_view title, std::string_view why) {
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const float width = r.width() - 3 * u, text = c.paragraph_height(width, why, small), height = lh + 2.25f * u + text;
  if (height > r.height()) return 0;
  r.y1 = r.y0 + height;
  c.fill(r, c.theme().warning_tint);
  c.fill({r.x0, r.y0, r.x0 + 3, r.y1}, c.theme().warning);
  c.text({r.x0 + 1.75f * u, r.y0 + 0.75f * u}, title, c.metrics().small_medium(), c.theme().warning, Align::left, width);
  c.paragraph({r.x0 + 1.75f * u, r.y0 + 1.25f * u + lh, r.x0 + 1.75f * u + width, r.y1}, why, small, c.theme().text2);
  return height;
}

/// One output: there is nothing to compare it with.
void single(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u();
  const Tensor& logits = in.trace.at(kLogits);
  heading(c, r, c.tr("Answer"), c.tr("one logit"));
  const draw::Style big{c.metrics().title * 1.5f, draw::Face::medium};
  const auto body = c.metrics().body_style();
  const std::string value = draw::number(logits.at(0), 4);
  r.cut_top(u);
  const Rect text = c.text({r.x0, r.y0}, value, big, theme.class_token, Align::left, r.width());
  c.tag(text, draw::CellTarget{{kLogits, 0}});
  c.text({text.x1 + 1.5f * u, text.y1 - Canvas::text_height(body) - 0.15f * big.size}, in.trace.model().label(0), body, theme.text2, Align::left,
         std::max(1.0f, r.x1 - text.x1 - 1.5f * u));
  r.y0 = text.y1 + 1.5f * u;
  // A number line, so that sign and size can be seen.
  const double end = std::max(1.0, std::abs(static_cast<double>(logits.at(0))) * 1.25);
  const Rect axis{r.x0 + 2 * u, r.y0 + 1.5f * u, r.x1 - 2 * u, r.y0 + 1.5f * u};
  const auto x_of = [&](double v) { return axis.x0 + static_cast<float>((v + end) / (2 * end)) * axis.width(); };
  c.line({axis.x0, axis.y0}, {axis.x1, axis.y0}, theme.tick, c.pixel());
  const double step = draw::tick_step(2 * end, std::clamp(static_cast<int>(axis.width() / (8 * u)), 2, 6));
  for (double v = std::ceil(-end / step) * step; v <= end; v += step) {
    c.line({x_of(v), axis.y0 - 0.5f * u}, {x_of(v), axis.y0}, theme.tick, c.pixel());
    c.text({x_of(v), axis.y0 + 0.75f * u}, tick_text(v, step), c.metrics().small_style(), theme.text3, Align::centre);
  }
  const double z = logits.at(0);
  if (std::isfinite(z)) {
    c.line({x_of(0), axis.y0}, {x_of(z), axis.y0}, theme.class_token, 3);
    c.circle({x_of(z), axis.y0}, 0.7f * u, theme.class_token);
  }
  r.y0 = axis.y0 + 0.75f * u + line_height(c) + 2 * u;
  const std::string words(
      c.tr("This model has **one output**, so there is nothing to compare it with: softmax of a single number is always 100 %. Read the logit itself: its sign and its size."));
  if (r.height() > 0) c.paragraph(r, words, body, theme.text2);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const bool one = config.classes == 1;
  Rect left = r.cut_left(one ? r.width() * 0.5f : std::clamp(r.width() * 0.36f, 22 * u, 52 * u));
  r.cut_left(6 * u);

  // Left: the picture, and what must be known to read the answer.
  Rect title = left;
  left.cut_top(heading_height(c));
  const bool random = in.trace.model().random_weights;
  const float notes = random ? 11 * u + lh : 0;
  Rect room = left;
  room.y1 -= notes + lh + u;
  const Rect picture = pictures(c, room, in);
  if (picture.width() > 26 * u) title.x1 = picture.x1;
  heading(c, title, c.tr("What the model sees"), phrase(c, "{0} × {1} pixels", {std::to_string(config.image_width), std::to_string(config.image_height)}));
  c.text({left.x0, picture.y1 + 0.75f * u}, in.trace.input().name, small, theme.text3, Align::left, left.width());
  if (random) {
    Rect place = left;
    place.y0 = picture.y1 + 2 * u + lh;
    warning(c, place, c.tr("Random weights"), c.tr("Nothing has been learned: the shapes and steps are real, this answer means nothing."));
  }
  if (one) {
    single(c, r, in);
    return;
  }
  const float entropy = entropy_scale(c, r, in, true);
  const std::string words(c.tr("**Softmax**: e to the power of each logit, divided by the sum of all of them. The larger the lead of a logit, the larger its share; together they are 100 %."));
  const float paragraph = c.paragraph_height(r.width(), words, small);
  Rect bottom = r.cut_bottom(entropy);
  const bool explains = r.height() > paragraph + 30 * u;
  if (explains) {
    r.cut_bottom(2 * u);
    Rect text = r.cut_bottom(paragraph);
    c.paragraph(text, words, small, theme.text2);
  }
  r.cut_bottom(2 * u);
  answers(c, r, in);
  entropy_scale(c, bottom, in, false);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  return outputs_text(c, in.config()) + (in.trace.model().labels_assumed ? ", " + std::string(c.tr("names assumed")) : std::string());
}

std::string caption(const Canvas& c, const FigureInput& in) {
  if (in.config().classes == 1)
    return std::string(c.tr("The single logit of the model for this picture, without unit. Softmax over one output is always 1 and says nothing, so no probability is given."));
  const std::string names = in.trace.model().labels_assumed ? " " + std::string(c.tr("The names of the classes are ImageNet's, assumed from their number.")) : std::string();
  return phrase(c,
                "Softmax of the {0} logits, temperature 1: exp(logit) divided by the sum over all classes; probabilities in percent sum to 100 %. Entropy of the prediction in bits, "
                "−Σ p log₂ p; the uniform distribution has log₂ {0} = {1} bits.",
                {draw::count(in.config().classes), draw::number(std::log2(static_cast<double>(in.config().classes)))}) +
         names;
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn index{"class", {}}, logit{"logit", {}}, share{"probability", {}};
  for (int k = 0; k < in.config().classes; ++k) {
    index.values.push_back(k);
    logit.values.push_back(in.trace.at(kLogits).at(k));
    if (in.trace.has(kProbs)) share.values.push_back(in.trace.at(kProbs).at(k));
  }
  table.columns = {index, logit};
  table.tensors = {{"logits", in.trace.at(kLogits)}};
  if (in.trace.has(kProbs)) {
    table.columns.push_back(share);
    table.tensors.emplace_back("probs", in.trace.at(kProbs));
  }
  return table;
}

}  // namespace

const Figure& prediction() {
  static const Figure figure{"prediction", "Prediction", "prediction", {1340, 640}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
