/// What was measured on one cluster.
struct CommandsResult {
    let form: ControlPlaneForm
    /// Which kube-apiserver this is.
    let server: String
    /// By the contestant's name.
    let commands: [String: Measurement]
    let rotations: [Rotation]

    /// What the others are compared with.
    static let login = "ssh"

    func seconds(_ command: String) -> Double { commands[command]?.seconds ?? .nan }

    /// The median of the rotations.
    func middle(_ part: (Rotation) -> Double) -> Double { median(rotations.map(part)) }
}
