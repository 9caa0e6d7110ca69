internal import Glibc

/// `errno`, as the last system call left it, as a fault.
public enum SystemCall {
    public static func fault(_ activity: String, hint: String? = nil) -> Fault {
        let number = errno
        let code: Fault.Code =
            switch number {
            case EACCES, EPERM, EROFS: .denied
            case ENOENT, ENOTDIR: .notFound
            default: .failed
            }
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return Fault(code, "\(activity): \(reason)", hint: hint)
    }
}
