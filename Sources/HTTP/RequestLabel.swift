extension HTTPRequest {
    /// Method and URL for messages: without user, password, query and fragment.
    var label: String {
        var shown = url.prefix { $0 != "?" && $0 != "#" }
        if let scheme = shown.firstRange(of: "://") {
            let authority = shown[scheme.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") {
                shown.removeSubrange(authority.startIndex...at)
            }
        }
        return "\(method) \(shown)"
    }
}
