internal import StandIn

/// The members of an object in a manifest, read with the types that the API has.
struct Fields {
    private let members: [String: JSON]
    /// For errors: `spec.containers[0]`.
    private let path: String

    init(_ value: JSON, _ path: String) {
        members = value.object ?? [:]
        self.path = path
    }

    func error(_ name: String, _ why: String) -> ManifestError {
        ManifestError(description: "\(place(name)): \(why)")
    }

    private func place(_ name: String) -> String {
        path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
    }

    /// Null is as good as absent.
    private func value(_ name: String) -> JSON? {
        members[name].flatMap { $0 == .null ? nil : $0 }
    }

    func has(_ name: String) -> Bool { value(name) != nil }

    func string(_ name: String) throws(ManifestError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw error(name, "not a string") }
        return text
    }

    func required(_ name: String) throws(ManifestError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw error(name, "required") }
        return text
    }

    func bool(_ name: String) throws(ManifestError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.bool else { throw error(name, "not a boolean") }
        return flag
    }

    func integer(_ name: String) throws(ManifestError) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer else { throw error(name, "not an integer") }
        return number
    }

    /// Empty where there is none.
    func fields(_ name: String) throws(ManifestError) -> Fields {
        guard let value = value(name) else { return Fields([:], place(name)) }
        guard value.object != nil else { throw error(name, "not an object") }
        return Fields(value, place(name))
    }

    func list(_ name: String) throws(ManifestError) -> [Fields] {
        guard let value = value(name) else { return [] }
        guard let elements = value.array, elements.allSatisfy({ $0.object != nil }) else {
            throw error(name, "not a list of objects")
        }
        return elements.enumerated().map { Fields($1, "\(place(name))[\($0)]") }
    }

    func strings(_ name: String) throws(ManifestError) -> [String] {
        guard let value = value(name) else { return [] }
        guard let elements = value.array, elements.allSatisfy({ $0.string != nil }) else {
            throw error(name, "not a list of strings")
        }
        return elements.compactMap(\.string)
    }
}
