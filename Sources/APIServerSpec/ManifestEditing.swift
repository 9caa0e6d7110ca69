internal import Basics
internal import YAML

extension APIServerManifest {
    /// The same manifest with the change, every other byte as it was.
    ///
    /// What is returned has been read again: it says what was wanted and nothing else has changed;
    /// and taking everything of ours away from it gives the bytes that taking it away from this one
    /// gives, so that a manifest which had nothing of ours can be had back byte for byte.
    ///
    /// - Throws: `Fault` with code `.refused`, and a place, where that can't be done.
    public func changed(by change: ManifestChange) throws -> APIServerManifest {
        try checkChangeable(for: change)
        let goal = try goal(of: change)
        guard goal != self.goal else { return self }
        try checkRestarts()
        let result = try reaching(goal)
        let isAsWanted = result.goal == goal
        guard isAsWanted, ManifestOutline(result) == ManifestOutline(self) else {
            throw unsafe(
                isAsWanted ? "something else would change too" : "it wouldn't say what it should")
        }
        guard !result.isOwnVolumeMissed else {
            throw unsafe("another container mounts «\(Self.volumeName)» as well")
        }
        guard try result.bare().contents == bare().contents else {
            throw unsafe("the change couldn't be taken back byte for byte")
        }
        return result
    }

    /// Without anything of ours.
    private func bare() throws -> APIServerManifest {
        try reaching(
            Goal(
                arguments: arguments.settingProviderConfig(nil), own: PodVolumes.Own.none,
                stamp: nil))
    }

    /// Whether another container mounts our volume, which isn't there.
    private var isOwnVolumeMissed: Bool {
        guard volumes.own.volumes.isEmpty else { return false }
        let spec = tree.root["spec"]
        let containers = ["containers", "initContainers"].flatMap { spec?[$0]?.sequence ?? [] }
        return containers.contains { container in
            container["volumeMounts"]?.sequence?
                .contains { $0["name"]?.text == Self.volumeName } == true
        }
    }

    private func unsafe(_ reason: String) -> Fault {
        tree.refusal(
            reason,
            hint: "Write the container's command, its volumeMounts, the pod's volumes and "
                + "its annotations as kubeadm does, one element a line.", at: tree.container)
    }

    // MARK: What is wanted

    /// The part of a manifest that is changed here.
    struct Goal: Hashable {
        var arguments: ServerArguments
        var own: PodVolumes.Own
        var stamp: String?
    }

    var goal: Goal { Goal(arguments: arguments, own: volumes.own, stamp: stamp) }

    private func goal(of change: ManifestChange) throws -> Goal {
        var goal = goal
        goal.stamp = change.stamp
        switch change.argument {
        case .keep: break
        case .remove:
            goal.arguments = arguments.settingProviderConfig(nil)
            goal.own = .none
        case .set(let path, let flag, let reload):
            goal.arguments = arguments.settingProviderConfig(path, flag: flag, reload: reload)
            goal.own = try own(for: path, offered: change.mount)
        }
        return goal
    }

    /// The mount of ours without which the server wouldn't see the config.
    private func own(for path: String, offered folder: String?) throws -> PodVolumes.Own {
        let hiding = volumes.hiding(path)
        let others = volumes.hostMounts(besides: Self.volumeName)
        if hiding == nil, others.hostPath(of: path) != nil { return .none }
        if let folder {
            let isMountable = Self.isAbsolute(folder) && folder.contains { $0 != "/" && $0 != "." }
            guard isMountable, !folder.contains(":"), Self.isInside(path, folder) else {
                throw refusal("«\(path)» doesn't lie in the folder to be mounted, «\(folder)»")
            }
            guard (hiding?.path.count ?? 0) < folder.count else {
                throw refusal("«\(path)» is hidden by the volume «\(hiding?.name ?? "")»")
            }
            return .folder(folder)
        }
        guard !volumes.own.mounts.isEmpty, mounts.hostPath(of: path) != nil else {
            throw refusal("the server wouldn't see «\(path)»: no folder of the host holds it")
        }
        return volumes.own
    }

    // MARK: What can't be changed

    private func checkChangeable(for change: ManifestChange) throws {
        if let rival = tree.rival {
            throw tree.refusal(
                "two containers of the pod are kube-apiserver's",
                hint: "Name the one of them «kube-apiserver».", at: rival)
        }
        try tree.checkJSON(contents)
        guard change.argument != .keep else { return }
        guard !APIServerContainer.isShellScript(arguments.words) else {
            let command = tree.container["command"] ?? tree.container["args"] ?? tree.container
            throw tree.refusal(
                "a shell's script holds the arguments",
                hint: "Write the command as a list, one argument an item, or add the argument to "
                    + "the script yourself.", at: command)
        }
        guard arguments.isServer else {
            throw tree.refusal(
                "kube-apiserver's own arguments aren't there: it needs --etcd-servers",
                hint: "Write the command as a list, one argument an item.",
                at: tree.container["command"] ?? tree.container)
        }
        if let path = arguments.providerConfigPath, path.contains("$(") {
            throw tree.refusal(
                "the config's path «\(path)» is made of variables",
                hint: "Write the path itself.", at: tree.word(endingWith: path) ?? tree.container)
        }
        guard case .set(let path, _, _) = change.argument else { return }
        guard Self.isAbsolute(path) else {
            throw refusal("«\(path)» is no path that the kubelet would leave as it is")
        }
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        [HostMount(hostPath: folder, processPath: folder)].hostPath(of: path) == path
    }

    /// A path that neither the kubelet nor the API's validation minds.
    private static func isAbsolute(_ path: String) -> Bool {
        // $(NAME) would be expanded, and one $ made of two.
        path.hasPrefix("/") && !path.contains("$") && !path.split(separator: "/").contains("..")
            && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// With a UID of its own the pod's hash doesn't follow its content: from 1.31 on the kubelet
    /// then passes over a changed argument (`pickFieldsToHash`).
    private func checkRestarts() throws {
        guard let uid = tree.root["metadata"]?["uid"], uid.text != "" else { return }
        throw tree.refusal(
            "with «metadata.uid» set the kubelet doesn't restart the pod for it",
            hint: "Remove «uid», and «status» and «ownerReferences» where the file was copied from "
                + "the API.", at: uid)
    }

    private func refusal(_ message: String) -> Fault {
        Fault(
            .refused, "the manifest isn't given another config: \(message)",
            hint: "Put the config into a folder of the host that the manifest mounts.",
            place: tree.container.place(in: file))
    }
}
