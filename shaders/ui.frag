#version 330 core
uniform sampler2D atlas;
in vec2 place;
in vec4 tint;
out vec4 result;
void main() { result = tint * texture(atlas, place); }
