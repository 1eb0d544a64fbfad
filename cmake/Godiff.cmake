# How the targets of the project are made.

# godiff_flags(TARGET): definitions, warnings, sanitizers.
function(godiff_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE GODIFF_VERSION="${PROJECT_VERSION}")
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes>
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion>
    $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>)
  if(GODIFF_WERROR)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-Werror>
      $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
     CMAKE_C_COMPILER_VERSION VERSION_LESS 13)  # whose vectorizer ends loops of fmax with an internal error
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-fno-builtin-fmax -fno-builtin-fmin>)
  endif()
  if(GODIFF_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(GODIFF_SANITIZE)
    target_compile_options(${target} PUBLIC
      $<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${GODIFF_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all>)
    target_link_options(${target} PUBLIC -fsanitize=${GODIFF_SANITIZE})
  endif()
endfunction()

# godiff_check_sanitizers(LINKER HINT): refuses sanitizers of clang beside a linking compiler that is not clang, and the
# other way round: the program would stop at its start.
function(godiff_check_sanitizers linker hint)
  string(REGEX MATCH "[Cc]lang" ours "${CMAKE_C_COMPILER_ID}")
  string(REGEX MATCH "[Cc]lang" its "${linker}")
  string(TOLOWER "${ours}" ours)
  string(TOLOWER "${its}" its)
  if(GODIFF_SANITIZE AND NOT ours STREQUAL its)
    message(FATAL_ERROR "GODIFF_SANITIZE: the sanitizers of ${CMAKE_C_COMPILER} and of ${linker}, which links, do not go "
      "together: ${hint}")
  endif()
endfunction()

# godiff_sees(TARGET FOLDER...): the folders whose headers a target may include. Its include directory holds links to
# these and to nothing else, so that an include against the direction of dependencies does not compile.
function(godiff_sees target)
  set(place ${PROJECT_BINARY_DIR}/sees/${target})
  file(REMOVE_RECURSE ${place})
  file(MAKE_DIRECTORY ${place})
  foreach(folder ${ARGN})
    get_filename_component(above ${place}/${folder} DIRECTORY)
    file(MAKE_DIRECTORY ${above})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${place}/${folder} SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE ${place})
  set_property(TARGET ${target} PROPERTY GODIFF_SEES ${ARGN})
endfunction()

# godiff_seen(VARIABLE target...): all that the targets see.
function(godiff_seen variable)
  set(folders)
  foreach(target ${ARGN})
    get_target_property(seen ${target} GODIFF_SEES)
    list(APPEND folders ${seen})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  set(${variable} ${folders} PARENT_SCOPE)
endfunction()

# godiff_library(NAME LINKS target... PRIVATE target...): the library of the current folder, from all its C files. It
# sees its own headers and those of the folders that it links.
function(godiff_library name)
  cmake_parse_arguments(arg "" "" "LINKS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(godiff_${name} STATIC ${sources})
  set(linked ${arg_LINKS})
  list(FILTER linked INCLUDE REGEX "^godiff_")
  file(RELATIVE_PATH own ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  godiff_seen(folders ${linked})
  godiff_sees(godiff_${name} ${own} ${folders})
  target_link_libraries(godiff_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE})
  godiff_flags(godiff_${name})
endfunction()

# godiff_table(TARGET TABLE gd_potentials TYPE "struct gd_potential_class" HEADER potentials/potential.h
#              PREFIX gd_potential_ NAMES emt lj ...)
# adds to the target  `const TYPE *const TABLE[]`: the addresses of PREFIXemt, PREFIXlj, ..., and 0. With STRINGS NAMES_TABLE also
# `const char *const NAMES_TABLE[]`: "emt", "lj", ..., and 0.
function(godiff_table target)
  cmake_parse_arguments(arg "" "TABLE;TYPE;HEADER;PREFIX;STRINGS" "NAMES" ${ARGN})
  set(text "/* Generated from CMakeLists.txt: one row per name. */\n#include \"${arg_HEADER}\"\n\n")
  foreach(name ${arg_NAMES})
    string(APPEND text "extern const ${arg_TYPE} ${arg_PREFIX}${name};\n")
  endforeach()
  string(APPEND text "\nextern const ${arg_TYPE} *const ${arg_TABLE}[];\nconst ${arg_TYPE} *const ${arg_TABLE}[] = {\n")
  foreach(name ${arg_NAMES})
    string(APPEND text "    &${arg_PREFIX}${name},\n")
  endforeach()
  string(APPEND text "    0,\n};\n")
  if(arg_STRINGS)
    string(APPEND text "\nextern const char *const ${arg_STRINGS}[];\nconst char *const ${arg_STRINGS}[] = {\n")
    foreach(name ${arg_NAMES})
      string(APPEND text "    \"${name}\",\n")
    endforeach()
    string(APPEND text "    0,\n};\n")
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${arg_TABLE}.c)
  file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
  target_sources(${target} PRIVATE ${out})
endfunction()
