/* measure OUTPUT PROGRAM ARGUMENT...

   Runs the program with its standard output in the file OUTPUT, and prints its exit status (or 128
   and the signal's number), the nanoseconds from fork to end, its peak memory in KiB, and its
   microseconds of processor time; the last two with those that it waited for.

   A program of its own, and in C, because it is small: Linux counts among a child's peak what its
   parent had at the fork, so that a benchmark which has just filled a database would measure
   itself. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(const char *output, char **command) {
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

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: measure OUTPUT PROGRAM ARGUMENT...\n");
        return 64;
    }
    struct timespec begin, end;
    struct rusage usage;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t child = fork();
    if (child == 0) become(argv[1], argv + 2);
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%d %lld %ld %lld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
           (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec,
           usage.ru_maxrss, microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
    return 0;
}
