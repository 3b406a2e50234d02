# What the library is linked with; read by its own build and by the installed package, so that the
# two cannot differ. Each has its Debian package in `scripts/setup`.

include(CMakeFindDependencyMacro)
if(WAVETANK_STATIC)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    set(Boost_USE_STATIC_LIBS ON)
    set(Protobuf_USE_STATIC_LIBS ON)
endif()
find_dependency(Boost 1.81 COMPONENTS json url)
find_dependency(Threads)
find_dependency(yaml-cpp)
find_dependency(Protobuf)
if(WAVETANK_STATIC)
    # Debian has no libfmt.a, and its package of yaml-cpp names the shared library alone.
    add_library(fmt::fmt INTERFACE IMPORTED GLOBAL)
    target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
    find_library(WAVETANK_YAML_LIBRARY yaml-cpp REQUIRED)
    mark_as_advanced(WAVETANK_YAML_LIBRARY)
    get_target_property(configurations yaml-cpp IMPORTED_CONFIGURATIONS)
    foreach(configuration IN LISTS configurations)
        set_target_properties(yaml-cpp PROPERTIES
            "IMPORTED_LOCATION_${configuration}" "${WAVETANK_YAML_LIBRARY}")
    endforeach()
else()
    find_dependency(fmt)
endif()

# RE2 as Debian 12 ships it has no CMake package, only a header and a library.
if(NOT TARGET wavetank::re2)
    find_path(WAVETANK_RE2_INCLUDE_DIR re2/re2.h REQUIRED)
    find_library(WAVETANK_RE2_LIBRARY re2 REQUIRED)
    mark_as_advanced(WAVETANK_RE2_INCLUDE_DIR WAVETANK_RE2_LIBRARY)
    add_library(wavetank::re2 UNKNOWN IMPORTED GLOBAL)
    set_target_properties(wavetank::re2 PROPERTIES
        IMPORTED_LOCATION "${WAVETANK_RE2_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${WAVETANK_RE2_INCLUDE_DIR}")
endif()

# The same holds for xxHash.
if(NOT TARGET wavetank::xxhash)
    find_path(WAVETANK_XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
    find_library(WAVETANK_XXHASH_LIBRARY xxhash REQUIRED)
    mark_as_advanced(WAVETANK_XXHASH_INCLUDE_DIR WAVETANK_XXHASH_LIBRARY)
    add_library(wavetank::xxhash UNKNOWN IMPORTED GLOBAL)
    set_target_properties(wavetank::xxhash PROPERTIES
        IMPORTED_LOCATION "${WAVETANK_XXHASH_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${WAVETANK_XXHASH_INCLUDE_DIR}")
endif()
