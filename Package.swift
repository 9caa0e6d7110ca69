// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Every target of ours is compiled by the same strict rules.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .define("FAILPOINTS", .when(configuration: .debug)),
]

/// For rooms whose tests go through millions of states, six times as fast when optimized. Overflow
/// and preconditions are checked all the same.
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A room of the house: a target and, beside it, its tests.
///
/// - Parameters:
///   - golden: folders of expected outputs beside the tests, which aren't compiled.
///   - settings: how both are compiled.
func room(
    _ name: String, on below: [Target.Dependency] = [], golden: [String] = [],
    _ settings: [SwiftSetting] = strict
) -> [Target] {
    [
        .target(name: name, dependencies: below, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name), "TestSupport"]
                + below.filter { !$0.isSystemLibrary },
            exclude: golden, swiftSettings: settings),
    ]
}

extension Target.Dependency {
    /// A C library is imported by exactly one target, its tests included.
    var isSystemLibrary: Bool {
        if case .byNameItem(let name, _) = self { name.hasPrefix("CLib") } else { false }
    }
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let groundFloor: [Target] = [
    .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
        name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibZ", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
]

/// Each line names a room and the rooms below that it may enter; docs/design.md says why.
let rooms: [[Target]] = [
    room("Basics"),
    room("Crypto", on: ["Basics", "CLibCrypto"]),
    room("Bolt", on: ["Basics"]),
    room("Archive", on: ["Basics", "CLibZ"]),
    room("YAML", on: ["Basics", "CLibYAML"], optimized),
    room("JSON", on: ["Basics"]),
    room("SSH", on: ["Basics", "CLibSSH2"]),
    room("HTTP", on: ["Basics", "CLibCurl"]),
    room("EncryptionModel", on: ["Basics", "Crypto"], optimized),
    room("Transition", on: ["Basics", "EncryptionModel"], optimized),
    room(
        "ClusterFiles", on: ["Basics", "Crypto", "YAML", "JSON", "EncryptionModel", "Transition"]),
    room("KubeAPI", on: ["Basics", "Crypto", "YAML", "JSON", "HTTP", "EncryptionModel"]),
    room("Etcd", on: ["Basics", "Crypto", "Bolt", "JSON", "HTTP", "EncryptionModel"]),
    room("APIServerSpec", on: ["Basics", "YAML"], optimized),
    room("ControlPlane", on: ["APIServerSpec", "Basics", "Crypto", "JSON", "SSH", "HTTP"]),
    room(
        "Orchestrator",
        on: [
            "Basics", "Crypto", "Archive", "SSH", "HTTP", "EncryptionModel", "Transition",
            "ClusterFiles", "KubeAPI", "Etcd", "ControlPlane",
        ]),
    room(
        "OrchestratorCLI",
        on: ["Basics", "EncryptionModel", "Transition", "Etcd", "Orchestrator", argumentParser],
        golden: ["Golden"]),
]

let package = Package(
    name: "orchestrator",
    products: [
        .executable(name: "orchestrator", targets: ["orchestrator"]),
        // For the lab and the benchmarks, which are packages of their own.
        .library(name: "LabFoundation", targets: ["Basics", "Crypto", "HTTP", "YAML"]),
        // The benchmark of rewriting drives the product's own engine.
        .library(name: "Rewriting", targets: ["EncryptionModel", "KubeAPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: groundFloor + rooms.flatMap(\.self) + [
        // What the tests of several rooms need.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "orchestrator", dependencies: ["OrchestratorCLI"], path: "Sources/Executable",
            swiftSettings: strict)
    ],
    swiftLanguageModes: [.v6]
)
