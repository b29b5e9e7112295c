/* launch.c - starts each command of a file, one a line with tabs between its words, RUNS times in alternation, with
** its output thrown away. Prints for each the medians: wall time, CPU time (both in ms), peak resident KB; then the
** best wall time and the median of the voluntary context switches. The first rounds (two, one where it is told less than ten)
** do not count. A peak is never below what this program takes itself, 1.5 MB. A command that fails ends it.
**
** usage: launch RUNS FILE */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 8, MAX_RUNS = 1000, MAX_WORDS = 20 };

static struct {
    char text[1000];
    char *words[MAX_WORDS + 1];
} commands[MAX_COMMANDS];
static double wall[MAX_COMMANDS][MAX_RUNS], cpu[MAX_COMMANDS][MAX_RUNS], peak[MAX_COMMANDS][MAX_RUNS],
    switches[MAX_COMMANDS][MAX_RUNS];

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double) at.tv_sec * 1e3 + (double) at.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
    return (double) time.tv_sec * 1e3 + (double) time.tv_usec / 1e3;
}

/* Puts a NUL where each word ends. */
static void split(char *command, char **words)
{
    int count = 0;
    char *word;

    for (word = strtok(command, "\t\n"); word != NULL && count < MAX_WORDS; word = strtok(NULL, "\t\n"))
        words[count++] = word;
    words[count] = NULL;
}

static void run(int at, int round)
{
    struct rusage usage;
    int status = 0;
    double start = now();
    pid_t child = vfork();

    if (child == 0) {
        execvp(commands[at].words[0], commands[at].words);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
        fprintf(stderr, "launch: failed: %s\n", commands[at].words[0]);
        exit(1);
    }
    wall[at][round] = now() - start;
    cpu[at][round] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    peak[at][round] = (double) usage.ru_maxrss;
    switches[at][round] = (double) usage.ru_nvcsw;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t) count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int main(int argc, char **argv)
{
    int runs = argc == 3 ? atoi(argv[1]) : 0, count = 0, at, round, out = dup(1);
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;

    if (runs < 1 || runs > MAX_RUNS || file == NULL) {
        fprintf(stderr, "usage: launch RUNS FILE\n");
        return 64;
    }
    while (count < MAX_COMMANDS && fgets(commands[count].text, sizeof commands[count].text, file) != NULL) {
        split(commands[count].text, commands[count].words);
        count++;
    }
    fclose(file);
    dup2(open("/dev/null", O_WRONLY), 1);
    for (round = runs < 10 ? -1 : -2; round < runs; round++)
        for (at = 0; at < count; at++)
            run(at, round < 0 ? 0 : round);
    dup2(out, 1);
    for (at = 0; at < count; at++)
        printf("%.2f %.2f %.0f %.2f %.0f\n", median(wall[at], runs), median(cpu[at], runs), median(peak[at], runs),
            wall[at][0], median(switches[at], runs));      /* the median has sorted them */
    return 0;
}
