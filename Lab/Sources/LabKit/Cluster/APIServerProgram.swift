internal import Basics
internal import Foundation

/// Which kube-apiserver a lab runs.
public enum APIServerProgram {
    static let standIn = "kube-apiserver-standin"

    public static func isStandIn(_ path: String) -> Bool {
        (path as NSString).lastPathComponent == standIn
    }

    /// The one told; else that of `$KUBE_APISERVER` or, as envtest has it,
    /// `$KUBEBUILDER_ASSETS/kube-apiserver`; else the stand-in beside the running program.
    ///
    /// - Parameter environment: the program's own unless given.
    /// - Throws: a `Fault` when the one asked for isn't an executable file: a lab must not run
    ///   the stand-in when a real server was meant.
    public static func find(
        told: String?, environment: [String: String]? = nil
    ) throws -> String {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let path =
            told ?? environment["KUBE_APISERVER"]
            ?? environment["KUBEBUILDER_ASSETS"].map { $0 + "/kube-apiserver" }
            ?? Program.besideThis(standIn)
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path(percentEncoded: false)
        guard FileManager.default.isExecutableFile(atPath: absolute) else {
            throw Fault(
                .notFound, "there is no program \(absolute)",
                hint: "build the stand-in with: swift build --package-path Lab "
                    + "--product \(standIn), or name a kube-apiserver")
        }
        return absolute
    }
}

enum Program {
    /// A program of the same build as the running one: they share a folder.
    static func besideThis(_ name: String) -> String {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
        return (own as NSString).deletingLastPathComponent + "/" + name
    }
}
