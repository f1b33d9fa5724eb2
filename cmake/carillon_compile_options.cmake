# Warnings and sanitizers, for this project's own targets only: carillon_compile_options(<target>).
option(CARILLON_WARNINGS_AS_ERRORS "Stop at a warning" OFF)

# A program goes on after a report of undefined behaviour unless UBSAN_OPTIONS has halt_on_error=1, as the test presets and
# tools/test set it: with -fno-sanitize-recover the reports that a suppression hides would stop it too.
if(CARILLON_SANITIZE)
  add_compile_options(-fsanitize=${CARILLON_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CARILLON_SANITIZE})
endif()
if(CARILLON_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link) # the coverage that guides a fuzzer
endif()

function(carillon_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wno-missing-field-initializers
    # g++ 12 at -O3 reports an overlap in each `"text" + string` that it inlines (its bug 105651), and alternatives of a
    # std::variant that aren't the active one as uninitialized.
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>")
  if(CARILLON_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# The same for code as a user writes it: whoever names some fields of our structures gets no warning about the others.
function(carillon_compile_options_of_users target)
  carillon_compile_options(${target})
  target_compile_options(${target} PRIVATE -Wmissing-field-initializers)
endfunction()

# What most files of a target include, compiled once for it: carillon_precompile(<target> <header>...), besides what all include.
# No file relies on it (clang-tidy reads them without). Headers that change often have no place here.
function(carillon_precompile target)
  target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <functional> <map> <memory> <optional> <set>
    <string> <string_view> <utility> <vector> <fmt/format.h> ${ARGN})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>) # for ccache
endfunction()
