#version 330 core
// One rectangle in pixels of the target; `place` runs from 0 to 1 over it.
uniform vec2 size;
uniform vec4 where;
out vec2 place;
void main() {
  place = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 p = mix(where.xy, where.zw, place);
  gl_Position = vec4(p.x / size.x * 2.0 - 1.0, 1.0 - p.y / size.y * 2.0, 0.0, 1.0);
}
