/* measure OUTPUT TURNS PROGRAM ARGUMENT...

   Runs the program with its standard output in the file OUTPUT, and prints its exit status (or 128
   and the signal's number), the nanoseconds from fork to end, its peak memory in KiB, and its
   microseconds of processor time; the last two with those that it waited for.

   Unless TURNS is 0, the program works for so many milliseconds and stands still for as long, in
   turns: what others notice of it is compared with what they see without it in the same minute.
   Then there are two more numbers for each time that it stood still, begin and end of it in
   nanoseconds of CLOCK_BOOTTIME.

   A program of its own, and in C, because it is small: Linux counts among a child's peak what its
   parent had at the fork, so that a benchmark which has just filled a database would measure
   itself. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(const char *output, char **command, const sigset_t *unblocked) {
    /* A program that stands still couldn't be interrupted. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, unblocked, NULL);
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
        perror(output);
        _exit(127);
    }
    execv(command[0], command);
    perror(command[0]);
    _exit(127);
}

static long long microseconds(struct timeval time) {
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

struct stop {
    long long begin, end;
    struct stop *next;
};

/* Waits for the end of the child, which meanwhile works and stands still in turns.
   Returns the times that it stood still, the last one first, or NULL. */
static struct stop *wait_by_turns(pid_t child, long turn, int *status, struct rusage *usage) {
    const struct timespec limit = {turn / 1000, turn % 1000 * 1000000L};
    struct stop *stops = NULL;
    int stands = 0;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    for (;;) {
        int got = sigtimedwait(&ends, NULL, &limit);
        if (wait4(child, status, WNOHANG, usage) == child) return stops;
        if (got != -1 || errno != EAGAIN) continue;
        if (stands) {
            kill(child, SIGCONT);
            stops->end = now(CLOCK_BOOTTIME);
        } else {
            struct stop *stop = malloc(sizeof *stop);
            if (stop == NULL) continue;
            kill(child, SIGSTOP);
            *stop = (struct stop){now(CLOCK_BOOTTIME), 0, stops};
            stops = stop;
        }
        stands = !stands;
    }
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: measure OUTPUT TURNS PROGRAM ARGUMENT...\n");
        return 64;
    }
    const long turn = atol(argv[2]);
    struct rusage usage;
    struct stop *stops = NULL;
    int status;
    sigset_t ends, unblocked;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, &unblocked);
    /* That it stands still is no news. */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}, NULL);
    long long begin = now(CLOCK_MONOTONIC);
    pid_t child = fork();
    if (child == 0) become(argv[1], argv + 3, &unblocked);
    if (child < 0) {
        perror("measure");
        return 1;
    }
    if (turn > 0) {
        stops = wait_by_turns(child, turn, &status, &usage);
    } else if (wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 1;
    }
    printf("%d %lld %ld %lld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
           now(CLOCK_MONOTONIC) - begin, usage.ru_maxrss,
           microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
    for (; stops != NULL; stops = stops->next) printf("%lld %lld\n", stops->begin, stops->end);
    return 0;
}
