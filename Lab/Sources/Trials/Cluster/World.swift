internal import Basics
internal import Crypto
internal import Foundation
internal import LabKit

/// Everything of a cluster and of its operator that a run could touch, as it is at one moment.
package struct World: Sendable {
    /// By place, the lines of what is there. Before the bar what it is, behind it which and since
    /// when.
    private let places: [String: Set<String>]

    package static func seen(_ user: Operator) async throws -> World {
        var places = ["operator": try lines(of: user.folder)]
        try await withThrowingTaskGroup(of: (String, Set<String>).self) { group in
            for node in user.lab.nodes {
                group.addTask {
                    let script = node.runtime.isStaticPods ? staticPodScript : dockerScript
                    let seen = try await node.command(["sh", "-c", script]).run().text
                    return (node.name, Set(seen.split(separator: "\n").map(String.init)))
                }
            }
            for try await (name, lines) in group { places[name] = lines }
        }
        return World(places: places)
    }

    /// What differs from an earlier moment, a line each; empty: nothing was touched.
    package func differences(since before: World) -> [String] { differences(since: before) { $0 } }

    /// The same, but files may have been written anew and containers made anew: what there was
    /// is there again, and nothing else.
    package func differencesInShape(since before: World) -> [String] {
        differences(since: before) { line in
            String(line.prefix { $0 != "|" })
        }
    }

    private func differences(
        since before: World, seen: (String) -> String
    ) -> [String] {
        places.keys.sorted().flatMap { place in
            let old = Set((before.places[place] ?? []).map(seen))
            let new = Set((places[place] ?? []).map(seen))
            return old.subtracting(new).sorted().map { "\(place): - \($0)" }
                + new.subtracting(old).sorted().map { "\(place): + \($0)" }
        }
    }

    /// All of the node but what changes by itself. What lies in the kubelet's folder runs, so every
    /// file there counts as everywhere else.
    private static let staticPodScript = """
        set -e
        find / -xdev \\( -path /var/log -o -path /var/lib/etcd -o -path /var/lib/minikube/etcd \
            -o -path /var/lib/kubelet-standin -o -path /run/sudo -o -path /var/lib/sudo \\) -prune \
            -o -printf 'file %p %y %m %u:%g %l| %s %T@ %i\\n'
        find /etc/kubernetes /var/lib/kubelet $(ls -d /var/lib/minikube/certs 2>/dev/null) \
            -xdev -type f -exec sha256sum {} +
        for name in etcd kube-apiserver; do
            for pid in $(pgrep -x $name); do
                set -- $(sed 's/.*) //' /proc/$pid/stat)
                shift 19
                echo "container /$name running| $pid $1"
            done
        done
        """

    private static let dockerScript = """
        set -e
        find /etc/kubernetes /opt /home /root /tmp /var/tmp -xdev \
            -printf 'file %p %y %m %u:%g %l| %s %T@ %i\\n'
        find /etc/kubernetes -xdev -type f -exec sha256sum {} +
        docker ps --all --quiet --no-trunc | xargs docker inspect --format \
            'container {{.Name}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}\
        | {{.Id}} {{.State.StartedAt}} {{.State.FinishedAt}} {{.RestartCount}}'
        docker volume ls --quiet
        docker image ls --all --quiet --no-trunc
        """

    /// The lock file is the one thing that even a refused run may make.
    private static func lines(of folder: String) throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Set(
            try names.filter { !$0.hasSuffix(".lock") }.compactMap { name in
                var status = stat()
                guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG
                else { return nil }
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                let digest = SHA256.digest(SecretBytes(copying: bytes)).hex
                let (time, mode) = (status.st_mtim, String(status.st_mode, radix: 8))
                return "file \(name) \(mode) \(digest)| \(status.st_ino) "
                    + "\(time.tv_sec).\(time.tv_nsec)"
            })
    }
}
