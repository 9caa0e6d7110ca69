import Foundation
import LabKit
import Testing
import Trials

extension Mishap {
    /// Why the API servers and an operator may not come together.
    static let inAPI = [
        inFolder(
            "the kubeconfig trusts another CA", status: 1, node: 1,
            says: "the server's certificate is not accepted",
            advises: "is the configured authority the one of this cluster?"
        ) { user in
            let other = try await user.selfSigned("other-ca")
            try user.putIntoKubeconfig("certificate-authority-data", file: other.certificate)
        },
        inFolder(
            "the kubeconfig's certificate is of another CA", status: 1, node: 1,
            says: "Unauthorized", advises: "get a fresh kubeconfig"
        ) { user in
            let other = try await user.selfSigned("somebody")
            try user.putIntoKubeconfig("client-certificate-data", file: other.certificate)
            try user.putIntoKubeconfig("client-key-data", file: other.key)
        },
        inFolder(
            "the kubeconfig's user may do nothing", status: 1, node: 1, says: "forbidden",
            advises: "use the credentials of a cluster administrator"
        ) { user in
            let certificate = user.lab.folder + "/pki/kube-proxy"
            try user.putIntoKubeconfig("client-certificate-data", file: certificate + ".pem")
            try user.putIntoKubeconfig("client-key-data", file: certificate + "-key.pem")
        },
        inFolder(
            "no kubeconfig, and no kube-admin in the state file", status: 65,
            says: "no kubeconfig was found", advises: "--kubeconfig"
        ) { user in
            try user.remove("kube_config_cluster.yml")
            try user.editState { state in
                for section in ["desiredState", "currentState"] {
                    var members = try #require(state[section] as? [String: Any])
                    var bundle = try #require(members["certificatesBundle"] as? [String: Any])
                    #expect(bundle.removeValue(forKey: "kube-admin") != nil)
                    members["certificatesBundle"] = bundle
                    state[section] = members
                }
            }
        },
        inFolder(
            "a kubeconfig that is no kubeconfig", status: 65, says: "kubeconfig",
            advises: nil, place: ("kube_config_cluster.yml", nil)
        ) { try $0.write("kind: Other\n", to: "kube_config_cluster.yml") },
    ]
}

extension Operator {
    /// Makes a certificate that nobody trusts.
    func selfSigned(_ name: String) async throws -> (certificate: String, key: String) {
        let (certificate, key) = (path("\(name).pem"), path("\(name)-key.pem"))
        try await Command(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-subj", "/O=system:masters/CN=\(name)", "-keyout", key,
                "-out", certificate,
            ]
        ).run()
        return (certificate, key)
    }

    /// Replaces the one member of the kubeconfig by a file's contents.
    func putIntoKubeconfig(_ member: String, file: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: file)).base64EncodedString()
        try edit("kube_config_cluster.yml") { text in
            text.components(separatedBy: "\n").map { line in
                guard let colon = line.firstRange(of: "\(member):") else { return line }
                return line[..<colon.upperBound] + " " + data
            }.joined(separator: "\n")
        }
    }

    /// Changes the state file's members; its bytes are put anew.
    func editState(_ change: (inout [String: Any]) throws -> Void) throws {
        let old = try JSONSerialization.jsonObject(with: read("cluster.rkestate"))
        var state = try #require(old as? [String: Any])
        try change(&state)
        let new = try JSONSerialization.data(withJSONObject: state, options: [.sortedKeys])
        try new.write(to: URL(fileURLWithPath: stateFile))
    }
}
