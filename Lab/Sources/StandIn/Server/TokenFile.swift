/// The static tokens of `--token-auth-file`.
enum TokenFile {
    /// Who each token belongs to; lines with fewer than three columns are left out.
    static func users(_ bytes: [UInt8]) -> [String: User] {
        var users: [String: User] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let columns = line.split(
                separator: ",", maxSplits: 3, omittingEmptySubsequences: false
            ).map { String($0.filter { $0 != "\"" && $0 != " " }) }
            guard columns.count >= 3, !columns[0].isEmpty, !columns[1].isEmpty else { continue }
            let groups = columns.count > 3 ? columns[3].split(separator: ",").map(String.init) : []
            users[columns[0]] = User(name: columns[1], groups: groups + ["system:authenticated"])
        }
        return users
    }
}
