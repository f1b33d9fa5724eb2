# The Debian packages, by CPack (tools/package makes them): carillon, libcarillon and libcarillon-dev.
if(NOT BUILD_SHARED_LIBS OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
foreach(package IN ITEMS carillon libcarillon libcarillon-dev)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} RENAME copyright COMPONENT ${package})
  string(TOUPPER ${package} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
endforeach()
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL carillon libcarillon libcarillon-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_SET_DESTDIR ON) # /etc isn't below the prefix
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Carillon developers <carillon@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}) # where dpkg-shlibdeps finds libcarillon for the program
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

set(CPACK_DEBIAN_CARILLON_DESCRIPTION "job scheduler built of actors
 One program that runs crontabs, schedules and jobs, keeps each decision in a store that survives a crash, and joins others
 to a cluster.")
set(CPACK_DEBIAN_CARILLON_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_CARILLON_PACKAGE_DEPENDS tzdata)
set(CPACK_DEBIAN_CARILLON_PACKAGE_SUGGESTS python3) # reads APScheduler's databases
set(CPACK_COMPONENT_CARILLON_DEPENDS libcarillon)
foreach(script IN ITEMS conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_CARILLON_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/${script})
endforeach()

set(CPACK_DEBIAN_LIBCARILLON_DESCRIPTION "job scheduler built of actors: shared library
 For programs that embed a Carillon node.")
set(CPACK_DEBIAN_LIBCARILLON_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBCARILLON_PACKAGE_DEPENDS tzdata)

set(CPACK_DEBIAN_LIBCARILLON-DEV_DESCRIPTION "job scheduler built of actors: headers and examples
 For who writes programs that embed a Carillon node, test their actors in its world, or write a store for it.")
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_DEPENDS "libcaf-dev, libfmt-dev")
set(CPACK_DEBIAN_LIBCARILLON-DEV_PACKAGE_SUGGESTS "libboost-dev, libboost-test-dev") # an example, the conformance suite
set(CPACK_COMPONENT_LIBCARILLON-DEV_DEPENDS libcarillon)
include(CPack)
