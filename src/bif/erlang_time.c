/* erlang_time.c - clocks, calendars, unique integers. Native time unit: nanoseconds. */
#include "atomvm/platform.h"
#include "bif/bif.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/native_call.h"

#define TIME_NATIVES(X)                                                                          \
    X("monotonic_time", 0, time_monotonic, NATIVE_CONCURRENT)                                    \
    X("monotonic_time", 1, time_monotonic_in, NATIVE_CONCURRENT)                                 \
    X("system_time", 0, time_system, NATIVE_CONCURRENT)                                          \
    X("system_time", 1, time_system_in, NATIVE_CONCURRENT)                                       \
    X("time_offset", 0, time_offset, NATIVE_CONCURRENT)                                          \
    X("time_offset", 1, time_offset_in, NATIVE_CONCURRENT)                                       \
    X("timestamp", 0, time_timestamp, NATIVE_CONCURRENT)                                         \
    X("now", 0, time_now, 0)                                                                     \
    X("unique_integer", 0, time_unique, NATIVE_CONCURRENT)                                       \
    X("unique_integer", 1, time_unique_with, NATIVE_CONCURRENT)                                  \
    X("localtime", 0, time_local, 0)                                                             \
    X("universaltime", 0, time_universal, 0)                                                     \
    X("date", 0, time_date, 0)                                                                   \
    X("time", 0, time_time, 0)                                                                   \
    X("localtime_to_universaltime", 2, time_local_to_universal, 0)                               \
    X("universaltime_to_localtime", 1, time_universal_to_local, 0)                               \
    X("universaltime_to_posixtime", 1, time_universal_to_posix, 0)                               \
    X("posixtime_to_universaltime", 1, time_posix_to_universal, 0)
NATIVE_TABLE(bif_erlang_time, "erlang", "erl_erts_errors", TIME_NATIVES)

#define OS_TIME_NATIVES(X)                                                                       \
    X("system_time", 0, os_system, NATIVE_CONCURRENT)                                            \
    X("system_time", 1, os_system_in, NATIVE_CONCURRENT)                                         \
    X("timestamp", 0, os_timestamp, NATIVE_CONCURRENT)                                           \
    X("perf_counter", 0, os_perf_counter, NATIVE_CONCURRENT)
NATIVE_TABLE(bif_os_time, "os", "erl_kernel_errors", OS_TIME_NATIVES)

#define UNIT_NATIVES(X)                                                                          \
    X("time_unit", 0, unit_native, 0)                                                            \
    X("perf_counter_unit", 0, unit_native, 0)
NATIVE_TABLE(bif_erts_internal_time, "erts_internal", "erl_erts_errors", UNIT_NATIVES)

#define NANOSECONDS INT64_C(1000000000)
/* What OTP takes. */
#define FIRST_YEAR 1600
#define FIRST_LOCAL_YEAR 1902

static int64_t floor_divide(int64_t value, int64_t divisor)     /* divisor > 0 */
{
    int64_t quotient = value / divisor;

    return value % divisor < 0 ? quotient - 1 : quotient;
}

static int64_t os_time(struct scheduler *s)
{
    return s->node->platform->system_time(s->node->platform_state);
}

static term unit_native(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_integer(s, NANOSECONDS));
}

/* ---- units ------------------------------------------------------------------------------- */

/* Parts of a second; 0: not a named unit. */
static int64_t unit_parts(term unit)
{
    if (unit == ATOM(nanosecond) || unit == ATOM(native) || unit == ATOM(perf_counter)
        || unit == ATOM(nano_seconds))
        return NANOSECONDS;
    if (unit == ATOM(microsecond) || unit == ATOM(micro_seconds))
        return 1000000;
    if (unit == ATOM(millisecond) || unit == ATOM(milli_seconds))
        return 1000;
    return unit == ATOM(second) || unit == ATOM(seconds) ? 1 : 0;
}

/* floor(value * parts / 10^9) by integers of any size. */
static term convert_any(struct scheduler *s, int64_t value, term parts)
{
    struct heap *heap = native_heap(s);
    term product, second = native_integer(s, NANOSECONDS), result;
    enum data_status status = number_multiply(heap, native_result(s, native_integer(s, value)), parts,
        &product);

    if (status == DATA_OK && integer_is_negative(product))
        status = number_subtract(heap, product, term_make_small(NANOSECONDS - 1), &product);
    if (status == DATA_OK)
        status = number_div(heap, product, second, &result);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term convert(struct scheduler *s, int64_t value, term unit)
{
    int64_t parts = unit_parts(unit);

    if (parts != 0)
        return native_result(s, native_integer(s, floor_divide(value, NANOSECONDS / parts)));
    if (!term_is_integer(unit) || integer_is_negative(unit) || unit == term_make_small(0))
        return raise_badarg(s);
    return convert_any(s, value, unit);
}

static term time_monotonic(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_integer(s, node_erlang_time(s->node)));
}

static term os_perf_counter(struct scheduler *s, const term *a) { return time_monotonic(s, a); }

static term time_monotonic_in(struct scheduler *s, const term *a)
{
    return convert(s, node_erlang_time(s->node), a[0]);
}

static term time_system(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_integer(s, node_system_time(s->node)));
}

static term time_system_in(struct scheduler *s, const term *a)
{
    return convert(s, node_system_time(s->node), a[0]);
}

static term time_offset(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_integer(s, s->node->time_offset));
}

static term time_offset_in(struct scheduler *s, const term *a)
{
    return convert(s, s->node->time_offset, a[0]);
}

static term os_system(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_integer(s, os_time(s)));
}

static term os_system_in(struct scheduler *s, const term *a) { return convert(s, os_time(s), a[0]); }

/* {MegaSeconds, Seconds, MicroSeconds} */
static term make_stamp(struct scheduler *s, int64_t microseconds)
{
    int64_t seconds = floor_divide(microseconds, 1000000);

    return native_result(s, native_tuple3(s, term_make_small((intptr_t) floor_divide(seconds, 1000000)),
        term_make_small((intptr_t) (seconds - floor_divide(seconds, 1000000) * 1000000)),
        term_make_small((intptr_t) (microseconds - seconds * 1000000))));
}

static term time_timestamp(struct scheduler *s, const term *a)
{
    (void) a;
    return make_stamp(s, floor_divide(node_system_time(s->node), 1000));
}

static term os_timestamp(struct scheduler *s, const term *a)
{
    (void) a;
    return make_stamp(s, floor_divide(os_time(s), 1000));
}

/* Strictly increasing. */
static term time_now(struct scheduler *s, const term *a)
{
    int64_t now = floor_divide(node_system_time(s->node), 1000);

    (void) a;
    if (now <= s->node->last_now)
        now = s->node->last_now + 1;
    s->node->last_now = now;
    return make_stamp(s, now);
}

/* One counter for all kinds; those that need not be positive begin at the least small of 64 bits. */
static term unique(struct scheduler *s, bool is_positive)
{
    int64_t value = (int64_t) atomic_add(&s->node->next_unique, 1);

    return native_result(s, native_integer(s, is_positive ? value : value - (INT64_C(1) << 59)));
}

static term time_unique(struct scheduler *s, const term *a)
{
    (void) a;
    return unique(s, false);
}

static term time_unique_with(struct scheduler *s, const term *a)
{
    bool is_positive = false;
    term list = a[0];

    for (; term_is_cons(list); list = term_tail(list)) {
        if (term_head(list) == ATOM(positive))
            is_positive = true;
        else if (term_head(list) != ATOM(monotonic))
            return raise_badarg(s);
    }
    return list == TERM_NIL ? unique(s, is_positive) : raise_badarg(s);
}

/* ---- the calendar ------------------------------------------------------------------------- */

struct date_time { int64_t year; int month, day, hour, minute, second; };

/* Days since 1970-01-01 of the proleptic Gregorian calendar, counted in eras of 400 years that begin
** on 1 March. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = floor_divide(shifted, 400), year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct date_time date_from_seconds(int64_t seconds)
{
    int64_t days = floor_divide(seconds, 86400), rest = seconds - days * 86400;
    int64_t shifted = days + 719468, era = floor_divide(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era
        = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int) ((5 * day_of_year + 2) / 153);
    struct date_time result;

    result.day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
    result.month = month < 10 ? month + 3 : month - 9;
    result.year = year_of_era + era * 400 + (result.month <= 2);
    result.hour = (int) (rest / 3600);
    result.minute = (int) (rest / 60 % 60);
    result.second = (int) (rest % 60);
    return result;
}

static int64_t seconds_from_date(const struct date_time *at)
{
    return days_from_date(at->year, at->month, at->day) * 86400 + at->hour * 3600 + at->minute * 60
        + at->second;
}

static int days_of_month(int64_t year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && is_leap);
}

static bool get_three(term tuple, int64_t values[3])
{
    unsigned i;

    if (!term_is_tuple(tuple) || term_tuple_arity(tuple) != 3)
        return false;
    for (i = 0; i < 3; i++) {
        if (!term_is_small(term_tuple_element(tuple, i)))
            return false;
        values[i] = term_small(term_tuple_element(tuple, i));
    }
    return true;
}

/* {{Year, Month, Day}, {Hour, Minute, Second}} from a year on. */
static bool parse_date_time(term t, int64_t first_year, struct date_time *at)
{
    int64_t date[3], time[3];

    if (!term_is_tuple(t) || term_tuple_arity(t) != 2 || !get_three(term_tuple_element(t, 0), date)
        || !get_three(term_tuple_element(t, 1), time))
        return false;
    if (date[0] < first_year || date[0] >= INT32_MAX || date[1] < 1 || date[1] > 12 || date[2] < 1
        || date[2] > days_of_month(date[0], (int) date[1]) || time[0] < 0 || time[0] > 23
        || time[1] < 0 || time[1] > 59 || time[2] < 0 || time[2] > 59)
        return false;
    *at = (struct date_time) { date[0], (int) date[1], (int) date[2], (int) time[0], (int) time[1],
        (int) time[2] };
    return true;
}

static term make_date(struct scheduler *s, const struct date_time *at)
{
    term year = native_integer(s, at->year);

    return year == TERM_NONE ? year
        : native_tuple3(s, year, term_make_small(at->month), term_make_small(at->day));
}

static term make_time(struct scheduler *s, const struct date_time *at)
{
    return native_tuple3(s, term_make_small(at->hour), term_make_small(at->minute),
        term_make_small(at->second));
}

static term make_date_time(struct scheduler *s, int64_t seconds)
{
    struct date_time at = date_from_seconds(seconds);
    term date = make_date(s, &at), time = make_time(s, &at);

    if (date == TERM_NONE || time == TERM_NONE)
        return raise_no_memory(s);
    return native_result(s, native_tuple2(s, date, time));
}

static bool local_from_utc(struct scheduler *s, int64_t seconds, int64_t *local)
{
    int32_t offset;

    if (s->node->platform->offset_of_utc(s->node->platform_state, seconds, &offset) != AVM_OK)
        return false;
    *local = seconds + offset;
    return true;
}

static int64_t now_seconds(struct scheduler *s) { return floor_divide(os_time(s), NANOSECONDS); }

static term time_universal(struct scheduler *s, const term *a)
{
    (void) a;
    return make_date_time(s, now_seconds(s));
}

static int64_t now_local(struct scheduler *s)
{
    int64_t seconds = now_seconds(s), local;

    return local_from_utc(s, seconds, &local) ? local : seconds;
}

static term time_local(struct scheduler *s, const term *a)
{
    (void) a;
    return make_date_time(s, now_local(s));
}

static term time_date(struct scheduler *s, const term *a)
{
    struct date_time at = date_from_seconds(now_local(s));

    (void) a;
    return native_result(s, make_date(s, &at));
}

static term time_time(struct scheduler *s, const term *a)
{
    struct date_time at = date_from_seconds(now_local(s));

    (void) a;
    return native_result(s, make_time(s, &at));
}

static term time_local_to_universal(struct scheduler *s, const term *a)
{
    struct date_time at;
    int32_t offset;
    int64_t seconds;
    int is_dst = a[1] == ATOM(true) ? 1 : a[1] == ATOM(false) ? 0 : -1;

    if ((is_dst == -1 && a[1] != ATOM(undefined)) || !parse_date_time(a[0], FIRST_LOCAL_YEAR, &at))
        return raise_badarg(s);
    seconds = seconds_from_date(&at);
    if (s->node->platform->offset_of_local(s->node->platform_state, seconds, is_dst, &offset) != AVM_OK)
        return raise_badarg(s);
    return make_date_time(s, seconds - offset);
}

static term time_universal_to_local(struct scheduler *s, const term *a)
{
    struct date_time at;
    int64_t local;

    if (!parse_date_time(a[0], FIRST_LOCAL_YEAR, &at)
        || !local_from_utc(s, seconds_from_date(&at), &local))
        return raise_badarg(s);
    return make_date_time(s, local);
}

static term time_universal_to_posix(struct scheduler *s, const term *a)
{
    struct date_time at;

    if (!parse_date_time(a[0], FIRST_YEAR, &at))
        return raise_badarg(s);
    return native_result(s, native_integer(s, seconds_from_date(&at)));
}

static term time_posix_to_universal(struct scheduler *s, const term *a)
{
    int64_t seconds;

    if (!integer_get_int64(a[0], &seconds))
        return raise_badarg(s);
    return make_date_time(s, seconds);
}
