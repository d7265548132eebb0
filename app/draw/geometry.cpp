#include "app/draw/geometry.h"

namespace vitscope::draw {

Rect fit(Rect r, float aspect) {
  if (!(aspect > 0) || r.width() <= 0 || r.height() <= 0) return {r.centre().x, r.centre().y, r.centre().x, r.centre().y};
  const float width = std::min(r.width(), r.height() * aspect), height = width / aspect;
  const Vec c = r.centre();
  return {c.x - width / 2, c.y - height / 2, c.x + width / 2, c.y + height / 2};
}

}  // namespace vitscope::draw
