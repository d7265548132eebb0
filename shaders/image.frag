#version 330 core
// A part of a picture: single pixels, a smooth enlargement, or the mean under each pixel when it is shrunk.
uniform vec4 u_rect;        // x0, y0, x1, y1 in pixels of the target
uniform vec4 u_view;        // x, y, width, height of the framebuffer inside of the target
uniform sampler2D u_image;
uniform vec4 u_source;      // x0, y0, x1, y1: the part of the picture, in shares of its sides
uniform int u_smooth;
uniform float u_opacity;

out vec4 o_color;           // premultiplied

void main() {
  vec2 pixel = vec2(u_view.x + gl_FragCoord.x, u_view.y + u_view.w - gl_FragCoord.y);
  vec2 size = vec2(textureSize(u_image, 0));
  vec2 per_pixel = (u_source.zw - u_source.xy) * size / (u_rect.zw - u_rect.xy);  // texels of the full picture
  vec2 at = u_source.xy * size + (pixel - u_rect.xy) * per_pixel;
  vec3 color;
  if (max(per_pixel.x, per_pixel.y) <= 1.0) {
    color = u_smooth == 1 ? texture(u_image, at / size).rgb
                          : texelFetch(u_image, clamp(ivec2(floor(at)), ivec2(0), ivec2(size) - 1), 0).rgb;
  } else {
    // The mean by area over texels of a mip level that leaves two to four of them under a pixel.
    int level = max(int(floor(log2(max(max(per_pixel.x, per_pixel.y), 1.0)))) - 1, 0);
    ivec2 last = textureSize(u_image, level) - 1;
    vec2 shrink = vec2(last + 1) / size;
    vec2 middle = at * shrink, reach = max(per_pixel * shrink, vec2(1.0)) * 0.5;
    vec2 lo = max(middle - reach, vec2(0.0)), hi = min(middle + reach, vec2(last + 1));
    ivec2 first = clamp(ivec2(floor(lo)), ivec2(0), last), end = clamp(ivec2(ceil(hi)) - 1, first, last);
    vec4 sum = vec4(0.0);
    for (int y = first.y; y <= end.y; ++y)
      for (int x = first.x; x <= end.x; ++x) {
        vec2 covered = min(hi, vec2(x + 1, y + 1)) - max(lo, vec2(x, y));
        sum += vec4(texelFetch(u_image, ivec2(x, y), level).rgb, 1.0) * max(covered.x * covered.y, 1e-6);
      }
    color = sum.rgb / sum.w;
  }
  o_color = vec4(clamp(color, 0.0, 1.0), 1.0) * u_opacity;
}
