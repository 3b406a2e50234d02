# How a module is declared, and what every target of the project is compiled with.
#
#   wavetank_module(mesh DEPENDS base runtime metrics api store LIBRARIES re2::re2)
#
# makes the library `wavetank-mesh` from `src/mesh/**.cpp` (or SOURCES_FROM another folder) and, if
# `tests/mesh/` has tests, the program `test_mesh`. DEPENDS is also written to
# `<build>/modules/mesh.depends`, where `tests/tidy` checks every include against it.

add_library(wavetank-options INTERFACE)
target_compile_features(wavetank-options INTERFACE cxx_std_20)
target_compile_options(wavetank-options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers
    -ffp-contract=off)
if(WAVETANK_WERROR)
    target_compile_options(wavetank-options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside std:: and Boost for correct code once it inlines.
    target_compile_options(wavetank-options INTERFACE
        -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
        -Wno-free-nonheap-object -Wno-dangling-pointer -Wno-stringop-overread)
endif()

set_property(GLOBAL PROPERTY WAVETANK_MODULES "")

function(wavetank_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCES_FROM" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES")
    if(NOT arg_SOURCES_FROM)
        set(arg_SOURCES_FROM "${PROJECT_SOURCE_DIR}/src/${name}")
    endif()
    set(target "wavetank-${name}")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${arg_SOURCES_FROM}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "/cli/")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/wavetank/${name}/*.hpp")

    add_library(${target} STATIC ${sources})
    target_sources(${target} PUBLIC FILE_SET HEADERS
        BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
    target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}/include"
        PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_BINARY_DIR}/generated")
    target_link_libraries(${target} PUBLIC Boost::headers ${arg_LIBRARIES}
        PRIVATE $<BUILD_INTERFACE:wavetank-options> ${arg_PRIVATE_LIBRARIES})
    set_target_properties(${target} PROPERTIES
        LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ${WAVETANK_VERIFY_HEADERS})
    foreach(dependency IN LISTS arg_DEPENDS)
        target_link_libraries(${target} PUBLIC "wavetank-${dependency}")
    endforeach()

    list(JOIN arg_DEPENDS "\n" depends_text)
    file(WRITE "${PROJECT_BINARY_DIR}/modules/${name}.depends" "${depends_text}\n")
    set_property(GLOBAL APPEND PROPERTY WAVETANK_MODULES ${name})
    if(WAVETANK_BUILD_TESTS)
        wavetank_module_tests(${name})
    endif()
endfunction()

# Makes `test_NAME` from tests/NAME/**.cpp; every test of it becomes one ctest entry.
function(wavetank_module_tests name)
    file(GLOB_RECURSE tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp")
    if(NOT tests)
        return()
    endif()
    add_executable(test_${name} ${tests})
    target_include_directories(test_${name} PRIVATE
        "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src" "${PROJECT_BINARY_DIR}/generated")
    target_compile_definitions(test_${name} PRIVATE
        WAVETANK_SOURCE_DIR="${PROJECT_SOURCE_DIR}" WAVETANK_BINARY_DIR="${PROJECT_BINARY_DIR}")
    target_link_libraries(test_${name} PRIVATE
        "wavetank-${name}" wavetank-options GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND test_${name} --gtest_brief=1)
endfunction()
