#ifndef CBENCHMARKCRYPTO_SHIM_H
#define CBENCHMARKCRYPTO_SHIM_H

#include <openssl/evp.h>
#include <openssl/rand.h>

#endif
