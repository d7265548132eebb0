# Packages first. With VITSCOPE_FETCH a pinned, hash-checked source is downloaded for what a system lacks; Debian lacks nothing.
# libepoxy and the fonts have no such fallback: every system that has OpenGL packages libepoxy.
include(FetchContent)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

set(required REQUIRED)
if(VITSCOPE_FETCH)
  set(required QUIET)
endif()

function(vitscope_fetch name url hash)
  message(STATUS "${name}: no package, downloading ${url}")
  FetchContent_Declare(${name} URL ${url} URL_HASH SHA256=${hash})
endfunction()

find_package(Eigen3 3.4 ${required} NO_MODULE)
if(NOT Eigen3_FOUND)
  vitscope_fetch(eigen https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.bz2
    b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626)
  FetchContent_Populate(eigen)
  add_library(vitscope_eigen INTERFACE)
  target_include_directories(vitscope_eigen SYSTEM INTERFACE ${eigen_SOURCE_DIR})
  add_library(Eigen3::Eigen ALIAS vitscope_eigen)
endif()

find_package(nlohmann_json 3.10 ${required})
if(NOT nlohmann_json_FOUND)
  vitscope_fetch(json https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz
    d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273)
  FetchContent_MakeAvailable(json)
endif()

find_package(CLI11 2.0 ${required})
if(NOT CLI11_FOUND)
  vitscope_fetch(cli11 https://github.com/CLIUtils/CLI11/archive/v2.3.2.tar.gz
    aac0ab42108131ac5d3344a9db0fdf25c4db652296641955720a4fbe52334e22)
  FetchContent_MakeAvailable(cli11)
endif()

find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb)
if(NOT STB_INCLUDE_DIR)
  if(NOT VITSCOPE_FETCH)
    message(FATAL_ERROR "stb_image.h is missing (Debian: libstb-dev)")
  endif()
  vitscope_fetch(stb https://github.com/nothings/stb/archive/8b5f1f37b5b75829fc72d38e7b5d4bcbf8a26d55.zip
    93a16ee3e866e719feec459f6f132cce932c5ec751eb38e3ec1975f911353d2e)
  FetchContent_Populate(stb)
  set(STB_INCLUDE_DIR ${stb_SOURCE_DIR} CACHE PATH "" FORCE)
endif()

pkg_check_modules(EPOXY REQUIRED IMPORTED_TARGET epoxy)

pkg_check_modules(GLFW ${required} IMPORTED_TARGET glfw3)
if(NOT GLFW_FOUND)
  set(GLFW_BUILD_DOCS OFF CACHE BOOL "" FORCE)
  set(GLFW_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(GLFW_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
  vitscope_fetch(glfw https://github.com/glfw/glfw/archive/3.3.8.tar.gz f30f42e05f11e5fc62483e513b0488d5bceeab7d9c5da0ffe2252ad81816c713)
  FetchContent_MakeAvailable(glfw)
  add_library(PkgConfig::GLFW ALIAS glfw)
endif()

pkg_check_modules(IMGUI ${required} IMPORTED_TARGET imgui)
if(NOT IMGUI_FOUND)
  vitscope_fetch(imgui https://github.com/ocornut/imgui/archive/v1.91.6.tar.gz c5fbc5dcab1d46064001c3b84d7a88812985cde7e0e9ced03f5677bec1ba502a)
  FetchContent_Populate(imgui)
  add_library(vitscope_imgui STATIC ${imgui_SOURCE_DIR}/imgui.cpp ${imgui_SOURCE_DIR}/imgui_draw.cpp ${imgui_SOURCE_DIR}/imgui_tables.cpp
    ${imgui_SOURCE_DIR}/imgui_widgets.cpp ${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp)
  target_include_directories(vitscope_imgui SYSTEM PUBLIC ${imgui_SOURCE_DIR} ${imgui_SOURCE_DIR}/backends)
  target_link_libraries(vitscope_imgui PRIVATE ${CMAKE_DL_LIBS})
  add_library(PkgConfig::IMGUI ALIAS vitscope_imgui)
endif()

if(VITSCOPE_TESTS)
  find_package(Catch2 2.13 ${required})
  if(NOT Catch2_FOUND)
    vitscope_fetch(catch2 https://github.com/catchorg/Catch2/archive/v2.13.10.tar.gz d54a712b7b1d7708bc7a819a8e6e47b2fde9536f487b89ccbca295072a7d9943)
    FetchContent_MakeAvailable(catch2)
  endif()
endif()
