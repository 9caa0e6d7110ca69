#ifndef ORCHESTRATOR_CLIBSSH2_SHIM_H
#define ORCHESTRATOR_CLIBSSH2_SHIM_H

#include <libssh2.h>
#include <malloc.h>

/* libssh2_session_callback_set takes every function as `void *`; this keeps their types. */
static inline void orchestrator_ssh2_set_callbacks(
    LIBSSH2_SESSION *session, LIBSSH2_SEND_FUNC((*send)), LIBSSH2_RECV_FUNC((*receive)),
    LIBSSH2_DISCONNECT_FUNC((*disconnect)))
{
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)disconnect);
}

#endif
