#version 330 core
// Triangles of a draw list; positions in pixels of the target.
uniform vec4 u_view;        // x, y, width, height of the framebuffer inside of the target
layout(location = 0) in vec2 a_place;
layout(location = 1) in vec2 a_uv;
layout(location = 2) in vec4 a_color;
out vec2 v_uv;
out vec4 v_color;

void main() {
  v_uv = a_uv;
  v_color = a_color;
  vec2 place = (a_place - u_view.xy) / u_view.zw;
  gl_Position = vec4(2.0 * place.x - 1.0, 1.0 - 2.0 * place.y, 0.0, 1.0);
}
