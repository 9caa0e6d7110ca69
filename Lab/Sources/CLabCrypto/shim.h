#ifndef CLABCRYPTO_SHIM_H
#define CLABCRYPTO_SHIM_H

#include <openssl/evp.h>

#endif
