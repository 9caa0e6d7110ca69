/// The shell scripts that look at static pods, run by root on the node; see `FileScripts` for what
/// they may be written with.
enum StaticPodScripts {
    /// Prints the clock and then, for every process in the node's own network whose command line
    /// has one of the words, its number, the user who started it, what `/proc/PID/stat` has after
    /// its name, and its command line in hexadecimal. The name is left out because a process may
    /// give itself any, line feeds included. Whose `/proc/PID` is doesn't tell the user: it is root's
    /// wherever a process asks for that (`PR_SET_DUMPABLE`). In another network are the servers of
    /// clusters that run inside this node's containers.
    private static func processes(with words: String...) -> String {
        let patterns = words.map { "-e \($0)" }.joined(separator: " ")
        return """
            LC_ALL=C; export LC_ALL; w=$(date +%s.%N); read -r u x </proc/uptime; \
            echo "clock $w $u $(getconf CLK_TCK 2>/dev/null || echo 100) \
            $(cat /proc/sys/kernel/random/boot_id)"; n=$(readlink /proc/self/ns/net); \
            for f in $(grep -l -a \(patterns) /proc/[0-9]*/cmdline 2>/dev/null); do \
            p=${f%/cmdline}; s=$(cat "$p/stat" 2>/dev/null) || continue; \
            [ "$(readlink "$p/ns/net")" = "$n" ] || continue; \
            u=; while read -r k v _; do if [ "$k" = Uid: ]; then u=$v; break; fi; \
            done 2>/dev/null <"$p/status"; [ -n "$u" ] || continue; \
            c=$(od -An -v -tx1 "$f" 2>/dev/null) || continue; \
            s=${s##*")"}; echo "process ${p#/proc/} $u $s"; echo cmdline $c; done
            """
    }

    /// `$1` folder: prints every file there that the kubelet reads, whatever its suffix, and that
    /// mentions one of the names.
    private static func files(mentioning names: String...) -> String {
        let patterns = names.map { "-e \($0)" }.joined(separator: " ")
        return """
            for f in "$1"/*; do if [ -f "$f" ] && grep -q -a \(patterns) "$f"; \
            then echo "file $f"; fi; done
            """
    }

    /// What there is of kubelets.
    static let kubelets = processes(with: "kubelet")

    /// `$1` folder: what there is of manifests.
    static let manifests = """
        \(files(mentioning: "kube-apiserver", "hyperkube", "etcd")); exit 0
        """

    /// `$1` folder: the kubelet's drop-in configs, in the order in which they count.
    static let dropIns = """
        LC_ALL=C; export LC_ALL; for f in "$1"/*.conf; do if [ -f "$f" ]; then echo "$f"; fi; done
        """

    /// `$1` folder of the manifests, `$2` where the copy of a former manifest lies, `$3` path of the
    /// manifest, `$4` the kubelet's folder of logs: everything about kube-apiserver on the node, the manifest last.
    static let look = """
        \(processes(with: "--etcd-servers", "--etcd_servers")); \
        \(files(mentioning: "kube-apiserver", "hyperkube")); \
        if [ -e "$2" ]; then echo copy; fi; \
        for f in $(ls -1t "$4"/*kube-apiserver*/*/[0-9]*.log 2>/dev/null); \
        do echo "log $f"; done; \
        echo manifest; set -- "$3" "$1" 10485760; \(FileScripts.read)
        """

    /// `$1` and so on: logs, of which the ends are printed.
    static let logs = """
        for f in "$@"; do tail -n 200 "$f" 2>/dev/null; done; exit 0
        """

    /// `$1` path: what it is, links followed.
    static let kind = """
        if [ -S "$1" ]; then echo socket; elif [ -e "$1" ]; then echo other; else echo missing; fi
        """

    /// `$1` folder: is made, for root only, where it isn't there.
    static let makeFolder = """
        set -eu; umask 077; mkdir -p "$1"
        """

    /// `$1` folder: is removed where nothing is in it any more.
    static let removeFolder = """
        rmdir "$1" 2>/dev/null || true
        """
}
