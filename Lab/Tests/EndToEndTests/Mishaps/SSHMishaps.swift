import Basics
import Foundation
import LabKit
import Testing
import Trials

extension Mishap {
    /// Why a node and an operator may not come together.
    static let inSSH = [
        inFolder(
            "a node shows another host key than the known one", status: 1, node: 2,
            says: "THE HOST KEY HAS CHANGED", advises: "ssh-keygen -f",
            place: ("known_hosts", 2)
        ) { user in
            let addresses = user.lab.nodes.map(\.address)
            try user.edit("known_hosts") { text in
                let lines = text.split(separator: "\n")
                let other = lines[0].replacing(addresses[0], with: addresses[1])
                return "\(lines[0])\n\(other)\n\(lines[2])\n"
            }
        },
        inFolder(
            "a node's host key isn't known", status: 1, node: 3, says: "the host key isn't known",
            advises: "--accept-new-host-keys"
        ) { user in
            try user.edit("known_hosts") { text in
                text.split(separator: "\n").prefix(2).map { $0 + "\n" }.joined()
            }
        },
        inFolder(
            "the operator has a key that no node accepts", status: 1, node: 1,
            says: "id_ed25519", advises: "authorized_keys"
        ) { user in
            try user.remove("id_ed25519")
            try await Command(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", user.path("id_ed25519")]
            ).run()
        },
        inFolder(
            "the operator's key is missing", status: 65, says: "names a file that doesn't exist",
            advises: "Nothing was touched", place: ("id_ed25519", nil)
        ) { try $0.remove("id_ed25519") },
        inFolder(
            "the user may use neither sudo nor Docker on a node", status: 1, node: 2,
            says: "may not use sudo without a password and may not use Docker",
            advises: "usermod -aG docker"
        ) { user in
            let node = user.lab.nodes[1]
            try await node.shell(
                """
                id guest 2>/dev/null && exit 0
                echo 'guest:x:1009:1009::/home/guest:/bin/sh' >>/etc/passwd
                echo 'guest:x:1009:' >>/etc/group
                echo 'guest:*:19000:0:99999:7:::' >>/etc/shadow
                mkdir -p /home/guest
                cp -r /root/.ssh /home/guest/
                chown -R guest:guest /home/guest
                """)
            try user.edit("cluster.yml") { text in
                let nodes = text.components(separatedBy: "- address:")
                try #require(nodes.count == 4)
                let account = user.lab.options.user.accountName
                let spoilt = nodes[2].replacing("user: \(account)", with: "user: guest")
                return [nodes[0], nodes[1], spoilt, nodes[3]].joined(separator: "- address:")
            }
        },
    ]
}
