/* resource_fixture.h - natives of the module leak_native, whose resources are counted. */
#ifndef AVM_TEST_RESOURCE_FIXTURE_H
#define AVM_TEST_RESOURCE_FIXTURE_H

#include "atomvm/native.h"

/* make/1 gives a resource that holds an integer; value/1 the integer. watch/2 makes it watch a process,
** unwatch/1 undoes that; downs/1 says how many that it watched have ended. */
extern const avm_native_module resource_module;

/* Resources made and not yet destroyed; a destructor that runs twice makes it wrong. */
extern long resources_alive;
extern unsigned long resources_made, resources_downs;

#endif
