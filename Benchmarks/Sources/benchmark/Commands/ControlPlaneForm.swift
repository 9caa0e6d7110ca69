/// How the servers of a cluster are run, and where their settings lie.
enum ControlPlaneForm: String, CaseIterable {
    case docker
    case staticPod = "static-pod"

    var told: String {
        switch self {
        case .docker: "Docker, as RKE's; each is restarted"
        case .staticPod: "static pods, as kubeadm's; each reloads"
        }
    }

    /// The least that tells what a node's kube-apiserver should run with; as the lab has it.
    var reading: String {
        switch self {
        case .docker:
            "docker inspect kube-apiserver && cat /etc/kubernetes/ssl/encryption.yaml"
        case .staticPod:
            "cat /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/pki/encryption.yaml"
        }
    }
}
