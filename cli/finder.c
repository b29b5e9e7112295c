/* finder.c - finds modules by name in folders.
**
** Owns the list of folders, in the order of search. Folders of libraries (those that hold
** LIBRARY/ebin) are listed once, at the first question; later a question is one attempt to open a
** file in each folder. */
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

struct folder {
    char *path;
    bool is_stock;
};

struct cli_finder {
    struct folder *folders;
    size_t count;
    size_t capacity;
    size_t file_count;      /* how many of the last folders are those of files, before listing */
    bool is_listed;
};

struct cli_finder *cli_finder_create(void)
{
    return calloc(1, sizeof(struct cli_finder));
}

void cli_finder_destroy(struct cli_finder *finder)
{
    size_t at;

    if (finder == NULL)
        return;
    for (at = 0; at < finder->count; at++)
        free(finder->folders[at].path);
    free(finder->folders);
    free(finder);
}

/* ---- Folders ------------------------------------------------------------------------------- */

static bool has_folder(const struct cli_finder *finder, const char *path)
{
    size_t at;

    for (at = 0; at < finder->count; at++)
        if (strcmp(finder->folders[at].path, path) == 0)
            return true;
    return false;
}

static bool put_folder(struct cli_finder *finder, size_t at, const char *path, bool is_stock)
{
    char *copy;

    if (has_folder(finder, path))
        return true;
    if (finder->count == finder->capacity) {
        size_t capacity = finder->capacity == 0 ? 64 : finder->capacity * 2;
        struct folder *folders = realloc(finder->folders, capacity * sizeof *folders);

        if (folders == NULL)
            return false;
        finder->folders = folders;
        finder->capacity = capacity;
    }
    copy = strdup(path);
    if (copy == NULL)
        return false;
    memmove(finder->folders + at + 1, finder->folders + at,
        (finder->count - at) * sizeof *finder->folders);
    finder->folders[at].path = copy;
    finder->folders[at].is_stock = is_stock;
    finder->count++;
    return true;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Before the first question: -pa folders stay in front of those of the files. */
bool cli_finder_add_path(struct cli_finder *finder, const char *folder)
{
    return put_folder(finder, finder->count - finder->file_count, folder, false);
}

bool cli_finder_add_file(struct cli_finder *finder, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t) (slash - path);
    size_t count = finder->count;
    char folder[PATH_MAX];

    if (size >= sizeof folder)
        return true;
    memcpy(folder, path, size);
    folder[size] = '\0';
    if (!put_folder(finder, count, slash == NULL ? "." : size == 0 ? "/" : folder, false))
        return false;
    finder->file_count += finder->count - count;
    return true;
}

/* ---- Folders of libraries ------------------------------------------------------------------ */

/* The libraries that nearly every program asks first. */
static int rank_of(const char *name)
{
    static const char *const first[] = { "stdlib-", "kernel-", "erts-", "compiler-", "elixir" };
    size_t at;

    for (at = 0; at < sizeof first / sizeof *first; at++)
        if (strncmp(name, first[at], strlen(first[at])) == 0)
            return (int) at;
    return (int) at;
}

/* By rank, then by name; of two versions of a library the newer first. */
static int compare_names(const void *left, const void *right)
{
    const char *a = *(char *const *) left, *b = *(char *const *) right;
    int by_rank = rank_of(a) - rank_of(b);

    if (by_rank != 0)
        return by_rank;
    while (*a != '\0' && *a == *b && (*a < '0' || *a > '9')) {
        a++;
        b++;
    }
    while (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
        char *a_end, *b_end;
        unsigned long a_part = strtoul(a, &a_end, 10), b_part = strtoul(b, &b_end, 10);

        if (a_part != b_part)
            return a_part > b_part ? -1 : 1;
        a = a_end + (*a_end == '.');
        b = b_end + (*b_end == '.');
    }
    return strcmp(a, b);
}

static void free_names(char **names, size_t count)
{
    while (count > 0)
        free(names[--count]);
    free(names);
}

/* The names in a folder, sorted; NULL with *count 0 when there are none. */
static char **list_names(const char *folder, size_t *count)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;
    char **names = NULL;
    size_t capacity = 0;

    *count = 0;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (*count == capacity) {
            char **grown = realloc(names, (capacity = capacity * 2 + 32) * sizeof *names);

            if (grown == NULL)
                break;
            names = grown;
        }
        names[*count] = strdup(entry->d_name);
        if (names[*count] == NULL)
            break;
        (*count)++;
    }
    if (listing != NULL)
        closedir(listing);
    if (names != NULL)
        qsort(names, *count, sizeof *names, compare_names);
    return names;
}

static void add_libraries(struct cli_finder *finder, size_t at, const char *folder, bool is_stock)
{
    size_t count, name, before;
    char **names = list_names(folder, &count);
    char path[PATH_MAX];

    for (name = 0; name < count; name++) {
        int size = snprintf(path, sizeof path, "%s/%s/ebin", folder, names[name]);

        before = finder->count;
        if (size > 0 && (size_t) size < sizeof path && is_folder(path))
            (void) put_folder(finder, at, path, is_stock);
        at += finder->count - before;
    }
    free_names(names, count);
}

/* Folders parted by colons: each with modules in it, or of libraries. */
static void add_variable(struct cli_finder *finder, size_t at, const char *name)
{
    const char *value = getenv(name);
    char path[PATH_MAX];

    while (value != NULL && *value != '\0') {
        size_t size = strcspn(value, ":");
        size_t before = finder->count;

        if (size > 0 && size < sizeof path) {
            memcpy(path, value, size);
            path[size] = '\0';
            (void) put_folder(finder, at, path, false);
            at += finder->count - before;
            before = finder->count;
            add_libraries(finder, at, path, false);
            at += finder->count - before;
        }
        value += size + (value[size] == ':');
    }
}

/* The folder two above the real place of a program on the PATH: ROOT of ROOT/bin/PROGRAM. */
static bool find_root(const char *program, char root[PATH_MAX])
{
    const char *path = getenv("PATH");
    char candidate[PATH_MAX];

    while (path != NULL && *path != '\0') {
        size_t size = strcspn(path, ":");
        int length = snprintf(candidate, sizeof candidate, "%.*s/%s", (int) size, path, program);
        int up;

        path += size + (path[size] == ':');
        if (length <= 0 || (size_t) length >= sizeof candidate || access(candidate, X_OK) != 0
            || realpath(candidate, root) == NULL)
            continue;
        for (up = 0; up < 2 && strrchr(root, '/') != NULL; up++)
            *strrchr(root, '/') = '\0';
        return true;
    }
    return false;
}

static bool add_root(struct cli_finder *finder, const char *root, bool is_stock)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/lib", root);
    size_t before = finder->count;

    if (size > 0 && (size_t) size < sizeof path)
        add_libraries(finder, finder->count, path, is_stock);
    return finder->count > before;
}

static void add_otp(struct cli_finder *finder)
{
    const char *chosen = getenv("AVM_OTP");
    char root[PATH_MAX];

    if (chosen != NULL && *chosen != '\0') {
        (void) add_root(finder, chosen, true);
        return;
    }
    if (find_root("erl", root)
        && (add_root(finder, root, true)
            || (strlen(root) + sizeof "/lib/erlang" <= sizeof root
                && add_root(finder, strcat(root, "/lib/erlang"), true))))
        return;
    if (!add_root(finder, "/usr/lib/erlang", true))
        (void) add_root(finder, "/usr/local/lib/erlang", true);
}

static void list_libraries(struct cli_finder *finder)
{
    size_t before = finder->count;
    size_t at = finder->count - finder->file_count;
    char root[PATH_MAX];

    if (finder->is_listed)
        return;
    finder->is_listed = true;
    add_variable(finder, at, "AVM_LIBS");
    add_variable(finder, at + finder->count - before, "ERL_LIBS");
    add_otp(finder);
    if (find_root("elixir", root))
        (void) add_root(finder, root, true);
}

/* ---- Questions ----------------------------------------------------------------------------- */

static bool is_file_name(const char *module)
{
    return *module != '\0' && *module != '.' && strchr(module, '/') == NULL;
}

/* The folder that has the module, and the path of its file; NULL when none has. */
static const struct folder *find_file(struct cli_finder *finder, const char *module,
    char path[PATH_MAX])
{
    size_t at;

    list_libraries(finder);
    for (at = 0; is_file_name(module) && at < finder->count; at++) {
        int size = snprintf(path, PATH_MAX, "%s/%s.beam", finder->folders[at].path, module);

        if (size > 0 && size < PATH_MAX && access(path, R_OK) == 0)
            return &finder->folders[at];
    }
    return NULL;
}

avm_status cli_find_module(void *user, const char *module, avm_blob *blob)
{
    char path[PATH_MAX];
    avm_error error;
    const struct folder *folder = find_file(user, module, path);

    if (folder == NULL)
        return AVM_NOT_FOUND;
    return folder->is_stock ? cli_map(path, blob, &error) : cli_map_copy(path, blob, &error);
}

bool cli_is_stock(void *user, const char *module)
{
    char path[PATH_MAX];
    const struct folder *folder = find_file(user, module, path);

    return folder != NULL && folder->is_stock;
}

static void list_folder(const char *folder, const char *prefix,
    void (*found)(void *found_user, const char *module), void *found_user)
{
    size_t count, at;
    char **names = list_names(folder, &count);

    for (at = 0; at < count; at++) {
        char *end = strrchr(names[at], '.');

        if (strncmp(names[at], prefix, strlen(prefix)) != 0 || end == NULL
            || strcmp(end, ".beam") != 0)
            continue;
        *end = '\0';
        found(found_user, names[at]);
    }
    free_names(names, count);
}

void cli_list_modules(void *user, const char *prefix,
    void (*found)(void *found_user, const char *module), void *found_user)
{
    struct cli_finder *finder = user;
    size_t at;

    list_libraries(finder);
    for (at = 0; at < finder->count; at++)
        list_folder(finder->folders[at].path, prefix, found, found_user);
}

void cli_list_folders(void *user, void (*add)(void *to, const char *folder), void *to)
{
    struct cli_finder *finder = user;
    size_t at;

    list_libraries(finder);
    for (at = 0; at < finder->count; at++)
        add(to, finder->folders[at].path);
}
