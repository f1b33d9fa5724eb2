# Installs the libraries, their headers, the program, and the package that find_package(carillon) finds. Whatever library
# libactors/ or store/ defines is installed and exported as carillon::<name without carillon_>.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# carillon::carillon: all libraries, for those who don't choose.
add_library(carillon_all INTERFACE)
add_library(carillon::carillon ALIAS carillon_all)
set_target_properties(carillon_all PROPERTIES EXPORT_NAME carillon)
install(TARGETS carillon_all EXPORT carillon_targets)

foreach(folder IN ITEMS libactors store)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "^(STATIC|SHARED)_LIBRARY$")
      string(REGEX REPLACE "^carillon_" "" name ${target})
      set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
      target_compile_features(${target} PUBLIC cxx_std_20)
      target_link_libraries(carillon_all INTERFACE ${target})
      install(TARGETS ${target} EXPORT carillon_targets)
    endif()
  endforeach()
endforeach()
if(TARGET carillon)
  install(TARGETS carillon)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/carillon)
install(EXPORT carillon_targets NAMESPACE carillon:: DESTINATION ${package_dir})
install(DIRECTORY libactors/include/carillon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
write_basic_package_version_file(carillon-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/carillon-config.cmake cmake/carillon_dependencies.cmake cmake/FindCAF.cmake cmake/Findcctz.cmake
  cmake/Findxxhash.cmake ${CMAKE_CURRENT_BINARY_DIR}/carillon-config-version.cmake DESTINATION ${package_dir})
