internal import Basics
internal import Glibc

extension LocalFile {
    /// Where a path leads when its last component is a symbolic link (or a chain of them), which
    /// may point to nothing yet.
    static func followingLinks(_ path: String) throws(Fault) -> String {
        var path = path
        for _ in 0..<16 {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(path, &buffer, buffer.count)
            guard length >= 0 else { return path }
            let target = String(
                decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            path =
                target.hasPrefix("/")
                ? target : ClusterFileNames.join(ClusterFileNames.folder(of: path), target)
        }
        throw Fault(.badInput, "\(path) is a symbolic link that leads in a circle")
    }
}
