# How the compiler is called. Nothing here changes what the program means.

include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(CMAKE_C_EXTENSIONS ON)              # computed goto, in src/interp only
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(AVM_TOP_LEVEL)
    string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
endif()

set(AVM_WARNINGS)
set(AVM_INTERP_OPTIONS)
set(AVM_LOOP_OPTIONS)
set(AVM_EXPORT_OPTIONS)

if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    list(APPEND AVM_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
        -Wpointer-arith)
    if(AVM_WERROR)
        list(APPEND AVM_WARNINGS -Werror)
    endif()
    if(AVM_SANITIZE)
        add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
            -fno-omit-frame-pointer)
        add_link_options(-fsanitize=address,undefined)
    endif()
    if(AVM_SANITIZE_THREADS)
        add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
        add_link_options(-fsanitize=thread)
    endif()
endif()
# What the program does not use is left out of it. Nothing unwinds through the library: tables for
# that are in builds with debug information alone.
set(AVM_SIZE_OPTIONS)
set(AVM_PROGRAM_LINK_OPTIONS)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang" AND NOT AVM_SANITIZE AND NOT AVM_SANITIZE_THREADS)
    set(AVM_SIZE_OPTIONS -ffunction-sections -fdata-sections
        $<$<CONFIG:Release,MinSizeRel>:-fno-asynchronous-unwind-tables>
        $<$<CONFIG:Release,MinSizeRel>:-fno-unwind-tables>)
    check_linker_flag(C -Wl,--gc-sections AVM_LINKER_COLLECTS)
    check_linker_flag(C -Wl,-z,pack-relative-relocs AVM_LINKER_PACKS)
    if(AVM_LINKER_COLLECTS)
        list(APPEND AVM_PROGRAM_LINK_OPTIONS -Wl,--gc-sections)
    endif()
    if(AVM_LINKER_PACKS)
        list(APPEND AVM_PROGRAM_LINK_OPTIONS -Wl,-z,pack-relative-relocs)
    endif()
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Padding before functions and jumps is 5 % of the text and gains nothing that can be measured.
    list(APPEND AVM_SIZE_OPTIONS -falign-functions=1 -falign-jumps=1)
    # Both passes merge the tails of instruction bodies back into one dispatch. The third joins two registers of
    # the engine, which some exit stores side by side, into a vector at every dispatch.
    set(AVM_INTERP_OPTIONS -fno-gcse -fno-crossjumping -fno-tree-slp-vectorize)
    # Bodies that begin anywhere run up to 15 % slower or faster as the text before them grows. At 16 where
    # that takes no more than 8 bytes, else at 8.
    check_c_compiler_flag(-falign-labels=16:9:8 AVM_COMPILER_ALIGNS_TWICE)
    set(AVM_LOOP_OPTIONS $<$<CONFIG:Release>:-falign-labels=16$<$<BOOL:${AVM_COMPILER_ALIGNS_TWICE}>::9:8>>)
    # Then code may say where they are instead of their numbers.
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|aarch64" AND NOT AVM_SANITIZE AND NOT AVM_SANITIZE_THREADS)
        list(APPEND AVM_LOOP_OPTIONS $<$<CONFIG:Release>:-DAVM_DISPATCH_DISTANCE=1>)
    endif()
endif()
# What is built for size, but for the files among it that are hot.
set(AVM_COLD src/api/*.c src/bif/*.c src/code/*.c src/load/*.c src/opcode/*.c src/pack/*.c src/platform/*/*.c
    src/data/packet*.c src/data/print.c src/heap/check.c src/proc/process_info.c)
set(AVM_HOT src/api/call.c src/api/env.c src/api/native.c src/api/read.c src/api/run.c src/code/table.c
    src/platform/generic_unix/unix_gate.c)
foreach(name IN ITEMS binary binary_search erlang_arithmetic erlang_binary erlang_external erlang_list erlang_number
        erlang_process erlang_spawn erlang_term erts_internal ets ets_object ets_select iodata lists maps maps_long
        search unicode)
    list(APPEND AVM_HOT src/bif/${name}.c)
endforeach()
# What a program that is short and prints never calls; linked last.
set(AVM_LAST src/api/inspect*.c src/api/external.c src/api/library.c src/api/map.c src/api/mailbox.c src/api/monitor.c
    src/api/pack_[cr]*.c src/api/read.c src/api/service.c src/api/text.c src/bif/asn1rt_nif.c src/bif/atom*.c
    src/bif/binary*.c src/bif/byte_queue.c src/bif/crypto*.c src/bif/erts_internal.c src/bif/ets_select.c
    src/bif/maps*.c src/bif/math.c src/bif/os.c src/bif/points.c src/bif/port_settings.c src/bif/prim_*.c src/bif/re*.c
    src/bif/search.c src/bif/zlib.c src/crypto/*.c src/data/bigint*.c src/data/float*.c src/data/number_bits.c
    src/data/number_compare.c src/data/packet*.c src/data/print.c src/data/trie*.c src/etf/encode*.c src/ets/match*.c
    src/heap/check.c src/heap/detach.c src/load/disasm.c src/opcode/instruction.c src/port/[fiorw]*.c src/port/program.c
    src/proc/literals.c src/proc/log.c src/proc/process_info.c)
foreach(name IN ITEMS atom arithmetic checksum code external fun hash identifier number packet port send system term
        time timer trace)
    list(APPEND AVM_LAST src/bif/erlang_${name}.c)
endforeach()
set(AVM_COLD_OPTIONS)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    set(AVM_COLD_OPTIONS $<$<CONFIG:Release>:-Os>)
endif()
if(UNIX AND NOT APPLE)
    set(AVM_EXPORT_OPTIONS -Wl,--no-undefined
        -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map)
endif()
if(UNIX AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    list(APPEND AVM_DEFINITIONS _FILE_OFFSET_BITS=64 _TIME_BITS=64)
endif()
