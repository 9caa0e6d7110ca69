#ifndef ORCHESTRATOR_CLIBCRYPTO_SHIM_H
#define ORCHESTRATOR_CLIBCRYPTO_SHIM_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#endif
