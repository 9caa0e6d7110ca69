public import Basics

/// Where the paths of cluster.yml lead.
public struct PathResolver: Sendable {
    /// The folder of cluster.yml, without a slash at its end unless it is the root.
    public let folder: String
    private let home: String?
    private let environment: [String: String]

    /// - Parameters:
    ///   - file: cluster.yml's path; what is relative in it is relative to its folder.
    ///   - environment: `HOME` is what `~` stands for.
    public init(file: String, environment: [String: String]) {
        folder = ClusterFileNames.folder(of: file)
        home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        self.environment = environment
    }

    /// `~/` and `$NAME` or `${NAME}` expanded, then relative to the folder.
    ///
    /// - Throws: `Fault` for a variable that isn't set, and for `~` without a home.
    public func resolve(_ path: String) throws(Fault) -> String {
        let expanded = try expandHome(try expandVariables(path))
        return expanded.hasPrefix("/") ? expanded : ClusterFileNames.join(folder, expanded)
    }

    private func expandHome(_ path: String) throws(Fault) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return path }
        guard let home else {
            throw Fault(
                .badInput, "~ in the path \(path) stands for nothing: HOME is not set",
                hint: "Set HOME, or write the whole path.")
        }
        return home + path.dropFirst()
    }

    private func expandVariables(_ path: String) throws(Fault) -> String {
        var result = ""
        var rest = Substring(path)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let isBraced = rest.first == "{"
            if isBraced { rest.removeFirst() }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest[name.endIndex...]
            if isBraced {
                guard rest.first == "}" else { throw malformed(path) }
                rest.removeFirst()
            }
            guard !name.isEmpty else { throw malformed(path) }
            guard let value = environment[String(name)] else {
                throw Fault(
                    .badInput, "the environment variable \(name) in the path \(path) is not set",
                    hint: "Set it, or write the path itself.")
            }
            result += value
        }
        return result + rest
    }

    private func malformed(_ path: String) -> Fault {
        Fault(
            .badInput, "the path \(path) has a $ that begins no variable",
            hint: "Write $NAME or ${NAME}.")
    }
}
