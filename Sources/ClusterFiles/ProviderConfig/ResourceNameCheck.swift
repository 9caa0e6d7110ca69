internal import Basics
internal import EncryptionModel
internal import YAML

/// The rules for names of resources that kube-apiserver has from 1.27 on
/// (`validation_encryption.go`, and at load `encryptionconfig/config.go`). Older servers accept
/// what breaks them, and encrypt nothing for it.
struct ResourceNameCheck {
    struct Name {
        let text: String
        let place: Fault.Place

        var told: Quotable { Quotable(text) }
    }

    let problems: DiagnosticCollector

    /// - Parameter lists: the names of each entry, in order.
    func run(_ lists: [[Name]]) {
        for list in lists {
            for name in list { check(name) }
            checkOverlaps(list)
        }
        checkMasks(lists)
    }

    func check(_ name: Name) {
        guard let (message, hint) = problem(name.text) else { return }
        problems.add(message, hint: hint, at: name.place)
    }

    private func problem(_ text: String) -> (String, hint: String)? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let (resource, group) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        switch true {
        case text.contains(where: \.isUppercase):
            return (
                "a resource's name has no capital letters",
                "Write the plural in small letters, with its group: secrets, deployments.apps."
            )
        case text == "*":
            return (
                "* alone names nothing", "Write «*.» for the core group or «*.*» for everything."
            )
        case ["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"]
            .contains(text):
            return (
                "\(text) can't be encrypted: it is kube-apiserver's own, without a REST API",
                "Leave it out."
            )
        case group == "events.k8s.io":
            return (
                "events are stored as the core group's, so their group is never looked for",
                "Write «events»."
            )
        case group == "extensions":
            return ("the group extensions was removed", "Write the group that has it now.")
        case group == "*" && resource != "*":
            return (
                "a resource can't be named across all groups",
                "Write «*.*», or each with its group."
            )
        case !isWellFormed(resource, group):
            return (
                "\"\(Quotable(text))\" is no resource",
                "Write the plural in small letters, with its group: secrets, deployments.apps."
            )
        default: return nil
        }
    }

    /// kube-apiserver would take anything else, too, and find nothing of that name.
    private func isWellFormed(_ resource: Substring, _ group: Substring) -> Bool {
        func isLabel(_ text: Substring) -> Bool {
            !text.isEmpty
                && text.allSatisfy {
                    $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-")
                }
        }
        guard resource == "*" || isLabel(resource) else { return false }
        return group.isEmpty || group == "*"
            || group.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    private func checkOverlaps(_ list: [Name]) {
        for (index, name) in list.enumerated() {
            let pattern = ResourcePattern(name.text)
            let others = list.enumerated().filter { $0.offset != index }.map(\.element)
            if list[..<index].contains(where: { $0.text == name.text }) {
                problems.add(
                    "\(name.told) stands twice in one list", hint: "Once is enough.",
                    at: name.place)
            } else if let wider = others.first(where: {
                $0.text != name.text && pattern.lessSpecific.contains(ResourcePattern($0.text))
            }) {
                problems.add(
                    "\(name.told) is covered by \(wider.told) in the same list",
                    hint: "Leave it out, or give it an entry of its own before that of"
                        + " \(wider.told).", at: name.place)
            }
        }
    }

    /// kube-apiserver takes the entries in order, and refuses one that can't be reached any more.
    private func checkMasks(_ lists: [[Name]]) {
        var earlier: [Name] = []
        for list in lists {
            for name in list {
                let pattern = ResourcePattern(name.text)
                let reach = pattern.lessSpecific + (pattern.isWildcard ? [pattern] : [])
                guard
                    let mask = earlier.first(where: { reach.contains(ResourcePattern($0.text)) })
                else { continue }
                problems.add(
                    "\(name.told) is masked by \(mask.told) in an earlier entry",
                    hint: "Put the entry for \(name.told) first.", at: name.place)
            }
            earlier += list
        }
    }
}
