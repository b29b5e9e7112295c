/* The cost of crossing between C and the machine, beside Lua's: a call of a function that does nothing
** from the host, and of a native that does nothing from a loop. tests/bench/calls builds and runs it. */
#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 200000
#define LOOPS 10000000
#define ROUNDS 5

static avm_term nothing(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    (void) argv;
    return avm_make_int64(env, 1);
}

static const avm_native natives[] = { { "native", 0, nothing, 0 } };
static const avm_native_module module = { .name = "calls", .natives = natives, .count = 1 };

static int lua_nothing(lua_State *lua)
{
    lua_pushinteger(lua, 1);
    return 1;
}

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static double now(void)
{
    return (double) avm_platform_default()->cpu_time(NULL) / 1e9;
}

/* ---- seconds for each, the least of some rounds ---- */

static avm_vm *vm;
static avm_env *env;
static lua_State *lua;

static void call_erlang(void)
{
    avm_term result;
    avm_error error;
    int i;

    for (i = 0; i < CALLS; i++) {
        if (avm_call(vm, "calls", "empty", env, 0, NULL, &result, &error) != AVM_OK)
            fail(error.message);
        avm_env_clear(env);
    }
}

static void call_lua(void)
{
    int i;

    for (i = 0; i < CALLS; i++) {
        lua_getglobal(lua, "empty");
        if (lua_pcall(lua, 0, 1, 0) != LUA_OK)
            fail(lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
}

static void loop_erlang(const char *function)
{
    avm_term count = avm_make_int64(env, LOOPS), result;
    avm_error error;

    if (avm_call(vm, "calls", function, env, 1, &count, &result, &error) != AVM_OK)
        fail(error.message);
}

static void loop_lua(const char *function)
{
    lua_getglobal(lua, function);
    lua_pushinteger(lua, LOOPS);
    if (lua_pcall(lua, 1, 0, 0) != LUA_OK)
        fail(lua_tostring(lua, -1));
}

static void loop_erlang_natives(void) { loop_erlang("natives"); }
static void loop_erlang_empty(void) { loop_erlang("loop"); }
static void loop_lua_natives(void) { loop_lua("natives"); }
static void loop_lua_empty(void) { loop_lua("loop"); }

static double best(void (*run)(void))
{
    double least = 1e9;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        double start = now(), took;

        run();
        took = now() - start;
        least = took < least ? took : least;
    }
    return least;
}

static void print(const char *what, double ours, double luas)
{
    printf("%-34s %8.1f ns   Lua %8.1f ns   ratio %.2f\n", what, ours, luas, ours / luas);
}

int main(int argc, char **argv)
{
    avm_error error;
    double ours, luas;

    if (argc < 2 || avm_create(NULL, &vm, &error) != AVM_OK
        || avm_register_natives(vm, &module, &error) != AVM_OK
        || avm_load_file(vm, argv[1], &error) != AVM_OK || avm_env_create(vm, &env) != AVM_OK)
        fail("calls.beam cannot be loaded");
    lua = luaL_newstate();
    lua_pushcfunction(lua, lua_nothing);
    lua_setglobal(lua, "native");
    if (luaL_dostring(lua,
            "function empty() return 1 end\n"
            "function loop(n) for i = 1, n do empty() end end\n"
            "function natives(n) local f = native for i = 1, n do f() end end") != LUA_OK)
        fail(lua_tostring(lua, -1));
    ours = best(call_erlang) / CALLS * 1e9;
    luas = best(call_lua) / CALLS * 1e9;
    print("avm_call / lua_pcall, empty", ours, luas);
    ours = best(loop_erlang_natives) / LOOPS * 1e9;
    luas = best(loop_lua_natives) / LOOPS * 1e9;
    print("a native / a C function, in a loop", ours, luas);
    ours = best(loop_erlang_empty) / LOOPS * 1e9;
    luas = best(loop_lua_empty) / LOOPS * 1e9;
    print("a function, in a loop", ours, luas);
    lua_close(lua);
    avm_env_destroy(env);
    avm_destroy(vm);
    return 0;
}
