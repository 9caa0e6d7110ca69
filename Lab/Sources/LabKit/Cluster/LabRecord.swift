internal import Basics
internal import Foundation

/// What `up` writes down for the later commands, in `lab.json`.
struct LabRecord: Codable {
    let options: LabOptions
    /// 0 to 255; names the bridge and gives the third number of the addresses.
    let index: Int
    /// Whether `up` came to its end.
    var isUp: Bool

    static func path(in folder: String) -> String { folder + "/lab.json" }

    static func read(folder: String) throws -> LabRecord? {
        let path = path(in: folder)
        guard Files.exists(path) else { return nil }
        do {
            return try JSONDecoder().decode(
                LabRecord.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw Fault(
                .corrupt, "\(path) can't be understood", hint: "run: lab down --dir \(folder)",
                cause: error)
        }
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try Files.write(Array(encoder.encode(self)), to: Self.path(in: options.folder), mode: 0o600)
    }
}
