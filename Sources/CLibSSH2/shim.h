#ifndef ORCHESTRATOR_CLIBSSH2_SHIM_H
#define ORCHESTRATOR_CLIBSSH2_SHIM_H

#include <libssh2.h>

#endif
