/* epoll_server.c - a host with a loop of its own: it owns the sockets, and an Erlang process serves each
** connection (chat.erl). The VM never blocks: it is run for a number of reductions, and says when it
** wants to be run again.
**
**     erlc chat.erl && cc epoll_server.c -o epoll_server $(pkg-config --cflags --libs atomvm)
**     ./epoll_server chat.beam 4000          then: nc localhost 4000
**     ./epoll_server chat.beam --check 200   200 clients of its own, and what they saw
*/
#define _GNU_SOURCE
#include <atomvm/platform.h>
#include <atomvm/term.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 1024
#define SLICE 20000             /* reductions between two looks at the sockets */

struct server {
    avm_vm *vm;
    avm_env *env;
    avm_mailbox *mailbox;       /* where the processes send to */
    int epoll, listener;
    int clients;                /* of --check that still run; -1: serves for ever */
    avm_pid of_socket[CONNECTIONS];     /* the process that serves it; pid 0: none */
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void tell(struct server *s, int socket, avm_term message)
{
    avm_send(s->vm, s->of_socket[socket], s->env, message);
}

/* ---- sockets ---- */

static void watch(struct server *s, int socket)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = socket };

    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, socket, &event) != 0)
        fail("epoll_ctl");
}

static void close_socket(struct server *s, int socket)
{
    if (s->of_socket[socket].pid == 0)
        return;
    tell(s, socket, avm_make_atom(s->env, "closed"));
    s->of_socket[socket].pid = 0;
    close(socket);
}

static void accept_one(struct server *s)
{
    int socket = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
    avm_term arguments[2];
    avm_error error;

    if (socket < 0)
        return;
    arguments[0] = avm_make_pid(s->env, avm_mailbox_pid(s->mailbox));
    arguments[1] = avm_make_int64(s->env, socket);
    if (socket >= CONNECTIONS
        || avm_spawn(s->vm, "chat", "connection", s->env, 2, arguments, &s->of_socket[socket],
               &error) != AVM_OK)
        close(socket);
    else
        watch(s, socket);
}

static void read_socket(struct server *s, int socket)
{
    char bytes[4096];
    ssize_t count = read(socket, bytes, sizeof bytes);
    avm_term pair[2];

    if (count <= 0) {
        close_socket(s, socket);
        return;
    }
    pair[0] = avm_make_atom(s->env, "data");
    pair[1] = avm_make_binary(s->env, bytes, (size_t) count);
    tell(s, socket, avm_make_tuple(s->env, 2, pair));
}

/* ---- what the processes ask for ---- */

static void obey(struct server *s, avm_term message)
{
    const avm_term *parts;
    avm_binary bytes;
    int64_t socket;
    size_t arity;

    if (!avm_get_tuple(s->env, message, &arity, &parts) || arity < 2
        || !avm_get_int64(s->env, parts[1], &socket) || s->of_socket[socket].pid == 0)
        return;
    if (arity == 3 && avm_inspect_binary(s->env, parts[2], &bytes)) {
        if (write((int) socket, bytes.data, bytes.size) < 0)
            close_socket(s, (int) socket);
    } else {
        avm_env_clear(s->env);
        close_socket(s, (int) socket);
    }
}

static int run_vm(struct server *s)
{
    avm_progress progress;
    avm_term message;
    int64_t left;

    if (avm_run(s->vm, SLICE, &progress) != AVM_OK || progress.activity == AVM_HALTED)
        return -1;
    while (avm_mailbox_receive(s->mailbox, 0, s->env, &message) == AVM_OK) {
        obey(s, message);
        avm_env_clear(s->env);
        progress.activity = AVM_RUNNABLE;
    }
    if (progress.activity == AVM_RUNNABLE)
        return 0;
    if (progress.wake_time == INT64_MAX)
        return 1000;
    left = (progress.wake_time - avm_platform_default()->monotonic_time(NULL)) / 1000000 + 1;
    return left < 0 ? 0 : left > 1000 ? 1000 : (int) left;
}

static void serve(struct server *s)
{
    struct epoll_event events[64];
    int timeout = 0, count, i;

    while (s->clients != 0 && timeout >= 0) {
        count = epoll_wait(s->epoll, events, 64, timeout);
        for (i = 0; i < count; i++) {
            if (events[i].data.fd == s->listener)
                accept_one(s);
            else
                read_socket(s, events[i].data.fd);
        }
        timeout = run_vm(s);
        while (s->clients > 0 && waitpid(-1, NULL, WNOHANG) > 0)
            s->clients--;
    }
}

/* ---- clients of --check: one process, many connections ---- */

static void expect(FILE *in, const char *start)
{
    char line[256];

    do {
        if (fgets(line, sizeof line, in) == NULL) {
            printf("missing: %s\n", start);
            exit(1);
        }
    } while (strncmp(line, start, strlen(start)) != 0);
}

static void run_clients(struct sockaddr_in address, int count)
{
    FILE **streams = calloc((size_t) count, sizeof *streams);
    int i;

    for (i = 0; i < count; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(client, (struct sockaddr *) &address, sizeof address) != 0)
            fail("connect");
        streams[i] = fdopen(client, "r+");
        setvbuf(streams[i], NULL, _IONBF, 0);
        expect(streams[i], "hello ");
    }
    for (i = 0; i < count; i++)
        fprintf(streams[i], "echo %d\n", i * i);
    for (i = 0; i < count; i++) {
        char line[32];

        snprintf(line, sizeof line, "%d\n", i * i);
        expect(streams[i], line);
    }
    fprintf(streams[0], "good evening\n");
    for (i = 1; i < count; i++)
        expect(streams[i], "");
    for (i = 0; i < count; i++) {
        fprintf(streams[i], "quit\n");
        while (fgetc(streams[i]) != EOF) {
        }
        fclose(streams[i]);
    }
    printf("%d connections were served\n", count);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv)
{
    static struct server s;
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    int check = argc > 3 && strcmp(argv[2], "--check") == 0 ? atoi(argv[3]) : 0;
    avm_error error;
    avm_pid room;

    if (argc < 3) {
        fprintf(stderr, "usage: epoll_server chat.beam PORT | --check COUNT\n");
        return 64;
    }
    address.sin_port = htons((uint16_t) (check > 0 ? 0 : atoi(argv[2])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s.epoll = epoll_create1(0);
    s.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(s.listener, (struct sockaddr *) &address, sizeof address) != 0
        || listen(s.listener, 512) != 0
        || getsockname(s.listener, (struct sockaddr *) &address, &size) != 0)
        fail("listen");
    s.clients = check > 0 ? 1 : -1;
    if (check > 0 && fork() == 0)
        run_clients(address, check);
    watch(&s, s.listener);
    if (avm_create(NULL, &s.vm, &error) != AVM_OK
        || avm_load_file(s.vm, argv[1], &error) != AVM_OK
        || avm_spawn(s.vm, "chat", "room", NULL, 0, NULL, &room, &error) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    if (avm_env_create(s.vm, &s.env) != AVM_OK
        || avm_mailbox_open(s.vm, NULL, &s.mailbox) != AVM_OK)
        return 1;
    serve(&s);
    avm_env_destroy(s.env);
    avm_destroy(s.vm);
    return 0;
}
