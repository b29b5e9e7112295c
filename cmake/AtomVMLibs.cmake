# libs/: the Erlang of the VM itself, compiled here and embedded as one pack.
# AVM_LIBS_SOURCE is the C file that holds it; without erlc it holds an empty pack.

file(GLOB AVM_LIBS_ERL CONFIGURE_DEPENDS libs/*.erl libs/*/*.erl)
find_program(AVM_ESCRIPT escript)

set(AVM_LIBS_SOURCE ${CMAKE_CURRENT_BINARY_DIR}/libs_pack.c)
if(AVM_LIBS AND AVM_ESCRIPT)
    add_custom_command(
        OUTPUT ${AVM_LIBS_SOURCE}
        COMMAND ${AVM_ESCRIPT} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_libs.escript
            ${AVM_LIBS_SOURCE} ${AVM_LIBS_ERL}
        DEPENDS cmake/embed_libs.escript ${AVM_LIBS_ERL}
        COMMENT "Compiling libs/"
        VERBATIM)
else()
    if(AVM_LIBS)
        message(WARNING "AVM_LIBS: escript (Erlang/OTP) not found: libs/ is left out")
    endif()
    file(WRITE ${AVM_LIBS_SOURCE}.new
        "#include \"pack/libs.h\"\nconst unsigned char pack_libs[1] = { 0 };\n"
        "const size_t pack_libs_size = 0;\n")
    configure_file(${AVM_LIBS_SOURCE}.new ${AVM_LIBS_SOURCE} COPYONLY)
endif()
