/* resource.c - objects of C behind references (native.h).
** Always: every resource that lives is in the VM's list, and its destructor runs once: when its last
** count goes, or when the VM ends. */
#include "api/vm.h"

struct avm_resource_type {
    struct avm_resource_type *next;
    struct avm_vm *vm;
    const struct host_module *module;
    avm_resource_callbacks callbacks;
    size_t name_size;               /* with its NUL */
    char name[];
};

struct host_resource {
    struct resource base;           /* what references on heaps count */
    struct avm_resource_type *type;
    struct host_resource *next, **link;
    size_t size;                    /* of the object */
};

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

/* ---- types ------------------------------------------------------------------------------ */

static struct avm_resource_type *find_type(struct avm_env *env, const char *name)
{
    struct avm_resource_type *type = env->vm->types;

    while (type != NULL && (type->module != env->module || strcmp(type->name, name) != 0))
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
    type->module = env->module;
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

    if (env->module == NULL || env->scheduler != NULL)
        return NULL;
    type = find_type(env, name);
    if (type == NULL)
        type = create_type(env, name);
    if (type != NULL && callbacks != NULL)
        type->callbacks = *callbacks;
    return type;
}

/* ---- objects ------------------------------------------------------------------------------ */

static void destroy(struct resource *base)
{
    struct host_resource *resource = (struct host_resource *) base;
    struct avm_vm *vm = resource->type->vm;

    *resource->link = resource->next;
    if (resource->next != NULL)
        resource->next->link = resource->link;
    if (resource->type->callbacks.dtor != NULL) {
        struct avm_env env;

        vm_env_init(&env, vm);
        resource->type->callbacks.dtor(&env, object_of(resource));
        heap_deinit(env.heap);
    }
    memory_free(&vm->memory, MEMORY_RESOURCE, resource, OBJECT_OFFSET + resource->size);
}

void *avm_alloc_resource(avm_resource_type *type, size_t size)
{
    struct avm_vm *vm = type->vm;
    struct host_resource *resource;
    size_t total;

    if (!size_add(OBJECT_OFFSET, size, &total))
        return NULL;
    resource = memory_allocate_zeroed(&vm->memory, MEMORY_RESOURCE, total);
    if (resource == NULL)
        return NULL;
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

void avm_keep_resource(void *object)
{
    resource_keep(&resource_of(object)->base);
}

void avm_release_resource(void *object)
{
    resource_release(&resource_of(object)->base);
}

avm_term avm_make_resource(avm_env *env, void *object)
{
    return heap_make_resource(env->heap, &resource_of(object)->base,
        node_next_reference(&env->vm->node));
}

bool avm_get_resource(avm_env *env, avm_term t, avm_resource_type *type, void **object)
{
    (void) env;
    if (!term_is_resource(t) || term_resource(t)->type != type)
        return false;
    *object = object_of((struct host_resource *) term_resource(t));
    return true;
}

void vm_close_resources(struct avm_vm *vm)
{
    while (vm->resources != NULL)
        destroy(&vm->resources->base);
    while (vm->types != NULL) {
        struct avm_resource_type *type = vm->types;

        vm->types = type->next;
        memory_free(&vm->memory, MEMORY_CODE, type, sizeof *type + type->name_size);
    }
}
