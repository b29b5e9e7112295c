/* resource.c - objects of C behind references (native.h).
** Always: every resource that lives is in the VM's list, and its destructor runs once: when its last
** count goes, or when the VM ends. */
#include "api/vm.h"

#include "data/bits.h"

struct avm_resource_type {
    struct avm_resource_type *next;
    struct avm_vm *vm;
    struct host_module *module;     /* whose library has the callbacks */
    struct host_module *staged;     /* who takes it over once its load has succeeded; NULL: nobody */
    avm_resource_callbacks callbacks, staged_callbacks;
    size_t object_count;
    bool is_orphan;                 /* its module has gone: it goes with its last object */
    size_t name_size;               /* with its NUL */
    char name[];
};

struct host_resource {
    struct resource base;           /* what references on heaps count */
    struct avm_resource_type *type;
    struct host_resource *next, **link;
    uint64_t id;                    /* of all references to it */
    size_t size;                    /* of the object */
};

static void destroy_any_of(struct avm_resource_type *type);

#define ALIGNMENT (_Alignof(max_align_t))
#define OBJECT_OFFSET ((sizeof(struct host_resource) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static void *object_of(struct host_resource *resource)
{
    return (char *) resource + OBJECT_OFFSET;
}

static struct host_resource *resource_of(void *object)
{
    return (struct host_resource *) (void *) ((char *) object - OBJECT_OFFSET);
}

struct avm_vm *vm_of_object(void *object)
{
    return resource_of(object)->type->vm;
}

const avm_resource_callbacks *object_callbacks(void *object)
{
    return &resource_of(object)->type->callbacks;
}

/* ---- types ------------------------------------------------------------------------------ */

/* By the name of the module: a later version takes over what an earlier one made. */
static struct avm_resource_type *find_type(struct avm_env *env, const char *name)
{
    struct avm_resource_type *type = env->vm->types;

    while (type != NULL
        && (type->is_orphan || strcmp(type->name, name) != 0
            || strcmp((type->staged != NULL ? type->staged : type->module)->host->name,
                   env->module->host->name) != 0))
        type = type->next;
    return type;
}

static struct avm_resource_type *create_type(struct avm_env *env, const char *name)
{
    size_t name_size = strlen(name) + 1;
    struct avm_resource_type *type;

    type = memory_allocate_zeroed(&env->vm->memory, MEMORY_CODE, sizeof *type + name_size);
    if (type == NULL)
        return NULL;
    type->vm = env->vm;
    type->name_size = name_size;
    memcpy(type->name, name, name_size);
    type->next = env->vm->types;
    env->vm->types = type;
    return type;
}

avm_resource_type *avm_open_resource_type(avm_env *env, const char *name,
    const avm_resource_callbacks *callbacks)
{
    struct avm_resource_type *type;

    if (env->module == NULL || !env->module->is_loading)
        return NULL;
    type = find_type(env, name);
    if (type == NULL)
        type = create_type(env, name);
    if (type == NULL)
        return NULL;
    type->staged = env->module;
    if (callbacks != NULL)
        type->staged_callbacks = *callbacks;
    return type;
}

bool avm_has_resource_type(avm_env *env, const char *name)
{
    return env->module != NULL && find_type(env, name) != NULL;
}

static void free_type(struct avm_resource_type *type)
{
    struct avm_resource_type **at = &type->vm->types;

    while (*at != type)
        at = &(*at)->next;
    *at = type->next;
    memory_free(&type->vm->memory, MEMORY_CODE, type, sizeof *type + type->name_size);
}

void vm_settle_types(struct avm_vm *vm, struct host_module *module, bool keep)
{
    struct avm_resource_type *type, *next;

    for (type = vm->types; type != NULL; type = next) {
        next = type->next;
        if (type->staged != module)
            continue;
        type->staged = NULL;
        if (keep) {
            if (type->module != NULL)
                type->module->type_count--;
            type->module = module;
            type->callbacks = type->staged_callbacks;
            module->type_count++;
        } else if (type->module == NULL) {
            while (type->object_count > 0)
                destroy_any_of(type);
            free_type(type);
        }
    }
}

/* Types without objects go; the others when their last object does. */
void vm_release_types(struct avm_vm *vm, struct host_module *module)
{
    struct avm_resource_type *type, *next;

    for (type = vm->types; type != NULL; type = next) {
        next = type->next;
        if (type->module != module)
            continue;
        type->is_orphan = true;
        if (type->object_count == 0) {
            module->type_count--;
            free_type(type);
        }
    }
}

/* ---- objects ------------------------------------------------------------------------------ */

/* Callbacks run with an env of their own, and the library told of the VM. */
struct callback {
    struct avm_env env;
    avm_vm *before;
};

static void begin(struct callback *call, struct avm_resource_type *type)
{
    vm_env_init(&call->env, type->vm);
    call->env.module = type->module != NULL ? type->module : type->staged;
    vm_enter_library(type->vm, call->env.module, &call->before);
}

static void end(struct callback *call)
{
    vm_leave_library(call->env.vm, call->env.module, call->before);
    heap_deinit(call->env.heap);
}

void vm_call_down(void *object, avm_pid *pid, avm_monitor *monitor)
{
    struct host_resource *resource = resource_of(object);
    struct callback call;

    if (!resource_keep_living(&resource->base))
        return;
    begin(&call, resource->type);
    if (resource->type->callbacks.down != NULL)
        resource->type->callbacks.down(&call.env, object, pid, monitor);
    end(&call);
    resource_release(&resource->base);
}

void vm_call_stop(void *object, int handle)
{
    struct avm_resource_type *type = resource_of(object)->type;
    struct callback call;

    begin(&call, type);
    if (type->callbacks.stop != NULL)
        type->callbacks.stop(&call.env, object, handle, 1);
    end(&call);
}

static void release_type(struct avm_resource_type *type)
{
    struct host_module *module = type->module;
    struct avm_vm *vm = type->vm;

    type->object_count--;
    if (!type->is_orphan || type->object_count > 0)
        return;
    free_type(type);
    module->type_count--;
    vm_drop_module(vm, module);
}

static void destroy_object(struct host_resource *resource)
{
    struct avm_resource_type *type = resource->type;
    struct avm_vm *vm = type->vm;

    *resource->link = resource->next;
    if (resource->next != NULL)
        resource->next->link = resource->link;
    vm_end_monitors(vm, object_of(resource));
    if (type->callbacks.dtor != NULL) {
        struct callback call;

        begin(&call, type);
        type->callbacks.dtor(&call.env, object_of(resource));
        end(&call);
    }
    memory_free(&vm->memory, MEMORY_RESOURCE, resource, OBJECT_OFFSET + resource->size);
    release_type(type);
}

/* Any scheduler, whose heap held the last reference. */
static void destroy(struct resource *base)
{
    struct host_resource *resource = (struct host_resource *) base;
    struct node *node = &resource->type->vm->node;

    node_hold(node);
    destroy_object(resource);
    node_let_go(node);
}

static void destroy_any_of(struct avm_resource_type *type)
{
    struct host_resource *resource = type->vm->resources;

    while (resource->type != type)
        resource = resource->next;
    destroy(&resource->base);
}

static void *alloc_resource(struct avm_vm *vm, avm_resource_type *type, size_t size)
{
    struct host_resource *resource;
    size_t total;

    if (!size_add(OBJECT_OFFSET, size, &total))
        return NULL;
    resource = memory_allocate_zeroed(&vm->memory, MEMORY_RESOURCE, total);
    if (resource == NULL)
        return NULL;
    type->object_count++;
    resource->id = node_next_reference(&vm->node);
    resource->base.references = 1;
    resource->base.destroy = destroy;
    resource->base.type = type;
    resource->type = type;
    resource->size = size;
    resource->next = vm->resources;
    resource->link = &vm->resources;
    if (resource->next != NULL)
        resource->next->link = &resource->next;
    vm->resources = resource;
    return object_of(resource);
}

void *avm_alloc_resource(avm_resource_type *type, size_t size)
{
    struct avm_vm *vm = type->vm;
    void *object;

    vm_enter(vm);
    object = alloc_resource(vm, type, size);
    vm_leave(vm);
    return object;
}

void avm_keep_resource(void *object)
{
    struct avm_vm *vm = vm_of_object(object);

    vm_enter(vm);
    resource_keep(&resource_of(object)->base);
    vm_leave(vm);
}

void avm_release_resource(void *object)
{
    struct avm_vm *vm = vm_of_object(object);

    vm_enter(vm);
    resource_release(&resource_of(object)->base);
    vm_leave(vm);
}

size_t avm_sizeof_resource(void *object)
{
    return resource_of(object)->size;
}

avm_term avm_make_resource(avm_env *env, void *object)
{
    avm_term made;

    env_enter(env);
    made = heap_make_resource(env->heap, &resource_of(object)->base, resource_of(object)->id);
    env_leave(env);
    return made;
}

/* ---- binaries of objects -------------------------------------------------------------------- */

static void release_bytes(void *user, void *data)
{
    (void) data;
    resource_release(&resource_of(user)->base);
}

static avm_term make_resource_binary(avm_env *env, void *object, const void *data, size_t size)
{
    struct offheap_binary *binary;

    if (size <= HEAP_BITS_MAX_BYTES)
        return bits_make_copy(env->heap, data, size);
    binary = size > SIZE_MAX / 8 ? NULL : offheap_binary_create(&env->vm->memory, 0);
    if (binary == NULL)
        return 0;
    resource_keep(&resource_of(object)->base);
    binary->release = release_bytes;
    binary->user = object;
    binary->data = (uint8_t *) (uintptr_t) data;
    binary->capacity = size;
    return env_adopt_binary(env, binary, size);
}

avm_term avm_make_resource_binary(avm_env *env, void *object, const void *data, size_t size)
{
    avm_term made;

    env_enter(env);
    made = make_resource_binary(env, object, data, size);
    env_leave(env);
    return made;
}

/* A binary of an object, whole, counts as the object too. */
static struct resource *resource_of_binary(term t)
{
    const term *sub = term_boxed(t);
    struct offheap_binary *binary;

    if (header_kind(sub[0]) != BOXED_SUB_BITS || !term_has_kind(sub[1], BOXED_BIN_REF))
        return NULL;
    binary = term_bin_ref_binary(sub[1]);
    return binary->release == release_bytes ? &resource_of(binary->user)->base : NULL;
}

bool avm_get_resource(avm_env *env, avm_term t, avm_resource_type *type, void **object)
{
    struct resource *resource = term_is_resource(t) ? term_resource(t)
        : term_is_bitstring(t)                      ? resource_of_binary(t)
                                                    : NULL;

    (void) env;
    if (resource == NULL || resource->type != type)
        return false;
    *object = object_of((struct host_resource *) resource);
    return true;
}

/* Resources of natives of this machine have types of their own: only the host's are looked at. */
static struct host_resource *find_object(struct avm_vm *vm, term t)
{
    struct host_resource *resource = vm->resources;

    while (resource != NULL && &resource->base != term_resource(t))
        resource = resource->next;
    return resource;
}

bool avm_dynamic_resource_call(avm_env *env, avm_term module, avm_term name, avm_term t,
    void *call_data)
{
    struct host_resource *resource;
    struct callback call;
    char wanted[2][1024];
    bool is_called;

    if (!term_is_resource(t) || avm_get_atom(env, module, wanted[0], sizeof wanted[0]) == 0
        || avm_get_atom(env, name, wanted[1], sizeof wanted[1]) == 0)
        return false;
    env_enter(env);
    resource = find_object(env->vm, t);
    is_called = resource != NULL && resource->type->callbacks.dyncall != NULL
        && strcmp(resource->type->name, wanted[1]) == 0
        && strcmp(resource->type->module->host->name, wanted[0]) == 0;
    if (is_called) {
        begin(&call, resource->type);
        resource->type->callbacks.dyncall(&call.env, object_of(resource), call_data);
        end(&call);
    }
    env_leave(env);
    return is_called;
}

void vm_close_resources(struct avm_vm *vm)
{
    while (vm->resources != NULL)
        destroy(&vm->resources->base);
    while (vm->types != NULL)
        free_type(vm->types);
}
