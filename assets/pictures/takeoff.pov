// An airliner that has just left the runway, against the evening sky.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 5 }
#include "common.inc"
#include "airliner.inc"

Soft_Sun(<-46000, 15000, -20000>, srgb <1.0, 0.80, 0.58> * 2.0, 0.012)
Sky_Light(srgb <0.50, 0.60, 0.85> * 0.45)
light_source { <0, -9000, -6000> srgb <0.80, 0.62, 0.52> * 0.30 shadowless parallel point_at 0 }
sky_sphere {
  pigment {
    gradient y
    color_map { [0.00 srgb <0.98, 0.74, 0.50>] [0.08 srgb <0.96, 0.76, 0.60>] [0.22 srgb <0.72, 0.74, 0.82>] [0.50 srgb <0.34, 0.52, 0.80>] [1.0 srgb <0.10, 0.24, 0.55>] }
  }
}
Clouds(1300, 1000, 0.46, srgb <1.0, 0.90, 0.82>, srgb <0.72, 0.62, 0.68>, <0, 0, 300>)
Clouds(2600, 2600, 0.30, srgb <1.0, 0.86, 0.78>, srgb <0.95, 0.78, 0.72>, <700, 0, -500>)

camera { perspective location <-48, -26, -52> right x * image_width / image_height angle 37 look_at <-0.5, 0.3, 0> }

object { Airliner(1) scale <0.9, 1, 1> rotate z * -12 rotate x * 6 }

// the land below, dark and hazy
plane { y, -60 texture { pigment { granite color_map { [0 srgb <0.10, 0.12, 0.10>] [1 srgb <0.28, 0.27, 0.22>] } scale 400 } finish { diffuse 0.7 } } }
fog { fog_type 2 distance 900 color srgb <0.93, 0.72, 0.55> fog_offset -60 fog_alt 15 }
