// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The same strict rules as in the product.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "orchestrator-benchmarks",
    products: [
        .executable(name: "benchmark", targets: ["benchmark"]),
        .executable(name: "measure", targets: ["measure"]),
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
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "CBenchmarkCrypto", "measure",
                .product(name: "LabFoundation", package: "orchestrator"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
