internal import StandIn

/// What a container's first process needs to know, handed over in a file.
struct ContainerSpec: Sendable, Equatable {
    struct Bind: Sendable, Equatable {
        let source: String
        /// In the container, absolute.
        let target: String
        let isReadOnly: Bool
    }

    /// The image's file system, which isn't changed.
    let image: String
    /// Of this container alone; holds the mount points and what it writes.
    let folder: String
    let command: [String]
    /// `NAME=value`
    let environment: [String]
    let workingDirectory: String
    /// Outer ones before those within them.
    let binds: [Bind]
    let log: String

    func write(to path: String) throws(SystemError) {
        let binds = binds.map { bind -> JSON in
            [
                "source": .string(bind.source), "target": .string(bind.target),
                "isReadOnly": .bool(bind.isReadOnly),
            ]
        }
        let json: JSON = [
            "image": .string(image), "folder": .string(folder),
            "command": .array(command.map(JSON.string)),
            "environment": .array(environment.map(JSON.string)),
            "workingDirectory": .string(workingDirectory), "binds": .array(binds),
            "log": .string(log),
        ]
        try System.write(json.serialized(), to: path)
    }

    init(readFrom path: String) throws(SystemError) {
        guard let json = try? JSON(parsing: System.read(path)) else {
            throw SystemError(description: "\(path) is no description of a container")
        }
        func text(_ name: String) -> String { json[name]?.string ?? "" }
        func list(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }
        self.init(
            image: text("image"), folder: text("folder"), command: list("command"),
            environment: list("environment"), workingDirectory: text("workingDirectory"),
            binds: (json["binds"]?.array ?? []).map {
                Bind(
                    source: $0["source"]?.string ?? "", target: $0["target"]?.string ?? "",
                    isReadOnly: $0["isReadOnly"]?.bool ?? false)
            }, log: text("log"))
    }

    init(
        image: String, folder: String, command: [String], environment: [String],
        workingDirectory: String, binds: [Bind], log: String
    ) {
        self.image = image
        self.folder = folder
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.binds = binds
        self.log = log
    }
}
