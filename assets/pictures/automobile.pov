// A red saloon on a country road in the late afternoon.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 5 }
#include "common.inc"
#include "car.inc"
#include "road.inc"

Soft_Sun(<-26000, 24000, -40000>, srgb <1.0, 0.93, 0.82> * 1.6, 0.012)
Sky_Light(srgb <0.55, 0.68, 0.88> * 0.40)
Sky(srgb <0.86, 0.91, 0.95>, srgb <0.48, 0.68, 0.90>, srgb <0.15, 0.36, 0.70>)
Clouds(900, 900, 0.48, srgb 0.99, srgb <0.80, 0.82, 0.86>, <100, 0, 250>)
Haze(900, srgb <0.82, 0.88, 0.93>, 40)

camera {
  perspective location <-5.6, 1.55, -5.9> right x * image_width / image_height angle 39 look_at <-0.05, 0.72, 0>
}

Road(seed(3))
object { Car(srgb <0.66, 0.03, 0.04>) }
