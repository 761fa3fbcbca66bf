# The Debian package: the app with every engine that lies in the build folders of CPACK_INSTALL_CMAKE_PROJECTS; by
# default those of this build, ./dev package adds one a Python.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dill-explorer)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Debian asks for an address; the project has none, so the default is one that can never be somebody's (RFC 2606).
set(CPACK_PACKAGE_CONTACT "The dill-explorer authors <dill-explorer@example.invalid>" CACHE STRING
    "Maintainer of the Debian package")
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
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, graphviz, qt6-wayland")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)

# What Debian's policy asks for in /usr/share/doc and /usr/share/man, compressed.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT changelog.Debian @ONLY CONTENT
[[dill-explorer (@PROJECT_VERSION@-1) unstable; urgency=medium

  * What changed is told in the changelog of the project.

 -- @CPACK_PACKAGE_CONTACT@  @now@
]])
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md
             ${CMAKE_SOURCE_DIR}/resources/dill-explorer.1)
function(install_compressed source name destination)
  file(ARCHIVE_CREATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name} PATHS ${source} FORMAT raw COMPRESSION GZip
       COMPRESSION_LEVEL 9)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name} DESTINATION ${destination})
endfunction()
install_compressed(${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian changelog.Debian.gz share/doc/dill-explorer)
install_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md changelog.gz share/doc/dill-explorer)
install_compressed(${CMAKE_SOURCE_DIR}/resources/dill-explorer.1 dill-explorer.1.gz share/man/man1)

# The same in the form that Debian reads: the text of LICENSE below its first three lines, indented, empty lines dotted.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/LICENSE)
file(READ ${CMAKE_SOURCE_DIR}/LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]+)\n\n(.+)$" copyright "${license}")
set(holder "${CMAKE_MATCH_1}")
string(STRIP "${CMAKE_MATCH_2}" terms)
string(REPLACE "\n\n" "\n.\n" terms "${terms}")
string(REPLACE "\n" "\n " terms "${terms}")
file(CONFIGURE OUTPUT copyright @ONLY CONTENT
[[Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: dill-explorer
Comment: The programs hold code of the header-only libraries pybind11 (BSD-3-Clause), FlatBuffers (Apache-2.0),
 JSON for Modern C++ (Expat) and tl::expected (CC0-1.0).

Files: *
Copyright: @holder@
License: BSD-3-Clause
 @terms@
]])
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/copyright DESTINATION share/doc/dill-explorer)

include(CPack)
