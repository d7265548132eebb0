// A lorry with a box body on a country road.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 5 }
#include "common.inc"
#include "car.inc"
#include "road.inc"

Soft_Sun(<-34000, 30000, -36000>, srgb <1.0, 0.94, 0.84> * 1.55, 0.012)
Sky_Light(srgb <0.55, 0.68, 0.88> * 0.42)
Sky(srgb <0.86, 0.91, 0.95>, srgb <0.46, 0.67, 0.91>, srgb <0.13, 0.34, 0.70>)
Clouds(900, 800, 0.50, srgb 0.99, srgb <0.78, 0.80, 0.85>, <700, 0, 90>)
Haze(900, srgb <0.82, 0.88, 0.93>, 40)

camera {
  perspective location <-10.9, 1.8, -10.9> right x * image_width / image_height angle 38 look_at <-0.2, 1.85, 0>
}

// ---------------------------------------------------------------- the lorry: 8 m long, front towards -x, wheels on y = 0

#declare Cab_Colour = srgb <0.60, 0.05, 0.04>;
#declare Shell = texture { pigment { srgb 0.2 } finish { ambient 0 diffuse 0.8 specular 0.25 roughness 0.02 reflection 0.02 } }
#declare Frame = texture { pigment { srgb 0.07 } finish { ambient 0 diffuse 0.7 specular 0.2 } }
#declare Chrome = texture { pigment { srgb 0.7 } finish { ambient 0 diffuse 0.3 specular 0.8 roughness 0.01 reflection 0.45 } }
#declare Lamp = texture { pigment { srgb <0.85, 0.88, 0.92> } finish { ambient 0 diffuse 0.45 specular 1 roughness 0.003 reflection 0.25 emission 0.2 } }
#declare Amber = texture { pigment { srgb <0.95, 0.45, 0.05> } finish { diffuse 0.7 specular 0.6 emission 0.1 } }

// The outline of the cab from the side: flat front, leaning windscreen, rounded roof.
#macro Cab_Shape(Wide)
  prism {
    linear_sweep cubic_spline -Wide, Wide, 15,
    <-2.40, 0.65>, <-4.05, 0.62>, <-4.16, 0.80>, <-4.17, 1.25>, <-4.12, 1.62>, <-3.86, 2.50>, <-3.72, 2.74>, <-3.45, 2.84>,
    <-2.75, 2.88>, <-2.30, 2.80>, <-2.25, 2.60>, <-2.25, 0.75>, <-2.40, 0.65>, <-4.05, 0.62>, <-4.16, 0.80>
    rotate x * -90 scale <1, 1, -1>
  }
#end
#declare Cab =
intersection {
  Cab_Shape(1.2)
  // rounded in plan and narrower at the roof
  superellipsoid { <0.22, 0.18> scale <1.45, 1.19, 3> rotate x * 90 translate <-2.74, 1.5, 0> }
  plane { <0, 0.07, 1>, 0 translate <0, 1.5, 1.17> }
  plane { <0, 0.07, -1>, 0 translate <0, 1.5, -1.17> }
}

#declare Lorry =
union {
  difference {
    object { Cab }
    cylinder { <-3.15, 0.5, -2>, <-3.15, 0.5, 2>, 0.62 }
    Paint(Cab_Colour)
  }
  box { <-3.9, 0.5, -0.8>, <-2.4, 1.0, 0.8> texture { Frame } }
  // windscreen and side windows lie a hair outside the shell
  intersection {
    object { Cab scale <1.004, 1.002, 1.004> }
    union {
      box { <-5, 1.66, -1.02>, <-3.70, 2.42, 1.02> }
      prism { linear_sweep linear_spline -2, 2, 6, <-3.72, 1.62>, <-2.72, 1.62>, <-2.72, 2.42>, <-3.50, 2.42>, <-3.72, 1.80>, <-3.72, 1.62> rotate x * -90 scale <1, 1, -1> }
    }
    texture { Car_Glass }
  }
  // gaps of the doors
  intersection {
    object { Cab scale <1.002, 1, 1.003> }
    union {
      box { <-3.78, 1.0, -2>, <-3.768, 2.5, 2> }
      box { <-2.60, 1.0, -2>, <-2.588, 2.5, 2> }
      box { <-3.78, 1.10, -2>, <-2.60, 1.112, 2> }
    }
    texture { Trim }
  }
  // grille, bumper, lamps, sun visor
  #declare I = 0;
  #while (I < 6)
    intersection { object { Cab scale <1.008, 1, 1> } box { <-5, 0.98 + I * 0.09, -0.72>, <-3.9, 1.035 + I * 0.09, 0.72> } texture { #if (mod(I, 2)) Chrome #else Trim #end } }
    #declare I = I + 1;
  #end
  superellipsoid { <0.15, 0.3> scale <0.22, 0.19, 1.2> translate <-4.06, 0.56, 0> texture { Shell } }
  box { <-4.29, 0.50, -0.26>, <-4.27, 0.62, 0.26> texture { pigment { srgb 0.9 } } }
  superellipsoid { <0.2, 0.3> scale <0.20, 0.06, 1.02> rotate z * 24 translate <-3.86, 2.60, 0> texture { Trim } }
  #declare Side = -1;
  #while (Side <= 1)
    superellipsoid { <0.5, 0.5> scale <0.05, 0.10, 0.19> translate <-4.26, 0.60, Side * 0.84> texture { Lamp } }
    superellipsoid { <0.5, 0.5> scale <0.04, 0.07, 0.06> translate <-4.22, 0.60, Side * 1.10> texture { Amber } }
    sphere { <-3.35, 2.93, Side * 0.75>, 0.06 texture { Amber } }
    // mirrors on arms, door handles, steps
    cylinder { <-3.85, 2.45, Side * 1.1>, <-4.0, 2.40, Side * 1.42>, 0.02 texture { Trim } }
    cylinder { <-3.85, 1.75, Side * 1.15>, <-4.0, 1.85, Side * 1.42>, 0.02 texture { Trim } }
    superellipsoid { <0.4, 0.4> scale <0.07, 0.30, 0.12> translate <-4.0, 2.12, Side * 1.42> texture { Trim } }
    box { <-2.85, 1.36, Side * 1.19 - 0.02>, <-2.68, 1.40, Side * 1.19 + 0.02> texture { Chrome } }
    // front wheels, twin rear wheels, mudguards
    object { Wheel(0.48, 0.30, 8) translate <-3.15, 0.48, Side * 1.0> }
    object { Wheel(0.48, 0.28, 8) translate <2.05, 0.48, Side * 1.06> }
    object { Wheel(0.48, 0.28, 8) translate <2.05, 0.48, Side * 0.72> }
    difference {
      cylinder { <2.05, 0.48, Side * 1.05 - 0.2>, <2.05, 0.48, Side * 1.05 + 0.2>, 0.58 }
      cylinder { <2.05, 0.48, Side * 1.05 - 0.3>, <2.05, 0.48, Side * 1.05 + 0.3>, 0.55 }
      plane { y, 0.55 }
      texture { Frame }
    }
    // chassis, tank, side guard
    box { <-2.4, 0.62, Side * 0.45 - 0.08>, <3.9, 0.86, Side * 0.45 + 0.08> texture { Frame } }
    box { <-0.4, 0.46, Side * 1.14 - 0.02>, <1.3, 0.56, Side * 1.14 + 0.02> texture { Shell } }
    box { <-0.4, 0.68, Side * 1.14 - 0.02>, <1.3, 0.78, Side * 1.14 + 0.02> texture { Shell } }
    superellipsoid { <0.3, 0.3> scale <0.70, 0.28, 0.28> translate <-1.35, 0.62, Side * 0.86> texture { Chrome } }
    #declare Side = Side + 2;
  #end
  // box body: panels in a metal frame, a stripe of colour
  box {
    <-2.05, 0.98, -1.24>, <4.0, 3.65, 1.24>
    texture {
      pigment {
        gradient y
        color_map {
          [0.00 srgb <0.92, 0.92, 0.91>] [0.26 srgb <0.92, 0.92, 0.91>] [0.26 srgb <0.55, 0.06, 0.05>] [0.38 srgb <0.55, 0.06, 0.05>]
          [0.38 srgb <0.92, 0.92, 0.91>] [0.41 srgb <0.92, 0.92, 0.91>] [0.41 srgb <0.20, 0.22, 0.26>] [0.44 srgb <0.20, 0.22, 0.26>] [0.44 srgb <0.94, 0.94, 0.93>] [1.00 srgb <0.94, 0.94, 0.93>]
        }
        scale 2.67 translate 0.98 * y
      }
      finish { ambient 0 diffuse 0.8 specular 0.2 roughness 0.02 }
    }
  }
  #declare I = 0;
  #while (I < 11)
    box { <-2.05 + I * 0.6, 1.0, -1.255>, <-2.03 + I * 0.6, 3.63, 1.255> texture { pigment { srgb 0.78 } finish { diffuse 0.7 specular 0.3 } } }
    #declare I = I + 1;
  #end
  box { <-2.10, 3.55, -1.27>, <4.05, 3.68, 1.27> texture { Chrome } }
  box { <-2.10, 0.93, -1.27>, <4.05, 1.03, 1.27> texture { Frame } }
  box { <-2.10, 0.93, -1.27>, <-2.02, 3.68, -1.20> texture { Chrome } }
  box { <3.97, 0.93, -1.27>, <4.05, 3.68, -1.20> texture { Chrome } }
  // wind deflector on the cab
  intersection {
    superellipsoid { <0.35, 0.35> scale <0.85, 0.55, 0.95> rotate z * 18 translate <-2.75, 3.0, 0> }
    plane { x, -2.2 }
    plane { -y, -2.8 }
    Paint(Cab_Colour)
  }
}

Road(seed(11))
object { Lorry }
