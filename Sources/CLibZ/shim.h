#ifndef ORCHESTRATOR_CLIBZ_SHIM_H
#define ORCHESTRATOR_CLIBZ_SHIM_H

/* malloc_usable_size, by which what zlib frees is wiped. */
#include <malloc.h>
#include <zlib.h>

/* A macro, which Swift can't call. It is for Deflate without a head or an end of zlib's own, as it
   lies in zip files. */
static inline int z_shim_inflate_init(z_stream *stream) {
    return inflateInit2(stream, -MAX_WBITS);
}

#endif
