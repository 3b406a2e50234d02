# What `cmake --install` puts where: two libraries, their headers, the program and a CMake package.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/wavetank")

install(TARGETS wavetank-library wavetank-sim EXPORT wavetank FILE_SET HEADERS)
if(WAVETANK_BUILD_PROGRAM)
    install(TARGETS wavetank)
endif()
install(EXPORT wavetank NAMESPACE wavetank:: FILE wavetank-targets.cmake
    DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/wavetank-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    scripts/cmake/wavetank-config.cmake
    scripts/cmake/dependencies.cmake
    "${PROJECT_BINARY_DIR}/wavetank-config-version.cmake"
    DESTINATION "${package_dir}")
