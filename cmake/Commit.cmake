# Writes OUT, a C file with the commit of SOURCE, when it differs from what is there.
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  RESULT_VARIABLE failed)
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-toplevel OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET)
if(failed OR NOT top STREQUAL SOURCE)  # no git, or a checkout of something around it
  set(commit "")
else()
  execute_process(COMMAND git -C ${SOURCE} diff --quiet HEAD RESULT_VARIABLE changed ERROR_QUIET)
  if(changed)
    string(APPEND commit "+")
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT
  "#include \"cli/build.h\"\nconst char gd_build_commit[] = \"${commit}\";\n" @ONLY)
