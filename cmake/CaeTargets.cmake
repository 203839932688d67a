# The functions through which every target of the project is made. One line a target; its DEPS are its dependency rule.
include(GoogleTest)

# Precompiled headers come in two kinds: `core` (Eigen, Abseil) and `grpc` (gRPC, protobuf on top), with a variant of each for
# tests (GoogleTest on top). A target says which; a test has `core` unless it says `grpc`.
function(_cae_precompile target kind)
  if(NOT CAE_PRECOMPILED_HEADERS OR NOT kind)
    return()
  endif()
  if(NOT TARGET cae_precompiled_${kind})
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/${kind}.cc CONTENT "")
    add_library(cae_precompiled_${kind} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${kind}.cc)
    target_link_libraries(cae_precompiled_${kind} PRIVATE cae_options Eigen3::Eigen absl::statusor)
    if(kind MATCHES "grpc")
      target_link_libraries(cae_precompiled_${kind} PRIVATE gRPC::grpc++)
    endif()
    if(kind MATCHES "test")
      target_link_libraries(cae_precompiled_${kind} PRIVATE GTest::gmock)
    endif()
    target_precompile_headers(cae_precompiled_${kind} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${kind}.h)
  endif()
  target_precompile_headers(${target} REUSE_FROM cae_precompiled_${kind})
endfunction()

# cae_add_library(name [PCH core|grpc] SOURCES a.cc ... DEPS cae::base ...): static library `cae_<name>`, alias `cae::<name>`.
# The DEPS are PUBLIC: whoever links a library may use what stands in its headers.
function(cae_add_library name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;DEPS" ${ARGN})
  if(arg_SOURCES)
    add_library(cae_${name} STATIC ${arg_SOURCES})
    target_link_libraries(cae_${name} PUBLIC cae_options ${arg_DEPS})
    _cae_precompile(cae_${name} "${arg_PCH}")
  else()
    add_library(cae_${name} INTERFACE)
    target_link_libraries(cae_${name} INTERFACE cae_options ${arg_DEPS})
  endif()
  add_library(cae::${name} ALIAS cae_${name})
endfunction()

# cae_add_program(name SOURCES main.cc DEPS ...): a leaf of a few lines, everything else is in a library that tests link.
function(cae_add_program name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cae_options ${arg_DEPS})
  _cae_precompile(${name} "${arg_PCH}")
endfunction()

# cae_add_test(name [PCH grpc] [TIMEOUT s] [ENVIRONMENT "A=b"] SOURCES a_test.cc ... DEPS ...): one GoogleTest program, one
# CTest entry a test case. Tests run in the source folder of the project, so that they find models/ and tests/.
# CAE_SANITIZED_TESTS of the folder names the sanitizers under which every change runs its tests, `address` or `thread`: a
# test has their names in its label, and its program is part of the targets `address_tests` and `thread_tests`.
function(cae_add_test name)
  cmake_parse_arguments(arg "" "PCH;TIMEOUT;ENVIRONMENT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cae_options ${arg_DEPS} GTest::gmock GTest::gtest_main)
  if(arg_PCH STREQUAL "grpc")
    _cae_precompile(${name} grpc_test)
  else()
    _cae_precompile(${name} core_test)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_LABELS)
    # One label of all names: gtest_discover_tests takes a list for further properties.
    string(JOIN "+" arg_LABELS ${CAE_SANITIZED_TESTS})
    foreach(sanitizer ${CAE_SANITIZED_TESTS})
      if(NOT TARGET ${sanitizer}_tests)
        add_custom_target(${sanitizer}_tests)
      endif()
      add_dependencies(${sanitizer}_tests ${name})
    endforeach()
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_LABELS)
    list(APPEND properties LABELS "${arg_LABELS}")
  endif()
  if(arg_ENVIRONMENT)
    list(APPEND properties ENVIRONMENT "${arg_ENVIRONMENT}")
  endif()
  # Under the names that GoogleTest gives them: the values that it prints may be bytes.
  gtest_discover_tests(${name} NO_PRETTY_VALUES WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()

# cae_add_script_test(name [LABELS ...] [TIMEOUT s] COMMAND ...): a test that is a script.
function(cae_add_script_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
                       ENVIRONMENT "CAE_BIN=${CMAKE_BINARY_DIR}/bin")
endfunction()

# cae_add_benchmark(name SOURCES ... DEPS ...): a program that prints its measurements; never a timed test.
function(cae_add_benchmark name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cae_options ${arg_DEPS})
  _cae_precompile(${name} "${arg_PCH}")
endfunction()

# cae_add_fuzz_target(name SOURCES x_fuzz.cc DEPS ... CORPUS dir): with CAE_FUZZERS a libFuzzer program, otherwise (and so in
# every build) a program that replays the corpus, which CTest runs.
function(cae_add_fuzz_target name)
  cmake_parse_arguments(arg "" "PCH;CORPUS" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cae_options ${arg_DEPS})
  if(CAE_FUZZERS)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${name} COMMAND ${name} ${arg_CORPUS} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
  endif()
endfunction()
