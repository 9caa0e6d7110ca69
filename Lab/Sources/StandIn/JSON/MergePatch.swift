extension JSON {
    /// This value changed by a merge patch, as RFC 7396 section 2 has it.
    func merged(with patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        guard !changes.isEmpty || object == nil else { return self }
        var result = object ?? [:]
        for (name, change) in changes {
            result[name] = change == .null ? nil : (result[name] ?? .null).merged(with: change)
        }
        return .object(result)
    }
}
