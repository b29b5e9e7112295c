/* profile.h - counts of what the loop runs, in builds with AVM_PROFILE=ON: instructions, pairs of them,
** kinds of their operands. Private to the room; no other build has any of it. */
#ifndef AVM_INTERP_PROFILE_H
#define AVM_INTERP_PROFILE_H

#include "opcode/instruction.h"

#if defined(AVM_PROFILE) && AVM_PROFILE
/* Counts the instruction at unit, which is about to run. At the end of the program the counts go to the
** file that the environment names by AVM_PROFILE_FILE, for tools/profile. */
void profile_count(const uint32_t *unit);
#define PROFILE(unit) profile_count(unit)
#else
#define PROFILE(unit) ((void) 0)
#endif

#endif
