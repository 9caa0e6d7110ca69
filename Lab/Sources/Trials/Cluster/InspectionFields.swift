internal import Foundation
package import LabKit

/// What `docker inspect` tells of a container, or what a static pod shows of itself, field by
/// field.
package struct InspectionFields: Equatable {
    /// Path of the field (`.HostConfig.Binds[0]`) to its value.
    package let values: [String: String]

    /// How a static pod's server is: its process's arguments, and the manifest with digests left
    /// out, which follow from keys that differ from run to run.
    init(arguments: [String], manifest: String) {
        var values = ["manifest": manifest.replacing(/[0-9a-f]{12,64}/, with: "<digest>")]
        for (index, argument) in arguments.enumerated() { values["arguments[\(index)]"] = argument }
        self.values = values
    }

    /// - Parameter json: of a container that may be made anew: its ids, times, process and layers
    ///   are left out, for they are another's then.
    package init(_ json: [UInt8]) throws {
        var values: [String: String] = [:]
        Self.collect(try JSONSerialization.jsonObject(with: Data(json)), at: "", into: &values)
        let id = values[".Id"] ?? ""
        for path in Self.ofOneContainer { values[path] = nil }
        self.values = values.filter { path, _ in
            !path.hasPrefix(".GraphDriver.Data.") && !path.hasPrefix(".NetworkSettings.Sandbox")
        }.mapValues { $0.replacing(id, with: "<id>") }
    }

    /// The fields in which two differ, with both values.
    package func differences(from other: InspectionFields) -> [String] {
        Set(values.keys).union(other.values.keys).sorted().compactMap { path in
            let (new, old) = (values[path] ?? "absent", other.values[path] ?? "absent")
            return new == old ? nil : "\(path): \(old) became \(new)"
        }
    }

    private static let ofOneContainer: Set<String> = [
        ".Id", ".Created", ".State.Pid", ".State.StartedAt", ".State.FinishedAt",
        ".NetworkSettings.Networks.host.EndpointID",
    ]

    private static func collect(_ value: Any, at path: String, into values: inout [String: String])
    {
        switch value {
        case let object as [String: Any]:
            if object.isEmpty { values[path] = "{}" }
            for (name, member) in object { collect(member, at: "\(path).\(name)", into: &values) }
        case let list as [Any]:
            if list.isEmpty { values[path] = "[]" }
            for (index, item) in list.enumerated() {
                // Docker tells mounts in an order of chance.
                let name = (item as? [String: Any])?["Destination"] as? String ?? "\(index)"
                collect(item, at: "\(path)[\(name)]", into: &values)
            }
        default: values[path] = "\(value)"
        }
    }
}

extension Lab {
    /// kube-apiserver's container or static pod on every node, by the node's name.
    package func serverInspections() async throws -> [String: InspectionFields] {
        var found: [String: InspectionFields] = [:]
        for node in nodes {
            guard node.runtime.isStaticPods else {
                found[node.name] = try InspectionFields(
                    await inspect("kube-apiserver", on: node).json)
                continue
            }
            found[node.name] = InspectionFields(
                arguments: try apiServerProcess(on: node)?.arguments ?? [],
                manifest: try manifest(of: .apiServer, on: node))
        }
        return found
    }
}
