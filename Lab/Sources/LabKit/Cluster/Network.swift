internal import Basics
internal import Foundation
internal import Synchronization

/// The lab's network: one bridge on the host, and a pair of virtual Ethernet devices for a node.
struct Network {
    let index: Int

    var bridge: String { "olab\(index)" }
    /// The operator's address in the lab's network.
    var hostAddress: String { "198.18.\(index).1" }

    /// Makes a bridge under the first number that is free.
    ///
    /// It gets the folder as its alias before it gets its name, so that every bridge of a lab
    /// says whose it is; that the kernel refuses a name in use keeps two labs apart that start
    /// at the same time.
    static func claim(folder: String) async throws -> Network {
        let number = claims.withLock { claims in
            claims += 1
            return claims
        }
        // At most 15 bytes.
        let unnamed = unnamedPrefix + "\(getpid())x\(number % 100)"
        let made = try await Command("ip", ["link", "add", unnamed, "type", "bridge"]).result()
        guard made.status == 0 else {
            throw Fault(
                .failed, "cannot make a bridge: \(made.errorOutput)",
                hint: "the lab needs root's rights over the network (CAP_NET_ADMIN)")
        }
        do {
            return try await name(unnamed, folder: folder)
        } catch {
            try await Command("ip", ["link", "delete", unnamed]).run()
            throw error
        }
    }

    private static func name(_ unnamed: String, folder: String) async throws -> Network {
        try await Command("ip", ["link", "set", unnamed, "alias", folder]).run()
        for index in 0..<256 {
            let network = Network(index: index)
            let named = try await Command(
                "ip", ["link", "set", unnamed, "name", network.bridge]
            ).result()
            if named.status == 0 { return network }
        }
        throw Fault(.failed, "256 labs are there already", hint: "end some with lab down")
    }

    /// Removes bridges of programs that ended between making one and naming it.
    static func removeUnnamed() async throws {
        for name in Files.list("/sys/class/net") where name.hasPrefix(unnamedPrefix) {
            let maker = name.dropFirst(unnamedPrefix.count).prefix(while: \.isNumber)
            if Files.exists("/proc/\(maker)") { continue }
            // Another program may be at the same.
            _ = try await Command("ip", ["link", "delete", name]).result()
        }
    }

    /// Of this program, which may make several labs at once.
    private static let claims = Mutex(0)
    private static let unnamedPrefix = "olabt"

    /// Gives the operator an address: on the bridge itself, or at the far end of a delay line.
    func configure(_ options: LabOptions) async throws {
        try await Command("ip", ["link", "set", bridge, "up"]).run()
        guard options.roundTripTime > 0 else {
            try await Command("ip", ["address", "add", "\(hostAddress)/24", "dev", bridge]).run()
            return
        }
        let (near, far) = (bridge + "h", bridge + "d")
        try NodeProcesses.spawn(
            Program.besideThis("lab"), ["delay-line", near, far, "\(options.roundTripTime)"],
            lab: options.folder, log: options.folder + "/delay-line.log")
        _ = try await waiting(for: "the delay line", atMost: .seconds(5)) {
            Files.exists("/sys/class/net/\(near)") && Files.exists("/sys/class/net/\(far)")
                ? true : nil
        }
        try await Command("ip", ["link", "set", far, "master", bridge]).run()
        for end in [near, far] {
            try await Command("ip", ["link", "set", end, "txqueuelen", "10000", "up"]).run()
        }
        try await Command("ip", ["address", "add", "\(hostAddress)/24", "dev", near]).run()
    }

    func connect(_ node: LabNode) async throws {
        try await Command(
            "ip",
            [
                "link", "add", node.hostInterface, "master", bridge, "type", "veth",
                "peer", "name", "eth0", "netns", "\(try node.process())",
            ]
        ).run()
        try await Command("ip", ["link", "set", node.hostInterface, "up"]).run()
    }

    /// Takes the node's cable out, or puts it back.
    func setConnected(_ node: LabNode, _ isConnected: Bool) async throws {
        try await Command(
            "ip", ["link", "set", node.hostInterface, isConnected ? "up" : "down"]
        ).run()
    }

    /// The bridges that carry this folder's name, found without any record of the lab.
    static func claimed(by folder: String) -> [Network] {
        Files.list("/sys/class/net").compactMap { name in
            guard name.hasPrefix("olab"), let index = Int(name.dropFirst(4)),
                let alias = try? Files.read("/sys/class/net/\(name)/ifalias"),
                alias.split(separator: "\n").first.map(String.init) == folder
            else { return nil }
            return Network(index: index)
        }
    }

    /// Removes the bridge and what is left of the nodes' cables.
    func remove() async throws {
        let members = Files.list("/sys/class/net").filter { $0.hasPrefix(bridge + "n") }
        for name in members + [bridge] {
            let gone = try await Command("ip", ["link", "delete", name]).result()
            guard gone.status == 0 || gone.errorOutput.contains("Cannot find device") else {
                throw Fault(.failed, "cannot delete \(name): \(gone.errorOutput)")
            }
        }
    }
}
