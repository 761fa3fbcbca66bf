# The Debian package: the app with every engine that lies in the build folders of CPACK_INSTALL_CMAKE_PROJECTS; by
# default those of this build, ./dev package adds one a Python.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dill-explorer)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "dill maintainers <maintainers@localhost>" CACHE STRING "Maintainer of the Debian package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "debugger for Python pickles")
set(CPACK_PACKAGE_DESCRIPTION
    "Shows why Python objects cannot be pickled, one by one and with the path that
leads to each of them, and what is in a pickle without executing any of it.
.
The engines that examine programs come along, one for each version of CPython;
they do not get in the way of an installed Python package dill.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, graphviz, qt6-wayland")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)

# Debian wants the changelog compressed, and without the time of its compression.
find_program(DILL_GZIP gzip)
if(DILL_GZIP)
  set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
  add_custom_command(OUTPUT ${changelog} COMMAND ${DILL_GZIP} -9 -n -c ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${changelog}
                     DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md VERBATIM)
  add_custom_target(dill-explorer-changelog DEPENDS ${changelog})
  add_dependencies(dill-explorer dill-explorer-changelog)
  install(FILES ${changelog} DESTINATION share/doc/dill-explorer)
endif()

include(CPack)
