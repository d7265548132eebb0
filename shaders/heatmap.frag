#version 330 core
// A matrix of numbers as colours. Nearest cells, or bilinear; where cells are smaller than two pixels, the mean of the cells under the pixel.
uniform sampler2D values;  // one channel
uniform sampler2D colors;  // 256 x 1
uniform vec2 cells;        // columns, rows
uniform vec2 cell_size;    // pixels of one cell
uniform vec2 span;
uniform float opacity;
uniform bool smooth_cells;
uniform bool overlay;
in vec2 place;
out vec4 result;

bool is_number(float v) { return !isnan(v) && !isinf(v); }

float cell(ivec2 at) { return texelFetch(values, clamp(at, ivec2(0), ivec2(cells) - 1), 0).r; }

float averaged(vec2 at) {
  // Cells from the one under the pixel's first corner up to, not including, the one under its last: neighbouring pixels share no cell twice.
  vec2 reach = 0.5 / cell_size;
  ivec2 first = ivec2(floor(at - reach)), last = max(ivec2(ceil(at + reach)) - 1, first);
  first = clamp(first, ivec2(0), ivec2(cells) - 1);
  last = clamp(last, first, ivec2(cells) - 1);
  float sum = 0.0, count = 0.0;
  for (int y = first.y; y <= last.y; ++y)
    for (int x = first.x; x <= last.x; ++x) {
      float v = cell(ivec2(x, y));
      if (is_number(v)) { sum += v; count += 1.0; }
    }
  return count > 0.0 ? sum / count : cell(first);
}

float bilinear(vec2 at) {
  vec2 p = at - 0.5, f = fract(p);
  ivec2 i = ivec2(floor(p));
  return mix(mix(cell(i), cell(i + ivec2(1, 0)), f.x), mix(cell(i + ivec2(0, 1)), cell(i + ivec2(1, 1)), f.x), f.y);
}

void main() {
  vec2 at = place * cells;
  float v = min(cell_size.x, cell_size.y) < 2.0 ? averaged(at) : smooth_cells ? bilinear(at) : cell(ivec2(floor(at)));
  vec4 color = vec4(vec3(128.0 / 255.0), 1.0);
  float share = 0.0;
  if (!isnan(v)) {
    share = clamp((v - span.x) / (span.y - span.x), 0.0, 1.0);
    color.rgb = texelFetch(colors, ivec2(min(int(floor(256.0 * share)), 255), 0), 0).rgb;
  }
  if (overlay) {
    float veil = 0.55 * (1.0 - share), tint = 0.74 * sqrt(share);
    float covered = 1.0 - (1.0 - veil) * (1.0 - tint);
    color = vec4(color.rgb * tint / max(covered, 1e-6), covered);
  }
  result = vec4(color.rgb, color.a * opacity);
}
