internal import Basics

extension FileScripts.Problem {
    /// The problem as a fault about the given path.
    func fault(_ path: String) -> Fault {
        switch self {
        case .symbolicLink:
            Fault(
                .refused, "\(path) is a symbolic link, which would be replaced by a file",
                hint: "Give the path that the link points to, or replace the link by the file.")
        case .notRegular:
            Fault(.refused, "\(path) exists and is no regular file")
        case .truncated:
            Fault(.unreachable, "the connection broke while \(path) was written; it is unchanged")
        case .absent:
            Fault(.notFound, "\(path) doesn't exist")
        case .dangling:
            Fault(.discrepancy, "\(path) is a symbolic link to a file that doesn't exist")
        case .tooLarge:
            Fault(.refused, "\(path) is far larger than such a file can be")
        case .noFolder:
            Fault(
                .notFound, "the folder of \(path) doesn't exist on the node",
                hint: "Check the path; the tool creates no folders on nodes.")
        }
    }
}
