internal import ArgumentParser
internal import LabKit

struct Nodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Name the nodes, one a line.")

    @OptionGroup var folder: FolderOptions

    func run() async throws {
        for node in try Lab.existing(folder: folder.path).nodes { print(node.name) }
    }
}
