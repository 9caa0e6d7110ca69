#ifndef ORCHESTRATOR_CLIBYAML_SHIM_H
#define ORCHESTRATOR_CLIBYAML_SHIM_H

#include <yaml.h>

#endif
