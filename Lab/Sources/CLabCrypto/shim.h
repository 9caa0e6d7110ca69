#ifndef CLABCRYPTO_SHIM_H
#define CLABCRYPTO_SHIM_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>

/* Macros that Swift can't see. */

static inline int clab_gcm_get_tag(EVP_CIPHER_CTX *context, void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag);
}

static inline int clab_gcm_set_tag(EVP_CIPHER_CTX *context, void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag);
}

/* The entries of a certificate's subject; owned by the certificate. */

static inline int clab_subject_count(X509 *certificate) {
    return X509_NAME_entry_count(X509_get_subject_name(certificate));
}

static inline int clab_subject_nid(X509 *certificate, int index) {
    X509_NAME_ENTRY *entry = X509_NAME_get_entry(X509_get_subject_name(certificate), index);
    return OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
}

static inline const unsigned char *clab_subject_text(X509 *certificate, int index, int *length) {
    X509_NAME_ENTRY *entry = X509_NAME_get_entry(X509_get_subject_name(certificate), index);
    ASN1_STRING *text = X509_NAME_ENTRY_get_data(entry);
    *length = ASN1_STRING_length(text);
    return ASN1_STRING_get0_data(text);
}

#endif
