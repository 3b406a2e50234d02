# find_package(wavetank): gives wavetank::wavetank (the library) and wavetank::sim (the simulator).

include("${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/wavetank-targets.cmake")
