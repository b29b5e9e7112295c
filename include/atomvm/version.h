/* version.h - the version of the library this header belongs to. */
#ifndef ATOMVM_VERSION_H
#define ATOMVM_VERSION_H

#define AVM_VERSION_MAJOR 0
#define AVM_VERSION_MINOR 1
#define AVM_VERSION_PATCH 0
#define AVM_VERSION_TEXT "0.1.0"

#endif
