// Well-known mistakes, made on purpose: the picture each one makes and the number that gives it away.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"
#include "core/analysis/mistakes.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 1>& options() {
  static const std::array<Option, 1> all{{{Option::Kind::slider, "bug-museum.exhibit", "Exhibit", 0, 1, 0, {}}}};
  return all;
}

bool ready(const FigureInput& in) { return in.trace.complete() && in.trace.has(Slot::scores, in.block()) && in.trace.has(Slot::context, in.block()); }

using Mistakes = std::vector<Mistake>;

std::shared_ptr<const Mistakes> all_of(const FigureInput& in) {
  const attention::Chosen now = attention::chosen(in);
  const int head = attention::real_head(in);
  static Kept<std::array<std::uint64_t, 4>, std::shared_ptr<const Mistakes>, 4> kept;
  const std::array<std::uint64_t, 4> key{in.trace.at(Slot::logits).id(), static_cast<std::uint64_t>(now.block), static_cast<std::uint64_t>(head), static_cast<std::uint64_t>(now.query)};
  return kept.get(key, [&] { return std::make_shared<const Mistakes>(mistakes(in.trace, now.block, head, now.query)); });
}

std::size_t chosen_exhibit(const FigureInput& in, std::size_t count) {
  const float at = std::clamp(option(in.selection, options()[0]), 0.0f, 1.0f);
  return std::min(count - 1, static_cast<std::size_t>(at * static_cast<float>(count)));
}

std::string with_unit(double value, std::string_view unit) { return draw::number(value) + (unit.empty() ? "" : " " + std::string(unit)); }

/// The two columns of numbers beside the names.
void list(Canvas& c, Rect r, const Mistakes& all, std::size_t chosen) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float value = std::min(c.text_width("−0.000123 bits", small), 0.2f * r.width());
  c.text({r.x0, r.y0}, c.tr("Mistake"), medium, theme.text1, Align::left, r.width() - 2 * value - u);
  c.text({r.x1 - value - u, r.y0}, c.tr("right"), small, theme.text3, Align::right, value);
  c.text({r.x1, r.y0}, c.tr("wrong"), small, theme.text3, Align::right, value);
  r.cut_top(lh + 0.75f * u);
  const float pitch = std::min(r.height() / static_cast<float>(all.size()), 4 * u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Rect line = draw::rect_at({r.x0, r.y0 + pitch * static_cast<float>(i)}, r.width(), pitch);
    const float y = line.centre().y - lh / 2;
    if (i == chosen) c.fill({line.x0, line.y0, line.x1, line.y1}, theme.selection_tint, 3);
    c.text({line.x0 + 0.75f * u, y}, c.tr(all[i].title), i == chosen ? medium : small, i == chosen ? theme.selection : theme.text1, Align::left, r.width() - 2 * value - 2.5f * u);
    c.text({line.x1 - value - u, y}, with_unit(all[i].right, all[i].unit), small, theme.text2, Align::right, value);
    c.text({line.x1 - 0.5f * u, y}, with_unit(all[i].wrong, all[i].unit), small, i == chosen ? theme.text1 : theme.text2, Align::right, value);
    c.tag(line, std::monostate{}, std::string(c.tr(all[i].what)));
  }
}

/// One of the two pictures.
void picture(Canvas& c, Rect r, const Mistake& m, bool wrong) {
  const auto& theme = c.theme();
  heading(c, r, c.tr(wrong ? "with the mistake" : "as it should be"), with_unit(wrong ? m.wrong : m.right, m.unit), wrong ? theme.warning : theme.text1);
  const Tensor& tensor = wrong ? m.wrong_picture : m.right_picture;
  const bool planes = m.kind == MistakePicture::planes;
  const int rows = tensor.dim(planes ? 1 : 0), columns = tensor.dim(planes ? 2 : 1);
  const bool strip = !planes && rows == 1;
  Rect place = strip ? Rect{r.x0, r.y0, r.x1, r.y0 + std::min(r.height(), 5 * c.u())} : draw::fit(r, static_cast<float>(columns) / static_cast<float>(rows));
  place = place.moved({r.x0 - place.x0, r.y0 - place.y0});
  if (planes && (tensor.dim(0) == 1 || tensor.dim(0) == 3)) {
    c.planes(place, tensor, {0, 0, static_cast<double>(columns), static_cast<double>(rows)});
    return;
  }
  draw::HeatStyle heat;
  const draw::Matrix own = planes ? draw::Matrix(tensor, 0) : draw::Matrix(tensor);
  const draw::Matrix right = planes ? draw::Matrix(m.right_picture, 0) : draw::Matrix(m.right_picture), bad = planes ? draw::Matrix(m.wrong_picture, 0) : draw::Matrix(m.wrong_picture);
  if (m.kind == MistakePicture::signed_values) {
    heat = signed_heat({std::min(draw::symmetric_range(right).lo, draw::symmetric_range(bad).lo), std::max(draw::symmetric_range(right).hi, draw::symmetric_range(bad).hi)});
  } else {
    heat.span = {0, std::max({draw::range_of(right).hi, draw::range_of(bad).hi, 1e-9f})};
  }
  c.heat(place, own, heat);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const auto all = all_of(in);
  if (all->empty()) return;
  const std::size_t chosen = chosen_exhibit(in, all->size());
  const Mistake& m = (*all)[chosen];
  const bool wide = r.width() > 1.15f * r.height();
  Rect names = wide ? r.cut_left(std::clamp(0.46f * r.width(), 30 * u, 70 * u)) : r.cut_bottom(0.55f * r.height());
  if (wide) r.cut_left(4 * u);
  else r.cut_bottom(2 * u);
  list(c, names, *all, chosen);
  const auto body = c.metrics().small_style();
  const std::string words = std::string(c.tr(m.what));
  const float text = c.paragraph_height(r.width(), words, body);
  c.text({r.x0, r.y0}, c.tr(m.title), c.metrics().heading_style(), c.theme().text1, Align::left, r.width());
  r.cut_top(Canvas::text_height(c.metrics().heading_style()) + 0.5f * u);
  if (r.height() > text + 16 * u) {
    c.paragraph(r, words, body, c.theme().text2);
    r.cut_top(text + u);
  }
  c.text({r.x0, r.y0}, std::string(c.tr("the number")) + ": " + std::string(c.tr(m.number)), body, c.theme().text3, Align::left, r.width());
  r.cut_top(line_height(c) + u);
  const bool beside = r.width() > r.height() || m.right_picture.dim(0) > 2 * m.right_picture.dim(m.right_picture.rank() - 1);
  Rect first = beside ? r.cut_left((r.width() - 3 * u) / 2) : r.cut_top((r.height() - 2 * u) / 2);
  if (beside) r.cut_left(3 * u);
  else r.cut_top(2 * u);
  picture(c, first, m, false);
  picture(c, r, m, true);
}

std::string subject(const Canvas& c, const FigureInput& in) { return attention::block_and_head(c, in); }

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("Mistakes found in published programs, made on purpose on the numbers of this run, for the selected block, head and query. Each line names the number that gives the mistake away: as it should be, and with "
                          "the mistake. Both pictures of an exhibit share one scale."));
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn right{"right", {}}, wrong{"wrong", {}};
  const auto all = all_of(in);
  for (const Mistake& m : *all) {
    right.values.push_back(m.right);
    wrong.values.push_back(m.wrong);
  }
  table.columns = {right, wrong};
  if (!all->empty()) {
    const Mistake& m = (*all)[chosen_exhibit(in, all->size())];
    table.tensors = {{"right", m.right_picture}, {"wrong", m.wrong_picture}};
  }
  return table;
}

}  // namespace

const Figure& bug_museum() {
  static const Figure figure{"bug-museum", "Mistakes", "softmax", {1340, 560}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
