# What can be chosen, and what the choice means for the compiler (AVM_DEFINITIONS) and the
# linker (AVM_LINK_LIBRARIES).

include(CheckCSourceCompiles)
include(CMakeDependentOption)

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    set(AVM_TOP_LEVEL ON)
else()
    set(AVM_TOP_LEVEL OFF)
endif()

# What is tried with several schedulers has words of 64 bits.
if(UNIX AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    option(AVM_SMP "Several schedulers: any number of threads run one VM" ON)
else()
    option(AVM_SMP "Several schedulers: any number of threads run one VM" OFF)
endif()
option(AVM_ZLIB "Compressed literals, modules and terms, through zlib" ON)
set(AVM_CRYPTO AUTO CACHE STRING
    "The crypto module, through Mbed TLS: AUTO where it is installed, ON (an error where not), OFF")
option(AVM_RE "The re module, through PCRE2, where it is installed" ON)
# A part that may be left out is a row: its option, what it is, the file that stands in for it, and its files.
set(AVM_LEFT_OUT)
macro(avm_part part text stand_in)
    option(AVM_${part} "${text}" ON)
    if(AVM_${part})
        list(APPEND AVM_LEFT_OUT ${stand_in})
    else()
        list(APPEND AVM_LEFT_OUT ${ARGN})
    endif()
endmacro()

avm_part(ETS "Tables: ets and match specifications" src/bif/without_ets.c
    src/bif/ets*.c src/ets/hash.c src/ets/index.c src/ets/match*.c src/ets/object.c src/ets/store.c src/ets/table.c
    src/ets/tree.c src/ets/work.c)
avm_part(FILES "Files: prim_file, on platforms that have them" src/bif/without_files.c
    src/bif/prim_*.c src/platform/generic_unix/unix_files.c src/platform/generic_unix/unix_paths.c)
avm_part(PORTS "Ports: drivers of the host, programs of the system" src/api/without_ports.c
    src/port/*.c src/bif/erlang_port.c src/bif/port_settings.c src/api/port.c
    src/platform/generic_unix/unix_program.c)
avm_part(NIF "erlang:load_nif/2: natives of the host and of shared objects" ""
    src/api/library.c src/platform/generic_unix/unix_library.c)
avm_part(TOOLS "The commands pack, list, disasm and verify of the program" cli/without_tools.c
    cli/command_disasm.c cli/command_list.c cli/command_pack.c cli/command_verify.c)
option(AVM_CLI "Build the atomvm program" ON)
option(AVM_LIBS "Compile libs/ with erlc and embed them" ON)
option(AVM_TESTS "Build the tests" ${AVM_TOP_LEVEL})
set(AVM_PLATFORM generic_unix CACHE STRING "The folder of src/platform that is built in")

option(AVM_GC_STRESS "Collect at every allocation (heap_stress_due) and poison the old space" OFF)
option(AVM_ONE_REDUCTION "Slices of one reduction" OFF)
option(AVM_DISPATCH_SWITCH "Dispatch by switch although the compiler has computed goto" OFF)
option(AVM_PROFILE "Count instructions, pairs and operand kinds, for tools/profile" OFF)
option(AVM_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(AVM_SANITIZE_THREADS "The thread sanitizer" OFF)
option(AVM_WERROR "Warnings are errors" OFF)

set(AVM_DEFINITIONS)
set(AVM_LINK_LIBRARIES)
set(AVM_PC_LIBS)

# Finds a library by linking against it, so that the answer also holds for -m32 and for
# cross compilers, where a library of the build machine can be seen but not used.
function(avm_probe feature option_name code)
    set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
    set(CMAKE_REQUIRED_QUIET ON)
    if(${option_name})
        check_c_source_compiles("${code}" AVM_HAVE_${feature})
        if(NOT AVM_HAVE_${feature})
            message(STATUS "${option_name}: ${ARGN} not found, left out")
        endif()
    endif()
    if(${option_name} AND AVM_HAVE_${feature})
        list(APPEND AVM_DEFINITIONS AVM_${feature}=1)
        list(APPEND AVM_LINK_LIBRARIES ${ARGN})
        foreach(library IN LISTS ARGN)
            list(APPEND AVM_PC_LIBS -l${library})
        endforeach()
    else()
        list(APPEND AVM_DEFINITIONS AVM_${feature}=0)
    endif()
    set(AVM_DEFINITIONS ${AVM_DEFINITIONS} PARENT_SCOPE)
    set(AVM_LINK_LIBRARIES ${AVM_LINK_LIBRARIES} PARENT_SCOPE)
    set(AVM_PC_LIBS ${AVM_PC_LIBS} PARENT_SCOPE)
endfunction()

# A library is linked once a file of the VM uses it.
macro(avm_optional feature option_name user code)
    file(GLOB avm_users CONFIGURE_DEPENDS ${user})
    if(avm_users)
        avm_probe(${feature} ${option_name} "${code}" ${ARGN})
    else()
        list(APPEND AVM_DEFINITIONS AVM_${feature}=0)
    endif()
endmacro()

avm_probe(ZLIB AVM_ZLIB
    "#include <zlib.h>
    int main(void) { return zlibVersion() == 0; }" z)
if(AVM_ZLIB AND NOT AVM_HAVE_ZLIB)
    message(FATAL_ERROR "zlib is missing (Debian: zlib1g-dev, for -m32 lib32z1-dev). "
        "With -DAVM_ZLIB=OFF the VM refuses what is compressed: nearly every module of erlc.")
endif()
avm_optional(RE AVM_RE src/bif/re*.c
    "#define PCRE2_CODE_UNIT_WIDTH 8
    #include <pcre2.h>
    int main(void) { return pcre2_config(0, 0) == 0; }" pcre2-8)
avm_optional(CRYPTO AVM_CRYPTO src/bif/crypto*.c
    "#include <mbedtls/sha256.h>
    int main(void) { mbedtls_sha256_context c; mbedtls_sha256_init(&c); return 0; }" mbedcrypto)
if(AVM_CRYPTO STREQUAL "ON" AND NOT AVM_HAVE_CRYPTO)
    message(FATAL_ERROR "AVM_CRYPTO: Mbed TLS is missing (Debian: libmbedtls-dev)")
endif()

check_c_source_compiles("#include <math.h>
    #include <stdlib.h>
    int main(int argc, char **argv) { (void) argc; return (int) pow(atof(argv[0]), 2.5); }"
    AVM_MATH_WITHOUT_LIBM)
if(NOT AVM_MATH_WITHOUT_LIBM)
    list(APPEND AVM_LINK_LIBRARIES m)
    list(APPEND AVM_PC_LIBS -lm)
endif()

# Of the platform: shared objects, threads that share the VM; both in the C library of newer systems.
if(UNIX)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
    foreach(library IN ITEMS ${CMAKE_DL_LIBS} ${CMAKE_THREAD_LIBS_INIT})
        string(REGEX REPLACE "^-l" "" library ${library})
        list(APPEND AVM_LINK_LIBRARIES ${library})
        if(library MATCHES "^-")
            list(APPEND AVM_PC_LIBS ${library})
        else()
            list(APPEND AVM_PC_LIBS -l${library})
        endif()
    endforeach()
endif()

if(AVM_SMP)
    list(APPEND AVM_DEFINITIONS AVM_SMP=1)
else()
    list(APPEND AVM_DEFINITIONS AVM_SMP=0)
endif()

foreach(part ETS FILES PORTS NIF TOOLS)
    if(AVM_${part})
        list(APPEND AVM_DEFINITIONS AVM_${part}=1)
    else()
        list(APPEND AVM_DEFINITIONS AVM_${part}=0)
    endif()
endforeach()

foreach(mode GC_STRESS ONE_REDUCTION DISPATCH_SWITCH PROFILE)
    if(AVM_${mode})
        list(APPEND AVM_DEFINITIONS AVM_${mode}=1)
    endif()
endforeach()
