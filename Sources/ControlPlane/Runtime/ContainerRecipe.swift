internal import APIServerSpec
internal import Basics
internal import JSON

/// What to ask the Engine for so that it makes the same container again, with other arguments.
///
/// Config and HostConfig of the inspection go back as they came. The exceptions, each with its
/// reason, are all here; what they can't cover is found afterwards by `ContainerComparison`, before
/// the old container is touched.
enum ContainerRecipe {
    /// - Parameters:
    ///   - image: the image's name if it still means the same image, else its hash.
    ///   - sharedVolumes: the volumes that come by `VolumesFrom` again.
    /// - Throws: `Fault(.refused)` for a container that can't be made again by one request.
    static func make(
        from old: ContainerInspection, arguments: ServerArguments, image: String,
        sharedVolumes: Set<String>
    ) throws -> JSONValue {
        guard case .object(var recipe) = old.json["Config"],
            case .object(var host) = old.json["HostConfig"]
        else { throw Fault(.remote, "Docker's inspection has no Config or no HostConfig") }
        guard host["AutoRemove"]?.isTrue != true else {
            throw Fault(
                .refused, "the container would be removed as soon as it stops (--rm)",
                hint: "Start kube-apiserver without --rm.")
        }
        recipe["Image"] = .string(image)
        recipe["Entrypoint"] = entrypoint(arguments)
        recipe["Cmd"] = command(arguments, formerly: recipe["Cmd"])
        if hasOwnHostname(recipe, host, id: old.id) == false { recipe["Hostname"] = nil }
        host["Binds"] = binds(old, host, sharedVolumes)
        recipe["HostConfig"] = .object(host)
        recipe["NetworkingConfig"] = try networking(old, host)
        return .object(recipe)
    }

    /// An Entrypoint that was reset with `--entrypoint ""` reads as null; null in a request would
    /// bring the image's own back.
    private static func entrypoint(_ arguments: ServerArguments) -> JSONValue {
        arguments.first.isEmpty ? [""] : .array(arguments.first.map(JSONValue.string))
    }

    /// A list that isn't there stays so: beside an Entrypoint, Docker takes none from the image.
    private static func command(_ arguments: ServerArguments, formerly old: JSONValue?) -> JSONValue
    {
        let wasMissing = (old ?? .null) == .null && !arguments.first.isEmpty
        return wasMissing && arguments.second.isEmpty
            ? .null : .array(arguments.second.map(JSONValue.string))
    }

    /// False where Docker made the name up from the id, or where a request may not have one.
    private static func hasOwnHostname(
        _ config: JSONObject, _ host: JSONObject, id: String
    ) -> Bool {
        let name = config["Hostname"]?.text ?? ""
        let network = host["NetworkMode"]?.text ?? ""
        return name != id.prefix(12) && host["UTSMode"]?.text != "host"
            && !network.hasPrefix("container:")
    }

    /// The binds, and by their names the volumes that Docker made up for the image's `VOLUME`s: the
    /// new container would get empty ones.
    private static func binds(
        _ old: ContainerInspection, _ host: JSONObject, _ sharedVolumes: Set<String>
    ) -> JSONValue? {
        let binds = host["Binds"]?.elements ?? []
        let named = Set(
            binds.compactMap { $0.text?.split(separator: ":").dropFirst().first.map(String.init) }
                + (host["Mounts"]?.elements ?? []).compactMap { $0["Target"]?.text })
        let declared = Set((old.json.at("Config", "Volumes")?.members ?? []).map(\.name))
        let madeUp = (old.json["Mounts"]?.elements ?? []).compactMap { mount -> JSONValue? in
            guard let name = mount["Name"]?.text, let place = mount["Destination"]?.text,
                declared.contains(place), !named.contains(place), !sharedVolumes.contains(name)
            else { return nil }
            return .string("\(name):\(place)")
        }
        return madeUp.isEmpty ? host["Binds"] : .array(binds + madeUp)
    }

    /// A network of the administrator's own, with the addresses and names asked for there. The
    /// built-in ones need nothing.
    private static func networking(
        _ old: ContainerInspection, _ host: JSONObject
    ) throws -> JSONValue? {
        let mode = host["NetworkMode"]?.text ?? "default"
        let networks = old.json.at("NetworkSettings", "Networks")?.members ?? []
        guard networks.count <= 1 else {
            throw Fault(
                .refused,
                "the container is attached to several networks: "
                    + networks.map(\.name).joined(separator: ", "),
                hint: "kube-apiserver containers with one network, such as RKE's, are supported.")
        }
        let isBuiltIn = ["default", "bridge", "host", "none"].contains(mode)
        guard !isBuiltIn, !mode.hasPrefix("container:"), let network = networks.first else {
            return nil
        }
        var endpoint = JSONObject()
        for name in ["IPAMConfig", "Links", "DriverOpts"] {
            endpoint[name] = network.value[name]
        }
        // Docker adds the short id by itself.
        let aliases = (network.value["Aliases"]?.elements ?? [])
            .filter { $0.text != String(old.id.prefix(12)) }
        endpoint["Aliases"] = .array(aliases)
        return ["EndpointsConfig": .object(JSONObject([(network.name, .object(endpoint))]))]
    }
}
