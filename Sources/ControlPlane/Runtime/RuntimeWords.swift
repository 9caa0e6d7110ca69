/// What messages say about how kube-apiserver is run, for a person at the node.
public struct RuntimeWords: Sendable, Hashable {
    /// How to see its log.
    public let log: String
    /// What there is to look at where a change was left half-way.
    let remains: String
    /// Who else changes it.
    let others: String
    /// How a folder of the node is made visible to it for good.
    let mounting: String

    static let docker = RuntimeWords(
        log: "docker logs kube-apiserver",
        remains: "docker ps -a on the node shows what there is of kube-apiserver*.",
        others: "Find out who else recreates the container, such as rke up.",
        mounting: "Have RKE mount it: services.kube-api.extra_binds.")

    static let staticPod = RuntimeWords(
        log: "crictl logs, or the files in /var/log/pods/kube-system_kube-apiserver-*",
        remains: "Look at the manifest of kube-apiserver, and at the copy of the former one that"
            + " lies hidden beside its folder.",
        others: "Find out who else writes the manifest, such as kubeadm upgrade or minikube start.",
        mounting: "Mount it by a volume of type hostPath in the manifest; kubeadm: extraVolumes in"
            + " ClusterConfiguration.")

    /// What to do where a change was left half-way.
    var stuck: String {
        remains + " Remove the cause, then run the same command again; it goes on from here."
    }
}
