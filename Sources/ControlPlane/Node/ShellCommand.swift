internal import Basics

/// Commands for a node whose login shell may be any: sh, bash, fish or csh.
///
/// sshd hands the whole command to the user's login shell. All of these shells agree on words of
/// plain characters and on text between single quotes, as long as that text has no single quote,
/// no backslash (fish), no exclamation mark and no line break (csh). So nothing else is ever sent,
/// and what takes more than one step is run by `sh -c` with its parameters as words.
enum ShellCommand {
    /// One word, quoted where it has to be.
    ///
    /// - Throws: `Fault(.badInput)` for text that shells would read differently.
    static func quote(_ word: String) throws -> String {
        if !word.isEmpty, word.unicodeScalars.allSatisfy(isPlain) { return word }
        guard word.unicodeScalars.allSatisfy({ !isForbidden($0) }) else {
            throw Fault(
                .badInput,
                "\(word.debugDescription) can't be handed to every login shell unchanged",
                hint: "Use a path without quotes, backslashes, exclamation and control characters.")
        }
        return "'\(word)'"
    }

    /// A command of the given words.
    static func words(_ words: [String]) throws -> String {
        try words.map(quote).joined(separator: " ")
    }

    /// A script for `sh`, which finds the parameters in `$1` and so on.
    static func script(_ script: String, _ parameters: [String]) -> [String] {
        ["sh", "-c", script, "orchestrator"] + parameters
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-", ":": true
        default: false
        }
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "'", "\\", "!": true
        default: scalar.value < 0x20 || scalar.value == 0x7F
        }
    }
}
