// A frog on a water lily leaf, seen from close by.  One unit is one centimetre.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 5 }
#include "common.inc"
#include "blob.inc"

#declare Seed = seed(21);

Soft_Sun(<-20000, 42000, -30000>, srgb <1.0, 0.95, 0.85> * 1.5, 0.02)
Sky_Light(srgb <0.62, 0.72, 0.70> * 0.55)
// light thrown up by the leaf
light_source { <-3000, -4000, -6000> srgb <0.55, 0.65, 0.35> * 0.35 shadowless parallel point_at 0 }
// The far bank is out of focus: soft vertical streaks of green and gold.
sky_sphere {
  pigment {
    bozo turbulence 0.15 octaves 2
    color_map { [0.15 srgb <0.10, 0.19, 0.07>] [0.40 srgb <0.22, 0.36, 0.12>] [0.60 srgb <0.42, 0.52, 0.20>] [0.75 srgb <0.60, 0.60, 0.28>] [0.95 srgb <0.78, 0.80, 0.55>] }
    scale <0.055, 0.42, 0.055>
  }
}

camera {
  perspective location <-17, 9.5, -24> right x * image_width / image_height angle 28.5 look_at <-0.5, 2.5, -0.2>
}

// ---------------------------------------------------------------- frog: the nose points to -x

#declare Skin_Finish = finish { ambient 0 diffuse 0.72 specular 0.55 roughness 0.012 }
#declare Skin_Bumps = normal { average normal_map { [1 bumps 0.7 scale 0.28] [1 granite 0.25 scale 0.8] } }
#declare Back = texture {
  pigment {
    bozo turbulence 0.25
    color_map {
      [0.00 srgb <0.14, 0.20, 0.05>] [0.30 srgb <0.17, 0.24, 0.06>] [0.36 srgb <0.33, 0.44, 0.10>]
      [0.70 srgb <0.42, 0.53, 0.14>] [1.00 srgb <0.53, 0.60, 0.20>]
    }
    scale 0.85
  }
  normal { Skin_Bumps }
  finish { Skin_Finish }
}
#declare Belly = texture { pigment { bozo color_map { [0.2 srgb <0.80, 0.80, 0.58>] [0.9 srgb <0.66, 0.68, 0.40>] } scale 0.6 } normal { Skin_Bumps } finish { Skin_Finish } }
// bars across the legs
#declare Barred = texture {
  pigment {
    gradient x turbulence 0.35 sine_wave
    color_map { [0.0 srgb <0.40, 0.50, 0.14>] [0.62 srgb <0.40, 0.50, 0.14>] [0.72 srgb <0.15, 0.21, 0.05>] [1.0 srgb <0.15, 0.21, 0.05>] }
    scale 0.95
  }
  normal { Skin_Bumps }
  finish { Skin_Finish }
}

#macro Toe(From, To)
  Limb(From, To, 0.13)
  Ball(To, 0.20)
#end

#declare Frog =
union {
  blob {
    threshold 0.5
    Egg(<2.7, 2.0, 0>, <2.0, 1.5, 2.0>, z * -20)
    Egg(<0.6, 2.7, 0>, <2.3, 1.7, 2.35>, z * -24)
    Egg(<-1.6, 3.5, 0>, <1.9, 1.5, 2.1>, z * -18)
    Egg(<-3.4, 3.95, 0>, <1.6, 1.0, 1.75>, z * 6)
    Egg(<-4.6, 3.75, 0>, <0.9, 0.55, 1.1>, z * 12)
    // ridges along the back, brows
    #declare Side = -1;
    #while (Side <= 1)
      Limb(<-2.2, 4.85, Side * 1.3>, <2.4, 3.1, Side * 1.25>, 0.30)
      Ball(<-3.35, 5.0, Side * 1.15>, 0.74)
      #declare Side = Side + 2;
    #end
    texture { Back }
  }
  blob {
    threshold 0.5
    Egg(<-3.4, 3.1, 0>, <1.6, 0.75, 1.55>, z * 4)
    Egg(<-1.5, 2.2, 0>, <1.8, 1.2, 1.75>, z * -20)
    Egg(<0.8, 1.5, 0>, <2.2, 1.0, 1.9>, z * -10)
    texture { Belly }
  }
  #declare Side = -1;
  #while (Side <= 1)
    blob {
      threshold 0.5
      // hind leg: thigh, shin, foot
      Limb(<2.6, 1.8, Side * 1.6>, <0.2, 2.1, Side * 3.1>, 0.95)
      Limb(<0.2, 1.9, Side * 3.2>, <3.2, 0.75, Side * 3.3>, 0.58)
      Limb(<3.2, 0.6, Side * 3.3>, <0.6, 0.28, Side * 3.9>, 0.36)
      Toe(<0.8, 0.25, Side * 3.8>, <-1.6, 0.15, Side * 4.4>)
      Toe(<0.8, 0.25, Side * 3.8>, <-1.3, 0.15, Side * 3.6>)
      Toe(<0.8, 0.25, Side * 3.9>, <-0.7, 0.15, Side * 5.2>)
      // arm
      Limb(<-1.7, 2.7, Side * 1.8>, <-0.9, 1.5, Side * 2.7>, 0.52)
      Limb(<-0.9, 1.5, Side * 2.7>, <-2.4, 0.35, Side * 2.5>, 0.40)
      Toe(<-2.4, 0.25, Side * 2.5>, <-3.7, 0.15, Side * 2.9>)
      Toe(<-2.4, 0.25, Side * 2.5>, <-3.8, 0.15, Side * 2.1>)
      Toe(<-2.4, 0.25, Side * 2.5>, <-3.0, 0.15, Side * 1.4>)
      Toe(<-2.4, 0.25, Side * 2.5>, <-2.9, 0.15, Side * 3.6>)
      texture { Barred }
    }
    // eye: gold with a lying pupil, and the ear drum behind it
    sphere {
      0, 0.66
      texture {
        pigment { bozo turbulence 0.5 color_map { [0.2 srgb <0.80, 0.58, 0.16>] [0.9 srgb <0.45, 0.28, 0.06>] } scale <0.3, 0.1, 0.3> }
        finish { diffuse 0.7 specular 1 roughness 0.002 reflection 0.06 }
      }
      translate <-3.45, 5.12, Side * 1.38>
    }
    sphere { 0, 0.40 scale <1.1, 0.62, 0.5> rotate y * Side * 18 translate <-3.52, 5.14, Side * 1.87> texture { pigment { srgb 0.01 } finish { diffuse 0.5 specular 1.2 roughness 0.001 reflection 0.06 } } }
    sphere { 0, 0.48 scale <1, 1, 0.35> translate <-2.25, 4.1, Side * 1.83> texture { pigment { srgb <0.34, 0.28, 0.12> } finish { Skin_Finish } } }
    // nostril
    sphere { <-5.15, 4.18, Side * 0.42>, 0.09 texture { pigment { srgb 0.03 } } }
    #declare Side = Side + 2;
  #end
  // mouth
  sphere_sweep {
    cubic_spline 7, <-2.0, 3.6, -2.2>, 0.06, <-2.5, 3.42, -1.93>, 0.06, <-4.2, 3.38, -1.45>, 0.06, <-5.42, 3.52, 0>, 0.06, <-4.2, 3.38, 1.45>, 0.06, <-2.5, 3.42, 1.93>, 0.06, <-2.0, 3.6, 2.2>, 0.06
    texture { pigment { srgb <0.10, 0.10, 0.04> } }
  }
}

// ---------------------------------------------------------------- leaf and pond

#declare Leaf = texture {
  pigment {
    radial frequency 26 sine_wave turbulence 0.06
    color_map { [0.00 srgb <0.16, 0.30, 0.08>] [0.86 srgb <0.21, 0.37, 0.11>] [0.97 srgb <0.34, 0.47, 0.20>] [1.0 srgb <0.36, 0.48, 0.22>] }
  }
  normal { average normal_map { [1 radial 0.5 frequency 26 sine_wave] [1 granite 0.25 scale 3] } }
  finish { ambient 0 diffuse 0.72 specular 0.35 roughness 0.02 }
}
#macro Pad(R, Turn, Where)
  difference {
    cylinder { -0.12 * y, 0, R }
    prism { linear_sweep linear_spline -1, 1, 4, <0, 0>, <R * 1.2, -R * 0.18>, <R * 1.2, R * 0.18>, <0, 0> }
    texture { Leaf }
    rotate y * Turn translate Where
  }
#end
Pad(9, 190, <0.5, 0, 0.3>)
Pad(6, 10, <-19, -0.15, 2>)
Pad(8, 250, <19, -0.15, -8>)
// dew
#declare I = 0;
#while (I < 60)
  #declare A = 2 * pi * rand(Seed);
  #declare R = 4.8 + 4.0 * rand(Seed);
  sphere { 0, 0.10 + 0.16 * pow(rand(Seed), 2) scale <1, 0.6, 1> translate <0.5 + R * cos(A), 0.02, 0.3 + R * sin(A)> texture { pigment { srgbt <0.9, 0.95, 0.9, 0.8> } finish { diffuse 0.2 specular 1.5 roughness 0.001 reflection 0.12 } } }
  #declare I = I + 1;
#end
plane {
  y, -0.3
  texture {
    pigment { bozo turbulence 0.5 color_map { [0.2 srgb <0.03, 0.06, 0.03>] [0.9 srgb <0.08, 0.12, 0.05>] } scale 20 }
    normal { bumps 0.12 scale <6, 1, 3> }
    finish { ambient 0 diffuse 0.6 specular 0.6 roughness 0.003 reflection { 0.02, 0.7 fresnel on } conserve_energy }
  }
  interior { ior 1.33 }
}
object { Frog rotate y * 12 }
