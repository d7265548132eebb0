#version 330 core
// Triangles of a draw list: pixels to clip space.
uniform vec2 size;
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 uv;
layout(location = 2) in vec4 color;
out vec2 place;
out vec4 tint;
void main() {
  place = uv;
  tint = color;
  gl_Position = vec4(position.x / size.x * 2.0 - 1.0, 1.0 - position.y / size.y * 2.0, 0.0, 1.0);
}
