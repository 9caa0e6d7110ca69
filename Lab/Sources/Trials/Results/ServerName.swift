internal import Basics
internal import Foundation
internal import LabKit

/// How results name the kube-apiserver that the lab runs.
package enum ServerName {
    static let standIn = "stand-in"

    /// `stand-in`, or `kube-apiserver v1.36.0`.
    ///
    /// - Parameter told: as for the lab; else from the environment.
    package static func of(apiServer told: String? = nil) async throws -> String {
        let path = try APIServerProgram.find(told: told)
        guard !path.hasSuffix("/kube-apiserver-standin") else { return standIn }
        let said = try await Command(path, ["--version"]).run().text
        guard let version = said.split(whereSeparator: \.isWhitespace).last else {
            throw Fault(.remote, "\(path) --version says nothing")
        }
        return "kube-apiserver \(version)"
    }
}
