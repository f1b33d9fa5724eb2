# Installs the libraries, their headers, the examples, the program with what belongs to it, and the package that
# find_package(carillon) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Three packages: the program, the shared library if there is one, and what a developer needs.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME libcarillon-dev)
get_property(carillon_components GLOBAL PROPERTY carillon_libraries)
set_target_properties(carillon_all PROPERTIES EXPORT_NAME carillon)
install(TARGETS carillon_all EXPORT carillon_targets)
if(BUILD_SHARED_LIBS)
  set_target_properties(carillon_shared PROPERTIES EXPORT_NAME shared)
  install(TARGETS carillon_shared EXPORT carillon_targets LIBRARY COMPONENT libcarillon NAMELINK_COMPONENT libcarillon-dev)
  set(component_target carillon_shared_)
else()
  set(component_target carillon_)
endif()
foreach(name IN LISTS carillon_components)
  set_target_properties(${component_target}${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${component_target}${name} EXPORT carillon_targets)
endforeach()
if(TARGET carillon)
  set(configuration_folder ${CMAKE_INSTALL_SYSCONFDIR}/carillon)
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(configuration_folder /etc/carillon) # where a system's own program has it
  endif()
  set(man_page ${PROJECT_BINARY_DIR}/carillon.1)
  add_custom_command(OUTPUT ${man_page} COMMAND ${PROJECT_SOURCE_DIR}/packaging/man_page $<TARGET_FILE:carillon> > ${man_page}
    DEPENDS carillon packaging/man_page VERBATIM)
  add_custom_target(man_page ALL DEPENDS ${man_page})
  if(BUILD_SHARED_LIBS AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set_target_properties(carillon PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS carillon COMPONENT carillon)
  install(FILES ${man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT carillon)
  install(FILES packaging/carillon.toml DESTINATION ${configuration_folder} COMPONENT carillon)
  install(FILES packaging/carillon.service DESTINATION lib/systemd/system COMPONENT carillon)
  install(FILES packaging/carillon.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME carillon
    COMPONENT carillon)
endif()
if(TARGET carillon_conformance)
  list(APPEND carillon_components conformance)
  set_target_properties(carillon_conformance PROPERTIES EXPORT_NAME conformance)
  install(TARGETS carillon_conformance EXPORT carillon_targets)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/carillon)
install(EXPORT carillon_targets NAMESPACE carillon:: DESTINATION ${package_dir})
install(DIRECTORY libactors/include/carillon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
write_basic_package_version_file(carillon-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/carillon-config.cmake.in carillon-config.cmake @ONLY)
install(FILES cmake/carillon_dependencies.cmake cmake/FindCAF.cmake cmake/Findcctz.cmake cmake/Findxxhash.cmake
  ${PROJECT_BINARY_DIR}/carillon-config.cmake ${PROJECT_BINARY_DIR}/carillon-config-version.cmake DESTINATION ${package_dir})

# pkg-config. Debian's CAF, cctz, xxhash and RocksDB have no file of that kind, or none that helps: they are named as libraries.
if(BUILD_SHARED_LIBS)
  set(pc_libraries "-lcarillon -lcaf_core -lfmt -pthread")
else()
  string(CONCAT pc_libraries "-lcarillon_testing -lcarillon_actors -lcarillon_store_rocksdb -lcarillon_store_memory -lcarillon_core "
    "-lcaf_openssl -lcaf_io -lcaf_core -lrocksdb -lcctz -lxxhash -lprotobuf -lboost_date_time -lfmt -lcurl -lssl -lcrypto -pthread")
endif()
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # from there to the prefix, wherever that is
configure_file(cmake/carillon.pc.in carillon.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/carillon.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY apps/examples/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libcarillon-dev/examples
  FILES_MATCHING PATTERN "*.cpp" PATTERN CMakeLists.txt)

include(carillon_packages)
