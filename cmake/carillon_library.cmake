# carillon_library(<name> [PUBLIC <library>...] SOURCES <source>...): the library carillon_<name>, for others carillon::<name>;
# a component of the package. PUBLIC: libraries of other people that come to its users with it.
#
# With BUILD_SHARED_LIBS all components are in one shared library, libcarillon (they know each other's insides), which shows what
# the public headers declare and hides the rest; carillon::<name> is then that.
function(carillon_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "PUBLIC;SOURCES")
  set(target carillon_${name})
  add_library(${target} STATIC ${library_SOURCES})
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${library_PUBLIC})
  carillon_compile_options(${target})
  set_property(GLOBAL APPEND PROPERTY carillon_libraries ${name})
  if(BUILD_SHARED_LIBS)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    add_library(carillon_shared_${name} INTERFACE)
    target_link_libraries(carillon_shared_${name} INTERFACE carillon_shared ${library_PUBLIC})
    add_library(carillon::${name} ALIAS carillon_shared_${name})
  else()
    add_library(carillon::${name} ALIAS ${target})
  endif()
endfunction()

# When all are there: carillon::carillon, for those who don't choose.
function(carillon_join_libraries)
  get_property(names GLOBAL PROPERTY carillon_libraries)
  if(BUILD_SHARED_LIBS)
    list(TRANSFORM names REPLACE "(.+)" "$<TARGET_OBJECTS:carillon_\\1>" OUTPUT_VARIABLE objects)
    add_library(carillon_shared SHARED ${objects})
    set_target_properties(carillon_shared PROPERTIES OUTPUT_NAME carillon LINKER_LANGUAGE CXX
      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}) # before 1.0 a minor version may change the interface
    target_compile_features(carillon_shared INTERFACE cxx_std_20)
    target_include_directories(carillon_shared INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/libactors/include> $<INSTALL_INTERFACE:include>)
    list(TRANSFORM names PREPEND carillon_ OUTPUT_VARIABLE parts)
    target_link_libraries(carillon_shared PRIVATE ${parts}) # for what they stand on
    list(TRANSFORM names PREPEND shared_)
  endif()
  list(TRANSFORM names PREPEND carillon_)
  add_library(carillon_all INTERFACE)
  add_library(carillon::carillon ALIAS carillon_all)
  target_link_libraries(carillon_all INTERFACE ${names})
endfunction()
