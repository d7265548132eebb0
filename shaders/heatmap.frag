#version 330 core
// A matrix of floats coloured by a table of 256 colours. Colours of single cells are those of color_of() in core/colormap.cpp, exactly:
// the table's index is found by comparing with limits that the processor computed.
uniform vec4 u_rect;        // x0, y0, x1, y1 in pixels of the target
uniform vec4 u_view;        // x, y, width, height of the framebuffer inside of the target
uniform sampler2D u_values; // one channel; a texel holds one cell, or the mean of a block of cells
uniform vec2 u_cells;       // columns and rows of the matrix, in texels
uniform sampler2D u_colors; // 256 x number of maps
uniform int u_map;
uniform int u_smooth;       // 1: bilinear
uniform int u_overlay;      // 1: veil and colour by share, for photographs
uniform vec2 u_span;
uniform float u_opacity;
layout(std140) uniform Limits { vec4 u_limits[64]; };  // [i]: the smallest value of table entry i

out vec4 o_color;           // premultiplied

float value_at(ivec2 cell) { return texelFetch(u_values, cell, 0).r; }

bool is_nan(float v) { return isnan(v) || !(v <= 0.0 || v > 0.0); }

// Mean of the cells between lo and hi, by area; NaN counts as absent.
vec2 mean_of(vec2 lo, vec2 hi) {
  ivec2 last = textureSize(u_values, 0) - 1;
  ivec2 first = clamp(ivec2(floor(lo)), ivec2(0), last);
  ivec2 end = clamp(ivec2(ceil(hi)) - 1, first, last);
  float sum = 0.0, weight = 0.0;
  for (int y = first.y; y <= end.y; ++y) {
    float high = min(hi.y, float(y + 1)) - max(lo.y, float(y));
    for (int x = first.x; x <= end.x; ++x) {
      float v = value_at(ivec2(x, y));
      if (is_nan(v)) continue;
      float area = max(high * (min(hi.x, float(x + 1)) - max(lo.x, float(x))), 1e-6);
      sum += v * area;
      weight += area;
    }
  }
  return vec2(sum, weight);
}

vec2 bilinear(vec2 at) {
  ivec2 last = textureSize(u_values, 0) - 1;
  vec2 place = at - 0.5, share = fract(place);
  ivec2 corner = ivec2(floor(place));
  float sum = 0.0, weight = 0.0;
  for (int i = 0; i < 4; ++i) {
    ivec2 step = ivec2(i & 1, i >> 1);
    float v = value_at(clamp(corner + step, ivec2(0), last));
    float w = (step.x == 1 ? share.x : 1.0 - share.x) * (step.y == 1 ? share.y : 1.0 - share.y);
    if (is_nan(v)) continue;
    sum += v * w;
    weight += w;
  }
  return vec2(sum, weight);
}

int index_of(float v) {
  int low = 0;
  for (int half_width = 128; half_width > 0; half_width >>= 1) {
    int middle = low + half_width;
    if (v >= u_limits[middle >> 2][middle & 3]) low = middle;
  }
  return low;
}

void main() {
  vec2 pixel = vec2(u_view.x + gl_FragCoord.x, u_view.y + u_view.w - gl_FragCoord.y);
  vec2 per_pixel = u_cells / (u_rect.zw - u_rect.xy);
  vec2 at = (pixel - u_rect.xy) * per_pixel;
  vec2 found;  // sum and weight
  bvec2 dense = greaterThan(per_pixel, vec2(0.5));
  if (u_smooth == 1 && !any(dense)) {
    found = bilinear(at);
  } else {
    // Along each axis: the area under the pixel where cells are smaller than two pixels, else the one cell that the pixel lies in.
    vec2 lo = max(at - 0.5 * per_pixel, vec2(0.0)), hi = min(at + 0.5 * per_pixel, u_cells);
    vec2 cell = min(floor(at), vec2(textureSize(u_values, 0) - 1));
    if (!dense.x) { lo.x = cell.x; hi.x = cell.x + 1.0; }
    if (!dense.y) { lo.y = cell.y; hi.y = cell.y + 1.0; }
    if (any(dense)) found = mean_of(lo, hi);
    else {
      float v = value_at(ivec2(cell));
      found = is_nan(v) ? vec2(0.0) : vec2(v, 1.0);
    }
  }
  bool absent = found.y <= 0.0;
  float value = absent ? 0.0 : found.x / found.y;
  vec3 color = absent ? vec3(128.0 / 255.0) : texelFetch(u_colors, ivec2(index_of(value), u_map), 0).rgb;
  if (u_overlay == 1) {
    float share = absent ? 0.5 : clamp((value - u_span.x) / (u_span.y - u_span.x), 0.0, 1.0);
    float veil = 0.55 * (1.0 - share), tint = 0.74 * sqrt(share);
    o_color = vec4(color * tint, tint + veil * (1.0 - tint)) * u_opacity;
  } else {
    o_color = vec4(color, 1.0) * u_opacity;
  }
}
