/// The shell scripts that change files, run by root on the node or in a helper container.
///
/// Written for any POSIX `sh` with coreutils or busybox, and within what `ShellCommand` may quote.
/// Each problem has an exit status of its own, since messages differ from tool to tool.
enum FileScripts {
    enum Problem: Int {
        case symbolicLink = 41, notRegular, truncated, absent, dangling, tooLarge, noFolder
    }

    /// `$1` folder, `$2` name, `$3` temporary prefix, `$4` temporary name: refuses what must not be
    /// replaced and removes what interrupted runs left. `$8`, where it is given, is the folder in
    /// which the temporary file lies, unless that is on another file system, where no rename leads.
    static let prepare = """
        set -eu; umask 077; [ -d "$1" ] || exit \(Problem.noFolder.rawValue); d=${8:-$1}; \
        if [ "$d" = "$1" ] || [ "$(stat -c %d "$d")" = "$(stat -c %d "$1")" ]; \
        then :; else d=$1; fi; p="$1/$2"; t="$d/$4"; \
        if [ -L "$p" ]; then exit \(Problem.symbolicLink.rawValue); fi; \
        if [ -e "$p" ]; then [ -f "$p" ] || exit \(Problem.notRegular.rawValue); fi; \
        for f in "$d/$3"*; do [ "$f" = "$t" ] || rm -f "$f"; done
        """

    /// After `prepare`. `$5` size, `$6` mode, `$7` owner: the contents come by standard input.
    /// `set -C` makes the shell open the file with O_EXCL.
    static let receive = """
        c() { rm -f "$t"; }; trap c EXIT; trap "exit 1" HUP INT TERM; \
        set -C; cat >"$t"; set +C; chown "$7" "$t"; chmod "$6" "$t"
        """

    /// After `prepare`. `$5` size: puts the temporary file in place.
    ///
    /// `sync FILE` is fsync in coreutils since 8.24 and in busybox; older ones flush everything.
    /// `touch` gives the file the node's own time, whatever made it; where somebody has removed it,
    /// it isn't made anew, so that a write that nobody waits for any more ends here.
    static let commit = """
        c() { rm -f "$t"; }; trap c EXIT; \
        s=$(wc -c <"$t"); [ "$s" -eq "$5" ] || exit \(Problem.truncated.rawValue); \
        touch -c "$t"; sync "$t"; mv -f "$t" "$p"; sync "$1"
        """

    /// All of a write, with the contents by standard input.
    static let write = [prepare, receive, commit].joined(separator: "; ")

    /// A write in two runs, between which another puts the temporary file there: the first prepares
    /// and finds out whether the tools are there.
    static let writeInTwoRuns = """
        \(prepare); if [ -e "$t" ]; then \(commit); \
        else for w in mv rm sync touch wc; do command -v "$w" >/dev/null || exit 127; done; fi
        """

    /// Temporary files first: a write that lives on puts the file there no more then.
    static let remove = """
        set -eu; rm -f "$1/$3"* "$1/$2"; if [ -d "$1" ]; then sync "$1"; fi
        """

    /// The same for the temporary files alone.
    static let removeTemporaries = """
        set -eu; rm -f "$1/$3"*; if [ -d "$1" ]; then sync "$1"; fi
        """

    /// `$1` path, `$2` folder, `$3` limit: a line of attributes, then the contents.
    ///
    /// The file is opened once, so that both tell of the same file even if it is replaced. A file
    /// counts as absent only when its folder can be listed or isn't there either.
    static let read = """
        set -eu; LC_ALL=C; export LC_ALL; if [ -e "$1" ]; then \
        [ -f "$1" ] || exit \(Problem.notRegular.rawValue); exec <"$1"; \
        s=$(stat -L -c %s /dev/stdin); [ "$s" -le "$3" ] || exit \(Problem.tooLarge.rawValue); \
        stat -L -c "%a %u %g|%y|%z" /dev/stdin; cat; exit 0; fi; \
        if [ -L "$1" ]; then exit \(Problem.dangling.rawValue); fi; \
        if [ -e "$2" ]; then ls -a "$2" >/dev/null; fi; exit \(Problem.absent.rawValue)
        """
}
