# `cmake --install`: headers, library, program, find_package(atomvm) and pkg-config.

include(CMakePackageConfigHelpers)

if(BUILD_SHARED_LIBS)
    set(AVM_PC_LIBS_PUBLIC)
    set(AVM_PC_LIBS_PRIVATE ${AVM_PC_LIBS})
else()
    set(AVM_PC_LIBS_PUBLIC ${AVM_PC_LIBS})
    set(AVM_PC_LIBS_PRIVATE)
endif()
list(JOIN AVM_PC_LIBS_PUBLIC " " AVM_PC_LIBS_PUBLIC)
list(JOIN AVM_PC_LIBS_PRIVATE " " AVM_PC_LIBS_PRIVATE)

file(RELATIVE_PATH AVM_PC_UP /at/${CMAKE_INSTALL_LIBDIR}/pkgconfig /at)
set(AVM_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/atomvm)
configure_file(cmake/atomvm.pc.in atomvm.pc @ONLY)
configure_package_config_file(cmake/atomvm-config.cmake.in atomvm-config.cmake
    INSTALL_DESTINATION ${AVM_CMAKE_DIR})
write_basic_package_version_file(atomvm-config-version.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS atomvm EXPORT atomvm-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET atomvm-cli)
    install(TARGETS atomvm-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/cli/atomvm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
install(EXPORT atomvm-targets NAMESPACE atomvm:: DESTINATION ${AVM_CMAKE_DIR})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/atomvm-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/atomvm-config-version.cmake
    DESTINATION ${AVM_CMAKE_DIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/atomvm.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
