# carillon_library(<name> <source>...): the library carillon_<name>, for others carillon::<name>; a component of the package.
function(carillon_library name)
  set(target carillon_${name})
  add_library(${target} ${ARGN})
  add_library(carillon::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  carillon_compile_options(${target})
  set_property(GLOBAL APPEND PROPERTY carillon_libraries ${name})
endfunction()

# When all are there: carillon::carillon, for those who don't choose.
function(carillon_join_libraries)
  get_property(names GLOBAL PROPERTY carillon_libraries)
  list(TRANSFORM names PREPEND carillon_)
  add_library(carillon_all INTERFACE)
  add_library(carillon::carillon ALIAS carillon_all)
  target_link_libraries(carillon_all INTERFACE ${names})
endfunction()
