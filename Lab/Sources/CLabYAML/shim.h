#ifndef CLABYAML_SHIM_H
#define CLABYAML_SHIM_H

#include <yaml.h>

#endif
