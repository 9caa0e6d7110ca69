import Foundation

/// A certificate authority of a test's own, made by the `openssl` program in a temporary folder.
final class TestAuthority: Sendable {
    struct Failure: Error { let command: [String], output: String }

    struct Certificate: Sendable {
        let certificateFile: String
        let keyFile: String

        var certificatePEM: [UInt8] { get throws { try bytes(of: certificateFile) } }
        var keyPEM: [UInt8] { get throws { try bytes(of: keyFile) } }
    }

    let folder: String
    let certificate: Certificate

    init(name: String = "test authority") throws {
        folder = NSTemporaryDirectory() + "authority-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        certificate = Certificate(
            certificateFile: "\(folder)/ca.pem", keyFile: "\(folder)/ca.key")
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", certificate.keyFile, "-out", certificate.certificateFile, "-days", "2",
            "-subj", "/CN=\(name)",
        ])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// - Parameters:
    ///   - names: subject alternative names as openssl writes them, `DNS:x` or `IP:127.0.0.1`.
    ///   - days: negative for a certificate that has expired.
    func issue(
        _ commonName: String, names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2
    ) throws -> Certificate {
        let stem = "\(folder)/\(UUID().uuidString)"
        let issued = Certificate(certificateFile: stem + ".pem", keyFile: stem + ".key")
        try openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", issued.keyFile, "-out", stem + ".csr", "-subj", "/CN=\(commonName)",
        ])
        try "subjectAltName=\(names)\n".write(
            toFile: stem + ".ext", atomically: false, encoding: .utf8)
        try openssl([
            "x509", "-req", "-in", stem + ".csr", "-CA", certificate.certificateFile, "-CAkey",
            certificate.keyFile, "-CAcreateserial", "-out", issued.certificateFile, "-days",
            String(days), "-extfile", stem + ".ext",
        ])
        return issued
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(command: arguments, output: String(decoding: text, as: UTF8.self))
        }
    }
}

private func bytes(of file: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
}
