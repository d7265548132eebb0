# vitscope_library(NAME FOLDER [DEPENDS target...] [LINK library...])
#
# A static library of every .cpp file directly in FOLDER (relative to the top) and of the folders listed as SUBFOLDERS.
# A target sees only the headers of its own FOLDER and of its DEPENDS: its include path holds links to those
# folders and nothing else, so an include against the direction of the house does not compile.
set(VITSCOPE_INCLUDES ${CMAKE_BINARY_DIR}/include)

add_library(vitscope_options INTERFACE)
target_compile_options(vitscope_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wno-missing-field-initializers)
# g++ 12 warns of overlapping copies inside std::string's operator+ where there are none (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(vitscope_options INTERFACE -Wno-restrict)
endif()
if(VITSCOPE_WERROR)
  # What g++'s optimiser suspects inside the standard library depends on inlining; it is shown, but does not stop a build.
  target_compile_options(vitscope_options INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(vitscope_options INTERFACE -Wno-error=array-bounds -Wno-error=stringop-overflow -Wno-error=stringop-overread -Wno-error=maybe-uninitialized)
  endif()
endif()
if(VITSCOPE_SANITIZE)
  target_compile_options(vitscope_options INTERFACE -fsanitize=${VITSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(vitscope_options INTERFACE -fsanitize=${VITSCOPE_SANITIZE})
endif()

# vitscope_precompile(TARGET OWNER header...): TARGET uses the precompiled headers of OWNER, which makes them where it is TARGET itself.
function(vitscope_precompile target owner)
  if(NOT VITSCOPE_PRECOMPILED)
    return()
  elseif(target STREQUAL owner)
    # Few and widely used: every further header costs each file the time to load it, nlohmann/json.hpp a whole second; the command line, whose files all use it, has it in its own.
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
      <variant> <vector> ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# vitscope_unite(TARGET): its files are compiled several in one go where VITSCOPE_UNITY asks for it. Steps and figures stay apart, because each calls its functions alike (run, draw_figure).
function(vitscope_unite target)
  if(VITSCOPE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

function(vitscope_expose target folder)
  set(root ${VITSCOPE_INCLUDES}/${target})
  get_filename_component(parent ${root}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${root}/${folder} SYMBOLIC)
  target_include_directories(${target} PUBLIC ${root})
endfunction()

function(vitscope_library target folder)
  cmake_parse_arguments(arg "" "" "SUBFOLDERS;DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  foreach(sub ${arg_SUBFOLDERS})
    file(GLOB more CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${sub}/*.cpp)
    list(APPEND sources ${more})
  endforeach()
  add_library(${target} STATIC ${sources})
  if(NOT target STREQUAL vitscope_figures)
    vitscope_unite(${target})
  endif()
  vitscope_expose(${target} ${folder})
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE vitscope_options ${arg_LINK})
  if(target STREQUAL vitscope_core)
    target_compile_options(${target} PRIVATE ${VITSCOPE_CORE_FLAGS})
    vitscope_precompile(${target} vitscope_core [["core/step.h"]])
  elseif(target STREQUAL "vitscope_worker")
    # One file: precompiled headers would cost more than they save.
  elseif(target STREQUAL "vitscope_cli")
    vitscope_precompile(${target} vitscope_cli [["app/figures/figure.h"]] <nlohmann/json.hpp>)
  elseif(target MATCHES "^vitscope_(draw|gl|platform|ui)$")
    vitscope_precompile(${target} vitscope_draw [["core/step.h"]])
  else()
    vitscope_precompile(${target} vitscope_figures [["app/figures/figure.h"]])
  endif()
endfunction()
