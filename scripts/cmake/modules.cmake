# How a module is declared, and what every target of the project is compiled with.
#
#   wavetank_module(mesh DEPENDS base runtime metrics api store PRIVATE_LIBRARIES wavetank::re2)
#
# makes the library `wavetank-mesh` from `src/mesh/**.cpp` (or SOURCES_FROM another folder) and, if
# `tests/mesh/` has tests, the program `test_mesh`, which builds without any module above `mesh`.
# DEPENDS is also written to `<build>/modules/mesh.depends`, where `tests/tidy` checks every include
# against it. LIBRARIES appear in the public headers, PRIVATE_LIBRARIES do not; each is found in
# dependencies.cmake.

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
    # It takes the sources of a unity build for headers, and tells of a change of its own in 2010.
    target_compile_options(wavetank-options INTERFACE -Wno-subobject-linkage -Wno-psabi)
endif()

# What nearly every unit reads is parsed once: wavetank_precompile(NAME LIBRARIES ... HEADERS ...)
# makes a set of headers, and wavetank_read_precompiled(TARGET NAME) lets a target begin with it.
# Kubernetes' kinds alone cost 9 s of CPU, more than all else in most units.
function(wavetank_precompile name)
    if(NOT WAVETANK_PRECOMPILED_HEADERS)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES;HEADERS")
    set(source "${PROJECT_BINARY_DIR}/${name}.cpp")
    if(NOT EXISTS "${source}")
        file(WRITE "${source}" "")
    endif()
    add_library(${name} OBJECT "${source}")
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(${name} PRIVATE
        wavetank-options Boost::headers Boost::json fmt::fmt ${arg_LIBRARIES})
    target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

function(wavetank_read_precompiled target name)
    if(WAVETANK_PRECOMPILED_HEADERS)
        target_precompile_headers(${target} REUSE_FROM ${name})
    endif()
endfunction()

# A module's sources are compiled a few at a time, as one: their headers are parsed and the same
# templates made once. Names in anonymous namespaces must then differ within a module.
function(wavetank_compile_together target)
    set_target_properties(${target} PROPERTIES
        UNITY_BUILD ${WAVETANK_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 16)
endfunction()

set(wavetank_common_headers
    <boost/json.hpp> <wavetank/api/kinds.hpp> <algorithm> <chrono> <functional> <map> <set>)
wavetank_precompile(wavetank-precompiled HEADERS ${wavetank_common_headers})

file(REMOVE_RECURSE "${PROJECT_BINARY_DIR}/modules")  # of modules that are no more
set_property(GLOBAL PROPERTY WAVETANK_MODULES "")
set_property(GLOBAL PROPERTY WAVETANK_LIBRARIES Boost::headers)
set_property(GLOBAL PROPERTY WAVETANK_PRIVATE_LIBRARIES "")

function(wavetank_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCES_FROM" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES")
    if(NOT arg_SOURCES_FROM)
        set(arg_SOURCES_FROM "${PROJECT_SOURCE_DIR}/src/${name}")
    endif()
    set(target "wavetank-${name}")
    cmake_path(GET arg_SOURCES_FROM PARENT_PATH private_include_dir)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${arg_SOURCES_FROM}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "/cli/")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/wavetank/${name}/*.hpp")

    add_library(${target} STATIC ${sources})
    target_sources(${target} PUBLIC FILE_SET HEADERS
        BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
    target_include_directories(${target} PRIVATE "${private_include_dir}")
    target_include_directories(${target} SYSTEM PRIVATE "${PROJECT_BINARY_DIR}/generated")
    wavetank_contracts(${target} ${name})
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PUBLIC Boost::headers ${arg_LIBRARIES}
        PRIVATE $<BUILD_INTERFACE:wavetank-options> ${arg_PRIVATE_LIBRARIES})
    if(name STREQUAL "api" OR "api" IN_LIST arg_DEPENDS)
        wavetank_read_precompiled(${target} wavetank-precompiled)
    endif()
    wavetank_compile_together(${target})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME ${name}
        VERIFY_INTERFACE_HEADER_SETS ${WAVETANK_VERIFY_HEADERS})
    if(TARGET wavetank-library)
        target_link_libraries(${target} PUBLIC wavetank-library)
        file(GLOB gathering_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/wavetank/*.hpp")
        target_sources(${target} PUBLIC FILE_SET HEADERS FILES ${gathering_headers})
    else()
        foreach(dependency IN LISTS arg_DEPENDS)
            target_link_libraries(${target} PUBLIC "wavetank-${dependency}")
        endforeach()
        set_property(GLOBAL APPEND PROPERTY WAVETANK_MODULES ${name})
        set_property(GLOBAL APPEND PROPERTY WAVETANK_LIBRARIES ${arg_LIBRARIES})
        set_property(GLOBAL APPEND PROPERTY WAVETANK_PRIVATE_LIBRARIES ${arg_PRIVATE_LIBRARIES})
    endif()

    list(JOIN arg_DEPENDS "\n" depends_text)
    file(WRITE "${PROJECT_BINARY_DIR}/modules/${name}.depends" "${depends_text}\n")
    if(WAVETANK_BUILD_TESTS)
        wavetank_module_tests(${name})
    endif()
endfunction()

# Makes `<build>/generated/services/adder.pb.h`, included as "services/adder.pb.h", of each
# `src/services/adder.proto`.
function(wavetank_contracts target name)
    file(GLOB protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.proto")
    foreach(proto IN LISTS protos)
        cmake_path(GET proto STEM stem)
        set(generated "${PROJECT_BINARY_DIR}/generated/${name}/${stem}.pb")
        add_custom_command(OUTPUT "${generated}.cc" "${generated}.h"
            COMMAND ${CMAKE_COMMAND} -E make_directory "${PROJECT_BINARY_DIR}/generated"
            COMMAND protobuf::protoc "--proto_path=${PROJECT_SOURCE_DIR}/src"
                "--cpp_out=${PROJECT_BINARY_DIR}/generated" "${proto}"
            DEPENDS "${proto}" VERBATIM)
        set_source_files_properties("${generated}.cc" PROPERTIES COMPILE_OPTIONS -w)
        target_sources(${target} PRIVATE "${generated}.cc")
    endforeach()
endfunction()

# Makes wavetank::wavetank, one static library of the objects of all modules declared so far: what a
# user links and what is installed.
function(wavetank_library)
    get_property(modules GLOBAL PROPERTY WAVETANK_MODULES)
    get_property(libraries GLOBAL PROPERTY WAVETANK_LIBRARIES)
    get_property(private_libraries GLOBAL PROPERTY WAVETANK_PRIVATE_LIBRARIES)
    list(REMOVE_DUPLICATES libraries)
    list(REMOVE_DUPLICATES private_libraries)

    add_library(wavetank-library STATIC)
    add_library(wavetank::wavetank ALIAS wavetank-library)
    target_sources(wavetank-library PUBLIC FILE_SET HEADERS
        BASE_DIRS "${PROJECT_SOURCE_DIR}/include")
    foreach(module IN LISTS modules)
        file(GLOB_RECURSE headers CONFIGURE_DEPENDS
            "${PROJECT_SOURCE_DIR}/include/wavetank/${module}/*.hpp")
        target_sources(wavetank-library PRIVATE $<TARGET_OBJECTS:wavetank-${module}>
            PUBLIC FILE_SET HEADERS FILES ${headers})
    endforeach()
    target_compile_features(wavetank-library PUBLIC cxx_std_20)
    target_link_libraries(wavetank-library PUBLIC ${libraries} Threads::Threads
        PRIVATE ${private_libraries})
    set_target_properties(wavetank-library PROPERTIES
        LINKER_LANGUAGE CXX OUTPUT_NAME wavetank EXPORT_NAME wavetank)
endfunction()

# Makes the program `wavetank` at the top of the build folder from sim/cli/*.cpp.
function(wavetank_program)
    find_package(CLI11 REQUIRED)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/cli/*.cpp")
    add_executable(wavetank ${sources})
    target_include_directories(wavetank PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(wavetank PRIVATE WAVETANK_VERSION="${PROJECT_VERSION}")
    target_link_libraries(wavetank PRIVATE wavetank-sim wavetank-options CLI11::CLI11)
    wavetank_read_precompiled(wavetank wavetank-precompiled)
    wavetank_compile_together(wavetank)
    # A command line is read once: what optimises the parser's templates costs more than they do.
    target_compile_options(wavetank PRIVATE $<$<CONFIG:Release>:-O1>)
    if(WAVETANK_STATIC)
        target_link_options(wavetank PRIVATE -static)
    endif()
    set_target_properties(wavetank PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
endfunction()

# Makes `test_NAME` from tests/NAME/**.cpp; every test of it becomes one ctest entry.
function(wavetank_module_tests name)
    file(GLOB_RECURSE tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp")
    if(NOT tests)
        return()
    endif()
    add_executable(test_${name} ${tests})
    target_include_directories(test_${name} PRIVATE
        "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}"
        "${PROJECT_BINARY_DIR}/generated")
    target_compile_definitions(test_${name} PRIVATE
        WAVETANK_SOURCE_DIR="${PROJECT_SOURCE_DIR}" WAVETANK_BINARY_DIR="${PROJECT_BINARY_DIR}")
    target_link_libraries(test_${name} PRIVATE
        "wavetank-${name}" wavetank-options GTest::gmock GTest::gtest_main)
    wavetank_read_precompiled(test_${name} wavetank-precompiled-tests)
    add_test(NAME ${name} COMMAND test_${name} --gtest_brief=1)
endfunction()
