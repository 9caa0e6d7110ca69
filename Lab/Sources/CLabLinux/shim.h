#ifndef CLABLINUX_SHIM_H
#define CLABLINUX_SHIM_H

#include <linux/sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What containers are made of: calls that the C library doesn't have, and flags that Swift
// doesn't see. All return 0, or -1 with errno.

/// The calling thread gets a mount namespace, and its children a PID namespace, of their own.
static inline int lab_unshare_container(void) {
    return (int)syscall(SYS_unshare, CLONE_NEWNS | CLONE_NEWPID);
}

/// The process is killed when the thread that started it ends.
static inline int lab_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

static inline int lab_make_mounts_private(void) {
    return mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
}

static inline int lab_mount(
    const char *type, const char *target, const char *options) {
    return mount(type, target, type, MS_NOSUID, options);
}

static inline int lab_bind(const char *source, const char *target) {
    return mount(source, target, 0, MS_BIND | MS_REC, 0);
}

static inline int lab_make_read_only(const char *target) {
    return mount(0, target, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
}

static inline int lab_pivot_root(const char *root, const char *former) {
    return (int)syscall(SYS_pivot_root, root, former);
}

static inline int lab_detach(const char *target) { return umount2(target, MNT_DETACH); }

#endif
