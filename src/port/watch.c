/* watch.c - the handles that ports wait for. Always: a watch is in the room's tree and in its port's
** list, or freed; the platform tells once, so it is asked again after each time. */
#include "port/port.h"

#include "proc/ready.h"

static struct port_watch *find(const struct node *node, int handle)
{
    if (node->port_room == NULL || node->port_room->watches == NULL || handle < 0)
        return NULL;
    return (struct port_watch *) tree_find(node->port_room->watches, (uint64_t) handle);
}

static struct port_watch *put(struct port *port, int handle)
{
    struct node *node = port_node(port);
    struct port_watch *watch = memory_allocate_zeroed(node->memory, MEMORY_PORT, sizeof *watch);

    if (watch == NULL)
        return NULL;
    watch->node.key = (uint64_t) handle;
    watch->port = port;
    watch->next = port->watches;
    port->watches = watch;
    tree_put(&node->port_room->watches, &watch->node);
    return watch;
}

static void drop(struct port_watch *watch)
{
    struct port *port = watch->port;
    struct port_watch **at = &port->watches;

    while (*at != watch)
        at = &(*at)->next;
    *at = watch->next;
    (void) tree_remove(&port_node(port)->port_room->watches, watch->node.key);
    memory_free(port_node(port)->memory, MEMORY_PORT, watch, sizeof *watch);
}

static bool tell_platform(struct port *port, int handle, unsigned mode)
{
    struct node *node = port_node(port);

    return node->port_room->watch(node, handle, mode);
}

bool port_select(struct port *port, int handle, unsigned mode)
{
    struct port_watch *watch = find(port_node(port), handle);

    if (handle < 0 || (watch != NULL && watch->port != port))
        return false;
    if (mode == 0) {
        if (watch != NULL) {
            (void) tell_platform(port, handle, 0);
            drop(watch);
        }
        return true;
    }
    if (watch == NULL)
        watch = put(port, handle);
    if (watch == NULL)
        return false;
    watch->mode = mode;
    watch->ready &= mode;
    if (tell_platform(port, handle, mode & ~watch->ready))
        return true;
    drop(watch);
    return false;
}

void port_unwatch_all(struct port *port)
{
    while (port->watches != NULL)
        (void) port_select(port, (int) port->watches->node.key, 0);
}

bool port_is_watching(const struct node *node) { return node->port_room->watches != NULL; }

unsigned port_watched_mode(const struct node *node, int handle)
{
    const struct port_watch *watch = find(node, handle);

    return watch != NULL ? watch->mode & ~watch->ready : 0;
}

static void wake(struct node *node, struct port *port)
{
    if (port->process.live != PROCESS_END_UNSEEN
        || atomic_get(&port->process.state) != PROCESS_STATE_EXITING) {
        process_wake(node, &port->process);
    } else if (!port->is_queued) {
        port->is_queued = true;
        ready_push(node, &port->process);
    }
}

bool port_handle_ready(struct node *node, int handle, unsigned mode)
{
    struct port_watch *watch = find(node, handle);

    if (watch == NULL)
        return false;
    watch->ready |= mode & watch->mode;
    wake(node, watch->port);
    return true;
}

/* The driver may change what is watched: after each call the list is looked at anew. */
void port_run_ready(struct port *port)
{
    struct port_watch *watch = port->watches;

    while (watch != NULL && port->started && !port->stopped) {
        int handle = (int) watch->node.key;
        unsigned ready = watch->ready;

        if (ready == 0) {
            watch = watch->next;
            continue;
        }
        watch->ready = 0;
        if (port->driver->ready != NULL)
            port->driver->ready(port, handle, ready);
        watch = find(port_node(port), handle);
        if (watch != NULL && watch->port == port)
            (void) port_select(port, handle, watch->mode);
        watch = port->watches;
    }
}
