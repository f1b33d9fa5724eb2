# Warnings and sanitizers, for this project's own targets only: carillon_compile_options(<target>).
option(CARILLON_WARNINGS_AS_ERRORS "Stop at a warning" OFF)

if(CARILLON_SANITIZE)
  add_compile_options(-fsanitize=${CARILLON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${CARILLON_SANITIZE})
endif()

function(carillon_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wnull-dereference -Wno-missing-field-initializers)
  if(CARILLON_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
