internal import APIServerSpec
internal import Basics

extension StaticPodRuntime {
    /// The way from any interrupted state to one server; see the table at `StaticPodRuntime`.
    func settleNow(_ readiness: Readiness) async throws {
        let sight = try await look()
        guard sight.hasCopy, let copy = try await files.read(copyPath) else { return }
        guard let file = sight.manifest else {
            return try await restore(copy, over: nil, readiness)
        }
        if file.contents == copy.contents {
            // Nothing was changed yet, or everything was put back but the server not waited for.
            return try await restore(copy, over: file, readiness)
        }
        let current = try APIServerManifest(file.contents, file: manifestPath)
        let former = try APIServerManifest(copy.contents, file: copyPath)
        guard try current.withoutEncryption() == former.withoutEncryption() else {
            // Somebody, such as kubeadm upgrade, has written it anew since. The copy is of the past.
            return try await files.remove(copyPath)
        }
        // All that was missing may be the removal of the copy.
        if (try? await awaitServer(running: current, readiness)) != nil {
            return try await files.remove(copyPath)
        }
        try await restore(copy, over: file, readiness)
    }

    private func restore(
        _ copy: NodeFile, over file: NodeFile?, _ readiness: Readiness
    ) async throws {
        switch await putBack(copy.contents, over: file, readiness) {
        case .formerIsDown(let fault):
            throw fault.during(
                "the manifest was put back after an interrupted run, but the server isn't serving")
        case .formerNotRestored(let fault):
            throw Fault(
                fault.code,
                "the manifest could not be put back after an interrupted run: \(fault.message)",
                hint: words.stuck, cause: fault)
        case .formerServes, .awaitsFormerFile, .changedServes: break
        }
    }
}

extension APIServerManifest {
    /// What remains of it when everything that has to do with encryption is taken away.
    fileprivate func withoutEncryption() throws -> SecretBytes {
        try changed(by: ManifestChange(argument: .remove)).contents
    }
}
