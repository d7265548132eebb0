#version 330 core
uniform sampler2D u_atlas;  // glyphs and soft lines: how much of a texel is covered
in vec2 v_uv;
in vec4 v_color;
out vec4 o_color;           // premultiplied

void main() {
  float alpha = v_color.a * texture(u_atlas, v_uv).r;
  o_color = vec4(v_color.rgb * alpha, alpha);
}
