/* module.c - modules in their two versions: made current, deleted, purged, destroyed; and where a pc
** belongs. Always: an export's function belongs to a current module, a fun entry's to a current or
** old one. */
#include "code/internal.h"

/* ---- Versions -------------------------------------------------------------------------------- */

static void withdraw_exports(struct module *module)
{
    uint32_t at;

    for (at = 0; at < module->export_count; at++) {
        struct export *export = module->exports[at].export;

        if (function_module(export->function) == module)
            atomic_put(&export->function, (struct function *) NULL);
    }
}

static void publish(struct module *module)
{
    uint32_t at;

    for (at = 0; at < module->export_count; at++)
        atomic_put(&module->exports[at].export->function,
            &module->functions[module->label_function[module->exports[at].label]]);
    for (at = 0; at < module->lambda_count; at++)
        atomic_put(&module->lambdas[at]->function,
            &module->functions[module->label_function[module->lambda_labels[at]]]);
}

bool code_has_old(const struct code_table *table, term module)
{
    const struct code_slot *slot = code_find_slot(table, module);

    return slot != NULL && slot->old != NULL;
}

void code_make_current(struct code_table *table, struct module *module)
{
    struct code_slot *slot = code_find_slot(table, module->name);

    if (slot->pending == module) {
        slot->pending = NULL;
        if (module->on_load_entry != NULL)
            atomic_put(&module->on_load_entry->function, (struct function *) NULL);
    }
    if (slot->current != NULL) {
        withdraw_exports(slot->current);
        slot->current->is_old = true;
        slot->old = slot->current;
    }
    slot->current = module;
    publish(module);
    code_relink(table, module->name);
}

bool code_delete_module(struct code_table *table, term module)
{
    struct code_slot *slot = code_find_slot(table, module);

    if (slot == NULL || slot->current == NULL || slot->old != NULL)
        return false;
    withdraw_exports(slot->current);
    slot->current->is_old = true;
    slot->old = slot->current;
    slot->current = NULL;
    code_relink(table, module);
    return true;
}

bool code_make_pending(struct code_table *table, struct module *module)
{
    struct code_slot *slot = code_find_slot(table, module->name);

    if (slot->pending != NULL)
        return false;
    slot->pending = module;
    return true;
}

struct fun_entry *code_on_load_entry(struct module *module)
{
    struct fun_identity identity = { .module = module->name, .index = UINT32_MAX };

    memcpy(identity.md5, module->md5, sizeof identity.md5);
    if (module->on_load_entry == NULL)
        module->on_load_entry = code_put_fun_entry(module->table, &identity);
    if (module->on_load_entry != NULL)
        atomic_put(&module->on_load_entry->function,
            &module->functions[module->label_function[module->on_load_label]]);
    return module->on_load_entry;
}

/* ---- Purge ------------------------------------------------------------------------------------- */

static void forget_lambdas(struct module *module)
{
    uint32_t at;

    for (at = 0; module->lambdas != NULL && at < module->lambda_count; at++)
        if (module->lambdas[at] != NULL
            && function_module(module->lambdas[at]->function) == module)
            atomic_put(&module->lambdas[at]->function, (struct function *) NULL);
    if (module->on_load_entry != NULL
        && function_module(module->on_load_entry->function) == module)
        atomic_put(&module->on_load_entry->function, (struct function *) NULL);
}

bool code_prepare_purge(struct code_table *table, term module, bool is_pending)
{
    struct code_slot *slot = code_find_slot(table, module);

    if (slot == NULL || slot->is_purging)
        return false;
    if (is_pending && slot->pending == NULL)
        return false;
    if (is_pending) {
        slot->set_aside = slot->old;
        slot->old = slot->pending;
        slot->pending = NULL;
    }
    if (slot->old == NULL)
        return false;
    slot->is_purging = true;
    forget_lambdas(slot->old);
    return true;
}

void code_abort_purge(struct code_table *table, term module)
{
    struct code_slot *slot = code_find_slot(table, module);
    uint32_t at;

    if (slot == NULL || !slot->is_purging)
        return;
    slot->is_purging = false;
    for (at = 0; at < slot->old->lambda_count; at++)
        if (slot->old->lambdas[at]->function == NULL)
            atomic_put(&slot->old->lambdas[at]->function,
                &slot->old->functions[slot->old->label_function[slot->old->lambda_labels[at]]]);
}

static void tell_gone(struct module *module)
{
    if (module->table->gone != NULL)
        module->table->gone(module->table->gone_user, module);
}

/* Nobody finds it any more; but who runs may just have done. */
static void set_purged(struct code_table *table, struct module *module)
{
    if (module == NULL)
        return;
    tell_gone(module);
    withdraw_exports(module);
    forget_lambdas(module);
    module->next_purged = table->purged;
    atomic_put(&table->purged, module);
}

bool code_has_purged(const struct code_table *table)
{
    return atomic_peek(&table->purged) != NULL;
}

static void release_module(struct module *module);

void code_release_purged(struct code_table *table,
    bool (*is_in_use)(void *user, const struct module *module), void *user)
{
    struct module *module = table->purged, *next, *kept = NULL;

    for (; module != NULL; module = next) {
        next = module->next_purged;
        if (is_in_use != NULL && is_in_use(user, module)) {
            module->next_purged = kept;
            kept = module;
        } else {
            release_module(module);
        }
    }
    atomic_put(&table->purged, kept);
}

void code_purge_old(struct code_table *table, term module)
{
    struct code_slot *slot = code_find_slot(table, module);

    if (slot == NULL)
        return;
    if (slot->old != NULL && slot->old->literal_area != NULL) {
        literal_area_retire(table->literals, slot->old->literal_area);
        slot->old->literal_area = NULL;
    }
    if (code_is_shared(table))
        set_purged(table, slot->old);
    else
        module_destroy(slot->old);
    slot->old = slot->set_aside;
    slot->set_aside = NULL;
    slot->is_purging = false;
}

/* ---- Release --------------------------------------------------------------------------------- */

static void release_function(struct module *module, struct function *function)
{
    struct memory *memory = module->table->memory;

    if (function->words != NULL) {
        code_forget_words(module->table, function);
        memory_free(memory, MEMORY_CODE, function->words, function->allocated);
    }
    if (function->refused != NULL)
        memory_free(memory, MEMORY_CODE, function->refused, strlen(function->refused) + 1);
}

static void release_retired(struct module *module)
{
    while (module->retired != NULL) {
        struct retired_words *gone = module->retired;

        module->retired = gone->next;
        release_function(module, &gone->function);
        memory_free(module->table->memory, MEMORY_CODE, gone, sizeof *gone);
    }
}

static void release_array(struct module *module, void *items, size_t count, size_t item_size)
{
    memory_free(module->table->memory, MEMORY_CODE, items, count * item_size);
}

void module_destroy(struct module *module)
{
    if (module == NULL)
        return;
    tell_gone(module);
    release_module(module);
}

static void release_module(struct module *module)
{
    uint32_t at;

    if (module->exports != NULL)
        for (at = 0; at < module->export_count; at++)
            if (module->exports[at].export != NULL
                && function_module(module->exports[at].export->function) == module)
                atomic_put(&module->exports[at].export->function, (struct function *) NULL);
    forget_lambdas(module);
    release_retired(module);
    if (module->functions != NULL)
        for (at = 0; at < module->function_count; at++)
            release_function(module, &module->functions[at]);
    if (module->literal_area != NULL)
        literal_area_destroy(module->table->literals, module->table->memory,
            module->literal_area);
    release_array(module, module->atoms, module->atom_count, sizeof *module->atoms);
    release_array(module, module->imports, module->import_count, sizeof *module->imports);
    release_array(module, module->functions, module->function_count, sizeof *module->functions);
    release_array(module, module->label_function, module->label_count,
        sizeof *module->label_function);
    release_array(module, module->literals,
        (size_t) module->literal_count + module->big_count, sizeof *module->literals);
    release_array(module, module->big_offsets, module->big_count, sizeof *module->big_offsets);
    release_array(module, module->lambdas, module->lambda_count, sizeof *module->lambdas);
    release_array(module, module->lambda_labels, module->lambda_count,
        sizeof *module->lambda_labels);
    release_array(module, module->exports, module->export_count, sizeof *module->exports);
    release_array(module, module->lines, module->line_count, sizeof *module->lines);
    release_array(module, module->line_files, module->line_file_count,
        sizeof *module->line_files);
    release_array(module, module->source_name, module->source_name_size, 1);
    if (module->bytes.release != NULL)
        module->bytes.release(module->bytes.user, module->bytes.data, module->bytes.size);
    memory_free(module->table->memory, MEMORY_CODE, module, sizeof *module);
}

/* ---- Where a pc belongs ------------------------------------------------------------------------ */

/* Index of the first function whose words begin after pc. */
static size_t position_after(const struct code_table *table, const uint32_t *pc)
{
    size_t low = 0, high = table->pc_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uintptr_t) table->by_pc[middle]->words <= (uintptr_t) pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take_pc_lock(const struct code_table *table)
{
    (void) table;
    LOCK_TAKE_IF(code_is_shared(table), &((struct code_table *) table)->pc_lock);
}

static void release_pc_lock(const struct code_table *table)
{
    (void) table;
    LOCK_RELEASE_IF(code_is_shared(table), &((struct code_table *) table)->pc_lock);
}

static bool holds_pc(const struct function *f, const uint32_t *pc)
{
    return (uintptr_t) pc - (uintptr_t) f->words < f->word_count * sizeof *pc;
}

/* The one that was found last is looked at first. */
static struct function *find_pc(struct code_table *table, const uint32_t *pc)
{
    size_t at = table->pc_last;

    if (at < table->pc_count && holds_pc(table->by_pc[at], pc))
        return table->by_pc[at];
    at = position_after(table, pc);
    if (at == 0 || !holds_pc(table->by_pc[at - 1], pc))
        return NULL;
    table->pc_last = at - 1;
    return table->by_pc[at - 1];
}

struct function *code_find_pc(const struct code_table *table, const uint32_t *pc)
{
    struct function *function;

    take_pc_lock(table);
    function = find_pc((struct code_table *) table, pc);
    release_pc_lock(table);
    return function;
}

static bool register_words(struct code_table *table, struct function *function)
{
    void *items = table->by_pc;
    size_t at;

    if (!vector_reserve(table->memory, MEMORY_CODE, &items, &table->pc_capacity, table->pc_count, 1,
            sizeof *table->by_pc))
        return false;
    table->by_pc = items;
    at = position_after(table, function->words);
    memmove(table->by_pc + at + 1, table->by_pc + at,
        (table->pc_count - at) * sizeof *table->by_pc);
    table->by_pc[at] = function;
    table->pc_count++;
    return true;
}

bool code_look_up_pc(const struct code_table *table, const uint32_t *pc, struct function *copy)
{
    struct function *function;

    take_pc_lock(table);
    function = find_pc((struct code_table *) table, pc);
    if (function != NULL)
        *copy = (struct function) { .module = function->module, .name = function->name,
            .arity = function->arity, .words = function->words, .word_count = function->word_count,
            .lines = function->lines, .line_count = function->line_count };
    release_pc_lock(table);
    return function != NULL;
}

bool code_register_words(struct code_table *table, struct function *function)
{
    bool done;

    take_pc_lock(table);
    done = register_words(table, function);
    release_pc_lock(table);
    return done;
}

static void forget_words(struct code_table *table, struct function *function)
{
    size_t at = position_after(table, function->words);

    if (at == 0 || table->by_pc[at - 1] != function)
        return;
    memmove(table->by_pc + at - 1, table->by_pc + at,
        (table->pc_count - at) * sizeof *table->by_pc);
    table->pc_count--;
}

void code_forget_words(struct code_table *table, struct function *function)
{
    take_pc_lock(table);
    forget_words(table, function);
    release_pc_lock(table);
}

bool code_retire_words(struct code_table *table, struct function *function)
{
    struct retired_words *made;

    if (function->words == NULL)
        return true;
    made = memory_allocate(table->memory, MEMORY_CODE, sizeof *made);
    if (made == NULL)
        return false;
    take_pc_lock(table);
    forget_words(table, function);
    made->function = *function;
    made->function.refused = NULL;
    made->next = function->module->retired;
    function->module->retired = made;
    (void) register_words(table, &made->function);      /* there is room: one has just gone */
    atomic_put(&function->entry, (const uint32_t *) NULL);
    function->words = NULL;
    function->lines = NULL;
    function->word_count = function->line_count = function->allocated = 0;
    release_pc_lock(table);
    return true;
}

bool code_find_line(const struct function *function, const uint32_t *pc, const char **file,
    size_t *file_size, uint32_t *line)
{
    const struct module *module = function->module;
    uint32_t word = (uint32_t) (pc - function->words);
    uint32_t low = 0, high = function->line_count, row;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (function->lines[middle].word <= word)
            low = middle + 1;
        else
            high = middle;
    }
    row = low == 0 ? 0 : function->lines[low - 1].line;
    if (row == 0 || row >= module->line_count)
        return false;
    *line = module->lines[row].line;
    *file = module->line_files[module->lines[row].file].text;
    *file_size = module->line_files[module->lines[row].file].size;
    return true;
}
