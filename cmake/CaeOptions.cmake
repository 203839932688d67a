# Every switch of the build, and the INTERFACE target `cae_options` through which each target of ours gets its flags.

option(CAE_BUILD_GRPC "Build proto/, server/ and client/ (off: core/ and trainer/ alone, for sanitizer builds)" ON)
option(CAE_BUILD_TESTS "Build tests/" ON)
option(CAE_BUILD_BENCHMARKS "Build benchmarks/" ON)
option(CAE_PRECOMPILED_HEADERS "Precompile the heavy third-party headers" ON)
option(CAE_NATIVE "Compile for this machine's processor alone (local measurements only, never a package)" OFF)
option(CAE_WERROR "Treat warnings as errors" OFF)
option(CAE_CLANG_TIDY "Run clang-tidy beside the compiler" OFF)
option(CAE_COVERAGE "Instrument for line coverage" OFF)
option(CAE_FUZZERS "Link the fuzz targets with libFuzzer (clang only); otherwise they replay their corpus" OFF)
set(CAE_SANITIZER "" CACHE STRING "'address' (with undefined behaviour), 'thread', or empty")

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CAE_CCACHE ccache)
if(CAE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache's manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CAE_CCACHE})
endif()

add_library(cae_options INTERFACE)
target_compile_features(cae_options INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
target_include_directories(cae_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(cae_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                             -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(cae_options INTERFACE -Wthread-safety)
elseif(CAE_PRECOMPILED_HEADERS)
  target_compile_options(cae_options INTERFACE -fpch-preprocess)
endif()
if(CAE_WERROR)
  target_compile_options(cae_options INTERFACE -Werror)
endif()
if(CAE_NATIVE)
  # One place, for every target: Eigen's alignment is part of its binary interface and must not differ between them.
  target_compile_options(cae_options INTERFACE -march=native)
endif()
if(CAE_COVERAGE)
  target_compile_options(cae_options INTERFACE --coverage)
  target_link_options(cae_options INTERFACE --coverage)
endif()

if(CAE_SANITIZER STREQUAL "address")
  set(cae_sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(CAE_SANITIZER STREQUAL "thread")
  set(cae_sanitizer_flags -fsanitize=thread)
elseif(NOT CAE_SANITIZER STREQUAL "")
  message(FATAL_ERROR "CAE_SANITIZER is '${CAE_SANITIZER}'; it may be 'address', 'thread' or empty")
endif()
if(cae_sanitizer_flags)
  target_compile_options(cae_options INTERFACE ${cae_sanitizer_flags})
  target_link_options(cae_options INTERFACE ${cae_sanitizer_flags})
endif()

if(CAE_FUZZERS)
  # Coverage of the libraries too: without it a fuzzer sees only the few lines of its own target.
  target_compile_options(cae_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CAE_CLANG_TIDY)
  find_program(CAE_CLANG_TIDY_PROGRAM clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CAE_CLANG_TIDY_PROGRAM} --quiet)
endif()
