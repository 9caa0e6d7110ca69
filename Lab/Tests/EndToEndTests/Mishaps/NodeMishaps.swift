import Foundation
import LabKit
import Trials

extension Mishap {
    /// What happens to the machines.
    static let onNodes = [
        Mishap(
            name: "a node is cut off", status: 1, node: 2, says: "didn't answer within",
            advises: "Nothing was changed."
        ) { user in
            try user.limitConnecting()
            let node = user.lab.nodes[1]
            try await user.lab.setConnected(node, false)
            return {
                try await user.lab.setConnected(node, true)
                try await user.lab.waitUntilServing()
            }
        },
        Mishap(
            name: "sshd of a node is stopped", status: 1, node: 3, says: "refused",
            advises: "Nothing was changed."
        ) { user in
            let node = user.lab.nodes[2]
            try await node.shell("kill $(cat /run/sshd.pid)")
            return {
                try await node.shell("/usr/sbin/sshd -E /var/log/sshd.log")
                try await user.lab.waitUntilServing()
            }
        },
        Mishap(
            name: "sshd of a node hangs", status: 1, node: 1, says: "didn't answer within",
            advises: "Nothing was changed."
        ) { user in
            try user.limitConnecting()
            let node = user.lab.nodes[0]
            try await node.shell("kill -STOP $(cat /run/sshd.pid)")
            return { try await node.shell("kill -CONT $(cat /run/sshd.pid)") }
        },
        Mishap(
            name: "an API server is stopped", status: 3, node: 3, says: "isn't ready",
            advises: "docker logs kube-apiserver"
        ) { user in
            let node = user.lab.nodes[2]
            try await node.shell("docker stop --time 2 kube-apiserver")
            return {
                try await node.shell("docker start kube-apiserver")
                try await user.lab.waitUntilServing()
            }
        },
        Mishap(
            name: "the key for etcd is gone from all nodes", status: 1, node: 1,
            says: "what etcd holds can't be read", advises: "orchestrator.etcd.evidence"
        ) { user in
            let key = "/etc/kubernetes/ssl/kube-node-key.pem"
            for node in user.lab.nodes { try await node.shell("mv \(key) /opt/key.pem") }
            return {
                for node in user.lab.nodes { try await node.shell("mv /opt/key.pem \(key)") }
            }
        },
        Mishap(
            name: "etcd holds a value under a key that nobody has", status: 3,
            says: "under a key that the API servers don't have", advises: "Find that key"
        ) { user in
            let (etcd, key) = (EtcdByHand(lab: user.lab), "/registry/secrets/lab-1/lost")
            try await etcd.put(Data("k8s:enc:aescbc:v1:lost:0123456789abcdef".utf8), at: key)
            return { try await etcd.delete(key) }
        },
    ]
}
