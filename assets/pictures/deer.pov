// A red deer stag on a meadow in morning mist, the forest behind it.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 4 }
#include "common.inc"
#include "blob.inc"

#declare Seed = seed(9);

Soft_Sun(<-36000, 26000, -30000>, srgb <1.0, 0.90, 0.72> * 1.6, 0.02)
Sky_Light(srgb <0.60, 0.70, 0.80> * 0.5)
// The forest is out of focus: soft masses of leaves, light between them, mist below.
sky_sphere {
  pigment {
    bozo turbulence 0.5 octaves 4
    color_map { [0.15 srgb <0.07, 0.13, 0.06>] [0.45 srgb <0.14, 0.23, 0.09>] [0.65 srgb <0.24, 0.33, 0.13>] [0.82 srgb <0.40, 0.46, 0.22>] [0.97 srgb <0.68, 0.70, 0.45>] }
    scale <0.05, 0.075, 0.05>
  }
}
fog { fog_type 2 distance 60 color srgb <0.62, 0.66, 0.52> fog_offset 0 fog_alt 1.2 }

camera { perspective location <-3.4, 1.35, -5.6> right x * image_width / image_height angle 40 look_at <-0.05, 1.42, 0> }

// ---------------------------------------------------------------- stag: the head is at -x, hooves on y = 0

#macro Fur(Light, Dark)
  texture {
    pigment { bozo turbulence 0.6 octaves 5 color_map { [0.1 Dark] [0.9 Light] } scale <0.09, 0.03, 0.05> }
    normal { average normal_map { [1 wrinkles 0.5 scale <0.05, 0.015, 0.02>] [1 granite 0.15 scale 0.1] } }
    finish { ambient 0 diffuse 0.8 specular 0.06 roughness 0.08 }
  }
#end
#declare Coat = Fur(srgb <0.58, 0.39, 0.23>, srgb <0.38, 0.24, 0.13>)
#declare Mane = Fur(srgb <0.42, 0.27, 0.15>, srgb <0.22, 0.14, 0.08>)
#declare Pale = Fur(srgb <0.82, 0.70, 0.52>, srgb <0.66, 0.52, 0.35>)
#declare Horn = texture { pigment { granite color_map { [0 srgb <0.42, 0.30, 0.18>] [1 srgb <0.66, 0.54, 0.38>] } scale 0.1 } normal { wrinkles 0.4 scale <0.02, 0.1, 0.02> } finish { ambient 0 diffuse 0.75 specular 0.15 roughness 0.05 } }
#declare Hoof = texture { pigment { srgb 0.05 } finish { ambient 0 diffuse 0.7 specular 0.3 roughness 0.04 } }

// A leg from Top over Knee and Ankle to the ground; Thick at the top.
#macro Leg(Top, Knee, Ankle, Foot, Thick)
  Limb(Top, Knee, Thick)
  Limb(Knee, Ankle, 0.041)
  Ball(Knee, 0.058)
  Limb(Ankle, Foot + 0.05 * y, 0.036)
#end

#declare Stag =
union {
  blob {
    threshold 0.5
    // trunk
    Egg(<-0.48, 1.10, 0>, <0.30, 0.30, 0.21>, z * -12)
    Egg(<-0.10, 1.08, 0>, <0.36, 0.27, 0.225>, 0)
    Egg(<0.30, 1.10, 0>, <0.34, 0.255, 0.215>, z * 4)
    Egg(<0.58, 1.10, 0>, <0.24, 0.24, 0.195>, z * -20)
    // neck with its mane
    cylinder { <-0.50, 1.14, 0>, <-0.74, 1.42, 0>, 0.175 * Blob_Reach, 1 texture { Mane } }
    cylinder { <-0.72, 1.40, 0>, <-0.86, 1.64, 0>, 0.120 * Blob_Reach, 1 texture { Mane } }
    sphere { 0, Blob_Reach, 1 scale <0.15, 0.24, 0.14> rotate z * 25 translate <-0.72, 1.16, 0> texture { Mane } }
    // pale belly and rump
    sphere { 0, Blob_Reach, 0.6 scale <0.46, 0.12, 0.15> translate <0.05, 0.86, 0> texture { Pale } }
    sphere { 0, Blob_Reach, 0.8 scale <0.09, 0.19, 0.15> rotate z * 8 translate <0.74, 1.10, 0> texture { Pale } }
    // hind legs
    Egg(<0.60, 0.92, 0.12>, <0.19, 0.27, 0.10>, z * 14)
    Egg(<0.66, 0.92, -0.12>, <0.19, 0.27, 0.10>, z * 8)
    Leg(<0.62, 0.78, 0.13>, <0.76, 0.53, 0.13>, <0.66, 0.16, 0.13>, <0.64, 0.0, 0.13>, 0.075)
    Leg(<0.70, 0.78, -0.13>, <0.90, 0.55, -0.13>, <0.86, 0.16, -0.13>, <0.84, 0.0, -0.13>, 0.075)
    // fore legs
    Egg(<-0.50, 0.90, 0.11>, <0.12, 0.22, 0.08>, z * 6)
    Egg(<-0.44, 0.90, -0.11>, <0.12, 0.22, 0.08>, z * -6)
    Leg(<-0.50, 0.78, 0.12>, <-0.54, 0.47, 0.12>, <-0.52, 0.14, 0.12>, <-0.54, 0.0, 0.12>, 0.062)
    Leg(<-0.42, 0.78, -0.12>, <-0.36, 0.47, -0.12>, <-0.34, 0.14, -0.12>, <-0.36, 0.0, -0.12>, 0.062)
    texture { Coat }
  }
  // tail
  blob { threshold 0.5 Limb(<0.82, 1.20, 0>, <0.87, 1.03, 0>, 0.04) texture { Coat } }
  // head, turned a little to the viewer
  union {
    blob {
      threshold 0.5
      Ball(<0, 0, 0>, 0.112)
      Egg(<-0.14, -0.05, 0>, <0.15, 0.075, 0.072>, z * 16)
      Egg(<-0.27, -0.10, 0>, <0.085, 0.055, 0.052>, z * 12)
      sphere { 0, Blob_Reach, 0.8 scale <0.10, 0.032, 0.042> rotate z * 12 translate <-0.24, -0.135, 0> texture { Pale } }
      texture { Coat }
    }
    sphere { 0, 1 scale <0.030, 0.036, 0.044> translate <-0.345, -0.10, 0> texture { pigment { srgb 0.03 } finish { diffuse 0.6 specular 0.5 roughness 0.02 } } }
    #declare Side = -1;
    #while (Side <= 1)
      sphere { <-0.075, 0.025, Side * 0.083>, 0.022 texture { pigment { srgb 0.01 } finish { diffuse 0.5 specular 1 roughness 0.003 } } }
      // ear
      difference {
        sphere { 0, 1 scale <0.055, 0.045, 0.13> }
        sphere { 0, 1 scale <0.045, 0.04, 0.11> translate <-0.03, 0, 0> }
        texture { Coat }
        rotate y * Side * 22 rotate x * Side * -24 translate <0.055, 0.09, Side * 0.17>
      }
      // antler: a beam that sweeps back and up, with its tines
      #declare B = array[5] { <0.0, 0.09, 0.05>, <0.09, 0.26, 0.16>, <0.14, 0.47, 0.27>, <0.08, 0.68, 0.31>, <-0.02, 0.84, 0.27> }
      sphere_sweep {
        cubic_spline 7
        <-0.01, 0.0, Side * 0.02>, 0.030, B[0] * <1, 1, Side>, 0.030, B[1] * <1, 1, Side>, 0.026, B[2] * <1, 1, Side>, 0.023, B[3] * <1, 1, Side>, 0.018, B[4] * <1, 1, Side>, 0.008, <-0.1, 0.95, Side * 0.2>, 0.004
        texture { Horn }
      }
      #macro Tine(From, Mid, To)
        sphere_sweep { b_spline 6 From * <1, 1, Side>, 0.018, From * <1, 1, Side>, 0.018, From * <1, 1, Side>, 0.018, Mid * <1, 1, Side>, 0.014, To * <1, 1, Side>, 0.005, To * <1, 1, Side> + (To - Mid) * <1, 1, Side>, 0.002 texture { Horn } }
      #end
      Tine(<0.01, 0.12, 0.06>, <-0.10, 0.17, 0.10>, <-0.20, 0.33, 0.13>)
      Tine(<0.06, 0.22, 0.13>, <-0.05, 0.28, 0.19>, <-0.13, 0.43, 0.23>)
      Tine(<0.13, 0.45, 0.26>, <0.02, 0.50, 0.33>, <-0.07, 0.64, 0.40>)
      Tine(<0.09, 0.66, 0.31>, <0.13, 0.76, 0.36>, <0.12, 0.90, 0.40>)
      #declare Side = Side + 2;
    #end
    scale 1.2 rotate y * 22 translate <-0.90, 1.73, 0>
  }
  // hooves
  #declare Feet = array[4] { <0.64, 0, 0.13>, <0.84, 0, -0.13>, <-0.54, 0, 0.12>, <-0.36, 0, -0.12> }
  #declare I = 0;
  #while (I < 4)
    cone { Feet[I] - 0.01 * x, 0.06, Feet[I] + 0.09 * y, 0.042 texture { Hoof } }
    #declare I = I + 1;
  #end
}
object { Stag rotate y * -6 }

// ---------------------------------------------------------------- meadow

plane {
  y, -0.02
  texture {
    pigment { bozo turbulence 0.7 octaves 5 color_map { [0.0 srgb <0.16, 0.25, 0.06>] [0.5 srgb <0.30, 0.38, 0.12>] [1.0 srgb <0.50, 0.48, 0.22>] } scale <1.2, 1, 0.8> }
    normal { granite 1.0 scale 0.2 }
    finish { ambient 0 diffuse 0.75 }
  }
}
#macro Blade(Where, High)
  cone {
    Where, 0.006 + 0.004 * rand(Seed), Where + High * <0.5 * (rand(Seed) - 0.5), 1, 0.5 * (rand(Seed) - 0.5)>, 0.0005
    texture { pigment { srgb <0.20 + 0.28 * rand(Seed), 0.36 + 0.18 * rand(Seed), 0.09 + 0.06 * rand(Seed)> } finish { ambient 0 diffuse 0.85 } }
  }
#end
#declare I = 0;
#while (I < 26000)
  // denser near the viewer
  #declare D = pow(rand(Seed), 1.6);
  Blade(<-4 + 8 * rand(Seed) + (rand(Seed) - 0.5) * 10 * D, -0.02, -3.6 + 13 * D>, 0.06 + 0.20 * rand(Seed) * rand(Seed))
  #declare I = I + 1;
#end
// flowers
#declare I = 0;
#while (I < 160)
  #declare P = <-4 + 8 * rand(Seed), 0.12 + 0.10 * rand(Seed), -2.8 + 6 * rand(Seed)>;
  sphere { 0, 0.009 + 0.007 * rand(Seed) scale <1, 0.5, 1> rotate x * -40 * rand(Seed) translate P texture { pigment { #if (rand(Seed) < 0.6) srgb <0.95, 0.82, 0.25> #else srgb 0.95 #end } finish { ambient 0 diffuse 0.85 } } }
  #declare I = I + 1;
#end
