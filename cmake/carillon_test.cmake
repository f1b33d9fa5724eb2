# carillon_test(<label> <library>...): one program of all tests/<label>/*.cpp, and a CTest test for each file, which runs
# the test suite that has the file's name. Boost.Test fails when no test has that name, so none is left out unseen.
# SUPPORT <source>...: more sources of the program, the first one in place of main.cpp.
# PRECOMPILE <header>...: what most of its files include, besides Boost.Test.
function(carillon_test label)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "SUPPORT;PRECOMPILE")
  if(NOT test_SUPPORT)
    set(test_SUPPORT main.cpp)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${label}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(program ${label}_tests)
  add_executable(${program} ${sources} ${test_SUPPORT})
  target_compile_definitions(${program} PRIVATE CARILLON_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")
  target_include_directories(${program} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/libactors/src
    ${PROJECT_SOURCE_DIR}/store)
  target_link_libraries(${program} PRIVATE ${test_UNPARSED_ARGUMENTS} Boost::unit_test_framework)
  carillon_compile_options(${program})
  # Tests are compiled more often than they run long: what they test is optimised as users have it, they themselves less.
  target_compile_options(${program} PRIVATE $<$<CONFIG:Release>:-O1>)
  carillon_precompile(${program} <boost/test/unit_test.hpp> ${test_PRECOMPILE})
  list(GET test_SUPPORT 0 main) # defines what Boost.Test's header looks at
  set_source_files_properties(${main} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  foreach(source IN LISTS sources)
    get_filename_component(suite ${source} NAME_WE)
    add_test(NAME ${label}/${suite} COMMAND ${program} --run_test=${suite} --log_level=test_suite --color_output=no)
    set_tests_properties(${label}/${suite} PROPERTIES LABELS ${label} TIMEOUT 300)
  endforeach()
endfunction()
