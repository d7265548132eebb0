// An airliner climbing over a layer of clouds.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6 }
#include "common.inc"
#include "airliner.inc"

Soft_Sun(<-30000, 42000, -36000>, Sun_Colour * 1.6, 0.012)
Sky_Light(srgb <0.60, 0.72, 0.90> * 0.35)
// light that comes up from the clouds
light_source { <0, -9000, -3000> srgb <0.75, 0.82, 0.92> * 0.35 shadowless parallel point_at 0 }
Sky(srgb <0.84, 0.91, 0.97>, srgb <0.30, 0.55, 0.88>, srgb <0.05, 0.20, 0.54>)

// the cloud deck below: heaps with a shaded side
#declare Heaps = function { pigment { bozo turbulence 0.9 octaves 7 omega 0.58 color_map { [0 rgb 0] [1 rgb 1] } scale <420, 420, 300> } }
plane {
  y, -300
  hollow no_shadow
  texture {
    pigment {
      function { min(1, max(0, 0.5 * Heaps(x, 0, z).red + 3.0 * (Heaps(x, 0, z).red - Heaps(x - 14, 0, z - 12).red) + 0.28)) }
      color_map { [0.00 srgb <0.50, 0.62, 0.80>] [0.35 srgb <0.68, 0.77, 0.89>] [0.62 srgb <0.93, 0.95, 0.98>] [1.00 srgb 1.0] }
    }
    finish { ambient 0 diffuse 0 emission 0.97 }
  }
}
Clouds(2400, 2600, 0.35, srgb 1.0, srgb 0.96, <-900, 0, 400>)
Haze(3000, srgb <0.84, 0.91, 0.98>, 60)

camera { perspective location <-43, 8.5, -54> right x * image_width / image_height angle 41 look_at <0.5, 0.8, 0> }

object { Airliner(0) scale <0.9, 1, 1> rotate x * -17 rotate z * -5 }
