/* unix_time.c - clocks and local time. Owns nothing; the time zone is the C library's. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "platform/generic_unix/unix.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define SECONDS_PER_DAY 86400

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t) now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t unix_monotonic_time(void *state)
{
    (void) state;
    return read_clock(CLOCK_MONOTONIC);
}

int64_t unix_system_time(void *state)
{
    (void) state;
    return read_clock(CLOCK_REALTIME);
}

int64_t unix_cpu_time(void *state)
{
    (void) state;
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* Days from 1970-01-01 to the first of March of that year, in the Gregorian calendar. */
static int64_t days_to_march(int64_t year)
{
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 - 719468;
}

/* The seconds that the broken-down time would be if it were UTC. */
static int64_t seconds_of(const struct tm *broken)
{
    bool is_early = broken->tm_mon < 2;
    int64_t year = (int64_t) broken->tm_year + 1900 - is_early;
    int64_t month = broken->tm_mon + (is_early ? 10 : -2);
    int64_t days = days_to_march(year) + (153 * month + 2) / 5 + broken->tm_mday - 1;

    return days * SECONDS_PER_DAY + broken->tm_hour * 3600 + broken->tm_min * 60 + broken->tm_sec;
}

static bool to_time(int64_t seconds, time_t *time)
{
    *time = (time_t) seconds;
    return (int64_t) *time == seconds;
}

avm_status unix_offset_of_utc(void *state, int64_t utc_seconds, int32_t *offset)
{
    struct tm local;
    time_t time;

    (void) state;
    if (!to_time(utc_seconds, &time) || localtime_r(&time, &local) == NULL)
        return AVM_BAD_ARGUMENT;
    *offset = (int32_t) (seconds_of(&local) - utc_seconds);
    return AVM_OK;
}

avm_status unix_offset_of_local(void *state, int64_t local_seconds, int is_dst, int32_t *offset)
{
    struct tm local;
    time_t time;

    (void) state;
    if (!to_time(local_seconds, &time) || gmtime_r(&time, &local) == NULL)
        return AVM_BAD_ARGUMENT;
    local.tm_isdst = is_dst;
    local.tm_wday = -1;    /* mktime sets it, but only when it succeeds */
    time = mktime(&local);
    if (time == (time_t) -1 && local.tm_wday == -1)
        return AVM_BAD_ARGUMENT;
    *offset = (int32_t) (local_seconds - (int64_t) time);
    return AVM_OK;
}
