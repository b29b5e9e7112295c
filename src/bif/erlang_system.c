/* erlang_system.c - facts and settings of the whole machine: system_info, system_flag. */
#include "atomvm/platform.h"
#include "atomvm/version.h"
#include "bif/bif.h"
#include "data/list.h"
#include "data/map.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/dirty.h"
#include "proc/native_call.h"
#include "proc/options.h"
#include "proc/process_info.h"
#include "proc/table.h"

#define SYSTEM_NATIVES(X)                                                                        \
    X("system_info", 1, system_info, 0)                                                          \
    X("system_flag", 2, system_flag, 0)
NATIVE_TABLE(bif_erlang_system, "erlang", "erl_erts_errors", SYSTEM_NATIVES)

#define DEFAULT_MIN_BIN_VHEAP_WORDS 46422
#define EMULATOR_VERSION "13.1.5"           /* of the release that the behaviour is measured by */

/* ---- makers ------------------------------------------------------------------------------ */

static term make_text(struct scheduler *s, const char *text)
{
    return list_from_bytes(native_heap(s), (const uint8_t *) text, strlen(text), TERM_NIL);
}

static term make_pair(struct scheduler *s, term name, term value)
{
    return value == TERM_NONE ? value : native_tuple2(s, name, value);
}

static term make_size(struct scheduler *s, uint64_t size)
{
    return integer_make_uint64(native_heap(s), size);
}

static avm_host host_of(struct scheduler *s)
{
    avm_host host;

    memset(&host, 0, sizeof host);
    s->node->platform->get_host(s->node->platform_state, &host);
    return host;
}

/* The atom with this text; undefined when there is no room for a new one. */
static term make_atom(struct scheduler *s, const char *text)
{
    uint32_t index;

    return atom_put(s->node->atoms, (const uint8_t *) text, strlen(text), &index) == ATOM_OK
        ? term_make_atom(index) : ATOM(undefined);
}

/* ---- one function a key ------------------------------------------------------------------- */

typedef term info_fn(struct scheduler *s);

static term info_machine(struct scheduler *s) { return make_text(s, "BEAM"); }
static term info_otp_release(struct scheduler *s) { return make_text(s, s->node->otp_release); }
static term info_version(struct scheduler *s) { return make_text(s, EMULATOR_VERSION); }

static term info_system_version(struct scheduler *s)
{
    struct byte_buffer out;
    term text;

    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    byte_buffer_format(&out, "Erlang/OTP %s [erts-" EMULATOR_VERSION "] [atomvm-" AVM_VERSION_TEXT
        "] [%u-bit] [smp:1:1]\n", s->node->otp_release, TERM_BITS);
    text = out.failed ? TERM_NONE : list_from_bytes(native_heap(s), out.bytes, out.size, TERM_NIL);
    byte_buffer_deinit(&out);
    return text;
}

static term info_os_type(struct scheduler *s)
{
    avm_host host = host_of(s);

    return native_tuple2(s, make_atom(s, host.family), make_atom(s, host.name));
}

static term info_os_version(struct scheduler *s)
{
    avm_host host = host_of(s);

    return native_tuple3(s, term_make_small(host.version[0]), term_make_small(host.version[1]),
        term_make_small(host.version[2]));
}

static term info_processors(struct scheduler *s)
{
    return term_make_small(host_of(s).processors);
}

static term info_creation(struct scheduler *s) { return make_size(s, s->node->creation); }
static term info_wordsize(struct scheduler *s) { (void) s; return term_make_small(sizeof(term)); }
static term info_atom_count(struct scheduler *s) { return make_size(s, atom_count(s->node->atoms)); }
static term info_atom_limit(struct scheduler *s) { return make_size(s, atom_limit(s->node->atoms)); }
static term info_process_count(struct scheduler *s)
{
    return make_size(s, process_table_count(s->node->processes));
}
static term info_process_limit(struct scheduler *s)
{
    return make_size(s, s->node->processes->limit);
}
static term info_port_count(struct scheduler *s)
{
    return make_size(s, process_table_count(s->node->ports));
}
static term info_port_limit(struct scheduler *s) { return make_size(s, s->node->ports->limit); }
static term info_ets_limit(struct scheduler *s) { return make_size(s, 8192); }
static term info_requests_limit(struct scheduler *s) { (void) s; return term_make_small(4); }
static term info_dist_limit(struct scheduler *s) { return make_size(s, 1048576); }
static term info_system_architecture(struct scheduler *s)
{
    return make_text(s, TERM_BITS == 64 ? "atomvm-64" : "atomvm-32");
}

static term info_endian(struct scheduler *s)
{
    const uint16_t probe = 1;
    uint8_t first;

    (void) s;
    memcpy(&first, &probe, 1);
    return first == 1 ? ATOM(little) : ATOM(big);
}

static term info_start_time(struct scheduler *s) { return native_integer(s, NODE_START_TIME); }
static term info_end_time(struct scheduler *s) { return make_size(s, UINT64_C(8646911283000000000)); }
static term info_nif_version(struct scheduler *s) { return make_text(s, "2.16"); }
static term info_driver_version(struct scheduler *s) { return make_text(s, "3.3"); }
static term info_system_logger(struct scheduler *s) { return s->node->system_logger; }
static term info_false(struct scheduler *s) { (void) s; return ATOM(false); }
static term info_true(struct scheduler *s) { (void) s; return ATOM(true); }
static term info_none(struct scheduler *s) { (void) s; return TERM_NIL; }
static term info_zero(struct scheduler *s) { (void) s; return term_make_small(0); }
static unsigned scheduler_count(const struct scheduler *s)
{
    return s->node->queue_count;        /* each has one */
}

static term info_schedulers(struct scheduler *s)
{
    return term_make_small((intptr_t) scheduler_count(s));
}

/* They serve both kinds. */
static term info_dirty_schedulers(struct scheduler *s)
{
    return term_make_small((intptr_t) dirty_room(s->node));
}

static term info_scheduler_id(struct scheduler *s)
{
    return term_make_small((intptr_t) s->number);
}

static term info_smp_support(struct scheduler *s)
{
    return native_boolean(scheduler_count(s) > 1);
}

static term info_unknown(struct scheduler *s) { (void) s; return ATOM(unknown); }
static term info_undefined(struct scheduler *s) { (void) s; return ATOM(undefined); }
static term info_build_type(struct scheduler *s) { (void) s; return ATOM(opt); }
static term info_emu(struct scheduler *s) { (void) s; return ATOM(emu); }
static term info_disabled(struct scheduler *s) { (void) s; return ATOM(none); }
static term info_multi_scheduling(struct scheduler *s) { (void) s; return ATOM(disabled); }
static term info_enabled(struct scheduler *s) { (void) s; return ATOM(enabled); }
static term info_heap_type(struct scheduler *s) { (void) s; return ATOM(private); }
static term info_unbound(struct scheduler *s) { (void) s; return ATOM(unbound); }
static term info_no_time_warp(struct scheduler *s) { (void) s; return ATOM(no_time_warp); }
static term info_final(struct scheduler *s) { (void) s; return ATOM(final); }
static term info_on_heap(struct scheduler *s) { (void) s; return ATOM(on_heap); }
static term info_bindings(struct scheduler *s) { return native_result(s, tuple_make_filled(native_heap(s), 1, ATOM(unbound))); }

static term info_schedulers_state(struct scheduler *s)
{
    return native_tuple3(s, term_make_small(1), term_make_small(1), term_make_small(1));
}

static term info_sequential_tracer(struct scheduler *s)
{
    return make_pair(s, ATOM(sequential_tracer), ATOM(false));
}

static term info_min_heap_size(struct scheduler *s)
{
    return make_pair(s, ATOM(min_heap_size),
        term_make_small((intptr_t) options_told_heap_words(s->node->default_heap_words)));
}

static term info_min_bin_vheap_size(struct scheduler *s)
{
    return make_pair(s, ATOM(min_bin_vheap_size), term_make_small(DEFAULT_MIN_BIN_VHEAP_WORDS));
}

static term info_fullsweep_after(struct scheduler *s)
{
    return make_pair(s, ATOM(fullsweep_after), term_make_small(s->node->default_fullsweep_after));
}

static term info_max_heap_size(struct scheduler *s)
{
    return process_info_heap_limit(s->node, native_heap(s), s->node->default_heap_limit);
}

static term info_garbage_collection(struct scheduler *s)
{
    term rows[] = { make_pair(s, ATOM(max_heap_size), make_size(s, s->node->default_heap_limit.words)), info_fullsweep_after(s), info_min_heap_size(s),
        info_min_bin_vheap_size(s) };
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(rows); i++) {
        if (rows[i] == TERM_NONE)
            return TERM_NONE;
    }
    return native_list(s, rows, AVM_COUNT_OF(rows));
}

static term info_version_numbers(struct scheduler *s)
{
    term numbers[] = { term_make_small(AVM_VERSION_MAJOR), term_make_small(AVM_VERSION_MINOR),
        term_make_small(AVM_VERSION_PATCH) };

    return tuple_make(native_heap(s), numbers, AVM_COUNT_OF(numbers));
}

static term info_compiler(struct scheduler *s)
{
    return native_tuple2(s, ATOM(unknown), info_version_numbers(s));
}

/* {Name, Version, Features, Settings}: one allocator, of the host. */
static term info_allocator(struct scheduler *s)
{
    return tuple_make4(native_heap(s), ATOM(undefined), TERM_NIL, TERM_NIL, TERM_NIL);
}

static const struct { enum atom_index key; info_fn *make; } keys[] = {
#define K(name, maker) { ATOM_INDEX_##name, info_##maker },
    K(machine, machine) K(otp_release, otp_release) K(version, version)
    K(system_version, system_version) K(os_type, os_type) K(os_version, os_version)
    K(wordsize, wordsize) K(schedulers, schedulers) K(schedulers_online, schedulers) K(scheduler_id, scheduler_id)
    K(schedulers_state, schedulers_state) K(creation, creation)
    K(outstanding_system_requests_limit, requests_limit) K(alloc_util_allocators, none)
    K(allocated_areas, none) K(break_ignored, false) K(debug_compiled, false)
    K(sequential_tracer, sequential_tracer) K(build_type, build_type)
    K(system_architecture, system_architecture) K(endian, endian) K(atom_count, atom_count)
    K(atom_limit, atom_limit) K(process_count, process_count) K(process_limit, process_limit)
    K(port_count, port_count) K(port_limit, port_limit) K(ets_count, zero) K(ets_limit, ets_limit)
    K(threads, false) K(thread_pool_size, zero) K(smp_support, smp_support) K(kernel_poll, false)
    K(compile_info, none) K(logical_processors, processors) K(logical_processors_online, processors)
    K(logical_processors_available, processors) K(dirty_cpu_schedulers, dirty_schedulers)
    K(dirty_cpu_schedulers_online, dirty_schedulers) K(dirty_io_schedulers, dirty_schedulers)
    K(dist_buf_busy_limit, dist_limit) K(dynamic_trace, disabled) K(dynamic_trace_probes, false)
    K(lock_checking, false) K(multi_scheduling, multi_scheduling) K(multi_scheduling_blockers, none)
    K(allocator, allocator) K(heap_sizes, none) K(heap_type, heap_type)
    K(min_heap_size, min_heap_size) K(min_bin_vheap_size, min_bin_vheap_size)
    K(max_heap_size, max_heap_size) K(fullsweep_after, fullsweep_after)
    K(garbage_collection, garbage_collection) K(message_queue_data, on_heap)
    K(delayed_node_table_gc, zero) K(modified_timing_level, undefined) K(nif_version, nif_version)
    K(driver_version, driver_version) K(os_monotonic_time_source, none)
    K(os_system_time_source, none) K(time_correction, true) K(time_warp_mode, no_time_warp)
    K(time_offset, final) K(tolerant_timeofday, enabled) K(start_time, start_time)
    K(end_time, end_time) K(scheduler_bind_type, unbound) K(scheduler_bindings, bindings)
    K(cpu_topology, undefined) K(c_compiler_used, compiler) K(dist_ctrl, none)
    K(eager_check_io, true) K(ets_realloc_moves, false) K(port_parallelism, false)
    K(snifs, none) K(system_logger, system_logger) K(trace_control_word, zero)
    K(cpu_quota, unknown) K(emu_flavor, emu) K(emu_type, build_type)
#undef K
};

/* {wordsize, internal | external}, {allocator, A}, {allocator_sizes, A}, {cpu_topology, ...}. */
static term info_of_pair(struct scheduler *s, term key)
{
    term name = term_tuple_element(key, 0), value = term_tuple_element(key, 1);

    if (name == ATOM(wordsize) && (value == ATOM(internal) || value == ATOM(external)))
        return info_wordsize(s);
    if (name == ATOM(allocator) || name == ATOM(allocator_sizes))
        return ATOM(false);
    if (name == ATOM(cpu_topology))
        return ATOM(undefined);
    return raise_badarg(s);
}

static term system_info(struct scheduler *s, const term *a)
{
    size_t i;

    if (term_is_tuple(a[0]) && term_tuple_arity(a[0]) == 2)
        return info_of_pair(s, a[0]);
    for (i = 0; term_is_atom(a[0]) && i < AVM_COUNT_OF(keys); i++) {
        if (keys[i].key == term_atom_index(a[0]))
            return native_result(s, keys[i].make(s));
    }
    return raise_badarg(s);
}

/* ---- settings: each gives the old value ------------------------------------------------------ */

typedef term flag_fn(struct scheduler *s, term value);

static term flag_system_logger(struct scheduler *s, term value)
{
    term old = s->node->system_logger;

    if (value != ATOM(logger) && value != ATOM(undefined) && !term_is_local_pid(value))
        return raise_badarg(s);
    s->node->system_logger = value;
    return old;
}

static term flag_backtrace_depth(struct scheduler *s, term value)
{
    uint32_t old = s->node->backtrace_depth;

    if (!term_is_small(value) || term_small(value) < 0)
        return raise_badarg(s);
    s->node->backtrace_depth = (uint32_t) (term_small(value) < 64 ? term_small(value) : 64);
    return term_make_small((intptr_t) old);
}

static bool is_natural(term value)
{
    return term_is_integer(value) && !integer_is_negative(value);
}

static term flag_fullsweep_after(struct scheduler *s, term value)
{
    uint16_t old = s->node->default_fullsweep_after;
    uint64_t count;

    if (!integer_get_uint64(value, &count))
        return raise_badarg(s);
    s->node->default_fullsweep_after = (uint16_t) (count < UINT16_MAX ? count : UINT16_MAX);
    return term_make_small(old);
}

static term flag_min_heap_size(struct scheduler *s, term value)
{
    size_t old = options_told_heap_words(s->node->default_heap_words);
    uint64_t words;

    if (!integer_get_uint64(value, &words) || words > OPTIONS_MAX_HEAP_WORDS)
        return raise_badarg(s);
    s->node->default_heap_words
        = words > OPTIONS_MIN_HEAP_WORDS ? options_round_heap_words(words) : 0;
    return term_make_small((intptr_t) old);
}

static term flag_min_bin_vheap_size(struct scheduler *s, term value)
{
    return is_natural(value) ? term_make_small(DEFAULT_MIN_BIN_VHEAP_WORDS) : raise_badarg(s);
}

static term flag_max_heap_size(struct scheduler *s, term value)
{
    struct heap_limit limit;
    term old = process_info_heap_limit(s->node, native_heap(s), s->node->default_heap_limit);

    if (!options_parse_heap_limit(s->node, value, &limit) || !options_may_limit(s->node, &limit, 0))
        return raise_badarg(s);
    if (old != TERM_NONE)
        s->node->default_heap_limit = limit;
    return native_result(s, old);
}

static term flag_multi_scheduling(struct scheduler *s, term value)
{
    return value == ATOM(block) || value == ATOM(unblock) || value == ATOM(block_normal)
            || value == ATOM(unblock_normal)
        ? ATOM(disabled) : raise_badarg(s);
}

static term flag_schedulers_online(struct scheduler *s, term value)
{
    return value == term_make_small(1) ? value : raise_badarg(s);
}

static term flag_time_offset(struct scheduler *s, term value)
{
    return value == ATOM(finalize) ? ATOM(final) : raise_badarg(s);
}

static term flag_boolean(struct scheduler *s, term value)
{
    return value == ATOM(true) || value == ATOM(false) ? ATOM(false) : raise_badarg(s);
}

static term flag_zero(struct scheduler *s, term value)
{
    return is_natural(value) ? term_make_small(0) : raise_badarg(s);
}

static term flag_false(struct scheduler *s, term value)
{
    (void) s;
    (void) value;
    return ATOM(false);
}

static term flag_topology(struct scheduler *s, term value)
{
    (void) s;
    (void) value;
    return ATOM(undefined);
}

static const struct { enum atom_index key; flag_fn *set; } flags[] = {
    { ATOM_INDEX_system_logger, flag_system_logger },
    { ATOM_INDEX_backtrace_depth, flag_backtrace_depth },
    { ATOM_INDEX_fullsweep_after, flag_fullsweep_after },
    { ATOM_INDEX_min_heap_size, flag_min_heap_size },
    { ATOM_INDEX_min_bin_vheap_size, flag_min_bin_vheap_size },
    { ATOM_INDEX_max_heap_size, flag_max_heap_size },
    { ATOM_INDEX_multi_scheduling, flag_multi_scheduling },
    { ATOM_INDEX_schedulers_online, flag_schedulers_online },
    { ATOM_INDEX_dirty_cpu_schedulers_online, flag_schedulers_online },
    { ATOM_INDEX_time_offset, flag_time_offset },
    { ATOM_INDEX_scheduler_wall_time, flag_boolean },
    { ATOM_INDEX_trace_control_word, flag_zero },
    { ATOM_INDEX_sequential_tracer, flag_false },
    { ATOM_INDEX_reset_seq_trace, flag_false },
    { ATOM_INDEX_internal_cpu_topology, flag_topology },
    { ATOM_INDEX_cpu_topology, flag_topology },
};

static term system_flag(struct scheduler *s, const term *a)
{
    size_t i;

    for (i = 0; term_is_atom(a[0]) && i < AVM_COUNT_OF(flags); i++) {
        if (flags[i].key == term_atom_index(a[0]))
            return flags[i].set(s, a[1]);
    }
    return raise_badarg(s);
}
