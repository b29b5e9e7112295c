/* inspect_code.c - checks modules and prints their instructions.
**
** A module is read into a code table of its own, which goes away with it: nothing of it is in the
** VM afterwards but its atoms. */
#include "api/inspect.h"
#include "api/inspect_words.h"
#include "api/vm.h"

#include "data/print.h"
#include "load/disasm.h"

/* A module by itself. bytes are the caller's. */
struct alone {
    struct code_table *table;
    struct load_context context;
    struct module *module;
};

static void close_alone(struct alone *alone)
{
    if (alone->module != NULL)
        module_destroy(alone->module);
    if (alone->table != NULL)
        code_table_destroy(alone->table);
}

static avm_status open_alone(struct alone *alone, avm_vm *vm, const void *data, size_t size,
    struct load_error *error)
{
    struct code_bytes bytes = { data, size, NULL, NULL };
    enum load_status status = LOAD_NO_MEMORY;

    memset(alone, 0, sizeof *alone);
    error->text[0] = '\0';
    alone->context = vm->load;
    alone->table = code_table_create(&vm->memory, vm->load.atoms, vm->load.literals);
    alone->context.code = alone->table;
    if (alone->table != NULL)
        status = load_module(&alone->context, bytes, false, &alone->module, error);
    if (status == LOAD_OK)
        return AVM_OK;
    alone->module = NULL;
    close_alone(alone);
    return status == LOAD_NO_MEMORY ? AVM_NO_MEMORY
        : status == LOAD_BAD_FILE   ? AVM_BAD_FILE
                                    : AVM_BAD_CODE;
}

/* Copies an atom's text, at most size - 1 bytes of it. */
static void copy_atom(const struct atom_table *atoms, term atom, char *text, size_t size)
{
    size_t length;
    const uint8_t *bytes = atom_text(atoms, term_atom_index(atom), &length);

    if (length > size - 1)
        length = size - 1;
    memcpy(text, bytes, length);
    text[length] = '\0';
}

/* ---- Checking ------------------------------------------------------------------------------ */

struct verification {
    struct memory *memory;
    const struct atom_table *atoms;
    avm_finding_fn *report;
    void *user;
    avm_verify_counts *counts;
    avm_error *error;           /* gets the first finding; NULL */
    char module[256 * 4];
    bool is_out_of_memory;
};

/* Loader and checker say "MODULE:FUNCTION/ARITY+OFFSET: REASON" about a body. */
static const char *reason_of(const char *text, size_t *offset)
{
    const char *plus = strchr(text, '+');
    const char *end;
    size_t value = 0;

    *offset = 0;
    if (plus == NULL)
        return text;
    for (end = plus + 1; *end >= '0' && *end <= '9'; end++)
        value = value * 10 + (size_t) (*end - '0');
    if (end == plus + 1 || end[0] != ':' || end[1] != ' ')
        return text;
    *offset = value;
    return end + 2;
}

static void tell(struct verification *verification, const char *function, unsigned arity,
    const char *text)
{
    avm_finding finding;

    if (strcmp(text, "out of memory") == 0) {
        verification->is_out_of_memory = true;
        return;
    }
    verification->counts->refused++;
    if (verification->counts->refused == 1)
        (void) vm_fail(verification->error, AVM_BAD_CODE, "%s", text);
    finding.module = verification->module[0] == '\0' ? NULL : verification->module;
    finding.function = function;
    finding.arity = arity;
    finding.reason = function == NULL ? text : reason_of(text, &finding.offset);
    if (function == NULL)
        finding.offset = 0;
    if (verification->report != NULL)
        verification->report(verification->user, &finding);
}

/* Decoded, verified and translated, as its first call would do it. */
static void verify_body(struct verification *verification, struct function *function)
{
    struct generic_function generic;
    struct load_error error = { "" };
    char name[256 * 4];
    bool is_good = generic_decode(verification->memory, function, &generic, &error);

    verification->counts->functions++;
    if (is_good) {
        verification->counts->instructions += generic.op_count;
        is_good = verify_function(verification->memory, &generic, &error)
            && translate_function(verification->memory, &generic, &error);
        generic_deinit(verification->memory, &generic);
    }
    if (is_good) {
        memory_free(verification->memory, MEMORY_CODE, function->words, function->allocated);
        function->words = NULL;
        function->lines = NULL;
        return;
    }
    copy_atom(verification->atoms, function->name, name, sizeof name);
    tell(verification, name, function->arity, error.text);
}

avm_status avm_verify(avm_vm *vm, const void *data, size_t size, avm_finding_fn *report,
    void *user, avm_verify_counts *counts, avm_error *error)
{
    avm_verify_counts own = { 0, 0, 0 };
    struct verification verification;
    struct load_error why;
    struct alone alone;
    avm_status status = open_alone(&alone, vm, data, size, &why);
    uint32_t at;

    memset(&verification, 0, sizeof verification);
    verification.memory = &vm->memory;
    verification.atoms = vm->load.atoms;
    verification.report = report;
    verification.user = user;
    verification.counts = &own;
    verification.error = error;
    if (status == AVM_BAD_FILE || status == AVM_BAD_CODE)
        tell(&verification, NULL, 0, why.text);
    if (status == AVM_OK) {
        copy_atom(vm->load.atoms, alone.module->name, verification.module,
            sizeof verification.module);
        for (at = 0; at < alone.module->function_count; at++)
            verify_body(&verification, &alone.module->functions[at]);
        close_alone(&alone);
        status = own.refused == 0 ? AVM_OK : AVM_BAD_CODE;
    }
    if (verification.is_out_of_memory)
        status = AVM_NO_MEMORY;
    if (counts != NULL)
        *counts = own;
    if (error != NULL && status != AVM_OK)
        error->status = status;
    return status == AVM_NO_MEMORY ? vm_fail(error, status, "out of memory") : status;
}

/* ---- Disassembling ------------------------------------------------------------------------- */

struct printing {
    avm_vm *vm;
    struct alone *alone;
    avm_code_form form;
    avm_write_fn *write;
    void *user;
    struct byte_buffer out;
};

static void print_term(void *user, struct byte_buffer *out, term t)
{
    const struct printing *printing = user;

    (void) term_print(out, &printing->vm->node.compare, t, 200);
}

static avm_status flush(struct printing *printing)
{
    avm_status status = AVM_OK;

    if (printing->out.failed)
        return AVM_NO_MEMORY;
    if (printing->out.size != 0)
        status = printing->write(printing->user, (const char *) printing->out.bytes,
            printing->out.size);
    printing->out.size = 0;
    return status;
}

/* A body that is refused is said so in the text; the rest of the module is printed. */
static avm_status print_function(struct printing *printing, struct function *function)
{
    const struct disasm_options options = { NULL, false, print_term, printing };
    struct load_error error = { "" };
    bool is_good;

    if (printing->form == AVM_FORM_GENERIC) {
        is_good = disasm_function(&printing->out, function, &options, &error);
    } else {
        is_good = load_translate(function, &error);
        inspect_print_words(&printing->out, function, &printing->vm->node.compare);
    }
    if (!is_good)
        byte_buffer_format(&printing->out, "    refused: %s\n", error.text);
    byte_buffer_text(&printing->out, "\n");
    return flush(printing);
}

static bool is_wanted(const struct printing *printing, const struct function *function,
    const char *name, int arity)
{
    size_t size;
    const uint8_t *text = atom_text(printing->vm->load.atoms, term_atom_index(function->name),
        &size);

    return (arity < 0 || function->arity == (uint32_t) arity)
        && (name == NULL || (strlen(name) == size && memcmp(name, text, size) == 0));
}

static avm_status print_module(struct printing *printing, const char *name, int arity,
    avm_error *error)
{
    struct module *module = printing->alone->module;
    avm_status status;
    uint32_t at, found = 0;

    byte_buffer_text(&printing->out, "module ");
    atom_print(&printing->out, printing->vm->load.atoms, module->name);
    byte_buffer_text(&printing->out, "\n\n");
    for (at = 0; at < module->function_count; at++) {
        if (!is_wanted(printing, &module->functions[at], name, arity))
            continue;
        found++;
        status = print_function(printing, &module->functions[at]);
        if (status != AVM_OK)
            return vm_fail(error, status, "%s", avm_status_text(status));
    }
    if (found == 0 && name != NULL && arity >= 0)
        return vm_fail(error, AVM_NOT_FOUND, "no function %s/%d", name, arity);
    if (found == 0 && name != NULL)
        return vm_fail(error, AVM_NOT_FOUND, "no function %s", name);
    return AVM_OK;
}

avm_status avm_disassemble(avm_vm *vm, const void *data, size_t size, avm_code_form form,
    const char *function, int arity, avm_write_fn *write, void *user, avm_error *error)
{
    struct alone alone;
    struct printing printing = { vm, &alone, form, write, user, { NULL, MEMORY_OTHER, NULL, 0, 0,
        false } };
    struct load_error why;
    avm_status status = open_alone(&alone, vm, data, size, &why);

    if (status != AVM_OK)
        return vm_fail(error, status, "%s",
            status == AVM_NO_MEMORY ? "out of memory" : why.text);
    byte_buffer_init(&printing.out, &vm->memory, MEMORY_OTHER);
    status = print_module(&printing, function, arity, error);
    byte_buffer_deinit(&printing.out);
    close_alone(&alone);
    return status;
}
