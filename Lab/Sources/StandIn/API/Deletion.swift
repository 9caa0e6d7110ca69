/// Deleting with preconditions and finalizers.
enum Deletion {
    /// What DeleteOptions demand of the object.
    struct Preconditions {
        let uid: String?
        let resourceVersion: String?

        init(_ body: [UInt8]) throws(APIError) {
            guard !body.isEmpty else {
                (uid, resourceVersion) = (nil, nil)
                return
            }
            let options: JSON
            do { options = try JSON(parsing: body) } catch {
                throw .badRequest("couldn't get version/kind; json parse error: \(error)")
            }
            guard options["dryRun"]?.isEmpty ?? true else {
                throw .badRequest("the stand-in can't do dryRun")
            }
            uid = options["preconditions"]?["uid"]?.string
            resourceVersion = options["preconditions"]?["resourceVersion"]?.string
        }

        func check(
            _ current: ObjectStore.Current, _ type: ResourceType, _ name: String
        ) throws(APIError) {
            let stored = current.object["metadata"]?["uid"]?.string ?? ""
            if let uid, uid != stored {
                throw .preconditionFailed(
                    type, name,
                    because: "the UID in the precondition (\(uid)) does not match the UID in "
                        + "record (\(stored)). The object might have been deleted and then "
                        + "recreated")
            }
            if let resourceVersion, resourceVersion != String(current.revision) {
                throw .preconditionFailed(
                    type, name,
                    because: "the ResourceVersion in the precondition (\(resourceVersion)) does "
                        + "not match the ResourceVersion in record (\(current.revision)). The "
                        + "object might have been modified")
            }
        }
    }

    static func hasFinalizers(_ object: JSON, _ type: ResourceType) -> Bool {
        let own = object["metadata"]?["finalizers"]?.array ?? []
        let spec = type.resource == "namespaces" ? object["spec"]?["finalizers"]?.array ?? [] : []
        return !own.isEmpty || !spec.isEmpty
    }

    /// Marked for deletion and no finalizer holds it any more.
    static func isDue(_ object: JSON, _ type: ResourceType) -> Bool {
        object["metadata"]?["deletionTimestamp"] != nil && !hasFinalizers(object, type)
    }

    /// An update that takes the last finalizer away deletes instead of writing.
    struct Due: Error {
        let object: JSON
        let revision: Int64
    }

    static func marked(_ object: JSON, _ type: ResourceType) -> JSON {
        guard object["metadata"]?["deletionTimestamp"] == nil else { return object }
        var metadata = object["metadata"] ?? [:]
        metadata["deletionTimestamp"] = .string(WallTime.now().rfc3339)
        metadata["deletionGracePeriodSeconds"] = 0
        var marked = object.setting("metadata", metadata)
        if type.resource == "namespaces" { marked["status"] = ["phase": "Terminating"] }
        return marked
    }
}
