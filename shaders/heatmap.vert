#version 330 core
// Two triangles over a rectangle given in pixels of the target; the target may be larger than the framebuffer.
uniform vec4 u_rect;      // x0, y0, x1, y1
uniform vec4 u_view;      // x, y, width, height of the framebuffer inside of the target

void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 place = (mix(u_rect.xy, u_rect.zw, corner) - u_view.xy) / u_view.zw;
  gl_Position = vec4(2.0 * place.x - 1.0, 1.0 - 2.0 * place.y, 0.0, 1.0);
}
