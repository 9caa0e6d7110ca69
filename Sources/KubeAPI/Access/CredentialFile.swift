internal import Basics

/// The small files that a kubeconfig is or names.
enum CredentialFile {
    /// No kubeconfig, certificate bundle or token comes near.
    private static let limit = 4 << 20

    /// - Throws: `Fault`, also where there is no such file.
    static func read(_ path: String) throws(Fault) -> SecretBytes {
        guard let contents = try LocalFile.read(path, limit: limit) else {
            throw Fault(.notFound, "No such file or directory")
        }
        return contents
    }
}
