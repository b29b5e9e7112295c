# examples/: each is built with the public headers alone, run, and its output compared.

if(NOT TARGET atomvm-test-programs)
    return()
endif()

set(AVM_EXAMPLES ${CMAKE_CURRENT_BINARY_DIR}/tests/examples)
file(MAKE_DIRECTORY ${AVM_EXAMPLES})
file(GLOB AVM_EXAMPLE_PROGRAMS CONFIGURE_DEPENDS examples/*.erl examples/counter/*.erl)
set(AVM_EXAMPLE_BEAMS)
foreach(program IN LISTS AVM_EXAMPLE_PROGRAMS)
    get_filename_component(name ${program} NAME_WE)
    list(APPEND AVM_EXAMPLE_BEAMS ${AVM_EXAMPLES}/${name}.beam)
endforeach()
add_custom_command(OUTPUT ${AVM_EXAMPLE_BEAMS}
    COMMAND ${AVM_ERLC} +deterministic -o ${AVM_EXAMPLES} ${AVM_EXAMPLE_PROGRAMS}
    DEPENDS ${AVM_EXAMPLE_PROGRAMS}
    COMMENT "Compiling the programs of examples"
    VERBATIM)
add_custom_target(atomvm-examples ALL DEPENDS ${AVM_EXAMPLE_BEAMS})

# avm_example(NAME EXPECTED ARGUMENT...): runs NAME with the arguments; its output matches.
function(avm_example test name expected)
    add_test(NAME example.${test} COMMAND ${name} ${ARGN} WORKING_DIRECTORY ${AVM_EXAMPLES})
    set_tests_properties(example.${test} PROPERTIES TIMEOUT 300
        PASS_REGULAR_EXPRESSION "${expected}")
endfunction()

file(GLOB AVM_EXAMPLE_HOSTS CONFIGURE_DEPENDS examples/*.c)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    list(FILTER AVM_EXAMPLE_HOSTS EXCLUDE REGEX "epoll")
endif()
foreach(source IN LISTS AVM_EXAMPLE_HOSTS)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    add_dependencies(${name} atomvm-examples)
    target_compile_options(${name} PRIVATE ${AVM_WARNINGS})
    target_link_libraries(${name} PRIVATE atomvm)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${AVM_EXAMPLES})
endforeach()

# The host that README.md prints, as it is printed.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS README.md)
file(READ README.md AVM_README)
string(FIND "${AVM_README}" "```c\n" begin)
math(EXPR begin "${begin} + 5")
string(SUBSTRING "${AVM_README}" ${begin} -1 AVM_README)
string(FIND "${AVM_README}" "```" end)
string(SUBSTRING "${AVM_README}" 0 ${end} AVM_README)
file(WRITE ${AVM_EXAMPLES}/readme.c "${AVM_README}")
add_executable(readme ${AVM_EXAMPLES}/readme.c)
add_dependencies(readme atomvm-examples)
target_compile_options(readme PRIVATE ${AVM_WARNINGS})
target_link_libraries(readme PRIVATE atomvm)
set_target_properties(readme PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${AVM_EXAMPLES})
avm_example(readme readme "^5\n$")

avm_example(embed embed "^5\n$" adder.beam)
avm_example(natives_host natives_host "^.50000,.40,5173.., 1 destroyed\n$" histogram.beam)
avm_example(sandbox sandbox "^loop       stopped: it had its reductions
memory     [^\n]*, and met the limit of memory
processes  stopped: it had its reductions[^\n]*
atoms      (ended|stopped)[^\n]*
messages   [^\n]*, and met the limit of memory
recursion  [^\n]*, and met the limit of memory
binaries   [^\n]*, and met the limit of memory
crash      ended
[0-9]+ damaged modules, all survived
nothing was left behind
$" hostile.beam)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    avm_example(epoll_server epoll_server "^200 connections were served\n$" chat.beam --check 200)
endif()
avm_example(threads threads "^2680 ways, by at most 4 threads\n$" queens.beam 11 4)
avm_example(leak_test leak_test "^20 rounds: no byte more\n$" leaks.beam leaks tidy)
avm_example(leak_test_finds leak_test "\n20 rounds: leaks\n$" leaks.beam leaks untidy)

# An application with supervisors, and a program in Elixir: each a pack, made and run by the program.
if(TARGET atomvm-cli)
    add_test(NAME example.counter COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/examples/counter/run
        $<TARGET_FILE:atomvm-cli> ${AVM_EXAMPLES})
    set_tests_properties(example.counter PROPERTIES TIMEOUT 300
        PASS_REGULAR_EXPRESSION "^counted to 3\nit failed, and counts again from 1\nstopped\n$")
    find_program(AVM_ELIXIRC elixirc)
    if(AVM_ELIXIRC)
        add_test(NAME example.greeter COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/examples/greeter/run
            $<TARGET_FILE:atomvm-cli>)
        set_tests_properties(example.greeter PROPERTIES TIMEOUT 300
            PASS_REGULAR_EXPRESSION "^Hello, Joe! You are guest number 1.\nHello, Robert! You are guest number 2.\n%.guests: 2, last: .Robert..\n$")
    endif()
endif()
