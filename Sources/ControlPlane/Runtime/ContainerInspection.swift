internal import APIServerSpec
internal import Basics
internal import JSON

/// What is used of Docker's inspection of a container.
struct ContainerInspection: Sendable {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    var id: String { json["Id"]?.text ?? "" }
    var name: String { String((json["Name"]?.text ?? "").drop { $0 == "/" }) }
    /// The image by its hash, whatever its name means by now.
    var imageID: String { json["Image"]?.text ?? "" }
    var imageName: String { json.at("Config", "Image")?.text ?? "" }
    var isRunning: Bool {
        json.at("State", "Running")?.isTrue == true
            && json.at("State", "Restarting")?.isTrue != true
    }
    var status: String { json.at("State", "Status")?.text ?? "" }
    var exitStatus: Int { json.at("State", "ExitCode")?.integer ?? 0 }
    var restarts: Int { json["RestartCount"]?.integer ?? 0 }
    var hasTerminal: Bool { json.at("Config", "Tty")?.isTrue == true }
    var restartPolicy: JSONValue { json.at("HostConfig", "RestartPolicy") ?? ["Name": "no"] }
    var restartsByItself: Bool {
        guard let name = restartPolicy["Name"]?.text else { return false }
        return !name.isEmpty && name != "no"
    }

    /// Nil if it never was started, for which Docker writes the year 1.
    var startedAt: Timestamp? {
        json.at("State", "StartedAt")?.text.flatMap { Timestamp(rfc3339: $0) }
            .flatMap { $0.seconds > 0 ? $0 : nil }
    }

    var arguments: ServerArguments {
        ServerArguments(words("Entrypoint"), words("Cmd"))
    }

    var mounts: [HostMount] {
        (json["Mounts"]?.elements ?? []).compactMap { mount in
            guard let source = mount["Source"]?.text, source.hasPrefix("/"),
                let destination = mount["Destination"]?.text
            else { return nil }
            return HostMount(hostPath: source, processPath: destination)
        }
    }

    /// Names of the containers whose volumes it shares.
    var sharesVolumesOf: [String] {
        (json.at("HostConfig", "VolumesFrom")?.elements ?? []).compactMap { entry in
            entry.text.map { String($0.prefix { $0 != ":" }) }
        }
    }

    /// Names of all volumes it has mounted.
    var volumeNames: [String] {
        (json["Mounts"]?.elements ?? []).compactMap { $0["Name"]?.text }
    }

    private func words(_ member: String) -> [String] {
        (json.at("Config", member)?.elements ?? []).compactMap(\.text)
    }
}
