// A container ship at sea on a clear morning.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6 }
#include "common.inc"

#declare Seed = seed(7);

Soft_Sun(<46000, 26000, -44000>, srgb <1.0, 0.90, 0.75> * 1.55, 0.012)
Sky_Light(srgb <0.55, 0.68, 0.85> * 0.45)
Sky(srgb <0.80, 0.88, 0.95>, srgb <0.50, 0.70, 0.92>, srgb <0.16, 0.38, 0.74>)
Clouds(1500, 1100, 0.52, srgb 0.98, srgb <0.74, 0.77, 0.82>, <300, 0, -150>)
Haze(4200, srgb <0.80, 0.88, 0.95>, 60)
Sea(srgb <0.03, 0.15, 0.25>, 2.2, 0.33)

camera { perspective location <168, 24, -170> right x * image_width / image_height angle 44 look_at <10, 21, 0> }

// ---------------------------------------------------------------- hull

#declare Half = 90;    // half the length
#declare Beam = 15;    // half the beam
#declare Deck = 13;    // height of the deck above the water

// Half the breadth at S (-1 stern, 1 bow) and H (0 waterline, 1 deck): full amidships, sharp and flared at the bow.
#macro Breadth(S, H)
  (S > 0.45 ? Beam * pow(max(0, 1 - pow((S - 0.45) / 0.55, 2.0 + 1.2 * H)), 0.62 + 0.30 * (1 - H))
            : Beam * (S < -0.7 ? 1 - (0.16 + 0.35 * (1 - H)) * pow((-0.7 - S) / 0.3, 2) : 1))
#end
#macro Rake(S, H) (S > 0.7 ? 9 * H * H * (S - 0.7) / 0.3 : 0) #end
#macro Sheer(S) (S > 0.72 ? 5.0 * pow((S - 0.72) / 0.28, 1.2) : 0) #end
#macro Point(S, H, Side) <S * Half + Rake(S, H), -1 + H * (Deck + 1 + Sheer(S)), Side * Breadth(S, H)> #end

#declare Hull =
mesh {
  #declare Steps = 80;
  #declare I = 0;
  #while (I < Steps)
    #declare S0 = -1 + 2 * I / Steps;
    #declare S1 = -1 + 2 * (I + 1) / Steps;
    #declare J = 0;
    #while (J < 8)
      #declare H0 = J / 8;
      #declare H1 = (J + 1) / 8;
      #declare Side = -1;
      #while (Side <= 1)
        triangle { Point(S0, H0, Side), Point(S1, H0, Side), Point(S1, H1, Side) }
        triangle { Point(S0, H0, Side), Point(S1, H1, Side), Point(S0, H1, Side) }
        #declare Side = Side + 2;
      #end
      #declare J = J + 1;
    #end
    // deck
    triangle { Point(S0, 0.93, -1), Point(S1, 0.93, -1), Point(S1, 0.93, 1) }
    triangle { Point(S0, 0.93, -1), Point(S1, 0.93, 1), Point(S0, 0.93, 1) }
    #declare I = I + 1;
  #end
  // transom
  triangle { Point(-1, 0, -1), Point(-1, 1, -1), Point(-1, 1, 1) }
  triangle { Point(-1, 0, -1), Point(-1, 1, 1), Point(-1, 0, 1) }
  texture {
    pigment {
      gradient y
      color_map {
        [0.00 srgb <0.50, 0.10, 0.08>] [0.13 srgb <0.50, 0.10, 0.08>]
        [0.13 srgb <0.92, 0.92, 0.90>] [0.15 srgb <0.92, 0.92, 0.90>]
        [0.15 srgb <0.05, 0.12, 0.26>] [0.90 srgb <0.06, 0.15, 0.31>]
        [1.00 srgb <0.07, 0.17, 0.34>]
      }
      scale 22 translate -1.5 * y
    }
    finish { ambient 0 diffuse 0.75 specular 0.25 roughness 0.03 }
  }
  // rust and salt that run down from the deck
  texture {
    pigment {
      bozo turbulence 0.3
      color_map { [0.0 srgbt <0.55, 0.33, 0.2, 1>] [0.66 srgbt <0.55, 0.33, 0.2, 1>] [1.0 srgbt <0.50, 0.32, 0.22, 0.60>] }
      scale <0.6, 12, 0.6>
    }
    finish { ambient 0 diffuse 0.7 }
  }
}

// ---------------------------------------------------------------- cargo

#declare Paint = array[9] {
  srgb <0.62, 0.17, 0.12>, srgb <0.16, 0.34, 0.58>, srgb <0.80, 0.44, 0.13>, srgb <0.20, 0.45, 0.34>, srgb <0.78, 0.78, 0.75>,
  srgb <0.50, 0.13, 0.16>, srgb <0.10, 0.22, 0.42>, srgb <0.70, 0.60, 0.30>, srgb <0.42, 0.45, 0.48>
}
#macro Container(Where)
  #declare Tint = Paint[int(rand(Seed) * 8.999)] * (0.85 + 0.3 * rand(Seed));
  box {
    <-6.0, 0, -1.2>, <6.0, 2.55, 1.2>
    texture {
      pigment { bozo color_map { [0.3 Tint] [0.9 Tint * 0.75] } scale <1, 3, 1> }
      normal { gradient x 0.6 sine_wave scale 0.4 }
      finish { ambient 0 diffuse 0.8 specular 0.08 roughness 0.08 }
      translate rand(Seed) * 100
    }
    translate Where
  }
#end

#declare Cargo =
union {
  #declare Bay = 0;
  #while (Bay < 9)
    #declare X = -38 + Bay * 13.2;
    #declare Rows = (Bay > 7 ? 3 : (Bay > 6 ? 4 : 5));
    #declare High = (Bay > 7 ? 3 : (Bay > 6 ? 4 : 5));
    #declare Row = -Rows;
    #while (Row <= Rows)
      #declare Top = High - (rand(Seed) < 0.3) - (rand(Seed) < 0.08);
      #declare Level = 0;
      #while (Level < Top)
        Container(<X, Deck - 0.4 + Level * 2.62, Row * 2.5>)
        #declare Level = Level + 1;
      #end
      #declare Row = Row + 1;
    #end
    // lashing bridge between the bays
    #declare Post = -13.5;
    #while (Post < 14 & Bay < 8)
      box { <X + 6.3, Deck - 1, Post>, <X + 6.7, Deck + 6.5, Post + 0.4> texture { pigment { srgb 0.35 } finish { diffuse 0.7 } } }
      #declare Post = Post + 2.65;
    #end
    #declare Bay = Bay + 1;
  #end
}

// ---------------------------------------------------------------- superstructure

#declare White = texture {
  pigment { bozo turbulence 0.4 color_map { [0.4 srgb 0.96] [1.0 srgb <0.88, 0.86, 0.82>] } scale <2, 6, 2> }
  finish { ambient 0 diffuse 0.85 specular 0.2 roughness 0.02 }
}
#declare Glass = texture { pigment { srgb <0.05, 0.07, 0.09> } finish { diffuse 0.5 specular 0.8 roughness 0.005 reflection 0.25 } }
#declare Steel = texture { pigment { srgb 0.9 } finish { diffuse 0.8 specular 0.2 } }

#declare House =
union {
  #declare Floor = 0;
  #while (Floor < 7)
    box { <-64, Deck + Floor * 3.1, -12.5 + Floor * 0.25>, <-50, Deck + Floor * 3.1 + 2.9, 12.5 - Floor * 0.25> texture { White } }
    box { <-64.6, Deck + Floor * 3.1 + 2.9, -13>, <-49.4, Deck + Floor * 3.1 + 3.1, 13> texture { White } }
    #declare I = 0;
    #while (I < 5)
      box { <-62.6 + I * 2.5, Deck + Floor * 3.1 + 1.2, -12.6 + Floor * 0.25>, <-61.5 + I * 2.5, Deck + Floor * 3.1 + 2.2, -12> texture { Glass } }
      #declare I = I + 1;
    #end
    #declare I = 0;
    #while (I < 8)
      box { <-50.1, Deck + Floor * 3.1 + 1.2, -9.6 + I * 2.5>, <-49.95, Deck + Floor * 3.1 + 2.2, -8.5 + I * 2.5> texture { Glass } }
      #declare I = I + 1;
    #end
    #declare Floor = Floor + 1;
  #end
  // bridge with its wings
  box { <-61, Deck + 21.7, -15.5>, <-49.5, Deck + 22.4, 15.5> texture { White } }
  box { <-60, Deck + 22.4, -9>, <-50, Deck + 25.6, 9> texture { White } }
  box { <-59.5, Deck + 23.6, -9.06>, <-49.94, Deck + 24.8, 9.06> texture { Glass } }
  box { <-61, Deck + 25.6, -9.6>, <-49.4, Deck + 26.0, 9.6> texture { White } }
  box { <-61, Deck + 22.4, -15.5>, <-50.5, Deck + 23.4, -15.3> texture { White } }
  // mast with radar
  cylinder { <-55, Deck + 26, 0>, <-55, Deck + 36, 0>, 0.4 texture { Steel } }
  cylinder { <-55, Deck + 31, -3>, <-55, Deck + 31, 3>, 0.2 texture { Steel } }
  box { <-55.4, Deck + 33, -2.2>, <-54.6, Deck + 33.6, 2.2> texture { Steel } }
  // funnel
  union {
    box { <-76, Deck, -4>, <-69, Deck + 20, 4> }
    cylinder { <-74, Deck + 20, -1.5>, <-74.5, Deck + 22.5, -1.5>, 0.8 texture { pigment { srgb 0.08 } } }
    cylinder { <-72, Deck + 20, 1.5>, <-72.5, Deck + 22.5, 1.5>, 0.8 texture { pigment { srgb 0.08 } } }
    texture {
      pigment { gradient y color_map { [0.00 srgb 0.93] [0.45 srgb 0.93] [0.45 srgb <0.75, 0.15, 0.10>] [0.85 srgb <0.75, 0.15, 0.10>] [0.85 srgb 0.06] [1 srgb 0.06] } scale 21 translate Deck * y }
      finish { diffuse 0.8 specular 0.2 }
    }
  }
  // after deck house, lifeboat
  box { <-86, Deck, -9>, <-66, Deck + 4, 9> texture { White } }
  sphere { 0, 1 scale <4, 1.4, 1.4> translate <-58, Deck + 8, -14> texture { pigment { srgb <0.95, 0.42, 0.08> } finish { diffuse 0.8 specular 0.3 } } }
}

#declare Bow_Gear =
union {
  cylinder { <84, Deck + 1, 0>, <84, Deck + 14, 0>, 0.5 }
  cylinder { <84, Deck + 10, -2>, <84, Deck + 10, 2>, 0.2 }
  box { <79, Deck, -3>, <82, Deck + 2.2, 3> }
  texture { White }
}

// ---------------------------------------------------------------- foam

// White water along the hull: a flat, torn sheet on the sea.
#macro Foam(From, To, Density)
  box {
    From, To
    no_shadow
    texture {
      pigment {
        granite turbulence 0.3
        color_map { [0.00 srgbt <1, 1, 1, 0.1>] [Density * 0.5 srgbt <0.97, 0.99, 1, 0.35>] [Density srgbt <0.9, 0.96, 1, 1>] [1.0 srgbt <1, 1, 1, 1>] }
        scale <16, 2, 5>
      }
      finish { diffuse 0.9 }
    }
  }
#end
#declare Wash =
union {
  prism {
    linear_sweep linear_spline 0, 0.06, 9,
    <98, 0>, <92, -7>, <70, -19>, <20, -19.5>, <-90, -23>, <-230, -34>, <-230, 10>, <-90, 0>, <98, 0>
    no_shadow
    texture {
      pigment {
        granite turbulence 0.2
        color_map { [0.00 srgbt <1, 1, 1, 0.05>] [0.22 srgbt <0.97, 0.99, 1, 0.2>] [0.40 srgbt <0.9, 0.96, 1, 0.9>] [0.5 srgbt <1, 1, 1, 1>] [1.0 srgbt <1, 1, 1, 1>] }
        scale <20, 4, 6>
      }
      finish { diffuse 0.9 }
    }
  }
  // bow wave: a heap of small drops that thins out aft
  #declare I = 0;
  #while (I < 2600)
    #declare T = pow(rand(Seed), 1.5);
    #declare Up = rand(Seed) * rand(Seed);
    sphere {
      <95 - T * 46 + rand(Seed) * 3, -0.1 + 3.4 * pow(1 - T, 2.5) * Up, -0.6 - 15.2 * pow(T, 0.62) - (1 - Up) * 2.6 * rand(Seed)>,
      0.10 + 0.26 * rand(Seed) * (1 - Up)
    }
    #declare I = I + 1;
  #end
  texture { pigment { srgb 0.97 } finish { diffuse 0.8 emission 0.12 } }
}

object { Hull }
object { Cargo }
object { House }
object { Bow_Gear }
object { Wash }
