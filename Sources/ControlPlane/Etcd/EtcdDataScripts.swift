/// The shell scripts that change a member's data folder, run by root on the node or in a container;
/// see `FileScripts` for what they may be written with.
///
/// `$1` is the data folder, `$2` the restore's id.
enum EtcdDataScripts {
    enum Status {
        /// There is something already where a folder was to be put.
        static let occupied = 61
        /// Another of these scripts is at work.
        static let busy = 62
    }

    /// `d` the folder, `r` what is restored, `b` what was before; `x` what is on its way out, which
    /// nobody takes for anything else and whoever cleans up next removes.
    private static let names = """
        set -eu; d="$1"; r="$d/orchestrator-restore-$2"; b="$d/orchestrator-before-$2"; \
        x="$d/orchestrator-discard-$2"
        """

    /// A script that we gave up waiting for may live on, so every one that changes something holds
    /// a lock as long as it lives: on the folder itself, for a lock file would stay behind. Where
    /// there is no flock only `m` keeps them apart. It is asked again and again because busybox's
    /// can't wait for a limited time.
    ///
    /// - Parameter patience: how long the lock is waited for, in seconds.
    private static func lock(_ patience: Int) -> String {
        """
        i=0; if [ -d "$d" ] && command -v flock >/dev/null; then exec 9<"$d"; \
        while flock -n 9; s=$?; [ "$s" -eq 1 ]; do i=$((i+1)); \
        [ "$i" -le \(patience) ] || exit \(Status.busy); sleep 1; done; fi
        """
    }

    /// `m` renames, and never into a folder that is there already, as `mv` would do without a word.
    /// `k` moves a folder, where it is there, to what is on its way out: one that was deleted under
    /// its own name would be taken for whole when that is cut off.
    private static let functions = """
        m() { if [ -e "$2" ] || [ -L "$2" ]; then exit \(Status.occupied); fi; mv "$1" "$2"; }; \
        k() { if [ -e "$1" ]; then m "$1" "$x/$2"; fi; }
        """

    /// A script that changes something, with what it has to begin with.
    static func change(_ script: String, patience: Int) -> String {
        [names, lock(patience), functions, script].joined(separator: "; ")
    }

    static let state = """
        \(names); m=no; [ -d "$d/member" ] && m=yes; \
        if [ -d "$r/member" ]; then if [ $m = no ]; then echo between; \
        elif [ -d "$b/member" ]; then echo confused; else echo prepared; fi; \
        elif [ -d "$b/member" ]; then if [ $m = yes ]; then echo swapped; else echo between; fi; \
        else echo untouched; fi
        """

    /// `$3` which attempt: what it restored gets its owner, and its name, which says that it is
    /// whole.
    static let finish = """
        p="$r.partial-$3"; chown -R "$(stat -c %u:%g "$d")" "$p"; chmod 700 "$p"; sync; \
        m "$p" "$r"; sync
        """

    /// Where etcd was started between the two renames, it has made an empty member; `m` finds it.
    static let swap = """
        if [ -d "$r/member" ]; then mkdir -p "$b"; \
        if [ -d "$b/member" ]; then :; elif [ -d "$d/member" ]; then \
        m "$d/member" "$b/member"; fi; \
        sync; m "$r/member" "$d/member"; rmdir "$r"; sync; fi
        """

    private static let beginRemoval = """
        [ -d "$d" ] || exit 0; rm -rf "$x"; mkdir "$x"
        """
    /// What is on its way out is to have its name on disk before anything in it is deleted.
    private static let endRemoval = """
        sync; rm -rf "$x" "$r".partial-*; sync
        """

    static let putBack = """
        \(beginRemoval); if [ -d "$b/member" ]; then \
        if [ -d "$d/member" ]; then m "$d/member" "$x/member"; fi; \
        sync; m "$b/member" "$d/member"; sync; fi; \
        k "$b" before; k "$r" restore; \(endRemoval)
        """

    static let discardFormer = """
        \(beginRemoval); k "$b" before; k "$r" restore; \(endRemoval)
        """

    /// What was before isn't touched: it may be the only data that there is.
    static let clear = """
        \(beginRemoval); k "$r" restore; \(endRemoval)
        """
}
