// A sailing yacht on a sunlit sea, an island behind it.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6 }
#include "common.inc"

Soft_Sun(<-30000, 24000, -40000>, srgb <1.0, 0.93, 0.80> * 1.55, 0.012)
Sky_Light(srgb <0.55, 0.68, 0.88> * 0.45)
Sky(srgb <0.83, 0.90, 0.95>, srgb <0.44, 0.67, 0.92>, srgb <0.10, 0.32, 0.70>)
Clouds(1200, 900, 0.46, srgb 0.99, srgb <0.80, 0.83, 0.88>, <-250, 0, 500>)
Haze(2600, srgb <0.82, 0.89, 0.95>, 40)
Sea(srgb <0.02, 0.17, 0.27>, 0.6, 0.55)

camera { perspective location <-13, 3.2, -27> right x * image_width / image_height angle 30 look_at <0.4, 6.0, 0> }

// ---------------------------------------------------------------- hull: 11 m, bow towards -x

#declare Hull_X = array[7] { 0, 0.06, 0.2, 0.45, 0.7, 0.9, 1 }
#declare Hull_Wide = array[7] { 0.03, 0.42, 1.05, 1.66, 1.72, 1.50, 1.25 }
#declare Hull_Deck = array[7] { 1.55, 1.48, 1.34, 1.18, 1.10, 1.12, 1.16 }
#declare Hull_Keel = array[7] { 0.10, -0.25, -0.50, -0.60, -0.50, -0.20, 0.05 }
#macro Loft_Point(U, V)
  #local A = 2 * pi * V;
  #local W = Straight(U, Hull_X, Hull_Wide);
  #local T = Straight(U, Hull_X, Hull_Deck);
  #local B = Straight(U, Hull_X, Hull_Keel);
  #local S = sin(A);
  // the lower half is round, the upper half is walls and a flat deck
  #local H = (S > 0 ? T : T + (T - B) * Super_Sin(A, 2.4));
  <-5.6 + 10.6 * U - 0.9 * max(0, 1 - U * 5) * (H - B) / (T - B) + 0.35 * max(0, 10 * U - 9) * (1 - (H - B) / (T - B)), H + 0.03 * max(0, S), W * Super_Cos(A, (S > 0 ? 2.0 : 2.6))>
#end
#declare Hull =
object {
  Loft(60, 64)
  texture {
    pigment {
      gradient y
      color_map {
        [0.00 srgb <0.45, 0.07, 0.06>] [0.30 srgb <0.45, 0.07, 0.06>] [0.30 srgb 0.95] [0.33 srgb 0.95] [0.33 srgb <0.03, 0.09, 0.23>] [0.80 srgb <0.04, 0.11, 0.26>]
        [0.80 srgb <0.90, 0.72, 0.30>] [0.825 srgb <0.90, 0.72, 0.30>] [0.825 srgb <0.04, 0.11, 0.26>] [0.94 srgb <0.04, 0.11, 0.26>] [0.94 srgb 0.95] [1 srgb 0.95]
      }
      scale 2.2 translate -0.55 * y
    }
    finish { ambient 0 diffuse 0.7 specular 0.6 roughness 0.006 reflection { 0.02, 0.25 } }
  }
}

// ---------------------------------------------------------------- sails: triangles that belly to leeward (+z)

#declare Cloth = texture {
  pigment { gradient y color_map { [0.00 srgb <0.96, 0.95, 0.91>] [0.985 srgb <0.96, 0.95, 0.91>] [0.985 srgb 0.72] [1 srgb 0.72] } scale 1.05 rotate z * 5 }
  finish { ambient 0 diffuse 0.72 emission 0.10 }
}
// Corners: foot forward, foot aft, head.  Belly: depth of the curve in metres.
#macro Sail_Point(A, B, C, Belly, U, V)
  (A * (1 - U) + B * U) * (1 - V) + C * V + z * Belly * 4 * U * (1 - U) * pow(1 - V, 0.8) * (0.35 + V) * 1.6 + x * 0.5 * Belly * U * sin(pi * V)
#end
#macro Sail(A, B, C, Belly)
  mesh {
    #local N = 26;
    #local I = 0;
    #while (I < N)
      #local J = 0;
      #while (J < N)
        #local P00 = Sail_Point(A, B, C, Belly, I / N, J / N);
        #local P10 = Sail_Point(A, B, C, Belly, (I + 1) / N, J / N);
        #local P01 = Sail_Point(A, B, C, Belly, I / N, (J + 1) / N);
        #local P11 = Sail_Point(A, B, C, Belly, (I + 1) / N, (J + 1) / N);
        triangle { P00, P10, P11 }
        #if (J < N - 1) triangle { P00, P11, P01 } #end
        #local J = J + 1;
      #end
      #local I = I + 1;
    #end
    texture { Cloth }
  }
#end

#declare Wood = texture { pigment { wood turbulence 0.05 color_map { [0 srgb <0.55, 0.34, 0.16>] [1 srgb <0.38, 0.22, 0.10>] } scale 0.08 rotate y * 90 } finish { diffuse 0.75 specular 0.2 } }
#declare White = texture { pigment { srgb 0.94 } finish { ambient 0 diffuse 0.8 specular 0.3 roughness 0.01 } }
#declare Metal = texture { pigment { srgb 0.75 } finish { ambient 0 diffuse 0.6 specular 0.7 roughness 0.02 reflection 0.1 } }
#declare Glass = texture { pigment { srgb 0.03 } finish { diffuse 0.5 specular 0.9 roughness 0.003 reflection 0.2 } }

#declare Yacht =
union {
  object { Hull }
  // cabin with windows, cockpit, steering wheel
  superellipsoid { <0.35, 0.35> scale <2.3, 0.42, 0.95> rotate z * -1.5 translate <-0.4, 1.42, 0> texture { White } }
  superellipsoid { <0.4, 0.4> scale <1.3, 0.10, 0.96> translate <-0.5, 1.60, 0> texture { Glass } }
  box { <2.0, 1.05, -1.1>, <4.4, 1.42, -0.95> texture { Wood } }
  box { <2.0, 1.05, 0.95>, <4.4, 1.42, 1.1> texture { Wood } }
  torus { 0.42, 0.025 rotate z * 90 translate <3.4, 1.75, 0> texture { Metal } }
  // two people in the cockpit
  sphere { <2.6, 2.13, -0.6>, 0.115 texture { pigment { srgb <0.80, 0.58, 0.46> } } }
  sphere { 0, 1 scale <0.15, 0.36, 0.22> translate <2.62, 1.72, -0.6> texture { pigment { srgb <0.80, 0.18, 0.12> } } }
  sphere { <3.9, 2.36, 0.1>, 0.115 texture { pigment { srgb <0.78, 0.56, 0.44> } } }
  sphere { 0, 1 scale <0.2, 0.42, 0.26> translate <3.92, 1.9, 0.1> texture { pigment { srgb <0.92, 0.78, 0.25> } } }
  sphere { 0, 0.12 scale <1.05, 0.7, 1.05> translate <2.62, 2.19, -0.6> texture { pigment { srgb <0.20, 0.12, 0.08> } } }
  sphere { 0, 0.12 scale <1.05, 0.7, 1.05> translate <3.92, 2.42, 0.1> texture { pigment { srgb 0.92 } } }
  // mast, boom, rigging, rail
  cone { <-0.6, 1.2, 0>, 0.11, <-0.4, 15.2, 0>, 0.06 texture { Metal } }
  cylinder { <-0.5, 2.55, 0>, <4.35, 2.65, 0.5>, 0.08 texture { Metal } }
  cylinder { <-6.35, 1.60, 0>, <-0.45, 13.6, 0>, 0.015 texture { Metal } }
  cylinder { <-0.4, 15.1, 0>, <4.9, 1.2, 0>, 0.015 texture { Metal } }
  #declare Side = -1;
  #while (Side <= 1)
    cylinder { <-0.5, 1.2, Side * 1.6>, <-0.42, 13.4, 0>, 0.014 texture { Metal } }
    cylinder { <-0.5, 8.0, 0>, <-0.5, 8.1, Side * 0.8>, 0.03 texture { Metal } }
    #declare I = 0;
    #while (I < 9)
      #declare U = 0.12 + I * 0.105;
      cylinder { <-5.6 + 10.6 * U, 1.1, Side * 0.96 * Straight(U, Hull_X, Hull_Wide)>, <-5.6 + 10.6 * U, 1.85, Side * 0.96 * Straight(U, Hull_X, Hull_Wide)>, 0.016 texture { Metal } }
      #declare I = I + 1;
    #end
    #declare Side = Side + 2;
  #end
  Sail(<-0.40, 2.75, 0>, <4.25, 2.80, 0.5>, <-0.32, 14.9, 0>, 0.75)
  Sail(<-6.15, 1.95, 0>, <-0.2, 2.2, 1.0>, <-0.55, 13.2, 0>, 0.85)
  // burgee
  triangle { <-0.4, 15.5, 0>, <-0.4, 15.15, 0>, <0.5, 15.3, 0.25> texture { pigment { srgb <0.85, 0.15, 0.10> } } }
  rotate x * 11
}
object { Yacht translate -0.1 * y rotate z * 2 }

// white water at the bow and along the side
#declare Seed = seed(5);
union {
  #declare I = 0;
  #while (I < 9000)
    #declare T = pow(rand(Seed), 1.3);
    #declare Up = rand(Seed) * rand(Seed);
    sphere { <-6.0 + T * 11.5, 0.02 + 0.42 * pow(1 - T, 2) * Up, -0.1 - 1.75 * pow(T, 0.5) - rand(Seed) * (0.25 + 0.5 * T)>, 0.006 + 0.016 * rand(Seed) * (1 - 0.6 * T) }
    #declare I = I + 1;
  #end
  texture { pigment { srgb 0.98 } finish { diffuse 0.8 emission 0.12 } }
}
prism {
  linear_sweep linear_spline 0, 0.01, 6, <-6.2, -0.2>, <-2, -2.2>, <5, -2.9>, <60, -9>, <60, 0>, <-6.2, -0.2>
  no_shadow
  texture {
    pigment { granite turbulence 0.2 color_map { [0.00 srgbt <1, 1, 1, 0.05>] [0.22 srgbt <1, 1, 1, 0.25>] [0.38 srgbt <0.9, 0.96, 1, 0.95>] [0.45 srgbt <1, 1, 1, 1>] [1.0 srgbt <1, 1, 1, 1>] } scale <4, 1, 1.2> }
    finish { diffuse 0.9 }
  }
}

// an island
height_field {
  function 240, 240 { pigment { granite turbulence 0.25 color_map { [0 rgb 0] [1 rgb 1] } scale 1.4 translate <0.2, 0.9, 0.4> } }
  smooth
  translate <-0.5, -0.38, 0>
  scale <2400, 330, 700>
  translate <300, 0, 1500>
  texture {
    pigment { gradient y turbulence 0.3 color_map { [0.0 srgb <0.60, 0.54, 0.42>] [0.10 srgb <0.30, 0.36, 0.20>] [1.0 srgb <0.24, 0.32, 0.17>] } scale 160 }
    normal { granite 0.8 scale 40 }
    finish { ambient 0 diffuse 0.75 }
  }
}
