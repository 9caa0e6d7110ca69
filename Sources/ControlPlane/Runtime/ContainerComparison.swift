internal import APIServerSpec
internal import JSON

/// Compares a container with the one made from it, field by field.
enum ContainerComparison {
    /// What differs besides what has to: the arguments, made-up names, and volumes that were
    /// mounted without a name before. As paths, such as `HostConfig.CapAdd`.
    static func differences(
        _ old: ContainerInspection, _ new: ContainerInspection, arguments: ServerArguments
    ) -> [String] {
        var found: [String] = []
        compare(old.json["Config"], new.json["Config"], "Config", &found)
        compare(old.json["HostConfig"], new.json["HostConfig"], "HostConfig", &found)
        compare(mounts(old), mounts(new), "Mounts", &found)
        let hasMadeUpName =
            old.json.at("Config", "Hostname")?.text == String(old.id.prefix(12))
            && new.json.at("Config", "Hostname")?.text == String(new.id.prefix(12))
        found.removeAll {
            ["Config.Entrypoint", "Config.Cmd", "Config.Image", "HostConfig.Binds"].contains($0)
                || $0 == "Config.Hostname" && hasMadeUpName
        }
        if old.imageID != new.imageID { found.append("Image") }
        if new.arguments.words != arguments.words { found.append("Config.Cmd") }
        return found
    }

    /// By destination, with what makes a mount what it is. That covers Binds too.
    private static func mounts(_ container: ContainerInspection) -> JSONValue {
        let mounts = container.json["Mounts"]?.elements ?? []
        return .object(
            JSONObject(
                mounts.map { mount in
                    let parts = ["Type", "Source", "RW", "Propagation"].map { name in
                        (name, mount[name] ?? .null)
                    }
                    return (mount["Destination"]?.text ?? "", .object(JSONObject(parts)))
                }))
    }

    private static func compare(
        _ old: JSONValue?, _ new: JSONValue?, _ path: String, _ found: inout [String]
    ) {
        let (old, new) = (old ?? .null, new ?? .null)
        if old == new || old.isVacant && new.isVacant { return }
        guard case .object = old, case .object = new, path.count(where: { $0 == "." }) < 2 else {
            found.append(path)
            return
        }
        let names = old.members.map(\.name) + new.members.map(\.name).filter { old[$0] == nil }
        for name in names { compare(old[name], new[name], "\(path).\(name)", &found) }
    }
}
