internal import ArgumentParser
internal import Foundation
internal import LabKit

struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command on a node, as root.")

    @OptionGroup var folder: FolderOptions

    @Argument(help: "The node, by number, name or address.")
    var node: String

    @Argument(parsing: .postTerminator, help: "The command, after --.")
    var command: [String]

    func run() async throws {
        let node = try Lab.existing(folder: folder.path).node(node)
        try node.command(command).replaceThisProcess()
    }
}
