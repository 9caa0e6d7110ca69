internal import ArgumentParser
internal import LabKit

struct Encryption: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write cluster.yml anew with encryption on, off or not mentioned.")

    @OptionGroup var folder: FolderOptions

    @Argument(help: "on, off or absent.")
    var wanted: LabOptions.Encryption

    func run() async throws {
        try await Lab.existing(folder: folder.path).setWanted(encryption: wanted)
    }
}
