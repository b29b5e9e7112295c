/* crypto.c - what the natives of module crypto share. */
#include "bif/crypto.h"
#include "bif/iodata.h"

#if AVM_CRYPTO

#include "atomvm/platform.h"
#include "crypto/scratch.h"
#include "data/list.h"
#include "data/map.h"
#include "data/tuple.h"

#define BYTES_A_REDUCTION 64
#define FED_IN_UNITS_OF 64

/* ---- raising ------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

term crypto_raise(struct scheduler *s, term class, int argument, const char *text, const char *file,
    int line)
{
    term map = TERM_NONE, message = crypto_make_text(s, text);

    if (message == TERM_NONE
        || !crypto_put(s, &map, "c_file_name", crypto_make_text(s, base_name(file)))
        || !crypto_put(s, &map, "c_file_line_num", term_make_small(line))
        || !crypto_put(s, &map, "c_function_arg_num", term_make_small(argument)))
        return raise_no_memory(s);
    message = native_tuple3(s, class, map, message);
    return message != TERM_NONE ? raise_error(s, message) : raise_no_memory(s);
}

/* ---- arguments ----------------------------------------------------------------------------- */

void crypto_get_name(struct scheduler *s, term t, char name[CRYPTO_NAME_SIZE])
{
    const uint8_t *text;
    size_t size;

    name[0] = '\0';
    if (!term_is_atom(t))
        return;
    text = atom_text(s->node->atoms, term_atom_index(t), &size);
    if (size >= CRYPTO_NAME_SIZE || memchr(text, '\0', size) != NULL)
        return;
    memcpy(name, text, size);
    name[size] = '\0';
}

bool crypto_is(struct scheduler *s, term t, const char *name)
{
    char text[CRYPTO_NAME_SIZE];

    crypto_get_name(s, t, text);
    return strcmp(text, name) == 0;
}

bool crypto_get_iodata(struct scheduler *s, term t, struct crypto_bytes *bytes)
{
    return iodata_get_bytes(s, t, &bytes->bytes, &bytes->size);
}

bool crypto_get_binary(struct scheduler *s, term t, struct crypto_bytes *bytes)
{
    return term_is_binary(t) && crypto_get_iodata(s, t, bytes);
}

term crypto_make_atom(struct scheduler *s, const char *name)
{
    uint32_t index;

    return atom_put(s->node->atoms, (const uint8_t *) name, strlen(name), &index) == ATOM_OK
        ? term_make_atom(index)
        : TERM_NONE;
}

term crypto_make_text(struct scheduler *s, const char *text)
{
    return list_from_bytes(native_heap(s), (const uint8_t *) text, strlen(text), TERM_NIL);
}

bool crypto_put(struct scheduler *s, term *map, const char *name, term value)
{
    term key = crypto_make_atom(s, name);

    if (*map == TERM_NONE)
        *map = map_empty(native_heap(s));
    return *map != TERM_NONE && key != TERM_NONE && value != TERM_NONE
        && map_put(&s->node->compare, native_heap(s), *map, key, value, map) == DATA_OK;
}

int crypto_random(void *state, unsigned char *bytes, size_t size)
{
    struct scheduler *s = state;
    bool is_outside = scheduler_is_outside(s);
    avm_status status;

    if (is_outside)
        node_enter(s->node);
    status = s->node->platform->get_entropy(s->node->platform_state, bytes, size);
    if (is_outside)
        node_leave(s->node);
    return status == AVM_OK ? 0 : -1;
}

term crypto_call(struct scheduler *s, const term *a, native_fn *body)
{
    term result;

    scratch_enter(s->node->memory);
    result = body(s, a);
    scratch_leave();
    return result;
}

/* ---- objects ------------------------------------------------------------------------------- */

static void destroy_object(struct resource *resource)
{
    struct crypto_object *object = (struct crypto_object *) (void *) resource;
    struct memory *memory = object->memory;
    size_t size = object->size;

    if (object->close != NULL)
        object->close(object);
    mbedtls_platform_zeroize(object, size);
    memory_free(memory, MEMORY_RESOURCE, object, size);
}

struct crypto_object *crypto_object_create(struct scheduler *s, size_t size, const void *type)
{
    struct crypto_object *object = memory_allocate_zeroed(s->node->memory, MEMORY_RESOURCE, size);

    if (object == NULL) {
        (void) raise_no_memory(s);
        return NULL;
    }
    object->resource.references = 1;
    object->resource.destroy = destroy_object;
    object->resource.type = type;
    object->memory = s->node->memory;
    object->size = size;
    return object;
}

term crypto_object_make_term(struct scheduler *s, struct crypto_object *object)
{
    term reference = heap_make_resource(native_heap(s), &object->resource,
        node_next_reference(s->node));

    crypto_object_drop(object);
    return native_result(s, reference);
}

void crypto_object_drop(struct crypto_object *object)
{
    resource_release(&object->resource);
}

struct crypto_object *crypto_object_of(term t, const void *type)
{
    struct crypto_object *object;

    if (!term_is_resource(t) || term_resource(t)->type != type)
        return NULL;
    object = (struct crypto_object *) (void *) term_resource(t);
    return object->is_busy ? NULL : object;
}

/* ---- work in slices ------------------------------------------------------------------------ */

static void release_work(struct native_job *job)
{
    struct crypto_object *object = ((struct crypto_work *) (void *) job)->object;

    object->is_busy = false;
    crypto_object_drop(object);
}

void crypto_work_init(struct crypto_work *work, struct crypto_object *object,
    const struct crypto_bytes *in)
{
    memset(work, 0, sizeof *work);
    native_job_init(&work->job, release_work);
    work->object = object;
    object->is_busy = true;
    work->in = *in;
    work->result = TERM_NONE;
}

CRYPTO_ALLOCATES(go_on)
{
    return crypto_work_run(s, a, (struct crypto_work *) (void *) native_job_of(s, a));
}

void crypto_work_wipe_output(struct crypto_work *work)
{
    if (work->out != NULL)
        mbedtls_platform_zeroize(work->out, term_bit_size(work->result) / 8);
}

static term end_work(struct scheduler *s, const term *a, struct crypto_work *work, bool done)
{
    term result;

    work->arguments = a;
    result = done ? work->finish(s, work) : CRYPTO_ERROR(s, "Low-level call failed");
    if (result == TERM_NONE)
        crypto_work_wipe_output(work);
    native_job_end(&work->job);
    return result;
}

/* Feeds at most *left bytes, which become less. */
static bool feed_in(struct crypto_work *work, size_t *left)
{
    size_t part = work->in.size - work->done;
    bool done;

    if (part > *left)
        part = *left - *left % FED_IN_UNITS_OF;
    done = work->feed(work, work->in.bytes + work->done, part);
    work->done += part;
    *left -= part;
    return done;
}

term crypto_work_run(struct scheduler *s, const term *a, struct crypto_work *work)
{
    size_t budget = native_job_budget(s, BYTES_A_REDUCTION), left = budget;
    struct crypto_work *kept = work;
    bool done = feed_in(work, &left);

    while (done && work->done == work->in.size && work->has_next) {
        work->in = work->next;
        work->done = 0;
        work->has_next = false;
        done = feed_in(work, &left);
    }
    native_charge(s, 1 + (budget - left) / BYTES_A_REDUCTION);
    if (!done || work->done == work->in.size)
        return end_work(s, a, work, done);
    if (work->job.size == 0) {
        kept = (struct crypto_work *) (void *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL) {
            crypto_work_wipe_output(work);
            return TERM_NONE;
        }
    }
    return native_job_yield(s, go_on, a, &kept->job);
}
#endif
