#version 330 core
// A part of a picture; `part` is its corner and size in texture coordinates.
uniform sampler2D pixels;
uniform vec4 part;
uniform float opacity;
in vec2 place;
out vec4 result;
void main() { result = vec4(clamp(texture(pixels, part.xy + place * part.zw).rgb, 0.0, 1.0), opacity); }
