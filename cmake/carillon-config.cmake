# find_package(carillon): the targets carillon::core and its siblings, and carillon::carillon for all of them.
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
include(${CMAKE_CURRENT_LIST_DIR}/carillon_dependencies.cmake)
list(POP_BACK CMAKE_MODULE_PATH)
include(${CMAKE_CURRENT_LIST_DIR}/carillon_targets.cmake)
