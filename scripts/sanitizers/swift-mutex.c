// Tells ThreadSanitizer of Swift's Mutex where two threads meet in it.
//
// On Linux the uncontended ways through Synchronization.Mutex are compiled into our own code, so
// ThreadSanitizer sees their atomic operations. The contended ones, a futex with priority
// inheritance, are in libswiftSynchronization, which isn't instrumented: what one thread did under
// the lock then looks unordered with what the next one does, and is reported as a race. These two
// functions stand before the library's and add what is missing, so that nothing has to be
// suppressed. (stdlib/public/Synchronization/Mutex/LinuxImpl.swift of the Swift project.)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void LockSlow(uint32_t thread, SELF void *handle);
typedef SWIFT void UnlockSlow(SELF void *handle);

static void *of_the_library(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) abort();
    return function;
}

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
    ((LockSlow *)of_the_library(LOCK_SLOW))(thread, handle);
    __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) {
    __tsan_release(handle);
    ((UnlockSlow *)of_the_library(UNLOCK_SLOW))(handle);
}
