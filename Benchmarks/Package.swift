// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The same strict rules as in the product.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let foundation = Target.Dependency.product(name: "LabFoundation", package: "orchestrator")
let rewriting = Target.Dependency.product(name: "Rewriting", package: "orchestrator")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "orchestrator-benchmarks",
    products: [
        .executable(name: "benchmark", targets: ["benchmark"]),
        .executable(name: "measure", targets: ["measure"]),
        .executable(name: "rewrite-driver", targets: ["rewrite-driver"]),
    ],
    dependencies: [
        .package(name: "orchestrator", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        // The product can't seal what it only has to open.
        .systemLibrary(
            name: "CBenchmarkCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // Starts and measures one program.
        .executableTarget(name: "measure", cSettings: [.treatAllWarnings(as: .error)]),
        // The product's rewrite and nothing else, so that what it costs is its own.
        .executableTarget(
            name: "rewrite-driver", dependencies: [foundation, rewriting, argumentParser],
            swiftSettings: strict),
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "CBenchmarkCrypto", "measure", "rewrite-driver", foundation, rewriting,
                argumentParser,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BenchmarkTests", dependencies: ["benchmark"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
