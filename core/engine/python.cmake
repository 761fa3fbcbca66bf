# Finds the Python that the engine is built for: DILL_PYTHON, or the one that builds a wheel, or the first python3.
# Sets DILL_PYTHON_TAG ("cp311"), DILL_PACKAGE_DIR (where the package `dill` is put together) and the target Python::Module.
if(SKBUILD)
  set(DILL_PYTHON ${Python_EXECUTABLE} CACHE FILEPATH "Python interpreter the engine is built for" FORCE)
elseif(NOT DILL_PYTHON)
  find_program(dill_python3 python3 NO_CACHE REQUIRED)
  set(DILL_PYTHON ${dill_python3} CACHE FILEPATH "Python interpreter the engine is built for" FORCE)
endif()

set(probe [[
import platform, sys, sysconfig
print(";".join([platform.python_implementation(), "%d.%d" % sys.version_info[:2],
                "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "gil"]))]])
execute_process(COMMAND ${DILL_PYTHON} -c "${probe}" OUTPUT_VARIABLE facts OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE status ERROR_VARIABLE complaint)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "DILL_PYTHON=${DILL_PYTHON} does not run: ${status} ${complaint}")
endif()
list(GET facts 0 implementation)
list(GET facts 1 version)
list(GET facts 2 threading)
if(NOT implementation STREQUAL "CPython" OR version VERSION_LESS 3.9 OR version VERSION_GREATER 3.13
   OR NOT threading STREQUAL "gil")
  message(FATAL_ERROR "dill supports CPython 3.9 to 3.13 with the GIL; ${DILL_PYTHON} is ${implementation} ${version} "
                      "(${threading}).")
endif()

set(Python_EXECUTABLE ${DILL_PYTHON})
find_package(Python ${version} EXACT COMPONENTS Interpreter Development.Module)
if(NOT Python_FOUND)
  message(FATAL_ERROR "${DILL_PYTHON} has no development headers (Python.h). On Debian: apt-get install "
                      "python${version}-dev")
endif()

execute_process(COMMAND ${DILL_PYTHON} -m pybind11 --cmakedir OUTPUT_VARIABLE DILL_PYBIND11_HINT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
string(REPLACE "." "" digits ${version})
set(DILL_PYTHON_TAG cp${digits})
set(DILL_PACKAGE_DIR ${DILL_OUTPUT_DIR}/engines/${DILL_PYTHON_TAG}/dill)
