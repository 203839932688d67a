# Run at every build: writes OUTPUT with the commit of SOURCE_DIR, and touches it only where the commit changed, so that
# one file is compiled and nothing else.
execute_process(COMMAND git describe --always --dirty --abbrev=12
                WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE commit RESULT_VARIABLE result
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT result EQUAL 0)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define CAE_BUILD_COMMIT \"${commit}\"\n")
