#ifndef CLABSODIUM_SHIM_H
#define CLABSODIUM_SHIM_H

#include <sodium.h>

#endif
