// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The same strict rules as in the product.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let product = Target.Dependency.product(name: "LabFoundation", package: "orchestrator")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTP2", package: "swift-nio-http2"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

/// The stand-in shares no code with the product that it tests, so that one mistake can't hide
/// in both; it brings its own shims of the C libraries.
let standIn: [Target] = [
    .systemLibrary(name: "CLabYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CLabCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
        name: "CLabSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .target(
        name: "StandIn", dependencies: ["CLabYAML", "CLabCrypto", "CLabSodium"] + nio,
        swiftSettings: strict),
    .executableTarget(
        name: "kube-apiserver-standin", dependencies: ["StandIn"], swiftSettings: strict),
    .systemLibrary(name: "CLabLinux"),
    .target(
        name: "KubeletStandIn", dependencies: ["CLabLinux", "StandIn"], swiftSettings: strict),
    .executableTarget(
        name: "kubelet-standin", dependencies: ["KubeletStandIn", "StandIn"],
        swiftSettings: strict),
    .testTarget(
        name: "KubeletStandInTests", dependencies: ["KubeletStandIn"], swiftSettings: strict),
    .testTarget(name: "StandInTests", dependencies: ["StandIn"], swiftSettings: strict),
    .testTarget(
        name: "ParityTests", dependencies: ["StandIn", "kube-apiserver-standin"],
        exclude: ["Golden"],
        swiftSettings: strict),
]

let lab: [Target] = [
    .target(
        name: "LabKit", dependencies: [product],
        resources: [
            .embedInCode("Resources/node-init.sh"), .embedInCode("Resources/entrypoint.sh"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "lab", dependencies: ["LabKit", argumentParser], swiftSettings: strict),
    .testTarget(name: "LabKitTests", dependencies: ["LabKit"], swiftSettings: strict),
]

/// What drives the real program against a lab, and what is done to it meanwhile.
let trials: [Target] = [
    .target(name: "Trials", dependencies: ["LabKit", product], swiftSettings: strict),
    .testTarget(name: "TrialsTests", dependencies: ["Trials"], swiftSettings: strict),
    .executableTarget(
        name: "reliability", dependencies: ["Trials", "LabKit", argumentParser],
        swiftSettings: strict),
    .testTarget(
        name: "EndToEndTests", dependencies: ["Trials", "LabKit", product],
        swiftSettings: strict),
]

let package = Package(
    name: "orchestrator-lab",
    products: [
        .executable(name: "lab", targets: ["lab"]),
        .executable(name: "reliability", targets: ["reliability"]),
        .executable(name: "kube-apiserver-standin", targets: ["kube-apiserver-standin"]),
        .executable(name: "kubelet-standin", targets: ["kubelet-standin"]),
    ],
    dependencies: [
        .package(name: "orchestrator", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    ],
    targets: standIn + lab + trials,
    swiftLanguageModes: [.v6]
)
