import Testing

@testable import KubeletStandIn

@Suite("what a hostPath asks of the node")
struct HostPathTests {
    private typealias Row = (
        type: StaticPod.HostPathType, absent: String, file: String, directory: String
    )

    @Test("each type with nothing, a file and a folder there, as the kubelet decides")
    func table() {
        let rows: [Row] = [
            (.unchecked, "folder", "use", "use"),
            (.directoryOrCreate, "folder", "no", "use"), (.directory, "no", "no", "use"),
            (.fileOrCreate, "file", "use", "no"), (.file, "no", "use", "no"),
            (.socket, "no", "no", "no"), (.characterDevice, "no", "no", "no"),
            (.blockDevice, "no", "no", "no"),
        ]
        #expect(Set(rows.map(\.type)) == Set(StaticPod.HostPathType.allCases))
        for row in rows {
            let found: [System.FileKind] = [.absent, .file, .directory]
            let steps = found.map { told(row.type.step(for: "/a", found: $0)) }
            #expect(steps == [row.absent, row.file, row.directory], "\(row.type)")
        }
        #expect(told(StaticPod.HostPathType.socket.step(for: "/a", found: .socket)) == "use")
    }

    private func told(_ step: StaticPod.HostPathType.Step) -> String {
        switch step {
        case .use: "use"
        case .makeFolder: "folder"
        case .makeFile: "file"
        case .refuse: "no"
        }
    }
}
