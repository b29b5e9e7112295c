/* assemble.h - compiled modules made from text, for tests of what no compiler would emit.
**
** A line is an instruction and its operands, parted by spaces:
**
**   function NAME ARITY LABEL     label LABEL, func_info, label LABEL+1; exported
**   lambda LABEL ARITY FREE       a row of the table of funs
**   literal HEX...                a row of the table of literals, in the external format
**   strings TEXT                  the string table
**   file NAME                     a source file; line N: a row of the line table (op: line #ROW)
**   OPCODE OPERAND ...
**
** Operands: x0 y0 fr0 L3 (label) - (no label) #7 (number) 7 (integer) $HEX (integer, two's complement
** bytes) @0 (literal) m:f/1 (import) [ ... ] (list) alloc[ WORDS FLOATS FUNS ] {x0:3} (typed) and any
** other word is an atom; nil is []. */
#ifndef AVM_TEST_ASSEMBLE_H
#define AVM_TEST_ASSEMBLE_H

#include "base/vector.h"

struct assembled {
    struct memory *memory;          /* of the buffers: the test's own, not the one under test */
    struct byte_buffer bytes;       /* the module */
};

enum assemble_form {
    ASSEMBLE_LONG_ATOMS = 1,        /* AtU8 as OTP 28 writes it */
    ASSEMBLE_PLAIN_LITERALS = 2     /* LitT with size 0 instead of LitU */
};

/* Makes module named m. NULL, or the line that is wrong (static text). */
const char *assemble(struct assembled *assembled, struct memory *memory, const char *text,
    unsigned form);
void assemble_deinit(struct assembled *assembled);

#endif
