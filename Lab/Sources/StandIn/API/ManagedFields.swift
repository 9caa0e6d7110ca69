/// Who set which field last, as server-side apply's bookkeeping records it for plain updates.
enum ManagedFields {
    private typealias Path = [String]

    /// The new object with the managedFields of the old one brought up to date. Fields that
    /// `manager` changed are its own from now on; fields that are gone are nobody's.
    static func record(
        _ new: JSON, after old: JSON?, by manager: String, type: ResourceType, now: WallTime
    ) -> JSON {
        let before = old.map { leaves(of: $0, type) } ?? [:]
        let after = leaves(of: new, type)
        let changed = Set(after.filter { before[$0.key] != $0.value }.keys)
        let gone = Set(before.keys).subtracting(after.keys)
        let previous = old?["metadata"]?["managedFields"]?.array ?? []
        guard !changed.isEmpty || !gone.isEmpty || old == nil else {
            return new.settingManagedFields(previous)
        }
        var entries: [JSON] = []
        var own: Set<Path> = changed
        for entry in previous {
            let isOwn =
                entry["manager"]?.string == manager
                && entry["operation"]?.string == "Update"
                && entry["apiVersion"]?.string == type.apiVersion && entry["subresource"] == nil
            let held = paths(in: entry["fieldsV1"] ?? [:])
            if isOwn {
                own.formUnion(held.subtracting(gone))
            } else {
                let left = held.subtracting(changed).subtracting(gone)
                if !left.isEmpty { entries.append(entry.setting("fieldsV1", tree(of: left))) }
            }
        }
        if !own.isEmpty {
            entries.append([
                "manager": .string(manager), "operation": "Update",
                "apiVersion": .string(type.apiVersion), "time": .string(now.rfc3339),
                "fieldsType": "FieldsV1", "fieldsV1": tree(of: own),
            ])
        }
        return new.settingManagedFields(entries)
    }

    /// Every owned field of an object with its value; of metadata only what users set.
    private static func leaves(of object: JSON, _ type: ResourceType) -> [Path: JSON] {
        var found: [Path: JSON] = [:]
        let owned: Set<String> = ["labels", "annotations", "finalizers", "ownerReferences"]
        for (name, value) in object.object ?? [:] where name != "apiVersion" && name != "kind" {
            if name == "metadata" {
                for (inner, value) in value.object ?? [:] where owned.contains(inner) {
                    if inner == "finalizers" {
                        collectSet(value, at: ["f:metadata", "f:finalizers"], &found)
                        continue
                    }
                    collect(value, at: ["f:metadata", "f:\(inner)"], isMap: true, &found)
                }
            } else if type.resource != "namespaces" {
                // A namespace's spec and status are filled in by the server.
                let field = type.schema?.fields.first { $0.name == name }
                var isMap = true
                if case .message = field?.kind { isMap = false }
                collect(value, at: ["f:\(name)"], isMap: isMap, &found)
            }
        }
        return found
    }

    /// A list that counts as a set: each of its values is a field of its own.
    private static func collectSet(
        _ value: JSON, at path: Path, _ found: inout [Path: JSON]
    ) {
        found[path + ["."]] = .null
        for element in value.array ?? [] { found[path + ["v:\(element.text)"]] = .null }
    }

    private static func collect(
        _ value: JSON, at path: Path, isMap: Bool, _ found: inout [Path: JSON]
    ) {
        guard case .object(let members) = value else {
            found[path] = value
            return
        }
        if isMap { found[path + ["."]] = .null }
        for (name, inner) in members {
            collect(inner, at: path + ["f:\(name)"], isMap: true, &found)
        }
    }

    private static func paths(in tree: JSON) -> Set<Path> {
        var found: Set<Path> = []
        func walk(_ node: JSON, _ path: Path) {
            guard let members = node.object, !members.isEmpty else {
                found.insert(path)
                return
            }
            for (name, inner) in members { walk(inner, path + [name]) }
        }
        for (name, inner) in tree.object ?? [:] { walk(inner, [name]) }
        return found
    }

    private static func tree(of paths: Set<Path>) -> JSON {
        var root = JSON.object([:])
        for path in paths { root = root.planting(path[...]) }
        return root
    }
}

extension JSON {
    func setting(_ name: String, _ value: JSON?) -> JSON {
        var copy = self
        copy[name] = value
        return copy
    }

    fileprivate func planting(_ path: ArraySlice<String>) -> JSON {
        guard let name = path.first else { return self }
        let inner = (self[name] ?? .object([:])).planting(path.dropFirst())
        return setting(name, inner)
    }

    fileprivate func settingManagedFields(_ entries: [JSON]) -> JSON {
        let metadata = self["metadata"] ?? .object([:])
        return setting(
            "metadata", metadata.setting("managedFields", entries.isEmpty ? nil : .array(entries)))
    }
}
