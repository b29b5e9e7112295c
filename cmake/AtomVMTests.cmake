# Each tests/unit/NAME_test.c is a program of its own, linked to the rooms it calls.
# Each public header is compiled alone, as C11 and as C++17.

set(CMAKE_REQUIRED_LIBRARIES cmocka)
set(CMAKE_REQUIRED_QUIET ON)
check_c_source_compiles("#include <stdarg.h>
    #include <stddef.h>
    #include <stdint.h>
    #include <setjmp.h>
    #include <cmocka.h>
    int main(void) { const struct CMUnitTest t[1] = {{0}}; return cmocka_run_group_tests(t, 0, 0); }"
    AVM_HAVE_CMOCKA)
unset(CMAKE_REQUIRED_LIBRARIES)

file(GLOB AVM_UNIT_TESTS CONFIGURE_DEPENDS tests/unit/*_test.c)
file(GLOB AVM_LEAK_TESTS CONFIGURE_DEPENDS
    tests/unit/leak/*_test.c tests/unit/api/*_test.c tests/embed/*_test.c)
file(GLOB AVM_LEAK_PROGRAMS CONFIGURE_DEPENDS
    tests/unit/leak/*.erl tests/unit/api/*.erl tests/soak/*.erl tests/embed/*.erl)
if(NOT AVM_ZLIB)
    list(FILTER AVM_UNIT_TESTS EXCLUDE REGEX "/inflate_test.c$")
endif()
if(NOT AVM_SMP)
    list(FILTER AVM_UNIT_TESTS EXCLUDE REGEX "/crew_orders_test.c$")
endif()
file(GLOB AVM_UNIT_SUPPORT CONFIGURE_DEPENDS tests/unit/support/*.c)
file(GLOB AVM_SIMULATED CONFIGURE_DEPENDS src/platform/simulated/*.c)

# Tests that load Erlang programs: compiled into one folder; stock modules come from beside erlc.
find_program(AVM_ERLC erlc)
if(AVM_ERLC AND AVM_LIBS AND AVM_LEAK_PROGRAMS)
    set(AVM_TEST_BEAMS ${CMAKE_CURRENT_BINARY_DIR}/tests/beams)
    set(beams)
    foreach(program IN LISTS AVM_LEAK_PROGRAMS)
        get_filename_component(name ${program} NAME_WE)
        list(APPEND beams ${AVM_TEST_BEAMS}/${name}.beam)
    endforeach()
    file(MAKE_DIRECTORY ${AVM_TEST_BEAMS})
    add_custom_command(OUTPUT ${beams}
        COMMAND ${AVM_ERLC} +deterministic -o ${AVM_TEST_BEAMS} ${AVM_LEAK_PROGRAMS}
        DEPENDS ${AVM_LEAK_PROGRAMS}
        WORKING_DIRECTORY ${AVM_TEST_BEAMS}
        COMMENT "Compiling the programs of tests/unit"
        VERBATIM)
    add_custom_target(atomvm-test-programs ALL DEPENDS ${beams})
    execute_process(COMMAND erl -noshell -eval
        "[io:put_chars([D, $:]) || A <- [erts, stdlib, kernel, crypto, asn1, public_key], D <- [code:lib_dir(A, ebin)], is_list(D)], halt()."
        OUTPUT_VARIABLE AVM_TEST_STOCK)
    list(APPEND AVM_UNIT_TESTS ${AVM_LEAK_TESTS})
else()
    message(STATUS "erlc not found: tests/unit/leak and tests/unit/api are left out")
endif()

if(AVM_HAVE_CMOCKA)
    set(AVM_CMOCKA_LIBRARY cmocka)
    set(AVM_CMOCKA_INCLUDE)
else()
    message(STATUS "cmocka not found: tests/unit/standin is used")
    set(AVM_CMOCKA_LIBRARY)
    set(AVM_CMOCKA_INCLUDE tests/unit/standin)
endif()

set(AVM_SUPPORT_SOURCES ${AVM_UNIT_SUPPORT} ${AVM_SIMULATED})
if(AVM_SUPPORT_SOURCES)
    add_library(atomvm-test-support STATIC ${AVM_SUPPORT_SOURCES})
    target_include_directories(atomvm-test-support PRIVATE src tests/unit ${AVM_CMOCKA_INCLUDE})
    target_compile_definitions(atomvm-test-support PRIVATE ${AVM_DEFINITIONS}
        AVM_TEST_BEAMS="${AVM_TEST_BEAMS}" AVM_TEST_STOCK="${AVM_TEST_STOCK}")
    target_compile_options(atomvm-test-support PRIVATE ${AVM_WARNINGS})
    target_link_libraries(atomvm-test-support PUBLIC atomvm-internal)
endif()
foreach(source IN LISTS AVM_UNIT_TESTS)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    if(TARGET atomvm-test-programs)
        add_dependencies(${name} atomvm-test-programs)
    endif()
    target_include_directories(${name} PRIVATE src tests/unit ${AVM_CMOCKA_INCLUDE})
    target_compile_definitions(${name} PRIVATE ${AVM_DEFINITIONS}
        AVM_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/tests/data"
        AVM_TEST_BEAMS="${AVM_TEST_BEAMS}" AVM_TEST_STOCK="${AVM_TEST_STOCK}")
    target_compile_options(${name} PRIVATE ${AVM_WARNINGS})
    if(TARGET atomvm-test-support)
        target_link_libraries(${name} PRIVATE atomvm-test-support)
    endif()
    target_link_libraries(${name} PRIVATE atomvm-internal ${AVM_CMOCKA_LIBRARY})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/tests)
    add_test(NAME unit.${name} COMMAND ${name})
    set_tests_properties(unit.${name} PROPERTIES TIMEOUT 600)
endforeach()

# The leak suite with several schedulers: the same counts.
if(AVM_SMP AND TARGET storm_test)
    foreach(count IN ITEMS 2 8)
        foreach(name IN ITEMS storm_test out_of_memory_test code_reload_test files_test hostile_test identifier_test
                teardown_test)
            add_test(NAME leak.${name}.schedulers_${count} COMMAND ${name})
            set_tests_properties(leak.${name}.schedulers_${count} PROPERTIES
                TIMEOUT 1200 ENVIRONMENT AVM_TEST_SCHEDULERS=${count})
        endforeach()
    endforeach()
endif()

# What tools/soak runs.
file(GLOB AVM_SOAK CONFIGURE_DEPENDS tests/soak/*.c)
if(TARGET atomvm-test-programs AND TARGET atomvm-test-support)
    add_executable(soak ${AVM_SOAK})
    add_dependencies(soak atomvm-test-programs)
    target_include_directories(soak PRIVATE src tests/unit)
    target_compile_definitions(soak PRIVATE ${AVM_DEFINITIONS})
    target_compile_options(soak PRIVATE ${AVM_WARNINGS})
    target_link_libraries(soak PRIVATE atomvm-test-support atomvm-internal)
    set_target_properties(soak PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/tests)
endif()

# tests/nif: libraries written for Erlang/OTP, compiled against our erl_nif.h; run on erl too, where
# its header is installed.
if(UNIX AND TARGET atomvm-cli AND TARGET atomvm-test-programs)
    file(GLOB AVM_NIF_SOURCES CONFIGURE_DEPENDS tests/nif/*.c)
    function(avm_add_nif name source)
        add_library(${name} MODULE ${source})
        target_include_directories(${name} PRIVATE include)
        target_compile_options(${name} PRIVATE ${AVM_WARNINGS} -Wno-missing-field-initializers)
        target_compile_definitions(${name} PRIVATE ${ARGN})
        set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so"
            LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/tests/nif)
    endfunction()
    foreach(source IN LISTS AVM_NIF_SOURCES)
        get_filename_component(name ${source} NAME_WE)
        avm_add_nif(${name} ${source} WHICH=0)
    endforeach()
    foreach(which RANGE 1 4)
        avm_add_nif(nif_errors_${which} tests/nif/nif_errors.c WHICH=${which})
    endforeach()
    add_test(NAME nif COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/nif/run
        --atomvm $<TARGET_FILE:atomvm-cli> --libs ${CMAKE_CURRENT_BINARY_DIR}/tests/nif)
    set_tests_properties(nif PROPERTIES TIMEOUT 900)
endif()

# What the VM has given back, as valgrind sees it.
find_program(AVM_VALGRIND valgrind)
if(AVM_VALGRIND AND TARGET teardown_test AND CMAKE_SIZEOF_VOID_P EQUAL 8
    AND NOT AVM_SANITIZE AND NOT AVM_GC_STRESS AND NOT AVM_ONE_REDUCTION AND NOT AVM_DISPATCH_SWITCH)
    add_test(NAME leak.valgrind COMMAND ${AVM_VALGRIND} -q --leak-check=full
        --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=9
        $<TARGET_FILE:teardown_test> short)
    set_tests_properties(leak.valgrind PROPERTIES TIMEOUT 600)
elseif(NOT AVM_VALGRIND)
    message(STATUS "valgrind not found: leak.valgrind is left out")
endif()

include(cmake/AtomVMExamples.cmake)

include(CheckLanguage)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
    enable_language(CXX)
endif()

file(GLOB AVM_HEADERS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/include
    CONFIGURE_DEPENDS include/*.h include/atomvm/*.h)
set(AVM_HEADER_FLAGS -Wall -Wextra -Wpedantic -Werror -fsyntax-only
    -I${CMAKE_CURRENT_SOURCE_DIR}/include)
foreach(header IN LISTS AVM_HEADERS)
    string(MAKE_C_IDENTIFIER ${header} name)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${name})
    set(AVM_HEADER_TWICE
        "#include \"${header}\"\n#include \"${header}\"\nextern int avm_header_alone;\n")
    file(GENERATE OUTPUT ${source}.c CONTENT "${AVM_HEADER_TWICE}")
    file(GENERATE OUTPUT ${source}.cc CONTENT "${AVM_HEADER_TWICE}")
    add_test(NAME header.c11.${name}
        COMMAND ${CMAKE_C_COMPILER} -std=c11 ${AVM_HEADER_FLAGS} ${source}.c)
    if(CMAKE_CXX_COMPILER)
        add_test(NAME header.cxx17.${name}
            COMMAND ${CMAKE_CXX_COMPILER} -std=c++17 ${AVM_HEADER_FLAGS} ${source}.cc)
    endif()
endforeach()

# A measurement, run by hand.
add_executable(code_size tests/bench/code_size.c)
target_compile_options(code_size PRIVATE ${AVM_WARNINGS})
target_include_directories(code_size PRIVATE src)
target_link_libraries(code_size PRIVATE atomvm)
set_target_properties(code_size PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/tests)

# tests/fuzz/run drives it.
if(UNIX)
    add_executable(mutate tests/fuzz/mutate.c)
    target_compile_options(mutate PRIVATE ${AVM_WARNINGS})
    target_link_libraries(mutate PRIVATE atomvm)
    set_target_properties(mutate PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/tests)
endif()
