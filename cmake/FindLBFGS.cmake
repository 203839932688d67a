# Finds libLBFGS and makes the target LBFGS::lbfgs. It comes without a configuration file.
find_path(LBFGS_INCLUDE_DIR lbfgs.h)
find_library(LBFGS_LIBRARY lbfgs)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LBFGS REQUIRED_VARS LBFGS_LIBRARY LBFGS_INCLUDE_DIR)
if(LBFGS_FOUND AND NOT TARGET LBFGS::lbfgs)
  add_library(LBFGS::lbfgs UNKNOWN IMPORTED)
  set_target_properties(LBFGS::lbfgs PROPERTIES IMPORTED_LOCATION ${LBFGS_LIBRARY}
                                                INTERFACE_INCLUDE_DIRECTORIES ${LBFGS_INCLUDE_DIR})
endif()
