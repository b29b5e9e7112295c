/* crypto_info.c - natives of module crypto: what is under it, and what OpenSSL alone has: engines, FIPS,
** encapsulated keys. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"

#define INFO_NATIVES(X)                                                                          \
    X("info_lib", 0, info_lib, NATIVE_NO_ERROR_INFO)                                             \
    X("info_nif", 0, info_map, NATIVE_NO_ERROR_INFO)                                             \
    X("info_fips", 0, info_fips, NATIVE_NO_ERROR_INFO)                                           \
    X("enable_fips_mode_nif", 1, info_enable_fips, NATIVE_NO_ERROR_INFO)                         \
    X("kem_algorithms_nif", 0, info_no_kems, NATIVE_NO_ERROR_INFO)                               \
    X("encapsulate_key_nif", 2, info_encapsulate, NATIVE_NO_ERROR_INFO)                               \
    X("decapsulate_key_nif", 3, info_decapsulate, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_info, "crypto", NULL, INFO_NATIVES)

#define ENGINE_NATIVES(X)                                                                        \
    X("engine_by_id_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                    \
    X("engine_init_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                     \
    X("engine_free_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                     \
    X("engine_load_dynamic_nif", 0, no_engine, NATIVE_NO_ERROR_INFO)                             \
    X("engine_ctrl_cmd_strings_nif", 3, no_engine, NATIVE_NO_ERROR_INFO)                         \
    X("engine_register_nif", 2, no_engine, NATIVE_NO_ERROR_INFO)                                 \
    X("engine_unregister_nif", 2, no_engine, NATIVE_NO_ERROR_INFO)                               \
    X("engine_add_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                      \
    X("engine_remove_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                   \
    X("engine_get_first_nif", 0, no_engine, NATIVE_NO_ERROR_INFO)                                \
    X("engine_get_next_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                 \
    X("engine_get_id_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                   \
    X("engine_get_name_nif", 1, no_engine, NATIVE_NO_ERROR_INFO)                                 \
    X("engine_get_all_methods_nif", 0, no_engine, NATIVE_NO_ERROR_INFO)                          \
    X("ensure_engine_loaded_nif", 2, no_engine, NATIVE_NO_ERROR_INFO)
/* The rows share one body, which NATIVE_TABLE would declare for each. */
static native_fn no_engine;
static const struct native bif_crypto_engine_rows[] = { ENGINE_NATIVES(NATIVE_ROW_) };
extern const struct native_table bif_crypto_engine;
const struct native_table bif_crypto_engine = { "crypto", NULL, bif_crypto_engine_rows,
    sizeof bif_crypto_engine_rows / sizeof *bif_crypto_engine_rows };

/* As OTP's does where OpenSSL was built without engines. */
static term no_engine(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(notsup);
}

#define LIBRARY_NAME "Mbed TLS"

static term make_binary(struct scheduler *s, const char *text)
{
    return bits_make_copy(native_heap(s), text, strlen(text));
}

/* [{Name, Number, NameAndVersion}] */
static term info_lib(struct scheduler *s, const term *a)
{
    term name = make_binary(s, LIBRARY_NAME);
    term number = native_integer(s, mbedtls_version_get_number());
    char version[16], text[sizeof LIBRARY_NAME + sizeof version];
    term full, tuple = TERM_NONE;

    (void) a;
    mbedtls_version_get_string(version);
    memcpy(text, LIBRARY_NAME " ", sizeof LIBRARY_NAME);
    memcpy(text + sizeof LIBRARY_NAME, version, strlen(version) + 1);
    full = make_binary(s, text);
    if (name != TERM_NONE && number != TERM_NONE && full != TERM_NONE)
        tuple = native_tuple3(s, name, number, full);
    return native_result(s, tuple != TERM_NONE ? native_cons(s, tuple, TERM_NIL) : TERM_NONE);
}

static term info_map(struct scheduler *s, const term *a)
{
    char version[16], text[sizeof LIBRARY_NAME + sizeof version];
    term map = TERM_NONE;

    (void) a;
    mbedtls_version_get_string(version);
    memcpy(text, LIBRARY_NAME " ", sizeof LIBRARY_NAME);
    memcpy(text + sizeof LIBRARY_NAME, version, strlen(version) + 1);
    return crypto_put(s, &map, "compile_type", ATOM(normal))
            && crypto_put(s, &map, "link_type", crypto_make_atom(s, "static"))
            && crypto_put(s, &map, "cryptolib_version_compiled",
                crypto_make_text(s, LIBRARY_NAME " " MBEDTLS_VERSION_STRING))
            && crypto_put(s, &map, "cryptolib_version_linked", crypto_make_text(s, text))
            && crypto_put(s, &map, "fips_provider_available", ATOM(false))
        ? map
        : raise_no_memory(s);
}

static term info_fips(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, crypto_make_atom(s, "not_supported"));
}

static term info_enable_fips(struct scheduler *s, const term *a)
{
    if (a[0] != ATOM(true) && a[0] != ATOM(false))
        return raise_badarg(s);
    return native_boolean(a[0] == ATOM(false));
}

static term info_no_kems(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return TERM_NIL;
}

static term info_encapsulate(struct scheduler *s, const term *a)
{
    (void) a;
    return CRYPTO_NOTSUP(s, 0, "Unsupported algorithm");
}

static term info_decapsulate(struct scheduler *s, const term *a)
{
    (void) a;
    return CRYPTO_NOTSUP(s, 0, "Unsupported algorithm");
}
#endif
