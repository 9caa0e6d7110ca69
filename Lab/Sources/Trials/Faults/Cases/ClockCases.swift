internal import Basics
internal import Foundation
internal import LabKit

extension FaultTrial {
    /// Clocks that jump. A machine has one clock for all its namespaces, so a node's own can't be
    /// set here; what its jump leaves behind, a file newer than now, can be made.
    static let clocks: [FaultTrial] = [
        jumping("an hour ahead", 3600, .enable, .confirmed(1, stage: 1), .docker, .success),
        jumping("two minutes back", -120, .rotate, .confirmed(2, stage: 1), .root, .success),
        jumping("a year ahead", 31_536_000, .disable, .rewriting, .docker, .success),
        jumping(
            "a day back", -86_400, .rotate, .confirmed(1, stage: 2), .docker,
            .either(["not yet valid"])),
        nodeClock(2, .rotate, .turn(of: 2, stage: 1), .root),
        nodeClock(3, .enable, .turn(of: 3, stage: 2), .docker),
    ]

    /// The operator's clock jumps, under a library that stands between the program and the
    /// system's clock.
    private static func jumping(
        _ told: String, _ seconds: Int, _ workflow: FaultedWorkflow, _ moment: Moment,
        _ bench: FaultBench, _ ending: Ending
    ) -> FaultTrial {
        FaultTrial(
            "the operator's clock jumps \(told)", workflow, moment, on: bench, ending, qps: 40,
            environment: { scene in
                try await ShiftedClock.environment(in: scene.user.folder)
            }
        ) { scene in
            try ShiftedClock.shift(by: seconds, in: scene.user.folder)
            return { try ShiftedClock.shift(by: 0, in: scene.user.folder) }
        }
    }

    /// The provider config was written just before the node's clock was set back an hour.
    private static func nodeClock(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "the clock of node \(number) is set back an hour after the file was written",
            workflow, moment, on: bench, .either(["clock"])
        ) { scene in
            let node = scene.node(number)
            let file = NodeFile.providerConfig(of: node.runtime)
            try await node.shell(
                """
                touch /run/before-write
                setsid sh -c 'until [ \(file) -nt /run/before-write ]; do sleep 0.005; done
                    touch -d "+1 hour" \(file)' </dev/null >/dev/null 2>&1 &
                """)
            return {
                // What an administrator does who has found the reason.
                try await node.shell(
                    "[ $(stat -c %Y \(file)) -le $(date +%s) ] || touch \(file)")
            }
        }
    }
}

/// A clock of one program that can be set while it runs.
enum ShiftedClock {
    /// What lets a program have it; made of C when first asked for.
    static func environment(in folder: String) async throws -> [String: String] {
        let library = folder + "/output/clock.so"
        try shift(by: 0, in: folder)
        if !FileManager.default.fileExists(atPath: library) {
            let file = folder + "/output/clock.c"
            try Data(source.utf8).write(to: URL(fileURLWithPath: file))
            try await Command(
                "cc", ["-shared", "-fPIC", "-O1", "-o", library, file, "-ldl"]
            ).run()
        }
        return ["LD_PRELOAD": library, "LAB_CLOCK": path(folder)]
    }

    /// - Parameter seconds: to be added to the system's time of day from now on.
    static func shift(by seconds: Int, in folder: String) throws {
        try Data("\(seconds)\n".utf8).write(
            to: URL(fileURLWithPath: path(folder)), options: .atomic)
    }

    private static func path(_ folder: String) -> String { folder + "/output/clock" }

    /// All ways to the time of day; the monotonic clock stays as it is, as it does on a machine
    /// whose clock is set.
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long shift(void) {
            char text[32] = {0};
            const char *path = getenv("LAB_CLOCK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return 0;
            ssize_t count = read(file, text, sizeof text - 1);
            close(file);
            return count > 0 ? strtol(text, NULL, 10) : 0;
        }

        int clock_gettime(clockid_t clock, struct timespec *now) {
            static int (*system_clock)(clockid_t, struct timespec *);
            if (!system_clock)
                system_clock = (int (*)(clockid_t, struct timespec *))
                    dlsym(RTLD_NEXT, "clock_gettime");
            int status = system_clock(clock, now);
            if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                now->tv_sec += shift();
            return status;
        }

        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec exact;
            (void)zone;
            if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
            now->tv_sec = exact.tv_sec;
            now->tv_usec = exact.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *result) {
            struct timespec exact;
            clock_gettime(CLOCK_REALTIME, &exact);
            if (result) *result = exact.tv_sec;
            return exact.tv_sec;
        }

        """
}
