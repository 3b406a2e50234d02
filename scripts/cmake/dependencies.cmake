# What the library is linked with; read by its own build and by the installed package, so that the
# two cannot differ. Each has its Debian package in `scripts/setup`.

include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json url)
find_dependency(Threads)
find_dependency(yaml-cpp)
find_dependency(Protobuf)
find_dependency(fmt)

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
