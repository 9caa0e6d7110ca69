internal import Basics

/// The line of a server's log that tells why it didn't start, fit to be shown.
enum LogExcerpt {
    static let greatestLength = 500

    /// Picks the line that tells most: a panic or a fatal line of klog, then the `Error:` of the
    /// command line, then the last error line of klog, then simply the last line.
    static func reason(in log: String) -> String? {
        let lines = log.split(whereSeparator: \.isNewline).map(String.init)
            .filter { !$0.allSatisfy(\.isWhitespace) }
        let ranks: [(String) -> Bool] = [
            { $0.hasPrefix("panic:") || $0.hasPrefix("fatal error:") || isKlog($0, "F") },
            { $0.hasPrefix("Error:") || $0.hasPrefix("error:") },
            { isKlog($0, "E") },
            { _ in true },
        ]
        for rank in ranks {
            if let line = lines.last(where: rank) { return printable(line) }
        }
        return nil
    }

    /// klog's lines begin with the severity and the date, as in `E1121 03:37:23.200837`.
    private static func isKlog(_ line: String, _ severity: Character) -> Bool {
        let digits = line.dropFirst().prefix(4)
        return line.first == severity && digits.count == 4
            && digits.allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// A line without control characters and without anything that could be a key, cut to length.
    static func printable(_ line: String) -> String { plain(KeyRedaction.redact(line)) }

    /// A line without control characters, cut to length; for what can't have seen a key.
    static func plain(_ line: String) -> String {
        let clean = String(
            String.UnicodeScalarView(
                line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        return clean.count > greatestLength ? "\(clean.prefix(greatestLength))…" : clean
    }
}
