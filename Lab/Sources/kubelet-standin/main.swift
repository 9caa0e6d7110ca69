internal import Glibc
internal import KubeletStandIn
internal import StandIn

/// Ends as the kubelet does when it can't start: the reason on stderr, status 1.
func fail(_ message: String) -> Never {
    logLine("E", "command failed: \(message)")
    exit(1)
}

let arguments = CommandLine.arguments
// One program under three names, so that a node shows which process is what.
switch arguments[0].split(separator: "/").last.map(String.init) {
case ContainerShim.program where arguments.count == 2: ContainerShim.run(arguments[1])
case ContainerInit.program where arguments.count == 2: ContainerInit.run(arguments[1])
default: break
}
if arguments.contains("--version") || arguments.contains("--version=true") {
    let named = getenv("STANDIN_VERSION").flatMap { KubernetesVersion(String(cString: $0)) }
    print("Kubernetes \((named ?? .standard).text)")
    exit(0)
}
let options: KubeletOptions
do {
    options = try KubeletOptions(arguments: Array(arguments.dropFirst()), read: readFile)
} catch {
    fail("\(error)")
}
guard !options.staticPodPath.isEmpty else { fail("there is no staticPodPath") }
let containers = getenv("KUBELET_STANDIN_CONTAINERS").map { String(cString: $0) }
var kubelet = Kubelet(options, containers: containers ?? "/var/lib/kubelet-standin")
kubelet.run()
